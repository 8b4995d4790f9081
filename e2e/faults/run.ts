/**
 * The fault driver: people of two domains write to each other while either server is killed, while calls are lost, doubled,
 * late and out of order, while clocks jump, and while a server is away for a long time. What it does is decided by a seed.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createNodeMiner } from "@keypears/pow5/node";
import { type Address, parseAddress } from "@keypears/protocol";
import { Chance, type Report, points, securePlaces } from "@keypears/server/testing/network";
import { type Lasting, temporaryFolder } from "../processes.ts";
import { type Finding, check } from "./checker.ts";
import { disturbed, loopbackFetch } from "./network.ts";
import { Person, World, lastOf } from "./people.ts";
import type { Written } from "./record.ts";
import { FaultyServer } from "./servers.ts";

const MINUTE = 60_000;

/** By when everything has ended once both servers are there and nothing is disturbed, in milliseconds. */
const SOON = 60_000;
/** How long a point may be waited for, in milliseconds. */
const PATIENCE = 150_000;
/** How often somebody taps to send a failed message again. */
const MOST_TAPS = 20;
/** What passes by the clocks after each return: as long as it is remembered that a domain could not be reached. */
const FORGETTING = MINUTE + 1_000;
/** How many messages one person has under way to another one at the most. */
const MOST_PENDING = 3;

/** Each in one of the arrangements of spec/9.1. */
const places = [{ domain: "a.test" }, { domain: "b.test", apiDomain: "kp.b.test" }] as const;

export interface Options {
  readonly seed: string;
  /** People of each domain. */
  readonly people: number;
  /** How often a server is killed at each point. */
  readonly kills: number;
  /** How often one server's clock jumps beyond what clocks may differ. */
  readonly jumps: number;
  /** How often a server is away for longer than a challenge lives; every third time for longer than a day. */
  readonly absences: number;
  /** How many messages there are at least. */
  readonly messages: number;
  /** The pause of a writer between two messages, in milliseconds. */
  readonly pause: readonly [low: number, high: number];
  /** Told how it goes. */
  readonly say: (line: string) => void;
}

/** What was done and what came of it. */
export interface Figures {
  readonly seconds: number;
  readonly messages: number;
  readonly acknowledged: number;
  readonly delivered: number;
  readonly failed: number;
  /** Failed ones by their reason. */
  readonly reasons: ReadonlyMap<string, number>;
  /** Told an error, and never acknowledged. */
  readonly refused: number;
  readonly mended: number;
  /** What people were told where they tried again. */
  readonly obstacles: ReadonlyMap<string, number>;
  /** By server and point. */
  readonly kills: ReadonlyMap<string, number>;
  /** By what was done to whom. */
  readonly disturbances: ReadonlyMap<string, number>;
  readonly jumps: number;
  readonly absences: number;
  /** The longest time from a return or a calm until all had ended, in milliseconds. */
  readonly longest: number;
}

export interface Outcome {
  readonly figures: Figures;
  readonly findings: readonly Finding[];
}

/** Runs all of it, and gives what was found. Throws where something does not come about at all. */
export async function runFaults(t: Lasting, options: Options): Promise<Outcome> {
  const run = await Run.open(t, options);
  await run.acquaint();
  await run.killing();
  await run.jumping();
  await run.staying();
  return run.judge();
}

/** Counts by names. */
class Counts extends Map<string, number> {
  add(name: string, count = 1): void {
    this.set(name, (this.get(name) ?? 0) + count);
  }
}

class Run {
  readonly #options: Options;
  readonly #chance: Chance;
  readonly #world = new World();
  readonly #begun = performance.now();
  readonly #kills = new Counts();
  readonly #disturbances = new Counts();
  servers: readonly FaultyServer[] = [];
  people: readonly Person[] = [];
  /** How far the clock of each is from the world's, in milliseconds. */
  readonly #skews = new Map<FaultyServer, number>();
  /** What part of the calls of devices to their servers is disturbed. */
  #atDevices = 0;
  #jumps = 0;
  #absences = 0;
  #longest = 0;
  #texts = 0;

  private constructor(options: Options) {
    this.#options = options;
    this.#chance = new Chance(options.seed);
  }

  static async open(t: Lasting, options: Options): Promise<Run> {
    const run = new Run(options);
    const folder = temporaryFolder(t);
    const secured = await securePlaces({ places, folder: join(folder, "tls") });
    t.after(() => secured.close());
    run.servers = places.map(({ domain }, index) => {
      const place = secured.places[index];
      assert(place);
      const note = (report: Report): void => run.#note(domain, report);
      return new FaultyServer(t, { domain, folder, place, seed: options.seed, note });
    });
    await Promise.all(run.servers.map((server) => server.start()));
    const miner = createNodeMiner({ threads: 1 });
    t.after(() => miner.close());
    const ports = new Map<string, number>();
    for (const [index, place] of places.entries()) {
      const { port = 0 } = secured.places[index] ?? {};
      ports.set("apiDomain" in place ? place.apiDomain : place.domain, port);
    }
    const plain = loopbackFetch(ports, secured.ca);
    const names = ["ann", "ben", "cat", "dan", "eve", "fay"].slice(0, options.people);
    run.people = [...ports.keys()].flatMap((host, index) =>
      names.map((name) => {
        const address = parseAddress(`${name}@${places[index]?.domain}`);
        assert(address);
        const chance = run.#chance.of(address);
        const fetch = disturbed(plain, {
          chance: chance.of("calls"),
          part: () => run.#atDevices,
          note: (fate) => run.#disturbances.add(`device to server: ${fate}`),
        });
        const origin = `https://${host}`;
        return new Person({ address, origin, fetch, world: run.#world, miner, chance });
      }),
    );
    t.after(async () => {
      await Promise.all(run.people.map((person) => person.stop()));
    });
    return run;
  }

  #note(domain: string, report: Report): void {
    switch (report.kind) {
      case "dies":
        this.#kills.add(`${domain} ${report.point}`);
        break;
      case "held":
        this.#disturbances.add("server: stood still at a point");
        break;
      case "disturbed":
        this.#disturbances.add(`server to server: ${report.fate}`);
        break;
    }
  }

  get #written() {
    return this.people.flatMap((person) => person.written);
  }

  /** Everybody with everybody of the other domain, in both directions. */
  get #pairs(): [from: Person, to: Address][] {
    const domainOf = (address: Address): string => address.slice(address.indexOf("@"));
    return this.people.flatMap((from) =>
      this.people
        .filter((to) => domainOf(to.address) !== domainOf(from.address))
        .map((to): [Person, Address] => [from, to.address]),
    );
  }

  #text(from: Person, to: Address): string {
    return `message ${++this.#texts} from ${from.address} to ${to}`;
  }

  /** Everybody signs up, and knows everybody of the other domain. */
  async acquaint(): Promise<void> {
    await Promise.all(this.people.map((person) => person.signUp()));
    for (const person of this.people) person.follow();
    for (const side of places) {
      const ours = this.#pairs.filter(([{ address }]) => address.endsWith(`@${side.domain}`));
      await Promise.all(ours.map(([from, to]) => from.write(to, this.#text(from, to))));
      await this.#ended();
    }
    this.#options.say(`${this.people.length} people know each other`);
  }

  /** Writes in all directions while `work` lasts. */
  async #whileWriting(work: () => Promise<void>, { tries = Infinity } = {}): Promise<void> {
    const { pause } = this.#options;
    let goesOn = true;
    const writers = this.#pairs.map(async ([from, to]) => {
      const chance = this.#chance.of(`${from.address} ${to} ${this.#texts}`);
      const open = new Set<Promise<unknown>>();
      while (goesOn) {
        await sleep(chance.between(...pause));
        // Some write the next before the last one is taken in.
        if (from.pending(to).length + open.size >= MOST_PENDING) continue;
        const one = from.write(to, this.#text(from, to), { tries }).finally(() => open.delete(one));
        open.add(one);
        if (chance.happens(0.7)) await one;
      }
      await Promise.all(open);
    });
    try {
      await work();
    } finally {
      goesOn = false;
      await this.#calm();
      await Promise.all(writers);
    }
  }

  #disturb(calls: number, atPoints: number, devices: number): void {
    for (const server of this.servers) {
      server.order({ kind: "disturb", calls, points: atPoints });
    }
    this.#atDevices = devices;
  }

  /** Both servers are there, and nothing is disturbed any more. */
  async #calm(): Promise<void> {
    this.#disturb(0, 0, 0);
    for (const server of this.servers) {
      server.order({ kind: "live" });
      if (!server.running) await server.start();
    }
  }

  /**
   * Waits until every acknowledged message has ended, within the time in which that has to be: from a server's return, unless
   * it is still away. What has failed and can be mended has ended, too; with `mended` it is given the same time to be sent
   * again: a device that could not reach a domain pauses for longer than that.
   */
  async #ended({ away = false, mended = false } = {}): Promise<void> {
    const begun = performance.now();
    let over: number | null = null;
    for (;;) {
      const pending = this.people.flatMap((person) => person.pending());
      const mending = mended ? this.people.flatMap((person) => person.toBeMended()) : [];
      const took = performance.now() - begun;
      const isFirst = ({ told }: Written): boolean => told.every(({ state }) => state !== "failed");
      if (pending.some(isFirst)) over = null;
      else over ??= took;
      const isStill = pending.length === 0 && (mending.length === 0 || took > SOON);
      if (over !== null && isStill) {
        if (!away) this.#longest = Math.max(this.#longest, over);
        return;
      }
      const late = took > 2 * SOON ? pending : took > SOON ? pending.filter(isFirst) : [];
      if (late.length > 0) {
        const lines = late.map(({ text, told }) => `${text}: ${JSON.stringify(told.at(-1))}`);
        const errors = this.servers.flatMap((server) => server.errors);
        assert.fail(`not ended in time:\n${[...lines, ...errors].join("\n")}`);
      }
      await sleep(50);
    }
  }

  #setClock(server: FaultyServer, skew: number): void {
    this.#skews.set(server, skew);
    server.order({ kind: "clock", ahead: Math.round(this.#world.ahead + skew) });
  }

  /** So much time goes by, for everybody. */
  #pass(milliseconds: number): void {
    this.#world.ahead += milliseconds;
    for (const server of this.servers) this.#setClock(server, this.#skews.get(server) ?? 0);
  }

  /** Kills both servers at every point, in an order that chance has, while everybody writes and everything is disturbed. */
  async killing(): Promise<void> {
    const { kills, messages, say } = this.#options;
    await this.#whileWriting(async () => {
      this.#disturb(0.12, 0.05, 0.08);
      // Neither waits for the other: mostly one is about to die, now and then both are away.
      await Promise.all(
        this.servers.map((server, index) => this.#kill(server, Math.floor((kills + index) / 2))),
      );
      while (this.#texts < messages) await sleep(200);
    });
    await this.#ended();
    say(`all ended ${Math.round(this.#longest)} ms after the last kill at the latest`);
  }

  /** Kills a server so many times at each point. */
  async #kill(server: FaultyServer, times: number): Promise<void> {
    const { say } = this.#options;
    const chance = this.#chance.of(`killing ${server.domain}`);
    const bag = chance.shuffle(
      points.flatMap((point) => Array.from({ length: times }, () => point)),
    );
    for (const [done, point] of bag.entries()) {
      if (done % 20 === 0) {
        say(`${server.domain}: ${done} kills, ${this.#texts} messages, ${this.#seconds()} s`);
      }
      const isDead = await server.dieAt(point, chance.pick([1, 1, 2, 3]), PATIENCE);
      if (!isDead) {
        const told = JSON.stringify(Object.fromEntries(this.#obstacles()));
        assert.fail(`${server.domain} did not come to "${point}" within ${PATIENCE} ms; ${told}`);
      }
      if (chance.happens(0.1)) await sleep(chance.between(0, 3_000));
      if (chance.happens(0.1)) {
        // Within what clocks may differ.
        this.#setClock(server, chance.between(-2 * MINUTE, 2 * MINUTE));
        this.#jumps++;
      }
      await server.start();
      this.#pass(FORGETTING);
    }
  }

  /** One server's clock jumps beyond the five minutes that clocks may differ, and comes back. */
  async jumping(): Promise<void> {
    const { jumps, say } = this.#options;
    const chance = this.#chance.of("jumping");
    const far = chance.shuffle([-8, 8, -20, 20, -90, 90]);
    for (const server of this.servers) this.#setClock(server, 0);
    for (let jump = 0; jump < jumps; jump++) {
      const server = this.servers[jump % 2];
      assert(server);
      await this.#whileWriting(
        async () => {
          this.#disturb(0.03, 0.05, 0.03);
          await sleep(chance.between(300, 1_000));
          this.#setClock(server, (far[jump % far.length] ?? 8) * MINUTE);
          this.#jumps++;
          await sleep(chance.between(2_000, 4_000));
          if (chance.happens(0.5)) {
            await server.kill();
            await server.start();
            await sleep(chance.between(1_000, 2_000));
          }
          this.#setClock(server, 0);
          this.#jumps++;
        },
        { tries: 3 },
      );
      await this.#ended();
      say(`${server.domain} was ${far[jump % far.length]} minutes off`);
    }
  }

  /** A server is away for longer than a challenge lives, or than a day, by the clocks of everybody. */
  async staying(): Promise<void> {
    const { absences, say } = this.#options;
    const chance = this.#chance.of("staying");
    for (let absence = 0; absence < absences; absence++) {
      const away = this.servers[absence % 2];
      assert(away);
      const isDay = absence % 3 === 2;
      const senders = this.#pairs.filter(([, to]) => to.endsWith(`@${away.domain}`));
      // Some messages have got as far as to the server that goes; the others find it gone.
      const ready = await Promise.all(
        senders.map(async ([from, to]) => ({ from, to, prepared: await from.prepare(to) })),
      );
      const point = chance.pick(["notified", "claimed", "pulled", "judged", "stored"] as const);
      const ended = away.ended;
      away.order({ kind: "die", point, visit: 2 });
      const write = async ({ from, to, prepared }: (typeof ready)[number]): Promise<void> => {
        assert(prepared && (await from.write(to, this.#text(from, to), { prepared })));
      };
      await Promise.all(ready.slice(0, 3).map(write));
      await ended;
      await Promise.all(ready.slice(3).map(write));
      const spent = isDay ? 25 * 60 : Math.round(chance.between(16, 50));
      this.#absences++;
      this.#pass(spent * MINUTE);
      // By then its pauses are long, and what has lasted for a day is given up.
      if (isDay) await this.#ended({ away: true });
      else await sleep(chance.between(500, 12_000));
      await away.start();
      await this.#ended({ mended: true });
      this.#pass(FORGETTING);
      if (isDay) await this.#sendAgain(chance);
      say(`${away.domain} was away for ${Math.round(spent)} minutes from "${point}" on`);
    }
  }

  /** Some of those whose messages have failed tap to send them again. */
  async #sendAgain(chance: Chance): Promise<void> {
    await Promise.all(
      this.people.map(async (person) => {
        for (const message of person.written) {
          if (lastOf(message)?.state !== "failed" || chance.happens(0.5)) continue;
          await person.sendAgain(message, MOST_TAPS);
        }
      }),
    );
    await this.#ended();
  }

  #obstacles(): ReadonlyMap<string, number> {
    const all = new Counts();
    for (const [name, count] of this.people.flatMap((person) => [...person.obstacles])) {
      all.add(name, count);
    }
    return all;
  }

  #seconds(): number {
    return Math.round((performance.now() - this.#begun) / 1000);
  }

  /** Reads everything on new devices, stops all, and compares. */
  async judge(): Promise<Outcome> {
    const { say } = this.#options;
    await this.#ended({ mended: true });
    // Whatever was read by the devices of before is nothing that these know.
    const shown = new Map<string, string[]>();
    for (const person of this.people) {
      const device = await person.newDevice();
      for (const [, peer] of this.#pairs.filter(([from]) => from === person)) {
        const texts: string[] = [];
        for (let before: number | undefined; ;) {
          const page = await device.messages.read({
            peer,
            limit: 100,
            ...(before === undefined ? {} : { before }),
          });
          for (const { text, verified } of page.messages) {
            assert(verified && text !== null, `${person.address} reads something unverified`);
            texts.push(text);
          }
          if (page.next === null) break;
          before = page.next;
        }
        shown.set(`${person.address} ${peer}`, texts);
      }
    }
    await Promise.all(this.people.map((person) => person.stop()));
    await Promise.all(this.servers.map((server) => server.stop()));
    const written = this.#written;
    const mailboxes = await Promise.all(
      this.people.map(async (person) => {
        const server = this.servers.find(({ domain }) => person.address.endsWith(`@${domain}`));
        assert(server);
        return { owner: person.address, file: server.file, keys: await person.keys() };
      }),
    );
    const heard = this.people.flatMap((person) => person.heard);
    const findings = await check({ written, heard, mailboxes, now: this.#world.now() });
    const readable = new Set(
      [...shown].flatMap(([pair, texts]) => texts.map((it) => `${pair} ${it}`)),
    );
    for (const { from, to, text, told } of written) {
      const isDelivered = told.some(({ state }) => state === "delivered");
      if (isDelivered && !readable.has(`${to} ${from} ${text}`)) {
        findings.push({ kind: "lost", what: `${text}: not to be read on a new device` });
      }
    }
    for (const { faults, address } of this.people) {
      findings.push(
        ...faults.map((what) => ({ kind: "changed" as const, what: `${address}: ${what}` })),
      );
    }
    for (const { errors, domain } of this.servers) {
      findings.push(
        ...errors.map((what) => ({ kind: "changed" as const, what: `${domain}: ${what}` })),
      );
    }
    say(`compared ${written.length} messages, ${this.#seconds()} s`);
    return { findings, figures: this.#figures() };
  }

  #figures(): Figures {
    const written = this.#written;
    const reasons = new Counts();
    let delivered = 0;
    for (const message of written) {
      const last = lastOf(message);
      if (last?.state === "delivered") delivered++;
      if (last?.state === "failed") reasons.add(last.reason ?? "");
    }
    const acknowledged = written.filter((one) => one.acknowledgedAt !== null).length;
    return {
      seconds: this.#seconds(),
      messages: written.length,
      acknowledged,
      delivered,
      failed: [...reasons.values()].reduce((sum, count) => sum + count, 0),
      reasons,
      refused: written.length - acknowledged,
      mended: this.people.reduce((sum, person) => sum + person.mended.size, 0),
      obstacles: this.#obstacles(),
      kills: this.#kills,
      disturbances: this.#disturbances,
      jumps: this.#jumps,
      absences: this.#absences,
      longest: this.#longest,
    };
  }
}
