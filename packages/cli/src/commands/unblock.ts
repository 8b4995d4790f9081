import type { Command } from "../command.ts";
import { readTarget, withEngine } from "../engine.ts";

export const command: Command = {
  usage: "unblock ADDRESS_OR_DOMAIN",
  summary: "Take a block away; what was dropped stays dropped.",
  least: 1,
  most: 1,
  async run(call) {
    const target = readTarget(call.args[0] ?? "");
    await withEngine(call, async ({ client }) => {
      await client.messages.unblock(target);
      call.output.result({ target, blocked: false }, `${target} can write to you again.`);
    });
  },
};
