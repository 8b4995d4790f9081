import type { Command } from "../command.ts";
import { readAddress, withEngine } from "../engine.ts";
import { Failure } from "../failure.ts";
import { readAll } from "../io.ts";
import { messageLine } from "../present.ts";

/** More than any message can hold: what is read from standard input before it is refused. */
const MOST_BYTES = 1_000_000;

export const command: Command = {
  usage: "send ADDRESS [TEXT]",
  summary: "Write to somebody; the text comes from standard input if none is given.",
  least: 1,
  most: 2,
  async run(call) {
    const { args, io, output } = call;
    const to = readAddress(args[0] ?? "");
    const text = args[1] ?? (await readText(io.stdin));
    if (text === "") throw new Failure("empty_message", "There is nothing to send.");
    await withEngine(call, async ({ client, long }) => {
      const message = await client.messages.send({ ...long, to, text });
      const said = { pending: "On its way.", delivered: "Delivered.", failed: "Not delivered." };
      output.result(messageLine(message), said[message.state]);
    });
  },
};

async function readText(stdin: Parameters<typeof readAll>[0]): Promise<string> {
  const read = await readAll(stdin, MOST_BYTES);
  if (read.ok) return read.text;
  throw read.reason === "too_large"
    ? new Failure("message_too_long", "The message is too long: 64 KiB at most.")
    : new Failure("message_text", "Standard input is not UTF-8 text.");
}
