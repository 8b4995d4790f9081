import { fileURLToPath } from "node:url";
import type { Command } from "../command.ts";
import { Failure } from "../failure.ts";

/** Where the web app's build puts it. */
const webFolder = fileURLToPath(new URL("../../../web/build", import.meta.url));

export const command: Command = {
  usage: "serve",
  summary: "Run a server, set up by the environment (see the self-hosting guide).",
  least: 0,
  most: 0,
  async run({ io, output }) {
    const { ConfigError, readConfig, serve } = await import("@keypears/server");
    let running: Awaited<ReturnType<typeof serve>>;
    try {
      running = await serve(readConfig(io.env), { webFolder });
    } catch (error) {
      if (error instanceof ConfigError) throw new Failure("configuration", error.message);
      throw error;
    }
    output.result({ url: running.url }, `KeyPears is at ${running.url}`);
    if (!io.signal.aborted) {
      await new Promise((resolve) => io.signal.addEventListener("abort", resolve, { once: true }));
    }
    output.remark("Stopping: finishing what is under way.");
    await running.close();
  },
};
