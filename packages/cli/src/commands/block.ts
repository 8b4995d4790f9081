import type { Command } from "../command.ts";
import { readTarget, withEngine } from "../engine.ts";

export const command: Command = {
  usage: "block ADDRESS_OR_DOMAIN",
  summary: "Drop what an address or a whole domain sends; they are not told.",
  least: 1,
  most: 1,
  async run(call) {
    const target = readTarget(call.args[0] ?? "");
    await withEngine(call, async ({ client }) => {
      await client.messages.block(target);
      call.output.result({ target, blocked: true }, `${target} is blocked and will not notice.`);
    });
  },
};
