import assert from "node:assert/strict";
import { test } from "node:test";
import { type Bytes, concat } from "../bytes/encoding.ts";
import { makeId } from "../bytes/id.ts";
import { type Box, type Signature, signBytes } from "../keys.ts";
import { hex } from "../testing/cases.ts";
import { type Person, START, message, person, recipientOf, senderOf } from "../testing/person.ts";
import { random } from "../testing/random.ts";
import { acceptMessage, plausibleSentAt, publishedKeys } from "./accept.ts";
import { type Envelope, type Header, encodeHeader, envelopeHash, parseHeader } from "./header.ts";
import { openMessage } from "./open.ts";
import { seal, signedBytes } from "./seal.ts";

const HOUR = 3_600_000;
const [alice, bob, carol] = await Promise.all([
  person("alice@a.example"),
  person("bob@b.example"),
  person("carol@c.example"),
]);

function judge(
  envelope: Envelope,
  from: Person = alice,
  to: Person = bob,
  claimedAt = START + HOUR,
) {
  return acceptMessage({
    envelope,
    senderRecords: from.keys,
    recipientRecords: to.keys,
    claimedAt,
  });
}

async function reasonOf(...facts: Parameters<typeof judge>): Promise<string> {
  const result = await judge(...facts);
  return result.ok ? "ok" : result.reason;
}

function headerOf(envelope: Envelope): Header {
  const header = parseHeader(envelope.header);
  assert.ok(header !== null);
  return header;
}

function flipped(bytes: Uint8Array, bit: number): Bytes {
  const copy = new Uint8Array(bytes);
  copy[bit >> 3] = (copy[bit >> 3] as number) ^ (1 << (bit & 7));
  return copy;
}

test("what one person seals for another is accepted, with the records it rests on", async () => {
  const envelope = await message(alice, bob);
  const result = await judge(envelope);
  assert.ok(result.ok);
  assert.deepEqual(result.header, headerOf(envelope));
  assert.deepEqual(result.hash, await envelopeHash(envelope));
  assert.equal(result.senderRecord, alice.records[0]);
  assert.equal(result.recipientRecord, bob.records[0]);
});

test("one flipped bit anywhere in the header is refused", async () => {
  const envelope = await message(alice, bob);
  for (let bit = 0; bit < 8 * envelope.header.length; bit++) {
    const changed = { ...envelope, header: flipped(envelope.header, bit) };
    assert.notEqual(await reasonOf(changed), "ok", `bit ${bit}`);
  }
});

test("one flipped bit anywhere in the box is refused as not signed", async () => {
  const envelope = await message(alice, bob);
  for (let bit = 0; bit < 8 * envelope.box.length; bit++) {
    const changed = { ...envelope, box: flipped(envelope.box, bit) as Box };
    assert.equal(await reasonOf(changed), "signature", `bit ${bit}`);
  }
});

test("one flipped bit anywhere in the signature is refused as not signed", async () => {
  const envelope = await message(alice, bob);
  for (let bit = 0; bit < 512; bit++) {
    const changed = { ...envelope, signature: flipped(envelope.signature, bit) as Signature };
    assert.equal(await reasonOf(changed), "signature", `bit ${bit}`);
  }
});

test("the signature may be turned into its other valid form, and the message keeps its hash", async () => {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const envelope = await message(alice, bob);
  const s = envelope.signature.subarray(32).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const other = (order - s).toString(16).padStart(64, "0");
  const turned = concat(envelope.signature.subarray(0, 32), hex(other));
  const result = await judge({ ...envelope, signature: turned as Signature });
  assert.ok(result.ok);
  assert.deepEqual(result.hash, await envelopeHash(envelope));
});

test("a message cannot be turned around: not as it is, not with a new header, not by its recipient", async () => {
  const envelope = await message(alice, bob);
  assert.equal(await reasonOf(envelope, bob, alice), "sender_key");

  const header = headerOf(envelope);
  const turned = encodeHeader({
    ...header,
    sender: header.recipient,
    recipient: header.sender,
    senderAgreementKey: header.recipientAgreementKey,
    recipientAgreementKey: header.senderAgreementKey,
    senderSigningKey: senderOf(bob).publicKeys.signing,
  });
  assert.equal(await reasonOf({ ...envelope, header: turned }, bob, alice), "signature");

  // Bob can sign what he likes as himself; Alice's words do not come out of it, since the key depends on the header.
  const signature = await signBytes(
    senderOf(bob).signingKey,
    signedBytes({ header: turned, box: envelope.box }),
  );
  const replayed = { ...envelope, header: turned, signature };
  const accepted = await judge(replayed, bob, alice);
  assert.ok(accepted.ok);
  const opened = await openMessage({
    envelope: replayed,
    header: accepted.header,
    ownAgreementKey: senderOf(alice).agreementKey,
    peerAgreementPublicKey: accepted.header.senderAgreementKey,
  });
  assert.deepEqual(opened, { ok: false, reason: "box" });
});

test("a box cannot be moved under another header of the same two people", async () => {
  const [first, second] = await Promise.all([message(alice, bob), message(alice, bob)]);
  assert.equal(await reasonOf({ ...first, box: second.box }), "signature");
});

test("records of somebody else prove nothing, even when a caller mixes them up", async () => {
  const envelope = await message(alice, bob);
  assert.equal(await reasonOf(envelope, carol, bob), "sender_key");
  assert.equal(await reasonOf(envelope, alice, carol), "recipient_key");
  assert.equal(await reasonOf(envelope, { ...alice, keys: [] }), "sender_key");
  assert.equal(await reasonOf(envelope, alice, { ...bob, keys: [] }), "recipient_key");
  const borrowed = alice.records.map((record) => ({ ...record, address: carol.address }));
  const mixed = { ...alice, keys: publishedKeys(borrowed) };
  assert.equal(await reasonOf(envelope, mixed), "sender_key");
});

test("a caller's expectations hold: sender, recipient and id", async () => {
  const envelope = await message(alice, bob);
  const facts = {
    envelope,
    senderRecords: alice.keys,
    recipientRecords: bob.keys,
    claimedAt: START + HOUR,
  };
  const { id } = headerOf(envelope);
  const right = { sender: alice.address, recipient: bob.address, id };
  assert.ok((await acceptMessage({ ...facts, expected: right })).ok);
  const wrong = [
    [{ sender: carol.address }, "address"],
    [{ recipient: carol.address }, "address"],
    [{ id: makeId(START, random(10)) }, "id"],
  ] as const;
  for (const [change, reason] of wrong) {
    const result = await acceptMessage({ ...facts, expected: { ...right, ...change } });
    assert.deepEqual(result, { ok: false, reason });
  }
});

test("boxes of impossible sizes are refused before anything is hashed or verified", async () => {
  const envelope = await message(alice, bob);
  for (const length of [0, 27, 28, 283, 65_565]) {
    const box = new Uint8Array(length) as Box;
    assert.equal(await reasonOf({ ...envelope, box }), "size", `${length} bytes`);
  }
  const header = new Uint8Array(4097);
  assert.equal(await reasonOf({ ...envelope, header }), "size");
});

test("a signature of another length is refused by name", async () => {
  const envelope = await message(alice, bob);
  for (const length of [0, 63, 65]) {
    const signature = new Uint8Array(length) as Signature;
    assert.equal(await reasonOf({ ...envelope, signature }), "encoding", `${length} bytes`);
  }
});

test("what was accepted stays accepted, whatever happens to the chains afterwards", async () => {
  const rotated = await person("alice@a.example", ["rotation", 2 * HOUR], ["reset", 3 * HOUR]);
  const sentAt = START + HOUR;
  const envelope = await seal({
    content: { type: "text", text: "t", after: [] },
    sender: senderOf(rotated),
    recipient: recipientOf(bob),
    id: makeId(sentAt, random(10)),
    sentAt,
    deleteAfter: null,
    random,
  });
  const before = { ...rotated, keys: publishedKeys(rotated.records.slice(0, 1)) };
  for (const [records, claimedAt, expected] of [
    [before, START + HOUR, "ok"],
    [rotated, START + HOUR, "ok"],
    [rotated, START + 3 * HOUR - 1, "ok"],
    [rotated, START + 3 * HOUR, "stale_sender_key"],
  ] as const) {
    assert.equal(await reasonOf(envelope, records, bob, claimedAt), expected);
  }
});

test("a page of the chain, from the set that is named on, is enough to judge by", async () => {
  const rotated = await person("alice@a.example", ["rotation", HOUR], ["rotation", 2 * HOUR]);
  const sentAt = START + HOUR;
  const envelope = await seal({
    content: { type: "text", text: "t", after: [] },
    sender: senderOf(rotated, 2),
    recipient: recipientOf(bob),
    id: makeId(sentAt, random(10)),
    sentAt,
    deleteAfter: null,
    random,
  });
  const page = { ...rotated, keys: publishedKeys(rotated.records.slice(1)) };
  assert.equal(await reasonOf(envelope, page, bob, START + 3 * HOUR - 1), "ok");
  assert.equal(await reasonOf(envelope, page, bob, START + 3 * HOUR), "stale_sender_key");
});

test("a sender's time is shown as it is or not at all", () => {
  assert.equal(plausibleSentAt(START, START + HOUR), START);
  assert.equal(plausibleSentAt(Number.MAX_SAFE_INTEGER, START), null);
});
