import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import * as z from "zod/mini";
import { type Contract, contract } from "./contract.ts";
import { type PeerContract, peerContract } from "./federation/contract.ts";
import { ApiError, type ErrorCode, errors, everyProcedure, isErrorCode } from "./errors.ts";
import type { Procedure } from "./procedure.ts";
import { change } from "./shapes.ts";

/** Unpadded base64url by other code than ours. */
const b64 = (length: number, byte: number): string =>
  Buffer.alloc(length, byte).toString("base64url");

const messageId = "01932c07-6f3b-7abc-8def-0123456789ab";
const sessionId = "01932c07-6f3b-7abc-9def-0123456789ab";
const record = { record: b64(300, 1), possession: b64(64, 2), continuity: null };
const rotated = { record: b64(300, 3), possession: b64(64, 4), continuity: b64(64, 5) };
const revoked = { record: b64(200, 6), possession: null, continuity: b64(64, 7) };
const wraps = { agreement: b64(166, 8), signing: b64(166, 9), vaultSeed: b64(60, 10) };
const stored = { number: 1, kdfSuite: 1, kind: 1, generation: 1, wraps };
const pointer = { number: 2, hash: b64(32, 11) };
const challenge = {
  algorithm: "pow5-64b-16",
  keyId: "20416",
  domain: "acme.com",
  purpose: "login",
  subject: b64(14, 12),
  difficulty: 7_000_000,
  expiresAt: 1_763_942_520_000,
  random: b64(16, 13),
  seed: b64(32, 14),
};
const solution = { challenge, nonces: Array.from({ length: 16 }, (_, i) => b64(32, i)) };
const envelope = { header: b64(700, 15), box: b64(284, 16), signature: b64(64, 17), wraps: [] };
const message = {
  revision: 41,
  changed: 42,
  id: messageId,
  peer: "bob@acme.com",
  direction: "sent",
  envelope,
  hash: b64(32, 18),
  receivedAt: 1_763_942_520_000,
  state: "pending",
  step: "queued",
  reason: null,
};
const erased = {
  ...message,
  direction: "received",
  envelope: null,
  state: "delivered",
  step: null,
};
const conversation = {
  peer: "bob@acme.com",
  changed: 42,
  accepted: true,
  blocked: false,
  waiting: 0,
  unread: 1,
  readRevision: 40,
  lastRevision: 41,
  lastMessage: message,
};
const asking = { ...conversation, accepted: false, waiting: 5, lastMessage: null };
const prices = { firstContact: 70_000_000, message: 7_000_000, minimum: 1 };

type Whole = Contract & PeerContract;

interface Golden {
  readonly input: Readonly<Record<string, unknown>>;
  /** Members of the input that may be left out. */
  readonly optional?: readonly string[];
  readonly output: Readonly<Record<string, unknown>>;
}

/** Every procedure as it stands on the wire. A change here is a change of the protocol. */
const golden: { readonly [A in keyof Whole]: Record<keyof Whole[A], Golden> } = {
  account: {
    checkAvailability: { input: { address: "alice@acme.com" }, output: { status: "available" } },
    requestChallenge: {
      input: { purpose: "step-up", address: "alice@acme.com" },
      output: { challenge, kdfSuite: 1 },
    },
    register: {
      input: {
        address: "alice@acme.com",
        kdfSuite: 1,
        loginKey: b64(32, 19),
        record,
        wraps,
        solution,
        transport: "cookie",
      },
      output: { session: { id: sessionId, token: null }, activeKey: pointer },
    },
    logIn: {
      input: {
        address: "alice@acme.com",
        loginKey: b64(32, 19),
        solution,
        transport: "bearer",
      },
      output: {
        session: { id: sessionId, token: b64(32, 20) },
        passwordGeneration: 1,
        records: [record, rotated, revoked],
        wraps: [stored],
      },
    },
    logOut: { input: {}, output: {} },
    stepUp: {
      input: { loginKey: b64(32, 19), solution },
      output: { grant: b64(32, 21), passwordGeneration: 2, wraps: [stored] },
    },
    whoAmI: {
      input: {},
      output: {
        address: "alice@acme.com",
        activeKey: pointer,
        sessionId,
        passwordGeneration: 1,
      },
    },
    listSessions: {
      input: {},
      output: {
        sessions: [
          {
            id: sessionId,
            current: true,
            createdAt: 1_763_942_520_000,
            lastUsedAt: 1_763_942_580_000,
            device: "keypears 0.1.0",
          },
        ],
      },
    },
    endSession: { input: { id: sessionId }, output: {} },
    endOtherSessions: { input: {}, output: { ended: 2 } },
    getSettings: { input: {}, output: prices },
    setSettings: {
      input: { firstContact: 70_000_000, message: 7_000_000 },
      optional: ["firstContact", "message"],
      output: prices,
    },
  },
  keys: {
    listRecords: {
      input: { address: "alice@acme.com", from: "1" },
      optional: ["from"],
      output: { address: "alice@acme.com", records: [record, rotated], next: 101 },
    },
  },
  federation: {
    serves: { input: { domain: "acme.com" }, output: { serves: true } },
    requestChallenge: {
      input: {
        sender: "alice@acme.com",
        recipient: "bob@example.org",
        time: 1_763_942_520_000,
        signature: b64(64, 22),
      },
      output: { challenge: { ...challenge, purpose: "message" }, recipientKey: pointer },
    },
    notify: {
      input: {
        id: messageId,
        hash: b64(32, 18),
        sender: "alice@acme.com",
        recipient: "bob@example.org",
        pullToken: b64(32, 23),
        solution,
      },
      output: { state: "pending", step: "notified", reason: null },
    },
    pull: {
      input: { pullToken: b64(32, 23) },
      output: { envelope, senderKey: pointer },
    },
  },
  directory: {
    lookUp: {
      input: { address: "bob@example.org", from: "101" },
      optional: ["from"],
      output: { address: "bob@example.org", records: [revoked], next: null },
    },
  },
  messages: {
    requestChallenge: {
      input: { recipient: "bob@acme.com", time: 1_763_942_520_000, signature: b64(64, 22) },
      output: { challenge: { ...challenge, purpose: "first-contact" }, recipientKey: pointer },
    },
    send: { input: { envelope, solution }, output: { message } },
    listConversations: {
      input: { before: "42", limit: "100" },
      optional: ["before", "limit"],
      output: { conversations: [conversation], next: 41 },
    },
    listRequests: {
      input: { before: "42", limit: "1" },
      optional: ["before", "limit"],
      output: { conversations: [asking], next: null },
    },
    listMessages: {
      input: { peer: "bob@acme.com", before: "42", limit: "50" },
      optional: ["before", "limit"],
      output: { messages: [message, erased], next: null },
    },
    listChanges: {
      input: { after: "0", limit: "200" },
      optional: ["limit"],
      output: {
        changes: [
          { type: "message", revision: 42, message },
          { type: "conversation", revision: 42, conversation },
        ],
        revision: 42,
        more: false,
      },
    },
    markRead: { input: { peer: "bob@acme.com", revision: 41 }, output: { conversation } },
    accept: { input: { peer: "bob@acme.com" }, output: { conversation } },
    decline: { input: { peer: "bob@acme.com" }, output: { conversation: asking } },
    block: { input: { target: "evil.com" }, output: {} },
    unblock: { input: { target: "eve@evil.com" }, output: {} },
    listBlocks: {
      input: {},
      output: {
        blocks: [
          { target: "evil.com", since: 1_763_942_520_000 },
          { target: "eve@evil.org", since: 1_763_942_520_001 },
        ],
      },
    },
  },
};

const rows = Object.entries({ ...contract, ...peerContract }).flatMap(([area, procedures]) =>
  Object.entries(procedures as Record<string, Procedure>).map(([name, procedure]) => ({
    name: `${area}.${name}`,
    procedure,
    example: (golden as Record<string, Record<string, Golden>>)[area]?.[name],
  })),
);

/** Fails unless a value is what its wire form says, by other code than the codecs. */
function assertMeans(wire: unknown, value: unknown, where: string): void {
  if (value instanceof Uint8Array) {
    assert.equal(wire, Buffer.from(value).toString("base64url"), where);
  } else if (typeof value === "number" && typeof wire === "string") {
    assert.equal(wire, String(value), where);
  } else if (typeof wire === "object" && wire !== null) {
    assert(typeof value === "object" && value !== null, where);
    assert.deepEqual(Object.keys(value), Object.keys(wire), where);
    for (const [key, inner] of Object.entries(wire)) {
      assertMeans(inner, (value as Record<string, unknown>)[key], `${where}.${key}`);
    }
  } else assert.equal(value, wire, where);
}

/** The same value with members that a later version might add, everywhere. */
function withMore(wire: unknown): unknown {
  if (Array.isArray(wire)) return wire.map(withMore);
  if (typeof wire !== "object" || wire === null) return wire;
  const members = Object.entries(wire).map(([key, inner]) => [key, withMore(inner)]);
  return { ...Object.fromEntries(members), later: { version: 2 } };
}

/** Members that hold any short text. */
const free = new Set(["algorithm", "keyId", "device", "step", "reason"]);

/** Every way of spoiling one thing: a member left out, or a value of another type in its place. */
function* spoiled(wire: unknown): Generator<readonly [what: string, wire: unknown]> {
  if (typeof wire !== "object" || wire === null) return;
  for (const [key, inner] of Object.entries(wire)) {
    const put = (value: unknown): unknown =>
      Array.isArray(wire) ? wire.with(Number(key), value) : { ...wire, [key]: value };
    if (!Array.isArray(wire)) {
      const { [key]: _, ...rest } = wire as Record<string, unknown>;
      yield [`${key} missing`, rest];
    }
    const text = free.has(key) ? "x".repeat(1_000) : "ö";
    const others = [
      { odd: true },
      [["odd"]],
      -1,
      0.5,
      text,
      ...(inner === null ? [] : [undefined]),
    ];
    for (const other of others) {
      yield [`${key} is ${JSON.stringify(other)}`, put(other)];
    }
    for (const [what, spoiledInner] of spoiled(inner)) yield [`${key}.${what}`, put(spoiledInner)];
  }
}

test("every procedure of the contract is written down as it stands on the wire", () => {
  for (const { name, example } of rows) assert(example !== undefined, name);
});

for (const { name, procedure, example } of rows) {
  if (example === undefined) continue;
  for (const side of ["input", "output"] as const) {
    const schema: z.ZodMiniType = procedure[side];
    const wire = example[side];

    test(`${name}: its ${side} is read from the wire, and written as it was`, () => {
      const value = z.decode(schema, wire);
      assertMeans(wire, value, side);
      assert.deepEqual(z.encode(schema, value as never), wire);
    });

    test(`${name}: members of a later version in its ${side} are ignored`, () => {
      assert.deepEqual(z.decode(schema, withMore(wire) as never), z.decode(schema, wire as never));
    });

    test(`${name}: one thing missing or of another type in its ${side}, and all of it is refused`, () => {
      const optional = side === "input" ? (example.optional ?? []) : [];
      for (const [what, odd] of spoiled(wire)) {
        const mayBe = optional.some(
          (key) => what === `${key} missing` || what === `${key} is undefined`,
        );
        assert.equal(z.safeDecode(schema, odd as never).success, mayBe, what);
      }
    });
  }
}

test("one change of a mailbox is the same in a page and as an event", () => {
  for (const wire of golden.messages.listChanges.output["changes"] as unknown[]) {
    const value = z.decode(change, wire as never);
    assertMeans(wire, value, "change");
    assert.deepEqual(z.encode(change, value), wire);
  }
});

test("an envelope of suite 1 has no wraps, and a solution sixteen nonces", () => {
  const { input } = contract.messages.send;
  const refuses = (wire: unknown) => assert(!z.safeDecode(input, wire as never).success);
  refuses({ envelope: { ...envelope, wraps: [b64(32, 1)] }, solution });
  refuses({ envelope: { ...envelope, header: b64(4_097, 1) }, solution });
  refuses({ envelope: { ...envelope, box: b64(98_305, 1) }, solution });
  refuses({ envelope, solution: { challenge, nonces: solution.nonces.slice(1) } });
  refuses({ envelope, solution: { challenge, nonces: [...solution.nonces, b64(32, 1)] } });
});

const specification = readFileSync(
  new URL("../../../docs/spec/12-http-api.md", import.meta.url),
  "utf8",
);

/** Codes that the specification has for what comes later. */
const later = ["conflict"];

test("the specification names every code with its status, and no other", () => {
  const written = [...specification.matchAll(/^\| (`[a-z_`, ]+?`) +\| ([0-9]{3}) +\|/gm)]
    .flatMap(([, names = "", status]) =>
      [...names.matchAll(/[a-z_]+/g)].map(([code]) => [code, Number(status)] as const),
    )
    .filter(([code]) => !later.includes(code));
  const known = Object.entries(errors).map(([code, { status }]) => [code, status] as const);
  const sorted = (list: (readonly [string, number])[]) =>
    list.toSorted(([a], [b]) => (a < b ? -1 : 1));
  assert.deepEqual(sorted(written), sorted(known));
});

test("the specification names every procedure with its method, its path and who may call it, and no other", () => {
  const row = /^\| `(\w+\.\w+)` +\| (GET|POST) `([^`]+)` +\| (\w+) +\|/gm;
  const written = [...specification.matchAll(row)].map(([, ...members]) => members.join(" "));
  const known = rows.map(
    ({ name, procedure: { method, path, access } }) => `${name} ${method} ${path} ${access}`,
  );
  assert.deepEqual(written.toSorted(), known.toSorted());
});

test("no two procedures answer to one method and path", () => {
  const places = rows.map(
    ({ procedure: { method, path } }) => `${method} ${path.replace(/\{\w+\}/g, "{}")}`,
  );
  assert.equal(new Set(places).size, places.length);
});

test("only what depends on nobody's session may be read by pages of any origin", () => {
  for (const { name, procedure } of rows) {
    if (procedure.anyOrigin !== true) continue;
    assert.deepEqual([procedure.method, procedure.access], ["GET", "anyone"], name);
  }
});

test("a procedure lists no code twice, nor one that every procedure may answer with", () => {
  const always: readonly ErrorCode[] = everyProcedure;
  for (const { name, procedure } of rows) {
    assert.equal(new Set(procedure.errors).size, procedure.errors.length, name);
    for (const code of procedure.errors) assert(!always.includes(code), `${name}: ${code}`);
  }
});

test("an error says its code, its sentence, its reason and how long to wait, and nothing else", () => {
  const sentence = errors.busy.message;
  assert.deepEqual(new ApiError("busy").toBody(), { code: "busy", message: sentence });
  const full = new ApiError("busy", { reason: "queue", retryAfter: 3 });
  assert.deepEqual(full.toBody(), {
    code: "busy",
    message: sentence,
    reason: "queue",
    retryAfter: 3,
  });
  assert.equal(full.status, 503);
  assert(full instanceof Error);
});

test("a name that every object has is no code", () => {
  for (const odd of ["constructor", "__proto__", "toString", "", "BUSY"]) {
    assert.equal(isErrorCode(odd), false, odd);
  }
  assert.equal(isErrorCode("busy"), true);
});
