/** What fails, as a code that screens have sentences for. */
import { ApiError, ClientError } from "@keypears/client";

/**
 * The code of a failure that is a fact of life: one of the contract's or of the engine's. Anything else is a fault of ours, and is
 * thrown on.
 */
export function failureOf(error: unknown): string {
  if (error instanceof ApiError || error instanceof ClientError) return error.code;
  throw error;
}

export type Outcome = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** Whether a call came through, or the code of why not. */
export async function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  try {
    await call;
    return { ok: true };
  } catch (error) {
    return { ok: false, reason: failureOf(error) };
  }
}
