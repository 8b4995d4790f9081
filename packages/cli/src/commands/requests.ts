import type { Command } from "../command.ts";
import { withEngine } from "../engine.ts";
import { printConversations } from "../pages.ts";

export const command: Command = {
  usage: "requests",
  summary: "Strangers whose messages wait for your answer.",
  least: 0,
  most: 0,
  async run(call) {
    await withEngine(call, ({ client }) =>
      printConversations(
        call.output,
        (before) => client.messages.listRequests(before),
        "Nobody is waiting.",
      ),
    );
  },
};
