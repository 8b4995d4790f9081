/**
 * Local sends: users of one server write to each other over HTTP on loopback, from the challenge request to the
 * acknowledgement that is durable. Server and clients share the machine; what the server alone uses is given beside it.
 */
import { signUpPairs, together } from "./load/clients.ts";
import { describeMachine, spread, table } from "./load/machine.ts";
import { inFolder, settingsInWords, startServer } from "./load/server.ts";

const MILLISECONDS = 8_000;
const task = "write";

console.log(describeMachine(settingsInWords));
await inFolder(async (folder) => {
  const server = await startServer(folder);
  try {
    const { url } = server;
    const pairs = await signUpPairs(url, 16);
    // Until the server's code is compiled.
    await together({ url, task, pairs, clients: 8, milliseconds: 3_000 });
    const rows = [
      ["clients", "sends/s", "challenge, seal and send", "send alone", "server's CPU each"],
    ];
    for (const clients of [1, 8, 32]) {
      const before = await server.usage();
      const began = performance.now();
      const { whole, last } = await together({
        url,
        task,
        pairs,
        clients,
        milliseconds: MILLISECONDS,
      });
      const elapsed = performance.now() - began;
      const after = await server.usage();
      const perSecond = whole.length / (MILLISECONDS / 1000);
      // Used over the warm-up too, at the same pace: a little too much, if anything.
      const cpu = ((after.cpu - before.cpu) / elapsed / perSecond) * 1000;
      rows.push([
        String(clients),
        perSecond.toFixed(0),
        spread(whole),
        spread(last),
        `${cpu.toFixed(2)} ms`,
      ]);
    }
    console.log(table(rows));
  } finally {
    await server.kill();
  }
});
