/** A fresh session token: 32 random bytes, of which the server keeps the hash (spec/8.1). */
import { type Bytes, type Id, makeId, sha256 } from "@keypears/protocol";
import type { Context } from "../../context.ts";
import { insertSession } from "../../store/sessions.ts";
import type { Queries } from "../../store/store.ts";
import type { Call } from "../handler.ts";

const TOKEN_BYTES = 32;
const DEVICE_LENGTH = 120;

export interface FreshSession {
  readonly id: Id;
  readonly token: Bytes;
  readonly tokenHash: Bytes;
}

/** Makes a token; nothing is stored yet. */
export async function makeToken({ random }: Context, now: number): Promise<FreshSession> {
  const token = random(TOKEN_BYTES);
  return { id: makeId(now, random(10)), token, tokenHash: await sha256(token) };
}

/** Stores a session, within the transaction that it is part of. */
export function storeSession(
  tx: Queries,
  fresh: FreshSession,
  about: { readonly accountId: number; readonly userAgent: string; readonly now: number },
): Promise<void> {
  const { id, tokenHash } = fresh;
  const device = about.userAgent.slice(0, DEVICE_LENGTH);
  return insertSession(tx, { id, tokenHash, accountId: about.accountId, device, now: about.now });
}

/** Hands the token over: as a cookie to browsers, in the answer to everybody else. */
export function handOver(
  call: Call,
  { id, token }: FreshSession,
  transport: "cookie" | "bearer",
): { id: Id; token: Bytes | null } {
  if (transport === "bearer") return { id, token };
  call.setCookie(token);
  return { id, token: null };
}
