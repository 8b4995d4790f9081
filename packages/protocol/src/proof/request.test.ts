import assert from "node:assert/strict";
import { test } from "node:test";
import type { Signature } from "../keys.ts";
import { START, person, senderOf } from "../testing/person.ts";
import { signChallengeRequest, verifyChallengeRequest } from "./request.ts";

const [alice, bob] = await Promise.all([person("alice@a.example"), person("bob@b.example")]);
const request = { sender: alice.address, recipient: bob.address, time: START };
const { signingKey, publicKeys } = senderOf(alice);
const signature = await signChallengeRequest({ ...request, signingKey });
const facts = { ...request, signature, signingPublicKey: publicKeys.signing, now: START };

test("only the sender's active key can ask for a challenge to the recipient", async () => {
  assert.deepEqual(await verifyChallengeRequest(facts), { ok: true });
  const others = await signChallengeRequest({ ...request, signingKey: senderOf(bob).signingKey });
  for (const change of [
    { sender: bob.address, recipient: alice.address },
    { recipient: alice.address },
    { time: START + 1 },
    { signingPublicKey: senderOf(bob).publicKeys.signing },
    { signature: others },
    { signature: new Uint8Array(64) as Signature },
    { signature: new Uint8Array(63) as Signature },
  ]) {
    const result = await verifyChallengeRequest({ ...facts, ...change });
    assert.deepEqual(result, { ok: false, reason: "signature" }, Object.keys(change).join());
  }
});

test("a request that was overheard is worth nothing after five minutes, nor one from the future", async () => {
  for (const [after, expected] of [
    [300_000, "ok"],
    [300_001, "time"],
    [-300_000, "ok"],
    [-300_001, "time"],
  ] as const) {
    const result = await verifyChallengeRequest({ ...facts, now: START + after });
    assert.equal(result.ok ? "ok" : result.reason, expected, `${after} ms`);
  }
  for (const time of [Number.NaN, START + 0.5, -1]) {
    const result = await verifyChallengeRequest({ ...facts, time, now: time });
    assert.deepEqual(result, { ok: false, reason: "time" }, `${time}`);
  }
});
