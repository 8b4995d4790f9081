import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import {
  type ErrorCode,
  type PeerContract,
  type Procedure,
  contract,
  isErrorCode,
  peerContract,
} from "@keypears/api";
import {
  type Bytes,
  type Id,
  type NewKeySet,
  signChallengeRequest,
  toBase64url,
} from "@keypears/protocol";
import * as z from "zod";
import { block } from "../procedures/messages/block.ts";
import {
  type Reachable,
  bearer,
  challenge,
  newcomer,
  reach,
  requestFor,
  sessionOf,
  work,
} from "../testing/calls.ts";
import { type Network, startNetwork } from "../testing/network.ts";
import {
  type Person,
  type TestServer,
  addPerson,
  callOf,
  hand,
  pack,
  random,
  write,
} from "../testing/people.ts";

interface Town {
  readonly network: Network;
  readonly server: TestServer;
  readonly web: Reachable;
  readonly alice: Person;
  readonly bob: Person;
  readonly token: Bytes;
  readonly bobsSession: Id;
  readonly bobsToken: Bytes;
}

/** Alice calls. Bob has a request of Carol's and a block, which are none of Alice's. */
async function openTown(t: TestContext): Promise<Town> {
  const clock = { time: 1_763_942_520_000 };
  const network = await startNetwork(["a.test", "b.test"], { now: () => clock.time });
  t.after(() => network.close());
  const server = { context: network.node("a.test").context, clock, folder: "" };
  const alice = await addPerson(server, "alice@a.test");
  const bob = await addPerson(server, "bob@a.test");
  const carol = await addPerson(server, "carol@a.test");
  await write(server, carol, bob);
  await block(server.context, callOf(bob), { target: "blocked.example" as never });
  const { token } = await sessionOf(server, alice);
  const { id: bobsSession, token: bobsToken } = await sessionOf(server, bob);
  return { network, server, web: reach(server), alice, bob, token, bobsSession, bobsToken };
}

/** Dave lives elsewhere. */
async function addDave({ network, server }: Town): Promise<[TestServer, Person]> {
  const elsewhere = { ...server, context: network.node("b.test").context };
  return [elsewhere, await addPerson(elsewhere, "dave@b.test")];
}

/** What one server tells the other of a message, which does not hear of it. */
async function notification(town: Town, from: "a.test" | "b.test"): Promise<Wire> {
  const [elsewhere, dave] = await addDave(town);
  const { network, server, alice } = town;
  const [at, author, reader] = from === "a.test" ? [server, alice, dave] : [elsewhere, dave, alice];
  const told = new Promise<Wire>((resolve) => {
    network.wire.on("federation/notify", (call) => {
      if (call.input !== null) resolve(call.input);
      return call.drop();
    });
  });
  await hand(at, author, await pack(at, author, reader));
  return told;
}

type Wire = Readonly<Record<string, unknown>>;

/** A procedure's row: a call that is right but for who makes it, and what of somebody else's it cannot reach. */
interface Row {
  /** The input of a right call, as it stands on the wire. */
  readonly right: (town: Town) => Wire | Promise<Wire>;
  /** With Alice's token, about something of Bob's: the code of the refusal, or a check of what she gets instead. */
  readonly foreign: "there is nothing of anybody's" | readonly [wire: Foreign, seen: Seen];
}
type Foreign = (town: Town) => Wire | Promise<Wire>;
type Seen = ErrorCode | ((output: Record<string, unknown>, town: Town) => void | Promise<void>);

const nothing = () => ({});
const rightPeer = () => ({ peer: "bob@a.test" });
const bobsPeer = () => ({ peer: "carol@a.test" });
const none =
  (member: string): Seen =>
  (output) =>
    assert.deepEqual(output[member], []);
const bobStays: Seen = async (_, { web, bobsToken }) => {
  const [path, init] = requestFor(contract.account.whoAmI, {}, bearer(bobsToken));
  assert.equal((await web.fetch(path, init)).status, 200);
};

type Whole = typeof contract & PeerContract;

const rows: { readonly [A in keyof Whole]: Record<keyof Whole[A], Row> } = {
  account: {
    checkAvailability: {
      right: () => ({ address: "dora@a.test" }),
      foreign: "there is nothing of anybody's",
    },
    requestChallenge: {
      right: () => ({ purpose: "login", address: "alice@a.test" }),
      foreign: "there is nothing of anybody's",
    },
    register: {
      right: async ({ server, web }) => {
        const { address, form } = await newcomer("dora@a.test", server.clock.time);
        const solution = await work(web, "register", address);
        return encode(contract.account.register, { ...form, solution });
      },
      foreign: [
        async ({ server, web }) => {
          const { address, form } = await newcomer("bob@a.test", server.clock.time);
          const solution = await work(web, "register", address);
          return encode(contract.account.register, { ...form, solution });
        },
        "address_taken",
      ],
    },
    logIn: {
      right: async ({ web, alice }) =>
        encode(contract.account.logIn, {
          address: alice.address,
          loginKey: random(32),
          solution: await work(web, "login", alice.address),
          transport: "bearer",
        }),
      foreign: [
        async ({ web, bob }) =>
          encode(contract.account.logIn, {
            address: bob.address,
            loginKey: random(32),
            solution: await work(web, "login", bob.address),
            transport: "bearer",
          }),
        "wrong_credentials",
      ],
    },
    stepUp: {
      right: async ({ web, alice }) =>
        encode(contract.account.stepUp, {
          loginKey: random(32),
          solution: await work(web, "step-up", alice.address),
        }),
      foreign: [
        async ({ web, bob }) =>
          encode(contract.account.stepUp, {
            loginKey: random(32),
            solution: await work(web, "step-up", bob.address),
          }),
        "work_refused",
      ],
    },
    whoAmI: {
      right: nothing,
      foreign: [nothing, (output) => assert.equal(output["address"], "alice@a.test")],
    },
    getSettings: {
      right: nothing,
      foreign: [nothing, (output) => assert.equal(output["message"], 16)],
    },
    setSettings: {
      right: () => ({ message: 20 }),
      foreign: [
        () => ({ message: 30 }),
        async (_, { web, bobsToken }) => {
          const [path, init] = requestFor(contract.account.getSettings, {}, bearer(bobsToken));
          const prices = (await (await web.fetch(path, init)).json()) as { message: number };
          assert.equal(prices.message, 16);
        },
      ],
    },
    listSessions: {
      right: nothing,
      foreign: [
        nothing,
        ({ sessions }, { bobsSession }) => {
          const ids = (sessions as { id: Id }[]).map(({ id }) => id);
          assert.equal(ids.length, 1);
          assert(!ids.includes(bobsSession));
        },
      ],
    },
    endSession: {
      right: async ({ server, alice }) => ({ id: (await sessionOf(server, alice)).id }),
      foreign: [({ bobsSession }) => ({ id: bobsSession }), "no_such_session"],
    },
    endOtherSessions: { right: nothing, foreign: [nothing, bobStays] },
    logOut: { right: nothing, foreign: [nothing, bobStays] },
  },
  federation: {
    serves: {
      right: () => ({ domain: "a.test" }),
      foreign: [() => ({ domain: "b.test" }), "misdirected"],
    },
    requestChallenge: {
      right: async (town) => signedElsewhere((await addDave(town))[1], town),
      foreign: [
        async (town) => {
          const signed = await signedElsewhere(town.bob, town);
          await addDave(town);
          return signed;
        },
        "request_refused",
      ],
    },
    notify: {
      right: (town) => notification(town, "b.test"),
      foreign: [
        async (town) => {
          const told = await notification(town, "b.test");
          return { ...told, recipient: "bob@a.test" };
        },
        "work_refused",
      ],
    },
    pull: {
      right: async (town) => {
        const { pullToken } = await notification(town, "a.test");
        return { pullToken };
      },
      foreign: [() => ({ pullToken: toBase64url(random(32)) }), "not_found"],
    },
  },
  keys: {
    listRecords: {
      right: () => ({ address: "bob@a.test" }),
      foreign: "there is nothing of anybody's",
    },
  },
  directory: {
    lookUp: {
      right: () => ({ address: "bob@a.test" }),
      foreign: "there is nothing of anybody's",
    },
  },
  messages: {
    requestChallenge: {
      right: ({ alice, server }) => signedRequest(alice, server.clock.time),
      foreign: [({ bob, server }) => signedRequest(bob, server.clock.time), "request_refused"],
    },
    send: {
      right: async ({ server, alice, bob }) => {
        const { envelope, solution } = await pack(server, alice, bob);
        return encode(contract.messages.send, { envelope: { ...envelope, wraps: [] }, solution });
      },
      foreign: [
        async ({ server, alice, bob }) => {
          const { envelope, solution } = await pack(server, bob, alice);
          return encode(contract.messages.send, { envelope: { ...envelope, wraps: [] }, solution });
        },
        "wrong_sender",
      ],
    },
    listConversations: { right: nothing, foreign: [nothing, none("conversations")] },
    listRequests: { right: nothing, foreign: [nothing, none("conversations")] },
    listMessages: { right: rightPeer, foreign: [bobsPeer, none("messages")] },
    listChanges: {
      right: () => ({ after: 0 }),
      foreign: [() => ({ after: 0 }), none("changes")],
    },
    listBlocks: { right: nothing, foreign: [nothing, none("blocks")] },
    accept: { right: rightPeer, foreign: [bobsPeer, "no_such_conversation"] },
    decline: { right: rightPeer, foreign: [bobsPeer, "no_such_conversation"] },
    markRead: {
      right: () => ({ peer: "bob@a.test", revision: 1 }),
      foreign: [() => ({ peer: "carol@a.test", revision: 1 }), "no_such_conversation"],
    },
    block: {
      right: () => ({ target: "eve@evil.example" }),
      foreign: [() => ({ target: "carol@a.test" }), bobsBlocksStay],
    },
    unblock: {
      right: () => ({ target: "eve@evil.example" }),
      foreign: [() => ({ target: "blocked.example" }), bobsBlocksStay],
    },
  },
};

async function bobsBlocksStay(_: unknown, { web, bobsToken }: Town): Promise<void> {
  const [path, init] = requestFor(contract.messages.listBlocks, {}, bearer(bobsToken));
  const { blocks } = (await (await web.fetch(path, init)).json()) as {
    blocks: { target: string }[];
  };
  assert.deepEqual(
    blocks.map(({ target }) => target),
    ["blocked.example"],
  );
}

async function signedRequest(signer: Person, time: number): Promise<Wire> {
  const signature = await signChallengeRequest({
    sender: signer.address,
    recipient: "carol@a.test" as never,
    time,
    signingKey: (signer.sets.at(-1) as NewKeySet).signing.privateKey,
  });
  return { recipient: "carol@a.test", time, signature: toBase64url(signature) };
}

async function signedElsewhere(signer: Person, { server }: Town): Promise<Wire> {
  const [sender, recipient] = ["dave@b.test", "alice@a.test"];
  const { time } = server.clock;
  const signature = await signChallengeRequest({
    sender: sender as never,
    recipient: recipient as never,
    time,
    signingKey: (signer.sets.at(-1) as NewKeySet).signing.privateKey,
  });
  return { sender, recipient, time, signature: toBase64url(signature) };
}

function encode(procedure: Procedure, input: unknown): Wire {
  return z.encode(procedure.input, input) as Wire;
}

const procedures = Object.entries({ ...contract, ...peerContract }).flatMap(([area, ones]) =>
  Object.entries(ones as Record<string, Procedure>).map(([name, procedure]) => ({
    name: `${area}.${name}`,
    procedure,
    row: (rows as unknown as Record<string, Record<string, Row>>)[area]?.[name],
  })),
);

async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { code: string }).code;
}

test("every procedure has a row of wrong callers", () => {
  for (const { name, row } of procedures) assert(row !== undefined, name);
});

for (const { name, procedure, row } of procedures) {
  if (row === undefined) continue;
  const { right, foreign } = row;

  test(`${name}: who has no session, or one that has ended, ${procedure.access === "session" ? "gets nothing" : "needs none"}`, async (t) => {
    const town = await openTown(t);
    const { server, web, alice } = town;
    const wire = await right(town);
    const ended = await sessionOf(server, alice);
    await web.fetch(...requestFor(contract.account.logOut, {}, bearer(ended.token)));
    const wrong: Record<string, string>[] = [
      {},
      bearer(random(32)),
      bearer(ended.token),
      { Authorization: "Bearer nonsense" },
      { Authorization: `Basic ${toBase64url(town.token)}` },
    ];
    if (procedure.method === "GET") {
      wrong.push({ Cookie: `__Host-keypears=${toBase64url(ended.token)}` });
      // The name without prefix could have been set by another site below the same domain.
      wrong.push({ Cookie: `keypears=${toBase64url(town.token)}` });
    }
    if (procedure.access === "anyone") {
      const { status } = await web.fetch(...requestFor(procedure, wire));
      assert.equal(status, name === "account.logIn" ? 401 : 200);
      return;
    }
    for (const headers of wrong) {
      const refused = await web.fetch(...requestFor(procedure, wire, headers));
      assert.deepEqual([refused.status, await codeOf(refused)], [401, "unauthenticated"]);
    }
    // The same call with a session gets past the door.
    const passed = await web.fetch(...requestFor(procedure, wire, bearer(town.token)));
    if (passed.status !== 200) assert.notEqual(await codeOf(passed), "unauthenticated");
  });

  if (typeof foreign !== "string") {
    test(`${name}: what is another user's is not theirs`, async (t) => {
      const town = await openTown(t);
      const [wire, seen] = foreign;
      const input = await wire(town);
      const response = await town.web.fetch(...requestFor(procedure, input, bearer(town.token)));
      if (typeof seen === "string") {
        assert.equal(await codeOf(response), seen);
        await bobStays({}, town);
      } else {
        assert.equal(response.status, 200);
        await seen((await response.json()) as Record<string, unknown>, town);
      }
    });
  }

  test(`${name}: a browser's cookie counts only from our own pages, and no other page's origin ever`, async (t) => {
    const town = await openTown(t);
    const { web, token } = town;
    const wire = await right(town);
    const ask = async (headers: Record<string, string>): Promise<string> => {
      const response = await web.fetch(...requestFor(procedure, wire, headers));
      return response.status === 200 ? "ok" : codeOf(response);
    };
    const cookie = { Cookie: `other=1; __Host-keypears=${toBase64url(token)}` };
    const evil = { Origin: "https://a.test.evil.example" };
    if (procedure.anyOrigin === true) {
      assert.equal(await ask({ ...cookie, ...evil }), "ok");
      return;
    }
    for (const origin of [evil.Origin, "null", "http://a.test", "https://a.test:444"]) {
      assert.equal(await ask({ ...cookie, Origin: origin }), "wrong_origin");
      assert.equal(await ask({ ...bearer(token), Origin: origin }), "wrong_origin");
      assert.equal(await ask({ Origin: origin }), "wrong_origin");
    }
    if (procedure.method === "POST") assert.equal(await ask(cookie), "wrong_origin");
    assert.notEqual(await ask({ ...cookie, Origin: "https://a.test" }), "wrong_origin");
  });

  if (procedure.method === "POST") {
    test(`${name}: a body of another type, none, too large or no JSON is refused before it is looked at`, async (t) => {
      const { web, token } = await openTown(t);
      const { required: needed = [] } = z.toJSONSchema(procedure.input, { io: "input" });
      const path = `/api/v1${procedure.path}`;
      const json = { "Content-Type": "application/json", ...bearer(token) };
      const ask = async (body: BodyInit | null, headers: Record<string, string> = json) => {
        const init = { method: "POST", body, headers, duplex: "half" } as RequestInit;
        return codeOf(await web.fetch(path, init));
      };
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"]) {
        assert.equal(await ask("{}", { ...json, "Content-Type": type }), "unsupported_media_type");
      }
      assert.equal(await ask(new Uint8Array(2), bearer(token)), "unsupported_media_type");
      const large = JSON.stringify({ text: "x".repeat(200_000) });
      assert.equal(await ask(large), "too_large");
      assert.equal(await ask(large, { ...json, "Content-Length": "200011" }), "too_large");
      let pulled = 0;
      const endless = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          pulled += 65_536;
          controller.enqueue(new Uint8Array(65_536));
        },
      });
      assert.equal(await ask(endless), "too_large");
      assert(pulled < 1_000_000, `read ${pulled} bytes of a body without end`);
      const odd = ["", "{", "nonsense", "[".repeat(100_000), '{"a":1}x', new Uint8Array([255, 34])];
      for (const body of odd) assert.equal(await ask(body), "invalid_input");
      const surrogate = '{"address":"\\ud800@a.test","purpose":"\\udfff","target":"\\ud800"}';
      for (const body of ["null", "[]", "0", '"x"', surrogate]) {
        // What needs no member takes an object of others.
        if (body === surrogate && needed.length === 0) continue;
        const code = await ask(body);
        assert.equal(code, "invalid_input", body);
      }
    });
  }
}

test("a session ends 30 days after its last use, and 180 days after it was made", async (t) => {
  const { server, web, token } = await openTown(t);
  const day = 86_400_000;
  const start = server.clock.time;
  const whoAmI = async () =>
    (await web.fetch(...requestFor(contract.account.whoAmI, {}, bearer(token)))).status;
  // Each use moves the end, which is written behind the answer.
  for (let days = 29; days < 180; days += 29) {
    server.clock.time = start + days * day;
    assert.equal(await whoAmI(), 200, `after ${days} days`);
    await server.context.store.transaction(async () => {});
  }
  server.clock.time = start + 180 * day - 1;
  assert.equal(await whoAmI(), 200);
  server.clock.time += 1;
  assert.equal(await whoAmI(), 401);
});

test("a session that nobody uses for 30 days has ended", async (t) => {
  const { server, web, token } = await openTown(t);
  server.clock.time += 30 * 86_400_000;
  const { status } = await web.fetch(...requestFor(contract.account.whoAmI, {}, bearer(token)));
  assert.equal(status, 401);
});

test("a session's last use is written down at most once a minute", async (t) => {
  const { server, web, token } = await openTown(t);
  const { store } = server.context;
  const use = async () => {
    const asks = Array.from({ length: 5 }, () =>
      web.fetch(...requestFor(contract.account.whoAmI, {}, bearer(token))),
    );
    await Promise.all(asks);
    await store.transaction(async () => {});
    const rows = await store.db.selectFrom("sessions").select("last_used_at").execute();
    return Math.max(...rows.map((row) => row.last_used_at));
  };
  const made = server.clock.time;
  server.clock.time = made + 59_999;
  assert.equal(await use(), made);
  server.clock.time = made + 60_000;
  assert.equal(await use(), made + 60_000);
});

test("a challenge tells nobody whether an address exists", async (t) => {
  const { web } = await openTown(t);
  const shape = async (name: string) => {
    const { seed, random: fresh, subject, ...rest } = await challenge(web, "login", name as never);
    return { ...rest, lengths: [seed.length, fresh.length], named: subject.length === name.length };
  };
  assert.deepEqual(await shape("alice@a.test"), await shape("nobody@a.test"));
});

test("every refusal has a code of the contract", async (t) => {
  const { web } = await openTown(t);
  for (const path of ["/api/v1/nothing", "/api", "/api/", "/api/v2/account/whoami"]) {
    const response = await web.fetch(path);
    assert.deepEqual([response.status, await codeOf(response)], [404, "not_found"]);
  }
  assert(isErrorCode(await codeOf(await web.fetch("/nothing", { method: "POST" }))));
});

test("a path that is asked with another method says which one it takes", async (t) => {
  const { web } = await openTown(t);
  const paths = new Map<string, string[]>([
    ["/api/v1/events", ["GET"]],
    ["/api/v1/openapi.json", ["GET"]],
    ["/health", ["GET"]],
    ["/.well-known/keypears.json", ["GET"]],
  ]);
  for (const { procedure } of procedures) {
    const path = `/api/v1${procedure.path.replace(/\{\w+\}/, "bob@a.test")}`;
    paths.set(path, [...(paths.get(path) ?? []), procedure.method]);
  }
  for (const [path, allowed] of paths) {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      if (allowed.includes(method)) continue;
      const response = await web.fetch(path, { method });
      assert.deepEqual(
        [response.status, await codeOf(response)],
        [405, "method_not_allowed"],
        path,
      );
      assert.equal(response.headers.get("allow"), allowed.join(", "));
    }
  }
});
