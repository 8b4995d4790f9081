import assert from "node:assert/strict";
import { hkdfSync } from "node:crypto";
import { test } from "node:test";
import { p256 } from "@noble/curves/nist.js";
import { type Address, parseAddress } from "../address.ts";
import { frame } from "../bytes/frame.ts";
import { generateKeySet } from "../identity/record.ts";
import { random } from "../testing/random.ts";
import { deriveVaultKey } from "./key.ts";

const alice = parseAddress("alice@a.example") as Address;
const keySet = await generateKeySet(random);
const options = {
  agreementKey: keySet.agreement.privateKey,
  agreementPublicKey: keySet.publicKeys.agreement,
  vaultSeed: keySet.vaultSeed,
  address: alice,
  number: 7,
};

async function rawKey(changes: Partial<typeof options> = {}): Promise<Uint8Array> {
  const key = await deriveVaultKey({ ...options, ...changes, extractable: true });
  return new Uint8Array(await crypto.subtle.exportKey("raw", key));
}

test("the vault key is what noble's ECDH and OpenSSL's HKDF give", async () => {
  const jwk = await crypto.subtle.exportKey("jwk", keySet.agreement.privateKey);
  const secret = new Uint8Array(Buffer.from(jwk.d as string, "base64url"));
  const shared = p256.getSharedSecret(secret, keySet.publicKeys.agreement).subarray(1);
  const input = Buffer.concat([shared, keySet.vaultSeed]);
  const info = frame("keypears/v1/vault", alice, 7);
  const expected = new Uint8Array(hkdfSync("sha256", input, new Uint8Array(0), info, 32));
  assert.deepEqual(await rawKey(), expected);
});

test("another seed, address or number is another vault key: neither key nor seed alone gives it", async () => {
  const own = await rawKey();
  const other = await generateKeySet(random);
  for (const changes of [
    { vaultSeed: random(32) },
    { address: parseAddress("bob@b.example") as Address },
    { number: 8 },
    {
      agreementKey: other.agreement.privateKey,
      agreementPublicKey: other.publicKeys.agreement,
    },
  ]) {
    assert.notDeepEqual(await rawKey(changes), own);
  }
});

test("the vault key cannot be taken out of the platform, and the seed is left as it was", async () => {
  const before = new Uint8Array(keySet.vaultSeed);
  const key = await deriveVaultKey(options);
  assert.equal(key.extractable, false);
  assert.deepEqual(key.usages.toSorted(), ["decrypt", "encrypt"]);
  assert.deepEqual(keySet.vaultSeed, before);
});
