/** The login key against its verifier, and how often that may fail (spec/3.3, spec/12.4). */
import { ApiError } from "@keypears/api";
import { type Address, type Bytes, VERIFIER_SALT_BYTES } from "@keypears/protocol";
import type { Context } from "../../context.ts";
import type { AccountRow } from "../../store/schema.ts";
import type { Call } from "../handler.ts";

const VERIFIER_BYTES = 32;

/**
 * Throws `rate_limited` after too many failures, or `busy` while too many wait: before a proof of work is spent for nothing.
 * Failures count by source, and by address from one source: so that nobody can lock somebody else out.
 */
export function refuseGuessing(
  { limits, verifiers }: Context,
  { source }: Call,
  address: Address,
): void {
  limits.check("failure", source);
  limits.check("failure", source, address);
  verifiers.refuseWhenFull();
}

/** The account whose login key this is; else `wrong_credentials`. No account costs what a wrong key costs. */
export async function provePassword(
  { limits, verifiers }: Context,
  { source }: Call,
  about: {
    readonly address: Address;
    readonly loginKey: Bytes;
    readonly account: AccountRow | undefined;
  },
): Promise<AccountRow> {
  const { address, loginKey, account } = about;
  const salt: Bytes = account?.verifier_salt ?? new Uint8Array(VERIFIER_SALT_BYTES);
  const verifier: Bytes = account?.verifier ?? new Uint8Array(VERIFIER_BYTES);
  // Taken before the answer is known: else all who come at once would pass.
  limits.take("failure", source);
  limits.take("failure", source, address);
  const giveBack = (): void => {
    limits.giveBack("failure", source);
    limits.giveBack("failure", source, address);
  };
  const proven = await verifiers.matches(loginKey, salt, verifier).catch((error: unknown) => {
    giveBack();
    throw error;
  });
  if (account === undefined || !proven) throw new ApiError("wrong_credentials");
  giveBack();
  return account;
}
