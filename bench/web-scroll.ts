/**
 * A conversation of 10 000 messages in Chromium: how long it takes to read all of it, and what frames cost while it scrolls from its first message
 * to its last. Frames are counted by the clock, so that other work on the machine shows; tasks by what they take of the processor.
 */
import { join } from "node:path";
import { type Lasting, startServer, temporaryFolder } from "../e2e/processes.ts";
import { WebPerson } from "../e2e/web-person.ts";
import { openProfile } from "../e2e/web-profile.ts";
import { seedConversation, seeded } from "../e2e/web-seed.ts";
import { longTasksOf } from "../e2e/web-tasks.ts";
import { describeMachine, table } from "./load/machine.ts";

const MESSAGES = Number(process.env["MESSAGES"] ?? 10_000);
/** Pixels that one frame scrolls: a quick turn of the wheel. */
const PIXELS = 400;
const FRAMES = 900;

const ends: (() => unknown)[] = [];
const lasting: Lasting = { after: (end) => void ends.push(end as () => unknown) };
console.log(describeMachine());
try {
  const folder = temporaryFolder(lasting);
  const { url } = await startServer(lasting, {
    data: join(folder, "data"),
    env: {
      KEYPEARS_LIMITS: "off",
      KEYPEARS_POW_REGISTER: "1",
      KEYPEARS_POW_LOGIN: "1",
      KEYPEARS_POW_FIRST_CONTACT: "1",
      KEYPEARS_POW_MESSAGE: "1",
    },
  });
  let since = performance.now();
  const lap = (): string => {
    const seconds = (performance.now() - since) / 1000;
    since = performance.now();
    return `${seconds.toFixed(1)} s`;
  };
  await seedConversation(url, MESSAGES);
  const written = lap();
  const profile = await openProfile(lasting, { folder, url, width: 1280 });
  const alice = new WebPerson(profile, await profile.open("/login"), seeded.alice);
  await alice.logIn(seeded.passwords.alice);
  since = performance.now();
  await alice.openConversation(seeded.bob);
  await alice.sees(alice.bubble(`Message ${MESSAGES}.`));
  const opened = lap();
  const list = alice.page.getByRole("region", { name: /^Messages with / });
  while (!(await alice.bubble(/Message 1\./).isVisible())) {
    await list.evaluate((element) => element.scrollTo({ top: 0 }));
    await alice.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)));
  }
  const read = lap();

  let frames: number[] = [];
  const tasks = await longTasksOf(alice.page, async () => {
    frames = await list.evaluate(
      (element, { pixels, count }) =>
        new Promise<number[]>((resolve) => {
          const times: number[] = [];
          let last = performance.now();
          const step = (now: number): void => {
            times.push(now - last);
            last = now;
            element.scrollBy({ top: pixels });
            if (times.length < count) requestAnimationFrame(step);
            else resolve(times);
          };
          requestAnimationFrame(step);
        }),
      { pixels: PIXELS, count: FRAMES },
    );
  });
  frames.sort((a, b) => a - b);
  const at = (part: number): string =>
    `${(frames[Math.floor(frames.length * part)] ?? 0).toFixed(1)} ms`;
  console.log(
    table([
      ["what", "measured"],
      [`writing ${MESSAGES} messages`, written],
      ["opening the conversation", opened],
      ["reading back to its first message", read],
      ["a frame while it scrolls, median", at(0.5)],
      ["of twenty frames the longest", at(0.95)],
      ["of a hundred frames the longest", at(0.99)],
      ["tasks over 50 ms of processor", tasks.length === 0 ? "none" : tasks.join(", ")],
    ]),
  );
} finally {
  for (const end of ends.reverse()) await end();
}
