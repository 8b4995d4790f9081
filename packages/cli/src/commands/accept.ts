import type { Command } from "../command.ts";
import { readAddress, withEngine } from "../engine.ts";
import { conversationLine } from "../present.ts";

export const command: Command = {
  usage: "accept ADDRESS",
  summary: "Accept a stranger: from now on a conversation.",
  least: 1,
  most: 1,
  async run(call) {
    const peer = readAddress(call.args[0] ?? "");
    await withEngine(call, async ({ client }) => {
      const conversation = await client.messages.accept(peer);
      call.output.result(conversationLine(conversation), `${peer} can write to you now.`);
    });
  },
};
