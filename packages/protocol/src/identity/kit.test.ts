import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Address, parseAddress } from "../address.ts";
import { importEncryptionKey } from "../passwords.ts";
import { random } from "../testing/random.ts";
import {
  KIT_KDF_SUITE,
  deriveKitLoginKey,
  deriveKitWrapKey,
  formatKit,
  makeKit,
  parseKit,
  parseKitText,
  unwrapKit,
  wrapKit,
} from "./kit.ts";
import { generateKeySet } from "./record.ts";
import { rewrapKeySet, unwrapKeySet, wrapKeySet } from "./wrap.ts";

const alice = parseAddress("alice@a.example") as Address;

test("whoever has the kit alone gets the keys back, and a new password after", async () => {
  const keySet = await generateKeySet(random);
  const keys = keySet.publicKeys;
  const printed = await formatKit(makeKit(random));

  // Its owner, with the password.
  const kit = await parseKitText(printed);
  assert.ok(kit !== null);
  const place = { address: alice, number: 1 };
  const kitKey = await deriveKitWrapKey(kit, alice);
  const ofKind2 = await wrapKeySet({
    ...place,
    kdfSuite: KIT_KDF_SUITE,
    keySet,
    encryptionKey: kitKey,
    random,
  });

  // Later, with the paper.
  const typed = await parseKitText(printed.toLowerCase().replaceAll("-", " "));
  assert.ok(typed !== null);
  const from = { encryptionKey: await deriveKitWrapKey(typed, alice), kdfSuite: KIT_KDF_SUITE };
  const to = { encryptionKey: await importEncryptionKey(random(32)), kdfSuite: 1 };
  const anew = await rewrapKeySet({ ...place, keys, wraps: ofKind2, from, to, random });
  assert.ok(anew.ok);
  const open = await unwrapKeySet({ ...place, ...to, keys, wraps: anew.wraps, extractable: false });
  assert.ok(open.ok);
});

test("a kit opens and logs in for its own address alone, and the two keys differ", async () => {
  const kit = makeKit(random);
  const bob = parseAddress("bob@b.example") as Address;
  const [own, other] = [await deriveKitLoginKey(kit, alice), await deriveKitLoginKey(kit, bob)];
  assert.notDeepEqual(own, other);
  assert.equal(own.length, 32);
  assert.equal((await deriveKitWrapKey(kit, alice)).extractable, false);
});

test("whoever types the password has the kit again, to wrap new key sets for it", async () => {
  const kit = makeKit(random);
  const encryptionKey = await importEncryptionKey(random(32));
  const place = { address: alice, kdfSuite: 1, encryptionKey };
  const box = await wrapKit({ kit, ...place, random });
  assert.equal(box.length, 60);
  assert.deepEqual(await unwrapKit({ box, ...place }), kit);
  const wrong = await importEncryptionKey(random(32));
  assert.equal(await unwrapKit({ box, ...place, encryptionKey: wrong }), null);
});

test("a kit comes back from paper, and one wrong character is noticed", async () => {
  const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ minLength: 32, maxLength: 32 }),
      fc.nat({ max: 55 }),
      fc.nat({ max: 31 }),
      async (bytes, at, index) => {
        const kit = parseKit(bytes);
        assert.ok(kit !== null);
        const text = await formatKit(kit);
        assert.match(text, /^([A-Z2-7]{4}-){13}[A-Z2-7]{4}$/);
        assert.deepEqual(await parseKitText(text), kit);
        const position = at + Math.floor(at / 4);
        const wrong = characters[index] as string;
        fc.pre(text[position] !== wrong);
        const mistyped = text.slice(0, position) + wrong + text.slice(position + 1);
        // By chance one in 16 million of them has the right three bytes.
        assert.equal(await parseKitText(mistyped), null);
      },
    ),
  );
});

test("any text is a kit or refused, never thrown at", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
      assert.equal(await parseKitText(text), null);
    }),
  );
  assert.equal(parseKit(new Uint8Array(31)), null);
  assert.throws(() => makeKit(() => new Uint8Array(16)), RangeError);
});
