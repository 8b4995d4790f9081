/** One thread of the verifier pool. */
import { pbkdf2Sync } from "node:crypto";
import { parentPort } from "node:worker_threads";
import { type Bytes, VERIFIER_ROUNDS } from "@keypears/protocol";

parentPort?.on("message", ({ loginKey, salt }: { loginKey: Bytes; salt: Bytes }) => {
  const derived = pbkdf2Sync(loginKey, salt, VERIFIER_ROUNDS, 32, "sha256");
  parentPort?.postMessage(new Uint8Array(derived));
});
