import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Domain } from "../address.ts";
import { type Bytes, equalBytes, toHex } from "../bytes/encoding.ts";
import { address } from "../testing/cases.ts";
import { START } from "../testing/person.ts";
import { random } from "../testing/random.ts";
import {
  ALGORITHM,
  CHALLENGE_LIFETIME,
  type Challenge,
  type ExpectedChallenge,
  PURPOSES,
  type Part,
  type Solution,
  addressSubject,
  encodeSolution,
  makeChallenge,
  pairSubject,
  parseChallenge,
  parseSolution,
  parts,
  verifySolution,
} from "./challenge.ts";

const key = random(32);
const domain = "a.example" as Domain;
const alice = address("alice@a.example");
const bob = address("bob@b.example");
const subject = addressSubject(alice);
const expected: ExpectedChallenge = { domain, purposes: ["login"], subject };
const facts = { key, keyId: "k1", domain, purpose: "login", subject, difficulty: 1000 } as const;
const challenge = await makeChallenge({ ...facts, now: START, random });

/** Stands for the algorithm, which is another package's: a nonce is right when it repeats its part's seed. */
const verifyPart = (part: Part, nonce: Bytes): boolean => equalBytes(part.seed, nonce);

async function solve(solved: Challenge): Promise<Solution> {
  return { challenge: solved, nonces: (await parts(solved)).map((part) => part.seed) };
}

async function verdictOf(
  solution: Solution,
  change: Partial<Parameters<typeof verifySolution>[0]> = {},
): Promise<string> {
  const result = await verifySolution({
    solution,
    key,
    expected,
    now: START,
    verifyPart,
    ...change,
  });
  return result.ok ? "ok" : result.reason;
}

test("a solution pays for exactly what its challenge was made for", async () => {
  assert.equal(await verdictOf(await solve(challenge)), "ok");
  for (const [change, reason] of [
    [{ domain: "b.example" as Domain }, "domain"],
    [{ purposes: ["step-up", "register"] as const }, "purpose"],
    [{ subject: addressSubject(bob) }, "subject"],
    [{ minimum: 1001 }, "difficulty"],
  ] as const) {
    const other = { ...expected, ...change };
    assert.equal(await verdictOf(await solve(challenge), { expected: other }), reason);
  }
});

test("no field of a challenge can be changed, whoever does the work again", async () => {
  const changed = fc.oneof(
    fc.record({ keyId: fc.stringMatching(/^[a-z]{3,9}$/) }),
    fc.record({ difficulty: fc.integer({ min: 1, max: 999 }) }),
    fc.record({ expiresAt: fc.integer({ min: START, max: START + 10 * CHALLENGE_LIFETIME }) }),
    fc.record({ random: fc.uint8Array({ minLength: 16, maxLength: 16 }) }),
    fc.record({ seed: fc.uint8Array({ minLength: 32, maxLength: 32 }) }),
  );
  await fc.assert(
    fc.asyncProperty(changed, async (change) => {
      fc.pre(!("expiresAt" in change) || change.expiresAt !== challenge.expiresAt);
      const forged = { ...challenge, ...change } as Challenge;
      assert.equal(await verdictOf(await solve(forged)), "forged");
    }),
  );
  // Domain, purpose and subject are bound as well, not only compared.
  for (const [change, other] of [
    [{ domain: "b.example" as Domain }, { domain: "b.example" as Domain }],
    [{ purpose: "step-up" }, { purposes: ["step-up"] }],
    [{ subject: addressSubject(bob) }, { subject: addressSubject(bob) }],
  ] as const) {
    const forged = await solve({ ...challenge, ...change });
    assert.equal(await verdictOf(forged, { expected: { ...expected, ...other } }), "forged");
  }
});

test("a field cannot lend its bytes to the next one", async () => {
  const first = await makeChallenge({ ...facts, keyId: "ka", now: START, random });
  const moved = { ...first, keyId: "k", domain: `a${first.domain}` as Domain };
  const verdict = await verdictOf(await solve(moved), {
    expected: { ...expected, domain: moved.domain },
  });
  assert.equal(verdict, "forged");
});

test("a server without the key says so, and one with another key calls it forged", async () => {
  const solution = await solve(challenge);
  assert.equal(await verdictOf(solution, { key: null }), "unknown_key");
  assert.equal(await verdictOf(solution, { key: random(32) }), "forged");
});

test("an imported key does the same as its bytes", async () => {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign", "verify"]);
  const made = await makeChallenge({ ...facts, key: imported, now: START, random });
  assert.equal(await verdictOf(await solve(made)), "ok");
  assert.equal(await verdictOf(await solve(challenge), { key: imported }), "ok");
});

test("a challenge is good for fifteen minutes, its last millisecond included", async () => {
  const solution = await solve(challenge);
  assert.equal(challenge.expiresAt, START + 15 * 60_000);
  assert.equal(await verdictOf(solution, { now: challenge.expiresAt }), "ok");
  assert.equal(await verdictOf(solution, { now: challenge.expiresAt + 1 }), "expired");
});

test("no part is tried before everything cheap holds, and none after the first that fails", async () => {
  const solution = await solve(challenge);
  const bad = random(32);
  for (const [at, change, tried] of [
    [0, {}, 1],
    [7, {}, 8],
    [15, {}, 16],
    [15, { now: challenge.expiresAt + 1 }, 0],
    [15, { key: random(32) }, 0],
    [15, { expected: { ...expected, subject: addressSubject(bob) } }, 0],
  ] as const) {
    let count = 0;
    const counting = (part: Part, nonce: Bytes): boolean => {
      count++;
      return verifyPart(part, nonce);
    };
    const nonces = solution.nonces.with(at, bad);
    assert.notEqual(
      await verdictOf({ ...solution, nonces }, { ...change, verifyPart: counting }),
      "ok",
    );
    assert.equal(count, tried);
  }
});

test("one nonce pays for one part: none can be left out, repeated or moved", async () => {
  const solution = await solve(challenge);
  const [first, second] = solution.nonces as [Bytes, Bytes];
  for (const nonces of [
    [],
    solution.nonces.slice(0, 15),
    [...solution.nonces, first],
    solution.nonces.with(1, first),
    solution.nonces.with(0, second).with(1, first),
  ]) {
    assert.equal(await verdictOf({ ...solution, nonces }), "work");
  }
});

test("sixteen parts cost what the whole costs, and hardly more", async () => {
  const difficulties = fc.oneof(fc.integer({ min: 1, max: 100 }), fc.maxSafeNat());
  const seeds = new Set<string>();
  await fc.assert(
    fc.asyncProperty(difficulties, async (given) => {
      const difficulty = Math.max(1, given);
      const sixteen = await parts({ seed: random(32), difficulty });
      assert.equal(sixteen.length, 16);
      for (const part of sixteen) {
        seeds.add(toHex(part.seed));
        assert.ok(Number.isSafeInteger(part.difficulty));
        const sum = 16n * BigInt(part.difficulty);
        assert.ok(sum >= BigInt(difficulty) && sum < BigInt(difficulty) + 16n);
      }
    }),
    { numRuns: 100 },
  );
  assert.equal(seeds.size, 1600);
});

test("two challenges for the same thing differ, so that each is solved anew", async () => {
  const again = await makeChallenge({ ...facts, now: START, random });
  assert.ok(!equalBytes(again.seed, challenge.seed));
});

test("who writes to whom is not who is written to by whom", () => {
  assert.ok(!equalBytes(pairSubject(alice, bob), pairSubject(bob, alice)));
});

test("every solution is read from its JSON as it was written, whatever its purpose", async () => {
  for (const purpose of PURPOSES) {
    const made = await makeChallenge({ ...facts, purpose, now: START, random });
    const solution = await solve(made);
    assert.deepEqual(parseSolution(JSON.parse(JSON.stringify(encodeSolution(solution)))), solution);
  }
});

test("arbitrary JSON is no solution and no challenge, and raises no exception", async () => {
  const json = encodeSolution(await solve(challenge));
  fc.assert(fc.property(fc.jsonValue(), (value) => assert.equal(parseSolution(value), null)));
  fc.assert(fc.property(fc.jsonValue(), (value) => assert.equal(parseChallenge(value), null)));
  const members = fc.constantFrom(...Object.keys(json.challenge));
  fc.assert(
    fc.property(members, fc.jsonValue(), (name, value) => {
      const parsed = parseChallenge({ ...json.challenge, [name]: value });
      if (parsed === null) return;
      // What is read is what was there: an unknown algorithm, another number, never something guessed.
      const written = encodeSolution({ challenge: parsed, nonces: [] }).challenge;
      assert.deepEqual(written, { ...json.challenge, [name]: value });
    }),
  );
});

test("a challenge that nobody could present is not made", async () => {
  for (const wrong of [
    { difficulty: 0 },
    { difficulty: 1.5 },
    { difficulty: 2 ** 53 },
    { keyId: "" },
    { keyId: "a b" },
    { subject: new Uint8Array(0) },
    { subject: new Uint8Array(1025) },
    { key: new Uint8Array(31) },
    { random: () => new Uint8Array(15) },
  ]) {
    const options = { ...facts, now: START, random, ...wrong };
    await assert.rejects(makeChallenge(options), RangeError, Object.keys(wrong).join());
  }
  assert.equal(challenge.algorithm, ALGORITHM);
});
