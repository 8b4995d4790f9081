/** The engine bound to this command: its profile, its server, this machine's clock, chance and cores. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Client,
  type DeviceStore,
  type Fetch,
  type LongOptions,
  type Miner,
  type Stage,
  createClient,
  directDirectory,
  fetchTransport,
} from "@keypears/client";
import { createNodeMiner } from "@keypears/pow5/node";
import { type Address, type Domain, parseAddress, parseDomain } from "@keypears/protocol";
import { askDomainBy } from "./ask-domain.ts";
import { type Call, text } from "./command.ts";
import { discoverServer, parseServer } from "./discover.ts";
import { Failure, UsageError } from "./failure.ts";
import { Network } from "./network.ts";
import { askPassword } from "./password.ts";
import { Profile, profilesFolder } from "./profile.ts";
import { type Bar, progressBar } from "./progress.ts";
import { readReach } from "./reach.ts";
import { MemoryStore, ProfileStore } from "./stores.ts";

/** How long a call may take, in milliseconds; an event stream may last. */
const PATIENCE = 9_000;
/** The least that is left for the first call when the server had to be found first, in milliseconds. */
const LEAST_PATIENCE = 4_000;

export interface Engine {
  readonly client: Client;
  readonly server: string;
  /** What long calls are given: the command's end, and a bar on the terminal. */
  readonly long: LongOptions;
}

/** An address as somebody typed it. */
export function readAddress(typed: string): Address {
  const address = parseAddress(typed);
  if (address !== null) return address;
  throw new Failure("invalid_address", `This is no address such as alice@acme.com: ${typed}`);
}

/** An address or a domain, as somebody typed it. */
export function readTarget(typed: string): Address | Domain {
  if (typed.includes("@")) return readAddress(typed);
  const domain = parseDomain(typed);
  if (domain !== null) return domain;
  throw new Failure("invalid_address", `This is neither an address nor a domain: ${typed}`);
}

/** For signup and login: an engine for an address that nobody may be logged in as yet. */
export async function withNewEngine<T>(
  call: Call,
  address: Address,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const given = text(call.options, "server");
  return withNetwork(call, async (network) => {
    const before = Date.now();
    const server =
      given === undefined
        ? await discoverServer(network, address, call.io.signal)
        : parseServer(given);
    const patience = Math.max(LEAST_PATIENCE, PATIENCE - (Date.now() - before));
    const store =
      call.options["no-store"] === true
        ? new MemoryStore()
        : new ProfileStore(openProfile(call), server);
    return run(call, { network, server, store, patience }, work);
  });
}

async function withNetwork<T>(call: Call, work: (network: Network) => Promise<T>): Promise<T> {
  const network = new Network(readReach(call.io.env));
  try {
    return await work(network);
  } finally {
    network.close();
  }
}

/**
 * For everything else: the engine of whoever is logged in here. With --no-store --as ADDRESS a session is made for this
 * command, from the password, and ended after it.
 */
export async function withEngine<T>(call: Call, work: (engine: Engine) => Promise<T>): Promise<T> {
  if (call.options["no-store"] === true) return withoutStore(call, work);
  const profile = openProfile(call);
  const server = (await profile.read())?.server;
  if (typeof server !== "string") {
    throw new Failure(
      "not_logged_in",
      "Nobody is logged in here: keypears login ADDRESS, or signup ADDRESS.",
    );
  }
  const given = text(call.options, "server");
  const origin = given === undefined ? server : parseServer(given);
  const store = new ProfileStore(profile, server);
  return withNetwork(call, (network) =>
    run(call, { network, server: origin, store, patience: PATIENCE }, work),
  );
}

async function withoutStore<T>(call: Call, work: (engine: Engine) => Promise<T>): Promise<T> {
  const as = text(call.options, "as");
  if (as === undefined) throw new UsageError("--no-store needs --as ADDRESS: whom to log in as.");
  const address = readAddress(as);
  return withNewEngine(call, address, async (engine) => {
    const password = await askPassword(passwordSource(call));
    await engine.client.account.logIn({ ...engine.long, address, password });
    try {
      return await work(engine);
    } finally {
      await engine.client.account.logOut();
    }
  });
}

/** Where this command's password comes from. */
export function passwordSource({ io, options }: Call): {
  io: Call["io"];
  file: string | undefined;
} {
  return { io, file: text(options, "password-file") };
}

function openProfile({ io, options }: Call): Profile {
  return new Profile(profilesFolder(io.env), text(options, "profile") ?? "default");
}

interface Bound {
  readonly network: Network;
  readonly server: string;
  readonly store: DeviceStore;
  /** How long the server may take for its first answer, in milliseconds. */
  readonly patience: number;
}

async function run<T>(
  call: Call,
  { network, server, store, patience }: Bound,
  work: (engine: Engine) => Promise<T>,
): Promise<T> {
  const miner = lazyMiner();
  const bar = progressBar(call.io);
  call.output.before = () => bar.end();
  const client = createClient({
    session: "bearer",
    ports: {
      transport: fetchTransport(server, patientFetch(network, patience)),
      store,
      clock: {
        now: Date.now,
        sleep: (milliseconds, signal) => sleep(milliseconds, undefined, signal && { signal }),
      },
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
      miner,
      direct: directDirectory(askDomainBy(network, server, call.io.signal)),
    },
  });
  try {
    return await work({ client, server, long: longOptions(call, bar) });
  } finally {
    bar.end();
    miner.close();
  }
}

const labels: Readonly<Record<Stage, string>> = {
  asking: "asking the server",
  mining: "proof of work",
  deriving: "deriving keys from the password",
  sending: "sending",
};

function longOptions({ io }: Call, bar: Bar): LongOptions {
  return { signal: io.signal, onProgress: ({ stage, parts }) => bar.show(labels[stage], parts) };
}

/** Threads are started when there is something to mine. */
function lazyMiner(): Miner & { close(): void } {
  let miner: ReturnType<typeof createNodeMiner> | null = null;
  return {
    mine: (parts, options) => (miner ??= createNodeMiner()).mine(parts, options),
    close: () => miner?.close(),
  };
}

/**
 * `fetch` that gives up on a server that does not answer, unless it is to keep on answering; on one that has never answered
 * after `patience` milliseconds.
 */
function patientFetch(network: Network, patience: number): Fetch {
  let left = patience;
  return async (url, init) => {
    const headers = new Headers(init.headers);
    headers.set("User-Agent", `keypears on ${process.platform}`);
    const lasting = headers.get("accept") === "text/event-stream";
    const signals = [
      ...(lasting ? [] : [AbortSignal.timeout(left)]),
      ...(init.signal ? [init.signal] : []),
    ];
    const answer = await network.fetch(url, { ...init, headers, signal: AbortSignal.any(signals) });
    left = PATIENCE;
    return answer;
  };
}
