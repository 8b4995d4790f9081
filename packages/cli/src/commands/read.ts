import { type Client, ClientError, type MessageView } from "@keypears/client";
import type { Address, Id } from "@keypears/protocol";
import { type Call, type Command, text } from "../command.ts";
import { readAddress, withEngine } from "../engine.ts";
import { UsageError } from "../failure.ts";
import { fateText, messageLine, messageText } from "../present.ts";

const DEFAULT_LIMIT = 50;
const MOST = 100_000;
const PAGE = 100;

export const command: Command = {
  usage: "read ADDRESS [--follow] [--limit N]",
  summary: "Read a conversation; --follow goes on as messages come.",
  least: 1,
  most: 1,
  options: { follow: { type: "boolean" }, limit: { type: "string" } },
  async run(call) {
    const peer = readAddress(call.args[0] ?? "");
    const limit = readLimit(text(call.options, "limit"));
    await withEngine(call, async ({ client }) => {
      const messages = await readNewest(client, peer, limit);
      for (const message of messages) print(call, message);
      const last = messages.at(-1)?.revision ?? 0;
      const underWay = new Set(messages.filter(isUnderWay).map(({ id }) => id));
      if (messages.some((message) => message.direction === "received")) {
        await markRead(client, peer, last);
      }
      if (call.options.follow === true) await follow(call, client, { peer, last, underWay });
    });
  },
};

function readLimit(given: string | undefined): number {
  if (given === undefined) return DEFAULT_LIMIT;
  const limit = Number(given);
  if (!/^[0-9]+$/.test(given) || limit < 1 || limit > MOST) {
    throw new UsageError(`--limit takes a whole number from 1 to ${MOST}.`);
  }
  return limit;
}

/** The newest messages, the oldest of them first. */
async function readNewest(client: Client, peer: Address, limit: number): Promise<MessageView[]> {
  let messages: MessageView[] = [];
  let before: number | null = null;
  do {
    const page = await client.messages.read({
      peer,
      limit: Math.min(PAGE, limit - messages.length),
      ...(before === null ? {} : { before }),
    });
    messages = [...page.messages, ...messages];
    before = page.next;
  } while (before !== null && messages.length < limit);
  return messages;
}

/** What is printed is read. Where the server is away just now, the next message marks this one too. */
async function markRead(client: Client, peer: Address, revision: number): Promise<void> {
  try {
    await client.messages.markRead(peer, revision);
  } catch (error) {
    if (!(error instanceof ClientError && error.code === "unreachable")) throw error;
  }
}

/** Whether a message has been sent and has not arrived. */
function isUnderWay({ direction, state }: MessageView): boolean {
  return direction === "sent" && state !== "delivered";
}

interface Shown {
  readonly peer: Address;
  /** The revision of the last message that was printed. */
  readonly last: number;
  /** What of it had not arrived. */
  readonly underWay: Set<Id>;
}

/** Prints what comes after `last`, until the command is stopped. */
async function follow(call: Call, client: Client, of: Shown): Promise<void> {
  const { io, output } = call;
  const { peer, last, underWay } = of;
  let shown = last;
  try {
    for await (const event of client.messages.follow({ after: last, signal: io.signal })) {
      if (event.type === "connection" && event.state === "offline") {
        output.remark("(the server cannot be reached: trying again)");
      }
      if (event.type === "mending" && event.peer === peer && event.failure !== null) {
        output.remark(`(sending again has failed: ${event.failure})`);
      }
      if (event.type !== "message" || event.message.peer !== peer) continue;
      const { message } = event;
      if (message.revision <= shown) {
        // It was printed already: a person is told how it fares since.
        if (underWay.has(message.id)) output.remark(`(${fateText(message)})`);
      } else {
        shown = message.revision;
        print(call, message);
        if (message.direction === "received") await markRead(client, peer, shown);
      }
      if (isUnderWay(message)) underWay.add(message.id);
      else underWay.delete(message.id);
    }
  } catch (error) {
    if (!io.signal.aborted) throw error;
  }
}

function print({ output }: Call, message: MessageView): void {
  output.result(messageLine(message), messageText(message));
}
