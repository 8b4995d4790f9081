import assert from "node:assert/strict";
import { createDecipheriv, createPrivateKey, createPublicKey } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { type Address, parseAddress } from "../address.ts";
import { type Box, ecdhBits, openBox, sealBox, signBytes, verifyBytes } from "../keys.ts";
import { importEncryptionKey } from "../passwords.ts";
import { random } from "../testing/random.ts";
import { type NewKeySet, type PublicKeys, generateKeySet } from "./record.ts";
import {
  type OpenKeySet,
  ROLES,
  type Role,
  WRAP_BYTES,
  exportKeySet,
  importKeySet,
  rewrapKeySet,
  unwrapKeySet,
  wrapAad,
  wrapKeySet,
} from "./wrap.ts";

const alice = parseAddress("alice@a.example") as Address;
const bob = parseAddress("bob@b.example") as Address;
const rawKey = random(32);
const encryptionKey = await importEncryptionKey(rawKey);
const place = { address: alice, kdfSuite: 1, number: 1 };
const keySet = await generateKeySet(random);
const keys = keySet.publicKeys;
const wraps = await wrapKeySet({ ...place, keySet, encryptionKey, random });
const none = new Uint8Array(0);

async function opened(
  set: Record<Role, Box>,
  published: PublicKeys,
  extractable = false,
): Promise<OpenKeySet> {
  const result = await unwrapKeySet({
    ...place,
    wraps: set,
    encryptionKey,
    keys: published,
    extractable,
  });
  assert.ok(result.ok);
  return result.keys;
}

/** Uses every key of a set, and asks of each that it does what the published one stands for. */
async function works(open: OpenKeySet, vault?: { box: Box; content: Uint8Array }): Promise<void> {
  const message = random(20);
  const signature = await signBytes(open.signingKey, message);
  assert.ok(await verifyBytes(keys.signing, message, signature));
  const other = await generateKeySet(random);
  assert.deepEqual(
    await ecdhBits(open.agreementKey, other.publicKeys.agreement),
    await ecdhBits(other.agreement.privateKey, keys.agreement),
  );
  if (vault === undefined) return;
  const content = await openBox({ key: open.vaultKey, box: vault.box, aad: none });
  assert.deepEqual(content, vault.content);
}

test("a wrapped key set opens, and its keys are those that were published", async () => {
  await works(await opened(wraps, keys));
});

test("a box under the vault key of one opening opens under that of every other", async () => {
  const content = random(50);
  const { vaultKey } = await opened(wraps, keys);
  const vault = { box: await sealBox({ key: vaultKey, content, aad: none, random }), content };
  const anew = await wrapKeySet({ ...place, keySet, encryptionKey, random });
  await works(await opened(anew, keys), vault);
});

test("wraps are as long as the specification says, and OpenSSL finds the keys in them", () => {
  for (const role of ROLES) {
    const box = wraps[role];
    assert.equal(box.length, WRAP_BYTES[role]);
    const decipher = createDecipheriv("aes-256-gcm", rawKey, box.subarray(0, 12));
    decipher.setAAD(wrapAad(role, place, keys)).setAuthTag(box.subarray(-16));
    const inside = Buffer.concat([decipher.update(box.subarray(12, -16)), decipher.final()]);
    if (role === "vault-seed") {
      assert.deepEqual(new Uint8Array(inside), keySet.vaultSeed);
      continue;
    }
    const key = createPrivateKey({ key: inside, format: "der", type: "pkcs8" });
    const point = createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-65);
    assert.deepEqual(new Uint8Array(point), new Uint8Array(keys[role]));
  }
});

test("opened keys cannot be taken out of the platform, and do one thing each", async () => {
  const open = await opened(wraps, keys);
  for (const [key, usages] of [
    [open.agreementKey, ["deriveBits"]],
    [open.signingKey, ["sign"]],
    [open.vaultKey, ["encrypt", "decrypt"]],
  ] as const) {
    assert.equal(key.extractable, false);
    assert.deepEqual(key.usages.toSorted(), [...usages].toSorted());
  }
  await assert.rejects(exportKeySet(open), DOMException);
});

test("one flipped bit in any wrap, and no key set opens", async () => {
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ROLES), fc.nat(), async (role, bit) => {
      const box = new Uint8Array(wraps[role]);
      const at = (bit >> 3) % box.length;
      box[at] = (box[at] as number) ^ (1 << (bit & 7));
      const changed = { ...wraps, [role]: box as Box };
      const options = { ...place, wraps: changed, encryptionKey, keys, extractable: false };
      assert.deepEqual(await unwrapKeySet(options), { ok: false, reason: "wrong_key" });
    }),
  );
});

test("any bytes in the place of a wrap are refused, never thrown at", async () => {
  const bytes = fc.uint8Array({ maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...ROLES), bytes, async (role, value) => {
      const changed = { ...wraps, [role]: new Uint8Array(value) as Box };
      const options = { ...place, wraps: changed, encryptionKey, keys, extractable: false };
      assert.deepEqual(await unwrapKeySet(options), { ok: false, reason: "wrong_key" });
    }),
  );
});

test("wraps open nowhere but in their place", async () => {
  const other = await generateKeySet(random);
  const options = { ...place, wraps, encryptionKey, keys, extractable: false };
  for (const moved of [
    { address: bob },
    { number: 2 },
    { kdfSuite: 0 },
    { encryptionKey: await importEncryptionKey(random(32)) },
    { keys: other.publicKeys },
    { keys: { ...keys, signing: other.publicKeys.signing } },
    { wraps: { ...wraps, agreement: wraps.signing } },
  ]) {
    const result = await unwrapKeySet({ ...options, ...moved });
    assert.deepEqual(result, { ok: false, reason: "wrong_key" });
  }
});

test("keys that do not belong to the published ones are found before they are used", async () => {
  const other = await generateKeySet(random);
  for (const part of ["agreement", "signing"] as const) {
    // As a client would upload it that mixed up two key sets: bound to the published keys, with another's inside.
    const mixed: NewKeySet = { ...keySet, [part]: other[part] };
    const set = await wrapKeySet({ ...place, keySet: mixed, encryptionKey, random });
    const options = { ...place, wraps: set, encryptionKey, keys, extractable: false };
    assert.deepEqual(await unwrapKeySet(options), { ok: false, reason: "mismatch" });
  }
});

test("a new password: the same keys under another encryption key, and no longer under the old", async () => {
  const to = { encryptionKey: await importEncryptionKey(random(32)), kdfSuite: 1 };
  const from = { encryptionKey, kdfSuite: 1 };
  const anew = await rewrapKeySet({ ...place, keys, wraps, from, to, random });
  assert.ok(anew.ok);
  const options = { ...place, keys, wraps: anew.wraps, extractable: false };
  const result = await unwrapKeySet({ ...options, ...to });
  assert.ok(result.ok);
  await works(result.keys);
  assert.deepEqual(await unwrapKeySet({ ...options, encryptionKey }), {
    ok: false,
    reason: "wrong_key",
  });
  const wrong = { encryptionKey: to.encryptionKey, kdfSuite: 1 };
  assert.deepEqual(await rewrapKeySet({ ...place, keys, wraps, from: wrong, to, random }), {
    ok: false,
    reason: "wrong_key",
  });
});

test("the command line keeps a key set in its file and has it again, no longer to be taken out", async () => {
  const open = await opened(wraps, keys, true);
  const stored = await exportKeySet(open);
  assert.deepEqual(
    [stored.agreement.length, stored.signing.length, stored.vaultKey.length],
    [138, 138, 32],
  );
  const content = random(10);
  const box = await sealBox({ key: open.vaultKey, content, aad: none, random });
  const again = await importKeySet(stored);
  assert.ok(again !== null);
  await works(again, { box, content });
  for (const key of [again.agreementKey, again.signingKey, again.vaultKey]) {
    assert.equal(key.extractable, false);
  }
});

test("a damaged key file gives no keys, and says so", async () => {
  const stored = await exportKeySet(await opened(wraps, keys, true));
  const other = await generateKeySet(random);
  for (const damage of [
    { agreement: stored.agreement.slice(1) },
    { signing: new Uint8Array(138) },
    { agreement: stored.signing },
    { vaultKey: stored.vaultKey.slice(1) },
    { publicKeys: other.publicKeys },
  ]) {
    assert.equal(await importKeySet({ ...stored, ...damage }), null);
  }
});

test("no two boxes have one nonce", async () => {
  const nonces = new Set<string>();
  for (let i = 0; i < 20; i++) {
    const set = await wrapKeySet({ ...place, keySet, encryptionKey, random });
    for (const role of ROLES) nonces.add(Buffer.from(set[role].subarray(0, 12)).toString("hex"));
  }
  assert.equal(nonces.size, 60);
});
