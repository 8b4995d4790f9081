/**
 * How far something long has got: the ring of sixteen.
 * @module
 */

/** What is being done: `asking` the server, `mining`, `deriving` keys from the password, `sending` the result. */
export type Stage = "asking" | "mining" | "deriving" | "sending";

/** How far something long has got: `parts` of the sixteen parts of its work are done (spec/7.3). */
export interface Progress {
  readonly stage: Stage;
  /** 0 to 16. */
  readonly parts: number;
  /**
   * Expected hashes of all sixteen parts, while they are mined. Of them (16 − `parts`) / 16 are left on average, however long it has
   * taken so far: what was tried in vain brings no part nearer (spec/7.3).
   */
  readonly difficulty?: number;
}

/** What every call that takes long can be given. */
export interface LongOptions {
  /** Aborting it gives up; the call rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** The most hashes to mine for this call, in place of the engine's own ceiling: the user was asked (spec/7.5). */
  readonly ceiling?: number | undefined;
}
