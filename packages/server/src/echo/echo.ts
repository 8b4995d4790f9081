/**
 * The echo account: whoever writes to it gets the message back. A client like any other, that the server runs: it reaches its
 * server by the same calls as everybody, has keys of its own, and reads nothing but what was written to it.
 */
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, type Miner, createClient, fetchTransport } from "@keypears/client";
import type { Address, Bytes } from "@keypears/protocol";
import type { Log } from "../context.ts";
import { openAccount } from "./account.ts";
import { MOST_WORK, answerAll } from "./answering.ts";
import { EchoDevice, type Reached } from "./device.ts";
import { SparingMiner } from "./miner.ts";
import { type Answer, OwnServer } from "./own-server.ts";
import { type Allowance, Pace, usualAllowance } from "./pace.ts";

/** Pauses after a failure, in milliseconds; after so long without one they begin anew. */
const FIRST_PAUSE = 1_000;
const MOST_PAUSE = 10 * 60_000;
const STEADY = 60_000;
/** How long a stop waits for what is under way, in milliseconds. */
const PATIENCE = 8_000;

/** What an echo account is given. */
export interface EchoOptions {
  readonly address: Address;
  /** Where the server keeps its data. */
  readonly dataFolder: string;
  /** The server's origin, and the server itself. */
  readonly origin: string;
  readonly answer: Answer;
  readonly log: Log;
  /** What tests replace. */
  readonly clock?: Clock | undefined;
  readonly miner?: (Miner & { close(): void }) | undefined;
  readonly allowance?: Allowance | undefined;
  readonly reached?: Reached | undefined;
}

export interface Echo {
  /** Begins no answer any more, and waits for what is under way. */
  close(): Promise<void>;
}

/** Starts an echo account, in the background: nobody waits until it is ready. */
export function startEcho(options: EchoOptions): Echo {
  const stop = new AbortController();
  const server = new OwnServer(options.answer, options.reached);
  const over = live(options, server, stop.signal).catch((error: unknown) =>
    options.log.error({ err: error }, "the echo account does not run"),
  );
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    stop.abort(new DOMException("the echo account stops", "AbortError"));
    const patience = AbortSignal.timeout(PATIENCE);
    await Promise.race([Promise.all([over, server.settled()]), once(patience, "abort")]);
  };
  return { close: () => (closing ??= close()) };
}

/** From the opening of its file to the stop: what fails meanwhile is begun again after a pause. */
async function live(options: EchoOptions, server: OwnServer, signal: AbortSignal): Promise<void> {
  const { address, log, clock = machineClock, miner = new SparingMiner() } = options;
  const device = EchoDevice.open(options.dataFolder, address, options.reached);
  const client = createClient({
    session: "bearer",
    ports: {
      transport: fetchTransport(options.origin, server.fetch),
      ...{ store: device, clock, random, miner },
    },
    ceilings: { "first-contact": MOST_WORK, message: MOST_WORK },
  });
  const pace = new Pace(options.allowance ?? usualAllowance);
  try {
    for (let attempt = 1; ; attempt++) {
      const began = clock.now();
      try {
        if ((await openAccount({ client, device, address, random, signal })) === "taken") {
          log.error(
            {},
            "KEYPEARS_ECHO: somebody has signed up under this name, so no echo account runs. Choose another name.",
          );
          return;
        }
        log.info({}, "the echo account is ready");
        await answerAll({ client, device, pace, clock, log, signal });
      } catch (error) {
        if (signal.aborted) return;
        log.warn({ err: error }, "the echo account begins anew after a pause");
      }
      if (signal.aborted) return;
      if (clock.now() - began >= STEADY) attempt = 1;
      await clock.sleep(Math.min(MOST_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)), signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    miner.close();
    device.close();
  }
}

function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** Its pauses keep no process from ending. */
const machineClock: Clock = {
  now: Date.now,
  sleep: async (milliseconds, signal) => {
    try {
      await sleep(milliseconds, undefined, { ref: false, ...(signal && { signal }) });
    } catch (error) {
      throw signal?.aborted ? signal.reason : error;
    }
  },
};
