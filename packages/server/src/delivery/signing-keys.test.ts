import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type SigningPublicKey,
  generateKeySet,
  parseSigningPublicKey,
  signBytes,
  verifyBytes,
} from "@keypears/protocol";
import { random } from "../testing/people.ts";
import { SigningKeys } from "./signing-keys.ts";

test("a kept key says what a fresh one says, of the right key, message and signature alone", async () => {
  const keys = new SigningKeys();
  const [one, other] = [await generateKeySet(random), await generateKeySet(random)];
  const bytes = random(100);
  const signature = await signBytes(one.signing.privateKey, bytes);
  const changed = bytes.slice();
  changed[5] = (changed[5] as number) ^ 1;
  for (let turn = 0; turn < 3; turn++) {
    for (const [publicKey, message] of [
      [one.publicKeys.signing, bytes],
      [one.publicKeys.signing, changed],
      [other.publicKeys.signing, bytes],
    ] as const) {
      assert.equal(
        await keys.verify(publicKey, message, signature),
        await verifyBytes(publicKey, message, signature),
      );
    }
  }
  assert.equal(await keys.verify(one.publicKeys.signing, bytes, signature), true);
  assert.equal(keys.size, 2);
});

test("a key that is no point of the curve verifies nothing, however often it comes", async () => {
  const keys = new SigningKeys();
  const off = parseSigningPublicKey(new Uint8Array(65).fill(4)) as SigningPublicKey;
  const { signing } = await generateKeySet(random);
  const signature = await signBytes(signing.privateKey, random(3));
  for (let turn = 0; turn < 2; turn++) {
    assert.equal(await keys.verify(off, random(3), signature), false);
  }
});

test("only so many keys are kept, those that were used last", async () => {
  const keys = new SigningKeys(2);
  const sets = [];
  for (let index = 0; index < 3; index++) sets.push(await generateKeySet(random));
  const bytes = random(10);
  for (const index of [0, 1, 0, 2, 0, 1]) {
    const { signing, publicKeys } = sets[index] as (typeof sets)[0];
    const signature = await signBytes(signing.privateKey, bytes);
    assert.equal(await keys.verify(publicKeys.signing, bytes, signature), true);
    assert(keys.size <= 2);
  }
});
