/** What everything in a server is given: no module opens or reads anything by itself. */
import { join } from "node:path";
import { type Domain, type Random } from "@keypears/protocol";
import { loadKernel } from "@keypears/pow5/node";
import { pino } from "pino";
import type { Config } from "./config.ts";
import { Incoming } from "./delivery/incoming.ts";
import { Outbox } from "./delivery/outbox.ts";
import type { Point } from "./delivery/points.ts";
import { type Later, later } from "./delivery/rounds.ts";
import { OwnKeys } from "./delivery/published-keys.ts";
import { SigningKeys } from "./delivery/signing-keys.ts";
import { EventHub } from "./events/hub.ts";
import { Discovery } from "./federation/discover.ts";
import { OwnDomains } from "./federation/own-domains.ts";
import { PeerKeys } from "./federation/peer-keys.ts";
import { Limits } from "./http/limits.ts";
import { type Outbound, createOutbound } from "./net/outbound.ts";
import { VerifierPool } from "./passwords/pool.ts";
import { ProofOfWork } from "./proof/proof-of-work.ts";
import { readNamedAt, writeNamedAt } from "./store/own-domains.ts";
import { Store } from "./store/store.ts";

/** Writes the server's own log: events and measures, no user's data. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface Context {
  readonly config: Config;
  readonly store: Store;
  readonly log: Log;
  readonly random: Random;
  readonly proof: ProofOfWork;
  readonly verifiers: VerifierPool;
  readonly events: EventHub;
  readonly ownKeys: OwnKeys;
  readonly signingKeys: SigningKeys;
  readonly limits: Limits;
  /** How other servers are asked; null where this one reaches nobody. */
  readonly federation: Federation | null;
  readonly ownDomains: OwnDomains;
  readonly outbox: Outbox;
  readonly incoming: Incoming;
  /** Awaited at each point of a delivery; nothing happens, except in tests. */
  readonly reached: (point: Point) => void | Promise<void>;
  /** Whether this server acts for a domain (spec/9.1). */
  readonly actsFor: (domain: Domain) => boolean;
  /** The origin of the web app, checked as Origin; known at the latest when the server listens. */
  readonly origin: () => string;
}

/** What a server has that reaches others. */
export interface Federation {
  readonly outbound: Outbound;
  readonly discovery: Discovery;
  readonly peerKeys: PeerKeys;
}

/** What a test gives in place of the machine's own. */
export interface Overrides {
  readonly now?: () => number;
  readonly log?: Log;
  readonly store?: Store;
  readonly outbound?: Outbound;
  readonly reached?: (point: Point) => void | Promise<void>;
  /** Pauses between the attempts of a delivery. */
  readonly later?: Later;
}

export interface OpenContext extends Context {
  /** Says at which origin the server is, where the configuration leaves it to the system. */
  setOrigin(origin: string): void;
  /** Takes up the deliveries that a stop has left: once the server can be reached. */
  resume(): Promise<void>;
  /** Begins no delivery any more, and waits for those that are under way. */
  rest(): Promise<void>;
  /** Finishes what is under way and closes what was opened. */
  close(): Promise<void>;
}

/** Opens the database and everything else that a server needs. */
export async function openContext(config: Config, overrides: Overrides = {}): Promise<OpenContext> {
  const now = overrides.now ?? Date.now;
  const store =
    overrides.store ?? (await Store.open({ file: join(config.dataFolder, "keypears.db"), now }));
  const random: Random = (length) => crypto.getRandomValues(new Uint8Array(length));
  const kernel = loadKernel();
  const verifiers = new VerifierPool();
  let origin = config.origin;
  const outbound =
    overrides.outbound ?? createOutbound({ reach: config.reach, limits: config.limits, now });
  const federation = outbound === null ? null : openFederation(outbound, now);
  const turns = { context: () => context, later: overrides.later ?? later, random };
  const ownDomains = new OwnDomains({
    config,
    outbound,
    now,
    store: {
      read: (domain) => readNamedAt(store.db, domain),
      write: (domain, namedAt) => store.transaction((tx) => writeNamedAt(tx, domain, namedAt)),
    },
  });
  await ownDomains.open();
  const context: OpenContext = {
    config,
    store,
    log: overrides.log ?? pino({ base: null }),
    random,
    proof: new ProofOfWork({
      secret: config.secret,
      random,
      now: () => store.now(),
      verifyPart: ({ seed, difficulty }, nonce) => kernel.verify({ seed, difficulty, nonce }),
    }),
    verifiers,
    events: new EventHub(),
    ownKeys: new OwnKeys(),
    signingKeys: new SigningKeys(),
    limits: new Limits({ on: config.limits, now }),
    federation,
    ownDomains,
    outbox: new Outbox(turns),
    incoming: new Incoming(turns),
    reached: overrides.reached ?? (() => {}),
    actsFor: (domain) => ownDomains.actsFor(domain),
    origin: () => {
      if (origin === null) throw new Error("the origin is not known before the server listens");
      return origin;
    },
    setOrigin: (known) => {
      origin ??= known;
    },
    resume: async () => {
      if (federation === null) return;
      await context.incoming.resume();
      await context.outbox.resume();
    },
    rest: async () => {
      await Promise.all([context.outbox.stop(), context.incoming.stop()]);
    },
    close: async () => {
      context.events.endAll();
      await context.rest();
      await outbound?.close();
      await verifiers.close();
      await store.close();
    },
  };
  return context;
}

function openFederation(outbound: Outbound, now: () => number): Federation {
  const discovery = new Discovery({ outbound, now });
  return { outbound, discovery, peerKeys: new PeerKeys({ discovery, now }) };
}
