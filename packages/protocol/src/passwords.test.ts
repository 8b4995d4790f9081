import assert from "node:assert/strict";
import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import fc from "fast-check";
import { type Address, parseAddress } from "./address.ts";
import { frame } from "./bytes/frame.ts";
import { openBox, sealBox, sha256 } from "./keys.ts";
import {
  KDF_ROUNDS,
  LOGIN_KEY_BYTES,
  PASSWORD_BYTES,
  VERIFIER_ROUNDS,
  VERIFIER_SALT_BYTES,
  deriveEncryptionKey,
  deriveKeys,
  derivePasswordKey,
  importEncryptionKey,
  judgeNewPassword,
  normalizePassword,
  parseLoginKey,
} from "./passwords.ts";
import { random } from "./testing/random.ts";

const alice = parseAddress("alice@a.example") as Address;
const none = new Uint8Array(0);

async function pbkdf2(input: Uint8Array, label: string): Promise<Uint8Array> {
  const salt = await sha256(frame(`keypears/v1/${label}`, alice));
  return new Uint8Array(pbkdf2Sync(input, salt, 300_000, 32, "sha256"));
}

test("both keys are what another implementation of PBKDF2 derives", async () => {
  const { encryptionKey, loginKey } = await deriveKeys("  Pässwort ﬁn ", alice);
  const password = Buffer.from("  Pässwort fin ", "utf8");
  const passwordKey = await pbkdf2(password, "password-key");
  assert.deepEqual(new Uint8Array(loginKey), await pbkdf2(passwordKey, "login-key"));
  const raw = await pbkdf2(passwordKey, "encryption-key");
  const content = random(40);
  const box = await sealBox({ key: encryptionKey, content, aad: none, random });
  const decipher = createDecipheriv("aes-256-gcm", raw, box.subarray(0, 12));
  decipher.setAuthTag(box.subarray(-16));
  assert.deepEqual(new Uint8Array(decipher.update(box.subarray(12, -16))), content);
  decipher.final();
});

test("the verifier of the vectors is what a server derives with the published constants", async () => {
  const file = new URL("../../../vectors/passwords.json", import.meta.url);
  const { derived } = JSON.parse(await readFile(file, "utf8")) as {
    derived: { loginKey: string; verifierSalt: string; verifier: string }[];
  };
  const [first] = derived;
  assert.ok(first !== undefined);
  const salt = Buffer.from(first.verifierSalt, "hex");
  assert.equal(salt.length, VERIFIER_SALT_BYTES);
  const loginKey = parseLoginKey(Buffer.from(first.loginKey, "hex"));
  assert.ok(loginKey !== null);
  const verifier = pbkdf2Sync(loginKey, salt, VERIFIER_ROUNDS, 32, "sha256");
  assert.equal(verifier.toString("hex"), first.verifier);
});

test("from password to verifier there are 1.2 million rounds", () => {
  assert.equal(2 * KDF_ROUNDS + VERIFIER_ROUNDS, 1_200_000);
});

test("neither the password key nor the encryption key can be taken out of the platform", async () => {
  const passwordKey = await derivePasswordKey("correct horse battery staple", alice);
  const encryptionKey = await deriveEncryptionKey(passwordKey, alice);
  for (const key of [passwordKey, encryptionKey, await importEncryptionKey(random(32))]) {
    assert.equal(key.extractable, false);
    await assert.rejects(crypto.subtle.exportKey("raw", key), DOMException);
  }
});

test("one character, case or space more makes other keys; another spelling of one letter does not", async () => {
  const keys = async (text: string): Promise<string> =>
    Buffer.from((await deriveKeys(text, alice)).loginKey).toString("hex");
  const [composed, decomposed, upper, spaced] = await Promise.all([
    keys("caf\u00e9"),
    keys("cafe\u0301"),
    keys("Caf\u00e9"),
    keys("caf\u00e9 "),
  ]);
  assert.equal(composed, decomposed);
  assert.equal(new Set([composed, upper, spaced]).size, 3);
});

test("a box under one address's key does not open under another's", async () => {
  const bob = parseAddress("bob@b.example") as Address;
  const passwordKey = await derivePasswordKey("one password for both", alice);
  const [own, other] = await Promise.all([
    deriveEncryptionKey(passwordKey, alice),
    deriveEncryptionKey(passwordKey, bob),
  ]);
  const box = await sealBox({ key: own, content: random(32), aad: none, random });
  assert.ok((await openBox({ key: own, box, aad: none })) !== null);
  assert.equal(await openBox({ key: other, box, aad: none }), null);
});

test("a text that is no password is refused with its reason, by the derivation too", async () => {
  for (const [text, reason] of [
    ["", "empty"],
    ["\ud800", "surrogate"],
    ["\uffff", "unassigned"],
    ["x".repeat(PASSWORD_BYTES + 1), "too_long"],
  ] as const) {
    assert.deepEqual(normalizePassword(text), { ok: false, reason });
    assert.deepEqual(judgeNewPassword(text, 4), { ok: false, reason });
    await assert.rejects(derivePasswordKey(text, alice), RangeError);
  }
});

test("normalising twice is normalising once, and any text is judged without a throw", () => {
  const texts = fc.oneof(fc.string({ unit: "binary" }), fc.string({ unit: "grapheme" }));
  fc.assert(
    fc.property(texts, (text) => {
      const normal = normalizePassword(text);
      if (normal.ok) assert.deepEqual(normalizePassword(normal.password), normal);
    }),
    { numRuns: 1000 },
  );
});

test("a score that is no number is no strong password", () => {
  const judged = judgeNewPassword("correct horse battery staple", Number.NaN);
  assert.deepEqual(judged, { ok: false, reason: "too_weak" });
});

test("a login key is 32 bytes, a key for wraps is made of 32 bytes", async () => {
  assert.equal(parseLoginKey(new Uint8Array(LOGIN_KEY_BYTES - 1)), null);
  assert.equal(parseLoginKey(new Uint8Array(LOGIN_KEY_BYTES + 1)), null);
  await assert.rejects(importEncryptionKey(random(16)), RangeError);
});
