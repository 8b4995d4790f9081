import assert from "node:assert/strict";
import { test } from "node:test";
import { makeId } from "../bytes/id.ts";
import { type AgreementPublicKey, type Hash, openBox } from "../keys.ts";
import { START, message, person, recipientOf, senderOf } from "../testing/person.ts";
import { random } from "../testing/random.ts";
import { boxHash, parseHeader } from "./header.ts";
import { judgeAfter, openMessage } from "./open.ts";

const [alice, bob, carol] = await Promise.all([
  person("alice@a.example"),
  person("bob@b.example"),
  person("carol@c.example"),
]);
const envelope = await message(alice, bob, { type: "text", text: "for Bob", after: [] });
const header = parseHeader(envelope.header);
assert.ok(header !== null);
const facts = { envelope, header };

test("both ends open a message, and nobody else does", async () => {
  const ends = [
    [bob, header.senderAgreementKey],
    [alice, header.recipientAgreementKey],
  ] as const;
  for (const [owner, peerAgreementPublicKey] of ends) {
    const ownAgreementKey = senderOf(owner).agreementKey;
    const opened = await openMessage({ ...facts, ownAgreementKey, peerAgreementPublicKey });
    assert.deepEqual(opened, { ok: true, content: { type: "text", text: "for Bob", after: [] } });
  }
  for (const peerAgreementPublicKey of [header.senderAgreementKey, header.recipientAgreementKey]) {
    const ownAgreementKey = senderOf(carol).agreementKey;
    const opened = await openMessage({ ...facts, ownAgreementKey, peerAgreementPublicKey });
    assert.deepEqual(opened, { ok: false, reason: "box" });
  }
});

test("a peer's key that is no point of the curve opens nothing and raises no exception", async () => {
  const off = new Uint8Array(recipientOf(bob).agreementPublicKey) as AgreementPublicKey;
  off[64] = (off[64] as number) ^ 1;
  const ownAgreementKey = senderOf(alice).agreementKey;
  const opened = await openMessage({ ...facts, ownAgreementKey, peerAgreementPublicKey: off });
  assert.deepEqual(opened, { ok: false, reason: "box" });
});

test("the shared secret alone opens nothing: the key is derived, and bound to the header", async () => {
  const secret = await crypto.subtle.deriveBits(
    { name: "ECDH", public: bob.sets[0]?.agreement.publicKey as CryptoKey },
    senderOf(alice).agreementKey,
    256,
  );
  const key = await crypto.subtle.importKey("raw", secret, "AES-GCM", false, ["decrypt"]);
  assert.equal(await openBox({ key, box: envelope.box, aad: envelope.header }), null);
});

test("a message that was withheld or exchanged is noticed", async () => {
  const hash = await boxHash(envelope.box);
  const [known, withheld, exchanged] = [1, 2, 3].map((after) => makeId(START + after, random(10)));
  assert.ok(known !== undefined && withheld !== undefined && exchanged !== undefined);
  const seen = new Map([
    [known, hash],
    [exchanged, new Uint8Array(32) as Hash],
  ]);
  const after = [known, withheld, exchanged].map((id) => ({ id, hash }));
  assert.deepEqual(judgeAfter(after, seen), { missing: [withheld], different: [exchanged] });
  assert.deepEqual(judgeAfter([], seen), { missing: [], different: [] });
});
