/**
 * What servers ask of each other. Apart from the contract of clients, so that no page carries it.
 * @module spec/9.2
 */
import type { Procedure } from "../procedure.ts";
import { notify } from "./notify.ts";
import { pull } from "./pull.ts";
import { requestChallenge } from "./request-challenge.ts";
import { serves } from "./serves.ts";

/** Every procedure that one server calls on another (spec/9.2); keys are asked for by the contract of clients. */
export const peerContract = {
  federation: {
    notify,
    pull,
    requestChallenge,
    serves,
  },
} as const satisfies Record<string, Record<string, Procedure>>;

/** The type of `peerContract`. */
export type PeerContract = typeof peerContract;
