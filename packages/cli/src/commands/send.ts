import { ApiError, type Client, ClientError, type MessageView } from "@keypears/client";
import type { Command } from "../command.ts";
import { readAddress, withEngine } from "../engine.ts";
import { Failure } from "../failure.ts";
import { type Io, readAll } from "../io.ts";
import { messageLine, sentText } from "../present.ts";

/** More than any message can hold: what is read from standard input before it is refused. */
const MOST_BYTES = 1_000_000;
/** How long somebody at a terminal waits to be told that a message has arrived, in milliseconds. */
const WATCHED = 4_000;

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
      const sent = await client.messages.send({ ...long, to, text });
      const watched = io.stdout.isTTY === true && !output.json;
      const message = watched ? await watch(client, sent, io) : sent;
      output.result(messageLine(message), sentText(message));
    });
  },
};

/** What became of a message within a few seconds. The own server has it whatever becomes of the watching. */
async function watch(client: Client, sent: MessageView, io: Io): Promise<MessageView> {
  if (sent.state !== "pending") return sent;
  const signal = AbortSignal.any([io.signal, AbortSignal.timeout(WATCHED)]);
  let latest = sent;
  try {
    const events = client.messages.follow({ after: sent.changed, mend: false, signal });
    for await (const event of events) {
      if (event.type !== "message" || event.message.id !== sent.id) continue;
      latest = event.message;
      if (latest.state !== "pending") break;
    }
  } catch (error) {
    if (!(error instanceof ClientError || error instanceof ApiError)) throw error;
  }
  return latest;
}

async function readText(stdin: Parameters<typeof readAll>[0]): Promise<string> {
  const read = await readAll(stdin, MOST_BYTES);
  if (read.ok) return read.text;
  throw read.reason === "too_large"
    ? new Failure("message_too_long", "The message is too long: 64 KiB at most.")
    : new Failure("message_text", "Standard input is not UTF-8 text.");
}
