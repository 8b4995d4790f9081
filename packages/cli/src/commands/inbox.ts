import type { Command } from "../command.ts";
import { withEngine } from "../engine.ts";
import { printConversations } from "../pages.ts";

export const command: Command = {
  usage: "inbox",
  summary: "Your conversations, the latest first.",
  least: 0,
  most: 0,
  async run(call) {
    await withEngine(call, ({ client }) =>
      printConversations(
        call.output,
        (before) => client.messages.listConversations(before),
        "No conversations yet. keypears send ADDRESS begins one; keypears requests shows who wants to.",
      ),
    );
  },
};
