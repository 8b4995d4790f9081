/** What fails, as a code that screens have sentences for. */
import { ApiError, ClientError } from "@keypears/client";

/**
 * The code of a failure that is a fact of life: one of the contract's or of the engine's. Anything else is a fault of ours, and is
 * thrown on.
 */
export function failureOf(error: unknown): string {
  // Whose clock it is nobody knows, where another server judged.
  if (error instanceof ClientError && error.code === "clock" && error.reason === "peer") {
    return "clock_elsewhere";
  }
  if (error instanceof ApiError || error instanceof ClientError) return error.code;
  throw error;
}

/** What is in the way to another domain, where that is why a call failed (spec/9.1, spec/9.3); else null. */
export function faultOf(error: unknown): string | null {
  const isAway = error instanceof ApiError && error.code === "domain_unreachable";
  return isAway ? (error.reason ?? null) : null;
}

/** A failure as a screen tells it. */
export interface Failure {
  /** Its code. */
  readonly reason: string;
  /** The price in hashes, where it failed as `too_expensive`. */
  readonly difficulty: number | null;
}

export type Outcome = { readonly ok: true } | ({ readonly ok: false } & Failure);

/** What a screen tells of a failure: `cancelled` where the user gave up, which `stop` tells. */
export function failed(error: unknown, stop?: AbortSignal): Outcome & { readonly ok: false } {
  if (stop?.aborted) return { ok: false, reason: CANCELLED, difficulty: null };
  return { ok: false, reason: failureOf(error), difficulty: difficultyOf(error) };
}

/** The code of what the user gave up. */
export const CANCELLED = "cancelled";

/** The price in hashes where it is above what is paid without asking (spec/7.5); else null. */
export function difficultyOf(error: unknown): number | null {
  return error instanceof ClientError ? (error.difficulty ?? null) : null;
}

/** Whether a call came through, or the code of why not. */
export async function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  try {
    await call;
    return { ok: true };
  } catch (error) {
    return failed(error);
  }
}
