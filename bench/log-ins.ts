/** Log-ins per second, and what they do to everybody else: how long cheap calls take without and with them. */
import { signUpPairs, together } from "./load/clients.ts";
import { describeMachine, spread } from "./load/machine.ts";
import { inFolder, settingsInWords, startServer } from "./load/server.ts";

const MILLISECONDS = 8_000;

console.log(
  describeMachine({ ...settingsInWords, "each log-in": "600,000 rounds of PBKDF2 on the server" }),
);
await inFolder(async (folder) => {
  const server = await startServer(folder);
  try {
    const { url } = server;
    const pairs = await signUpPairs(url, 4);
    const cheap = () =>
      together({ url, task: "who am I", pairs, clients: 1, milliseconds: MILLISECONDS });
    const alone = await cheap();
    console.log(`whoami alone: ${spread(alone.whole)} (${alone.whole.length} calls)`);
    for (const clients of [4, 8]) {
      const [beside, logIns] = await Promise.all([
        cheap(),
        together({ url, task: "log in", pairs, clients, milliseconds: MILLISECONDS }),
      ]);
      const perSecond = logIns.last.length / (MILLISECONDS / 1000);
      console.log(
        `${clients} clients log in: ${perSecond.toFixed(1)} log-ins/s, ${spread(logIns.last)}, ${logIns.busy} told to come back`,
      );
      console.log(`whoami beside them: ${spread(beside.whole)} (${beside.whole.length} calls)`);
    }
  } finally {
    await server.kill();
  }
});
