/** Deaths, as by kill -9, after each thing that the echo account does: a call that was answered, a write that is on the disk. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { assertConsistent } from "../testing/consistency.ts";
import { type Correspondent, addCorrespondent } from "../testing/correspondent.ts";
import { type Network, type NetworkNode, startNetwork } from "../testing/network.ts";
import { patiently } from "../testing/town.ts";
import { address } from "../testing/values.ts";
import { EchoDevice, type Reached } from "./device.ts";

const echo = address("echo@a.test");

/** Servers with an echo account each. */
async function start(
  t: TestContext,
  reached: Reached,
  domains = ["a.test", "b.test"],
): Promise<Network> {
  const network = await startNetwork(domains, {
    env: { KEYPEARS_ECHO: "echo" },
    hurry: 20,
    echo: { reached },
  });
  t.after(async () => {
    for (const { running, context } of network.nodes) {
      if (running) await assertConsistent(context.store);
    }
    await network.close();
  });
  return network;
}

async function isReady({ lines }: NetworkNode): Promise<true | null> {
  return lines.some((line) => line.includes("the echo account is ready")) ? true : null;
}

/** What somebody has of a conversation with the echo account. */
async function textsOf({ client }: Correspondent): Promise<unknown[]> {
  const { messages } = await client.messages.read({ peer: echo });
  return messages.map(({ direction, text }) => [direction, text]);
}

for (const domain of ["a.test", "b.test"]) {
  test(`a death after any step of an answer to somebody of ${domain} loses none and doubles none`, async (t) => {
    /** How many steps are left until it dies; null for none. */
    let left: number | null = null;
    let gate = Promise.resolve();
    let dies = Promise.withResolvers<void>();
    const network = await start(t, async (step) => {
      await gate;
      if (left === null || step === "call" || step === "write") return;
      left--;
      if (left > 0) return;
      left = null;
      await network.node("a.test").kill();
      dies.resolve();
    });
    const a = network.node("a.test");
    await patiently(() => isReady(a));
    await patiently(() => isReady(network.node("b.test")));
    const device = EchoDevice.open(a.context.config.dataFolder, echo);
    t.after(() => device.close());
    const people: Correspondent[] = [];
    for (let step = 1; ; step++) {
      const somebody = await addCorrespondent(network.node(domain), `p${step}@${domain}`);
      people.push(somebody);
      // It begins when the message is there as a whole.
      const held = Promise.withResolvers<void>();
      gate = held.promise;
      const message = await somebody.write(echo, `${step}`);
      dies = Promise.withResolvers();
      left = step;
      held.resolve();
      const isDead = await Promise.race([
        dies.promise.then(() => true),
        // It has looked at everything, its own answer too, and nothing waits.
        patiently(async () => {
          if (left === null || device.waiting().length > 0) return null;
          const { db } = a.context.store;
          const accounts = db.selectFrom("accounts").select("revision").where("address", "=", echo);
          const { revision } = await accounts.executeTakeFirstOrThrow();
          return revision >= 2 * step && device.looked() >= revision ? false : null;
        }),
      ]);
      if (isDead) await a.start();
      await somebody.answerTo(message);
      if (isDead) continue;
      assert(step > 8, `only ${step} steps`);
      break;
    }
    // The last one was answered after all that were taken up again.
    for (const [index, somebody] of people.entries()) {
      assert.deepEqual(await textsOf(somebody), [
        ["sent", `${index + 1}`],
        ["received", `${index + 1}`],
      ]);
    }
  });
}

/** All after which something is on a disk that was not. */
const ofTheSignUp = ["written 1", "written 2", "called 3", "written 3"];
for (const last of ofTheSignUp) {
  test(`a death in its sign-up, after ${last}, leaves an account that answers at the next start`, async (t) => {
    const steps = new Map<string, number>();
    const dies = Promise.withResolvers<void>();
    const opened = Promise.withResolvers<Network>();
    const reached: Reached = async (step) => {
      const count = (steps.get(step) ?? 0) + 1;
      steps.set(step, count);
      if (`${step} ${count}` !== last) return;
      await (await opened.promise).node("a.test").kill();
      dies.resolve();
    };
    opened.resolve(start(t, reached, ["a.test"]));
    const a = (await opened.promise).node("a.test");
    await dies.promise;
    assert.equal(await isReady(a), null);
    await a.start();
    await patiently(() => isReady(a));
    const alice = await addCorrespondent(a, "alice@a.test");
    await alice.answerTo(await alice.write(echo, "Hello"));
  });
}
