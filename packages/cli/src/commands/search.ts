import type { Command } from "../command.ts";
import { withEngine } from "../engine.ts";
import { messageLine, messageText } from "../present.ts";

export const command: Command = {
  usage: "search TEXT",
  summary: "Find messages by their text, on this device: the server cannot.",
  least: 1,
  most: 1,
  async run(call) {
    const [text = ""] = call.args;
    await withEngine(call, async ({ client }) => {
      let count = 0;
      for await (const message of client.messages.search({ text, signal: call.io.signal })) {
        count += 1;
        call.output.result(messageLine(message), `${message.peer}  ${messageText(message)}`);
      }
      if (count === 0) call.output.remark("Nothing found.");
    });
  },
};
