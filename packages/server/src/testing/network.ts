/**
 * For tests, demonstrations and `npm run dev`: real servers with real storage in one process, which federate by the real
 * code, with only the wire replaced where nobody needs one. What lies on the wire can be held, lost, doubled and changed, and
 * a server can die at any point of a delivery.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config, Environment } from "../config.ts";
import type { Log } from "../context.ts";
import type { Point } from "../delivery/points.ts";
import { later } from "../delivery/rounds.ts";
import { type Outbound, createOutbound } from "../net/outbound.ts";
import type { EchoOverrides } from "../serve.ts";
import type { Host } from "./hosts.ts";
import { type NetworkNode, startNode } from "./node.ts";
import { type Place, type Secured, fileHosts, namesOf, securePlaces } from "./secured.ts";
import { type Listener, openSwitchboard } from "./switchboard.ts";
import { Wire } from "./wire.ts";

export { type Point, points } from "../delivery/points.ts";
export { type Authority, type Flaw, makeAuthority } from "./certificates.ts";
export { Chance } from "./chance.ts";
export { type Fate, MARK, ORDERS, type Order, type Report, SEED, fates } from "./faults.ts";
export type { Host } from "./hosts.ts";
export type { NetworkNode, NodeRequestInit } from "./node.ts";
export { type Place, type Secured, type SecuredPlace, securePlaces } from "./secured.ts";

export interface NetworkOptions {
  /**
   * `memory`, the default: requests go straight to the server. `http`: it listens on loopback. `tls`: the same, with
   * certificates of an authority that goes with the network, and servers reach each other by the real door.
   */
  readonly wire?: "memory" | "http" | "tls";
  /** For `http` and `tls`: a port for each server, in their order; else the system chooses. */
  readonly ports?: readonly number[];
  /** A folder for each server, in their order; else temporary ones, which go when the network closes. */
  readonly dataFolders?: readonly string[];
  /** Settings of every server, beside and before those that a network gives: tiny prices, no limits. */
  readonly env?: Environment;
  /** Hosts that are none of these servers, for `memory` and `tls`. */
  readonly hosts?: readonly Host[];
  /** For `http` and `tls`: the folder of the web app's build. */
  readonly webFolder?: string;
  /** For the echo accounts that the settings ask for. */
  readonly echo?: EchoOverrides;
  /** The machine's clock, unless a test has its own. */
  readonly now?: () => number;
  /** How much shorter the pauses between attempts are. */
  readonly hurry?: number;
  /** Where the servers log to; else each node keeps its lines. */
  readonly log?: Log;
}

export interface Network {
  readonly nodes: readonly NetworkNode[];
  /** What lies between them. */
  readonly wire: Wire;
  /** The node of a domain. */
  node(domain: string): NetworkNode;
  /** From here on this is done whenever a server comes to a point of a delivery, and waited for. Gives how to end that. */
  at(domain: string, point: Point, act: () => void | Promise<void>): () => void;
  /**
   * Has a server die when it comes to a point, the first time or a later one: nothing that would come after is done.
   * Resolves once it is dead, to be started again.
   */
  stopAt(domain: string, point: Point, visit?: number): Promise<void>;
  /** Stops all of them and deletes what was temporary. */
  close(): Promise<void>;
}

const cheap: Environment = {
  KEYPEARS_POW_REGISTER: "16",
  KEYPEARS_POW_LOGIN: "16",
  KEYPEARS_POW_FIRST_CONTACT: "16",
  KEYPEARS_POW_MESSAGE: "16",
  KEYPEARS_LIMITS: "off",
};

/** How often a network is begun anew because somebody else came to listen where it was about to. */
const MOST_ATTEMPTS = 5;

/** Starts a server for each domain. Over `http` domains are `localhost` or below it: all else would need a certificate. */
export async function startNetwork(
  places: readonly (string | Place)[],
  options: NetworkOptions = {},
): Promise<Network> {
  for (let attempt = 1; ; attempt++) {
    const network = new TestNetwork(
      places.map((place) => (typeof place === "string" ? { domain: place } : place)),
      options,
    );
    try {
      await network.open();
      return network;
    } catch (error) {
      await network.close();
      const taken = error instanceof Error && "code" in error && error.code === "EADDRINUSE";
      if (!taken || options.ports !== undefined || attempt === MOST_ATTEMPTS) throw error;
    }
  }
}

interface Act {
  readonly domain: string;
  readonly point: Point;
  readonly act: () => void | Promise<void>;
}

class TestNetwork implements Network {
  readonly nodes: NetworkNode[] = [];
  readonly wire = new Wire();
  readonly #places: readonly Place[];
  readonly #options: NetworkOptions;
  readonly #hosts: readonly Host[];
  readonly #temporary: string[] = [];
  #secured: Secured | null = null;
  readonly #acts: Act[] = [];

  constructor(places: readonly Place[], options: NetworkOptions) {
    for (const { domain } of places) {
      if (options.wire === "http" && !/(^|\.)localhost$/.test(domain)) {
        throw new RangeError(`over http a domain is localhost or below it, which ${domain} is not`);
      }
    }
    this.#places = places;
    this.#options = options;
    this.#hosts = [...(options.hosts ?? []), ...fileHosts(places)];
  }

  async open(): Promise<void> {
    const { wire = "memory", env, hosts, hurry = 1, ports, dataFolders } = this.#options;
    if (wire === "tls") {
      const folder = this.#makeFolder();
      this.#secured = await securePlaces({ places: this.#places, folder, hosts, ports });
    }
    for (const [index, { domain, apiDomain }] of this.#places.entries()) {
      const secured = this.#secured?.places[index];
      const source = `198.18.0.${index + 1}`;
      const node = await startNode({
        domain,
        env: {
          ...cheap,
          ...env,
          KEYPEARS_DOMAIN: domain,
          ...(apiDomain === undefined ? {} : { KEYPEARS_API_DOMAIN: apiDomain }),
          ...secured?.env,
          KEYPEARS_DATA: dataFolders?.[index] ?? this.#makeFolder(),
        },
        port: wire === "memory" ? null : (secured?.port ?? ports?.[index] ?? 0),
        ca: this.#secured?.ca ?? null,
        webFolder: this.#options.webFolder,
        echo: this.#options.echo,
        now: this.#options.now,
        later: (milliseconds, work) => later(milliseconds / hurry, work),
        log: this.#options.log,
        openDoor: (config) => this.#openDoor(config, source),
        reached: (point) => this.#reached(domain, point),
      });
      this.nodes.push(node);
    }
  }

  node(domain: string): NetworkNode {
    const found = this.nodes.find((node) => node.domain === domain);
    if (found === undefined) throw new RangeError(`no server of this network is for ${domain}`);
    return found;
  }

  at(domain: string, point: Point, act: Act["act"]): () => void {
    const entry = { domain, point, act };
    this.#acts.push(entry);
    return () => {
      const index = this.#acts.indexOf(entry);
      if (index >= 0) this.#acts.splice(index, 1);
    };
  }

  stopAt(domain: string, point: Point, visit = 1): Promise<void> {
    return new Promise((resolve, reject) => {
      let left = visit;
      const end = this.at(domain, point, () => {
        left--;
        if (left > 0) return;
        end();
        this.node(domain).kill().then(resolve, reject);
      });
    });
  }

  async close(): Promise<void> {
    this.wire.clear();
    this.#acts.length = 0;
    await Promise.all(this.nodes.map((node) => node.close()));
    await this.#secured?.close();
    for (const folder of this.#temporary) rmSync(folder, { recursive: true, force: true });
  }

  async #reached(domain: string, point: Point): Promise<void> {
    for (const entry of [...this.#acts]) {
      if (entry.domain === domain && entry.point === point) await entry.act();
    }
  }

  #makeFolder(): string {
    const folder = mkdtempSync(join(tmpdir(), "keypears-node-"));
    this.#temporary.push(folder);
    return folder;
  }

  #openDoor(config: Config, source: string): Outbound | null {
    const { wire, now = Date.now } = this.#options;
    const door =
      wire === "tls"
        ? createOutbound({ reach: config.reach, limits: config.limits, now })
        : openSwitchboard({ source, find: (host) => this.#find(host) });
    return door === null ? null : this.wire.wrap(config.domain, door);
  }

  #find(name: string): Listener | undefined {
    const index = this.#places.findIndex((place) => namesOf(place).includes(name));
    if (index >= 0) {
      return async (request, source) => {
        const node = this.nodes[index];
        if (node === undefined) throw new TypeError(`${name} has not started yet`);
        return node.fetch(request, { source });
      };
    }
    const host = this.#hosts.find(({ names }) => names.includes(name));
    return host === undefined ? undefined : async (request) => host.answer(request);
  }
}
