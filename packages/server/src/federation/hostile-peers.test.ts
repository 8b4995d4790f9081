/**
 * A server whose peer does what it likes, over real TLS and by the real door: whatever its keypears.json, its keys and its
 * pulls say, the answer has a code, nothing is stored, and little is read.
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Input, contract, peerContract } from "@keypears/api";
import {
  type Address,
  type Bytes,
  type Envelope,
  envelopeHash,
  hashRecord,
  makeId,
  parseHeader,
  signChallengeRequest,
  toBase64url,
} from "@keypears/protocol";
import * as z from "zod";
import { type Answer, call, requestFor } from "../testing/calls.ts";
import type { Host } from "../testing/network.ts";
import { type Person, random, sealTo, solve, stranger } from "../testing/people.ts";
import { type Town, openTown, patiently } from "../testing/town.ts";

type Notify = typeof peerContract.federation.notify;
type Reply = () => Response | Promise<Response>;

/** A peer, honest but for what a test changes. */
class Peer {
  readonly name: string;
  readonly person: Person;
  /** What it answers, by the end of the path. */
  readonly answers: Record<"file" | "keys" | "pull", Reply>;
  /** How many requests came, by their path without its query. */
  readonly asked = new Map<string, number>();
  /** How much of bodies without end it got rid of, in bytes. */
  poured = 0;
  /** What it hands over for any token. */
  envelope: Envelope | null = null;

  constructor(name: string, person: Person) {
    this.name = name;
    this.person = person;
    this.answers = {
      file: () => Response.json({ apiDomain: name, versions: [1] }),
      keys: () => this.keys(this.person),
      pull: () => this.handOver(),
    };
  }

  static async open(name: string): Promise<Peer> {
    return new Peer(name, await stranger(`mallory@${name}`));
  }

  get host(): Host {
    return {
      names: [this.name],
      answer: (request) => {
        const { pathname } = new URL(request.url);
        this.asked.set(pathname, (this.asked.get(pathname) ?? 0) + 1);
        if (pathname.endsWith("keypears.json")) return this.answers.file();
        if (pathname.includes("/keys/")) return this.answers.keys();
        if (pathname.endsWith("/pull")) return this.answers.pull();
        return Response.json({ code: "not_found", message: "" }, { status: 404 });
      },
    };
  }

  keys({ address, published }: Pick<Person, "address" | "published">): Response {
    const output = { address, records: published, next: null };
    return Response.json(z.encode(contract.keys.listRecords.output, output));
  }

  async handOver(): Promise<Response> {
    assert(this.envelope !== null);
    const { header, box, signature } = this.envelope;
    return Response.json({
      envelope: {
        header: toBase64url(header),
        box: toBase64url(box),
        signature: toBase64url(signature),
        wraps: [],
      },
      senderKey: {
        number: this.person.records.length,
        hash: toBase64url(await hashRecord(this.person.records.at(-1) as Bytes)),
      },
    });
  }

  /** A body that goes on for so many bytes. */
  pour(length: number): Response {
    const piece = new Uint8Array(65_536).fill(32);
    let left = length;
    const body = new ReadableStream({
      pull: (to) => {
        left -= piece.length;
        this.poured += piece.length;
        to.enqueue(piece);
        if (left <= 0) to.close();
      },
    });
    return new Response(body, { headers: { "Content-Type": "application/json" } });
  }
}

interface Scene extends Town {
  readonly peer: Peer;
  readonly bob: Person;
}

async function open(t: TestContext): Promise<Scene> {
  const peer = await Peer.open("evil.test");
  const town = await openTown(t, ["b.test"], { wire: "tls", hosts: [peer.host], hurry: 20 });
  return { ...town, peer, bob: await town.add("bob@b.test") };
}

/** Asks for a challenge as the peer's user. */
async function challenge({ network, clock, peer, bob }: Scene) {
  const { address, sets } = peer.person;
  const signature = await signChallengeRequest({
    sender: address,
    recipient: bob.address,
    time: clock.time,
    signingKey: (sets.at(-1) as Person["sets"][0]).signing.privateKey,
  });
  const input = { sender: address, recipient: bob.address, time: clock.time, signature };
  return call(network.node("b.test"), peerContract.federation.requestChallenge, input);
}

/** A message that is paid for and announced as it is, and lies ready at the peer. */
async function announce(scene: Scene): Promise<Input<Notify>> {
  const { clock, peer, bob } = scene;
  const { output } = await challenge(scene);
  assert(output !== null);
  peer.envelope = await sealTo(peer.person, bob, clock.time);
  return {
    ...(await announced(peer.envelope)),
    recipient: bob.address,
    pullToken: random(32),
    solution: await solve(output.challenge),
  };
}

async function announced(envelope: Envelope) {
  const header = parseHeader(envelope.header);
  assert(header !== null);
  return { id: header.id, sender: header.sender, hash: await envelopeHash(envelope) };
}

function notify({ network }: Scene, input: Input<Notify>): Promise<Answer<Notify>> {
  return call(network.node("b.test"), peerContract.federation.notify, input);
}

/** Notifies again, as servers do, until the answer is final or says what is in the way. */
function outcome(scene: Scene, input: Input<Notify>): Promise<string> {
  return patiently(async () => {
    const { output, error } = await notify(scene, input);
    if (error !== null) return `${error.code} ${error.reason ?? ""}`.trim();
    if (output?.state === "delivered") return "delivered";
    return output?.reason ? `pending ${output.step} ${output.reason}` : null;
  });
}

async function assertNothingStored({ network }: Scene): Promise<void> {
  const { db } = network.node("b.test").context.store;
  for (const table of ["messages", "accepted_messages", "conversations", "waiting"] as const) {
    assert.deepEqual(await db.selectFrom(table).selectAll().execute(), [], table);
  }
}

test("an honest peer's message is stored: what follows fails for what is changed, and for nothing else", async (t) => {
  const scene = await open(t);
  assert.equal(await outcome(scene, await announce(scene)), "delivered");
  assert.equal((await scene.mailbox(scene.bob, scene.peer.person)).length, 1);
});

const GIGABYTE = 1 << 30;

/** What a pull is answered with, and what the server says of it. */
const pulls: Record<string, readonly [answer: (peer: Peer) => ReturnType<Reply>, said: string]> = {
  "nothing, ever": [() => new Promise<Response>(() => {}), "pending notified timeout"],
  "a body that never ends": [(peer) => peer.pour(Infinity), "pending notified bad_answer"],
  "a gigabyte": [(peer) => peer.pour(GIGABYTE), "pending notified bad_answer"],
  "a redirect to another server": [
    () => Response.redirect("https://b.test/api/v1/federation/pull", 307),
    "pending notified bad_answer",
  ],
  "a page": [() => new Response("<h1>Hello</h1>"), "pending notified bad_answer"],
  "JSON of another shape": [() => Response.json({ envelope: [] }), "pending notified bad_answer"],
  "brackets nested a hundred thousand deep": [
    () => new Response("[".repeat(100_000)),
    "pending notified bad_answer",
  ],
  "a failure": [() => new Response("", { status: 500 }), "pending notified server_error"],
  "that it does not act for its domain": [
    () => Response.json({ code: "misdirected", message: "" }, { status: 421 }),
    "pending notified not_served",
  ],
  "that there is no such message": [
    () => Response.json({ code: "not_found", message: "" }, { status: 404 }),
    "pull_refused not_found",
  ],
};

for (const [what, [answer, said]] of Object.entries(pulls)) {
  test(`a pull that is answered with ${what}: ${said}, nothing stored, little read`, async (t) => {
    const scene = await open(t);
    const input = await announce(scene);
    scene.peer.answers.pull = () => answer(scene.peer);
    assert.equal(await outcome(scene, input), said);
    await assertNothingStored(scene);
    const pulled = scene.peer.asked.get("/api/v1/federation/pull") ?? 0;
    // What lies in the buffers between belongs to nobody's memory for long.
    assert(scene.peer.poured < (pulled + 1) * 8 * 1_048_576, `${scene.peer.poured} bytes`);
  });
}

/** Another envelope than the one that was announced, or one that is not genuine. */
const envelopes: Record<
  string,
  readonly [
    change: (scene: Scene, input: Input<Notify>) => Promise<Partial<Input<Notify>>>,
    said: string,
  ]
> = {
  "another message than was announced": [
    async ({ peer, bob, clock }) => {
      peer.envelope = await sealTo(peer.person, bob, clock.time, { text: "Another one" });
      return {};
    },
    "pull_refused hash",
  ],
  "a message of another id": [
    async ({ clock }) => ({ id: makeId(clock.time, random(10)) }),
    "message_refused id",
  ],
  "a message in another domain's name": [
    async ({ peer, bob, clock }) => {
      const alice = { ...peer.person, address: "alice@a.test" as Address };
      peer.envelope = await sealTo(alice, bob, clock.time);
      const { id, hash } = await announced(peer.envelope);
      return { id, hash };
    },
    "message_refused address",
  ],
  "a message to somebody else": [
    async ({ peer, clock, add }) => {
      peer.envelope = await sealTo(peer.person, await add("carol@b.test"), clock.time);
      return announced(peer.envelope);
    },
    "message_refused address",
  ],
  "a box that does not verify": [
    async ({ peer }) => {
      const box = Uint8Array.from(peer.envelope?.box ?? []) as Envelope["box"];
      box[20] = (box[20] ?? 0) ^ 1;
      peer.envelope = { ...(peer.envelope as Envelope), box };
      return announced(peer.envelope);
    },
    "message_refused signature",
  ],
  "a signature by keys that it does not publish": [
    async ({ peer, bob, clock }) => {
      const other = await stranger(peer.person.address);
      const unpublished = { ...peer.person, sets: other.sets };
      peer.envelope = await sealTo(unpublished, bob, clock.time);
      return announced(peer.envelope);
    },
    "message_refused sender_key",
  ],
  "a header that is none": [
    async ({ peer }) => {
      const header = random(200);
      peer.envelope = { ...(peer.envelope as Envelope), header };
      return { hash: await envelopeHash(peer.envelope) };
    },
    "message_refused encoding",
  ],
};

for (const [what, [change, said]] of Object.entries(envelopes)) {
  test(`${what} is refused (${said}), the same for a repeat, and nothing is stored`, async (t) => {
    const scene = await open(t);
    const input = await announce(scene);
    const changed = { ...input, ...(await change(scene, input)) };
    assert.equal(await outcome(scene, changed), said);
    assert.equal(await outcome(scene, changed), said);
    assert.equal(scene.peer.asked.get("/api/v1/federation/pull"), 1);
    await assertNothingStored(scene);
  });
}

test("keys that are others at the delivery than at the challenge make a message nobody's, until they are back", async (t) => {
  const scene = await open(t);
  const { peer, clock } = scene;
  const first = await announce(scene);
  // A chain that begins anew, and holds by itself.
  const other = await stranger(peer.person.address, clock.time - 1_000);
  const before = { records: [...peer.person.records], published: [...peer.person.published] };
  peer.person.records.splice(0, 1, ...other.records);
  peer.person.published.splice(0, 1, ...other.published);
  assert.equal(await outcome(scene, first), "message_refused sender_key");
  await assertNothingStored(scene);
  peer.person.records.splice(0, 1, ...before.records);
  peer.person.published.splice(0, 1, ...before.published);
  clock.time += 61_000;
  assert.equal(await outcome(scene, await announce(scene)), "delivered");
});

const files: Record<string, readonly [answer: (peer: Peer) => ReturnType<Reply>, said: string]> = {
  "an IDN look-alike in its own letters": [
    () => Response.json({ apiDomain: "а.test", versions: [1] }),
    "domain_unreachable bad_file",
  ],
  "a port": [
    () => Response.json({ apiDomain: "evil.test:22", versions: [1] }),
    "domain_unreachable bad_file",
  ],
  "an address": [
    () => Response.json({ apiDomain: "127.0.0.1", versions: [1] }),
    "domain_unreachable bad_file",
  ],
  "another version": [
    () => Response.json({ apiDomain: "evil.test", versions: [2] }),
    "domain_unreachable version",
  ],
  "a gigabyte": [(peer) => peer.pour(GIGABYTE), "domain_unreachable bad_file"],
  "a redirect": [
    () => Response.redirect("https://b.test/.well-known/keypears.json"),
    "domain_unreachable bad_file",
  ],
  "not there": [() => new Response("", { status: 404 }), "domain_unreachable no_file"],
};

for (const [what, [answer, said]] of Object.entries(files)) {
  test(`a domain whose file is or has ${what} gets no challenge: ${said}`, async (t) => {
    const scene = await open(t);
    scene.peer.answers.file = () => answer(scene.peer);
    const { error } = await challenge(scene);
    assert.equal(`${error?.code} ${error?.reason ?? ""}`.trim(), said);
    assert.deepEqual([...scene.peer.asked.keys()], ["/.well-known/keypears.json"]);
    assert(scene.peer.poured < 8 * 1_048_576);
    await assertNothingStored(scene);
  });
}

test("a file that names a third server: that is asked once whether it serves the domain, and nothing else", async (t) => {
  const peer = await Peer.open("evil.test");
  const places = [{ domain: "b.test" }, { domain: "c.test", apiDomain: "kp.c.test" }];
  const town = await openTown(t, places, { wire: "tls", hosts: [peer.host] });
  const scene = { ...town, peer, bob: await town.add("bob@b.test") };
  peer.answers.file = () => Response.json({ apiDomain: "kp.c.test", versions: [1] });
  for (let minute = 0; minute < 9; minute++) {
    const { error } = await challenge(scene);
    assert.deepEqual([error?.code, error?.reason], ["domain_unreachable", "not_served"]);
    scene.clock.time += 61_000;
  }
  const third = scene.network.wire.calls.filter(
    ({ from, host }) => from === "b.test" && host === "kp.c.test",
  );
  assert.deepEqual(
    third.map(({ path }) => path),
    ["/api/v1/federation/serves/evil.test"],
  );
});

test("a sender's look-alike is another sender, and one that is not in ASCII is none and asked for nowhere", async (t) => {
  // Shown as a.test in letters of another script.
  const peer = await Peer.open("xn--7ba.test");
  const town = await openTown(t, ["b.test"], { wire: "tls", hosts: [peer.host], hurry: 20 });
  const scene = { ...town, peer, bob: await town.add("bob@b.test") };
  const input = await announce(scene);
  const before = scene.network.wire.calls.length;
  const wire = z.encode(peerContract.federation.notify.input, input) as Record<string, unknown>;
  for (const sender of ["mallory@а.test", "mallory@A.TEST.", "mallory@\u212apears.test"]) {
    const request = requestFor(peerContract.federation.notify, { ...wire, sender });
    const answer = await scene.network.node("b.test").fetch(...request);
    assert.deepEqual(
      [answer.status, ((await answer.json()) as { code: string }).code],
      [400, "invalid_input"],
    );
  }
  assert.equal(scene.network.wire.calls.length, before);
  assert.equal(await outcome(scene, input), "delivered");
  const [message] = await scene.mailbox(scene.bob, peer.person);
  assert.equal(message?.peer, "mallory@xn--7ba.test");
});
