import assert from "node:assert/strict";
import { test } from "node:test";
import { equalBytes } from "../bytes/encoding.ts";
import { makeId } from "../bytes/id.ts";
import type { AgreementPublicKey } from "../keys.ts";
import { START, message, person, recipientOf, senderOf } from "../testing/person.ts";
import { random } from "../testing/random.ts";
import { CONTENT_BYTES } from "./content.ts";
import { parseHeader } from "./header.ts";
import { messageKey } from "./key.ts";
import { seal } from "./seal.ts";

const [alice, bob] = await Promise.all([person("alice@a.example"), person("bob@b.example")]);
const facts = {
  content: { type: "text", text: "t", after: [] },
  sender: senderOf(alice),
  recipient: recipientOf(bob),
  id: makeId(START, random(10)),
  sentAt: START,
  deleteAfter: null,
  random,
} as const;

test("the same words sealed twice have nothing in common that an onlooker could see", async () => {
  const [first, second] = await Promise.all([seal(facts), seal(facts)]);
  const [salt, other] = [parseHeader(first.header)?.salt, parseHeader(second.header)?.salt];
  assert.ok(salt !== undefined && other !== undefined && !equalBytes(salt, other));
  assert.ok(!equalBytes(first.box, second.box));
  assert.equal(first.box.length, second.box.length);
});

test("short messages have one length, whatever they say", async () => {
  const lengths = new Set<number>();
  for (const text of ["", "no", "yes", "x".repeat(150)]) {
    lengths.add((await message(alice, bob, { type: "text", text, after: [] })).box.length);
  }
  assert.deepEqual([...lengths], [284]);
});

test("a message key stays inside the platform", async () => {
  const { agreementKey } = facts.sender;
  const peer = facts.recipient.agreementPublicKey;
  const header = new Uint8Array(393);
  const key = await messageKey({ agreementKey, peer, header, salt: new Uint8Array(32) });
  assert.equal(key?.extractable, false);
  await assert.rejects(crypto.subtle.exportKey("raw", key), {
    name: "InvalidAccessError",
  });
});

test("what no server would take is not sealed", async () => {
  const long = { type: "text", text: "x".repeat(CONTENT_BYTES), after: [] } as const;
  await assert.rejects(seal({ ...facts, content: long }), /content: at most 65535 bytes/);
  const early = { ...facts, deleteAfter: START + 59_999 };
  await assert.rejects(seal(early), /deleteAfter: at least 60 s/);
  await assert.rejects(seal({ ...facts, recipient: recipientOf(alice) }), /not the sender/);
  const off = new Uint8Array(facts.recipient.agreementPublicKey) as AgreementPublicKey;
  off[64] = (off[64] as number) ^ 1;
  const nowhere = { ...facts.recipient, agreementPublicKey: off };
  await assert.rejects(seal({ ...facts, recipient: nowhere }), /no point of the curve/);
  await seal({ ...facts, deleteAfter: START + 60_000 });
});

test("a source of randomness that gives too little is refused, not used", async () => {
  await assert.rejects(seal({ ...facts, random: () => new Uint8Array(12) }), /salt: 32 bytes/);
  const salted = { ...facts, random: () => new Uint8Array(32) };
  await assert.rejects(seal(salted), /12 bytes asked for/);
});
