import assert from "node:assert/strict";
import {
  createCipheriv,
  createECDH,
  createHash,
  hkdfSync,
  verify as verifyWithOpenSsl,
} from "node:crypto";
import { test } from "node:test";
import { p256 } from "@noble/curves/nist.js";
import fc from "fast-check";
import { type Bytes, utf8 } from "./bytes/encoding.ts";
import {
  type AgreementPublicKey,
  BOX_OVERHEAD,
  type Box,
  type Signature,
  type SigningPublicKey,
  agreementPublicKeyOf,
  ecdhBits,
  generateAgreementPair,
  generateSigningPair,
  hkdf,
  importAgreementPublic,
  importBoxKey,
  importSigningPublic,
  openBox,
  parseAgreementPublicKey,
  parseBox,
  parseHash,
  parseSignature,
  parseSigningPublicKey,
  sealBox,
  sha256,
  signBytes,
  signingPublicKeyOf,
  verifyBytes,
} from "./keys.ts";
import { random } from "./testing/random.ts";

const bytes = fc.uint8Array({ maxLength: 100 }).map((value) => new Uint8Array(value));

/** The same bytes with one bit turned over. */
function flipped<Kind extends Bytes>(value: Kind, bit: number): Kind {
  const copy = new Uint8Array(value);
  const index = (bit >> 3) % copy.length;
  copy[index] = (copy[index] as number) ^ (1 << (bit & 7));
  return copy as Kind;
}

test("a signature verifies here, with noble and with OpenSSL; noble's verify here", async () => {
  const pair = await generateSigningPair(true);
  const publicKey = await signingPublicKeyOf(pair);
  const jwk = await crypto.subtle.exportKey("jwk", pair.privateKey);
  const secret = new Uint8Array(Buffer.from(jwk.d as string, "base64url"));
  await fc.assert(
    fc.asyncProperty(bytes, async (message) => {
      const signature = await signBytes(pair.privateKey, message);
      assert.equal(signature.length, 64);
      assert.ok(await verifyBytes(publicKey, message, signature));
      assert.ok(p256.verify(signature, message, publicKey, { lowS: false }));
      const key = { key: { ...jwk, d: undefined }, format: "jwk", dsaEncoding: "ieee-p1363" };
      assert.ok(verifyWithOpenSsl("sha256", message, key as never, signature));
      const theirs = parseSignature(p256.sign(message, secret));
      assert.ok(theirs !== null && (await verifyBytes(publicKey, message, theirs)));
    }),
    { numRuns: 20 },
  );
});

test("one flipped bit in signature, message or key, and nothing verifies", async () => {
  const pair = await generateSigningPair(false);
  const publicKey = await signingPublicKeyOf(pair);
  const message = utf8("a message");
  const signature = await signBytes(pair.privateKey, message);
  for (let bit = 0; bit < 8 * signature.length; bit += 7) {
    assert.equal(await verifyBytes(publicKey, message, flipped(signature, bit)), false);
  }
  for (let bit = 0; bit < 8 * message.length; bit += 5) {
    assert.equal(await verifyBytes(publicKey, flipped(message, bit), signature), false);
  }
  for (let bit = 0; bit < 8 * publicKey.length; bit += 13) {
    assert.equal(await verifyBytes(flipped(publicKey, bit), message, signature), false);
  }
});

test("two ends agree, with noble and with OpenSSL", async () => {
  const [own, peer] = [await generateAgreementPair(true), await generateAgreementPair(true)];
  const [ownPublic, peerPublic] = [
    await agreementPublicKeyOf(own),
    await agreementPublicKeyOf(peer),
  ];
  const shared = await ecdhBits(own.privateKey, peerPublic);
  assert.deepEqual(await ecdhBits(peer.privateKey, ownPublic), shared);
  const jwk = await crypto.subtle.exportKey("jwk", own.privateKey);
  const secret = Buffer.from(jwk.d as string, "base64url");
  const ecdh = createECDH("prime256v1");
  ecdh.setPrivateKey(secret);
  assert.deepEqual(new Uint8Array(ecdh.computeSecret(peerPublic)), shared);
  const point = p256.getSharedSecret(new Uint8Array(secret), peerPublic);
  assert.deepEqual(new Uint8Array(point.subarray(1)), shared);
});

test("a point off the curve is refused, not computed with", async () => {
  const publicKey = await agreementPublicKeyOf(await generateAgreementPair(false));
  const { privateKey } = await generateAgreementPair(false);
  for (let bit = 8; bit < 8 * publicKey.length; bit += 29) {
    const off = flipped(publicKey, bit);
    assert.equal(await importAgreementPublic(off), null);
    assert.equal(await importSigningPublic(off as Bytes as SigningPublicKey), null);
    assert.equal(await ecdhBits(privateKey, off), null);
  }
});

test("parsing bytes of any length gives the kind or null, and a copy", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), fc.boolean(), (value, point) => {
      if (point && value.length > 0) value[0] = 4;
      const whole = value.length === 65 && value[0] === 4;
      assert.equal(parseAgreementPublicKey(value) !== null, whole);
      assert.equal(parseSigningPublicKey(value) !== null, whole);
      assert.equal(parseSignature(value) !== null, value.length === 64);
      assert.equal(parseHash(value) !== null, value.length === 32);
      const box = parseBox(value);
      assert.equal(box !== null, value.length >= BOX_OVERHEAD);
      if (box === null) return;
      assert.deepEqual(box, new Uint8Array(value));
      assert.notEqual(box.buffer, value.buffer);
    }),
    { numRuns: 500 },
  );
});

test("SHA-256 and HKDF are those of OpenSSL", async () => {
  await fc.assert(
    fc.asyncProperty(bytes, bytes, bytes, async (input, salt, info) => {
      const hash = createHash("sha256").update(input).digest();
      assert.deepEqual(await sha256(input), new Uint8Array(hash));
      const derived = new Uint8Array(hkdfSync("sha256", input, salt, info, 32));
      assert.deepEqual(await hkdf({ input, salt, info }), derived);
      const unsalted = new Uint8Array(hkdfSync("sha256", input, new Uint8Array(0), info, 32));
      assert.deepEqual(await hkdf({ input, info }), unsalted);
    }),
    { numRuns: 50 },
  );
});

test("an HKDF info of 1024 bytes is a programmer's error everywhere, also where the platform takes it", async () => {
  const input = random(32);
  assert.equal((await hkdf({ input, info: new Uint8Array(1023) })).length, 32);
  await assert.rejects(hkdf({ input, info: new Uint8Array(1024) }), RangeError);
});

test("what is sealed opens, and OpenSSL makes the same box of the same nonce", async () => {
  const raw = random(32);
  const key = await importBoxKey(raw);
  await fc.assert(
    fc.asyncProperty(bytes, bytes, async (content, aad) => {
      const box = await sealBox({ key, content, aad, random });
      assert.equal(box.length, content.length + BOX_OVERHEAD);
      assert.deepEqual(await openBox({ key, box, aad }), content);
      const cipher = createCipheriv("aes-256-gcm", raw, box.subarray(0, 12)).setAAD(aad);
      const text = Buffer.concat([cipher.update(content), cipher.final()]);
      const same = Buffer.concat([box.subarray(0, 12), text, cipher.getAuthTag()]);
      assert.deepEqual(new Uint8Array(same), new Uint8Array(box));
    }),
    { numRuns: 50 },
  );
});

test("one flipped bit in box, additional data or key, and nothing opens", async () => {
  const raw = random(32);
  const [key, content, aad] = [await importBoxKey(raw), utf8("content"), utf8("additional")];
  const box = await sealBox({ key, content, aad, random });
  for (let bit = 0; bit < 8 * box.length; bit++) {
    assert.equal(await openBox({ key, box: flipped(box, bit), aad }), null);
  }
  for (let bit = 0; bit < 8 * aad.length; bit += 3) {
    assert.equal(await openBox({ key, box, aad: flipped(aad, bit) }), null);
  }
  for (let bit = 0; bit < 8 * raw.length; bit += 11) {
    const other = await importBoxKey(flipped(raw, bit));
    assert.equal(await openBox({ key: other, box, aad }), null);
  }
});

test("any bytes are no box that opens, and none makes opening throw", async () => {
  const key = await importBoxKey(random(32));
  await fc.assert(
    fc.asyncProperty(bytes, async (value) => {
      assert.equal(await openBox({ key, box: value as Box, aad: new Uint8Array(0) }), null);
    }),
  );
});

test("a random that gives too few bytes makes no box: its nonces would repeat", async () => {
  const key = await importBoxKey(random(32));
  const options = { key, content: random(1), aad: random(1), random: () => new Uint8Array(0) };
  await assert.rejects(sealBox(options), RangeError);
  await assert.rejects(importBoxKey(random(16)), RangeError);
});

test("a key for another use is a programmer's error, not a failed signature", async () => {
  const { privateKey } = await generateAgreementPair(false);
  await assert.rejects(signBytes(privateKey, utf8("x")), DOMException);
  const signing = await generateSigningPair(false);
  const publicKey = (await signingPublicKeyOf(signing)) as Bytes as AgreementPublicKey;
  await assert.rejects(ecdhBits(signing.privateKey, publicKey), DOMException);
});

test("a made-up signature of the right length is refused", async () => {
  const publicKey = await signingPublicKeyOf(await generateSigningPair(false));
  for (const made of [new Uint8Array(64), new Uint8Array(64).fill(255), random(64)]) {
    assert.equal(await verifyBytes(publicKey, utf8("x"), made as Signature), false);
  }
});
