/** A server in a process of its own: settings from the environment; tells its parent where it listens. */
import { readConfig, serve } from "@keypears/server";

const { url } = await serve(readConfig(process.env));
process.send?.({ url });
process.on("message", () => {
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  process.send?.({ rss, heapUsed, external, cpu: (user + system) / 1000 });
});
process.on("disconnect", () => process.exit());
