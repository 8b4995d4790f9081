/** Whose session a request has, and the cookie that browsers keep it in (spec/8.1). */
import { hash } from "node:crypto";
import { ApiError } from "@keypears/api";
import { type Bytes, fromBase64url, toBase64url } from "@keypears/protocol";
import type { Context } from "../context.ts";
import type { Session } from "../session.ts";
import { SESSION_LIFETIME, TOUCH_INTERVAL, findSession, touchSession } from "../store/sessions.ts";

const TOKEN_BYTES = 32;

/**
 * The live session of a request: of the token in its Authorization header, else in its cookie; null without one.
 * A token that is none, or whose session has ended, is no session: the caller decides whether one is needed.
 */
export async function authenticate(context: Context, request: Request): Promise<Session | null> {
  const token = bearerToken(request) ?? cookieToken(context, request);
  if (token === null) return null;
  const { store, log } = context;
  // Web Crypto would take a turn of another thread for every call.
  const tokenHash: Bytes = new Uint8Array(hash("sha256", token, "buffer"));
  const now = await store.now();
  const found = await findSession(store.db, tokenHash, now);
  if (found === null) return null;
  if (now - found.lastUsedAt >= TOUCH_INTERVAL) {
    // Nobody waits for it: if it fails, the next call tries again.
    store
      .transaction((tx) => touchSession(tx, tokenHash, now))
      .catch((error: unknown) => log.warn({ err: error }, "a session's use was not written down"));
  }
  const { id, accountId, address } = found;
  return { id, accountId, address, tokenHash };
}

/** Browsers send the cookie by themselves, so a call that changes something has to come from our own pages (spec/8.1). */
export function checkOrigin(context: Context, request: Request): void {
  const origin = request.headers.get("origin");
  const needed =
    request.method !== "GET" && bearerToken(request) === null && hasCookie(context, request);
  if (origin === null ? needed : origin !== context.origin()) throw new ApiError("wrong_origin");
}

/** The header that sets the cookie, or with null takes it away. */
export function cookieHeader(context: Context, token: Uint8Array | null): string {
  const value = token === null ? "" : toBase64url(token);
  const age = token === null ? 0 : Math.floor(SESSION_LIFETIME / 1000);
  const secure = isHttps(context) ? "; Secure" : "";
  return `${cookieName(context)}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${age}${secure}`;
}

function isHttps(context: Context): boolean {
  return context.origin().startsWith("https:");
}

/** On plain http://localhost a browser refuses the prefix. */
function cookieName(context: Context): string {
  return isHttps(context) ? "__Host-keypears" : "keypears";
}

function bearerToken(request: Request): Bytes | null {
  const [, text] =
    /^Bearer ([A-Za-z0-9_-]{43})$/i.exec(request.headers.get("authorization") ?? "") ?? [];
  return text === undefined ? null : parseToken(text);
}

function hasCookie(context: Context, request: Request): boolean {
  return cookieText(context, request) !== null;
}

function cookieToken(context: Context, request: Request): Bytes | null {
  const text = cookieText(context, request);
  return text === null ? null : parseToken(text);
}

function cookieText(context: Context, request: Request): string | null {
  const name = `${cookieName(context)}=`;
  const pair = (request.headers.get("cookie") ?? "")
    .split(";")
    .map((one) => one.trim())
    .find((one) => one.startsWith(name));
  return pair === undefined ? null : pair.slice(name.length);
}

function parseToken(text: string): Bytes | null {
  const token = fromBase64url(text);
  return token?.length === TOKEN_BYTES ? token : null;
}
