import type { Client, MessageView } from "@keypears/client";
import { type Address, parseId } from "@keypears/protocol";
import type { Command } from "../command.ts";
import { readAddress, withEngine } from "../engine.ts";
import { Failure } from "../failure.ts";
import { messageLine, sentText } from "../present.ts";

const PAGE = 100;
/** How far back failed messages are looked for. */
const MOST = 1000;

export const command: Command = {
  usage: "retry ADDRESS [ID]",
  summary: "Send again what could not be delivered: one message, or all of them.",
  least: 1,
  most: 2,
  async run(call) {
    const { args, output } = call;
    const peer = readAddress(args[0] ?? "");
    const wanted = args[1];
    const id = wanted === undefined ? null : parseId(wanted);
    if (wanted !== undefined && id === null) {
      throw new Failure("not_again", `This is no id of a message: ${wanted}`);
    }
    await withEngine(call, async ({ client, long }) => {
      const failed = id === null ? await listFailed(client, peer) : [{ id }];
      // In their order, one after the other: they arrive in it, too.
      for (const message of failed) {
        const sent = await client.messages.retry({ ...long, peer, ...message });
        output.result(messageLine(sent), sentText(sent));
      }
      if (failed.length === 0) output.remark("Nothing of this conversation has failed.");
    });
  },
};

/** Messages of one's own that failed, the oldest first. */
async function listFailed(
  client: Client,
  peer: Address,
): Promise<Pick<MessageView, "id" | "revision">[]> {
  let failed: Pick<MessageView, "id" | "revision">[] = [];
  let before: number | null = null;
  for (let read = 0; read < MOST; read += PAGE) {
    const page = await client.messages.read({
      peer,
      limit: PAGE,
      ...(before === null ? {} : { before }),
    });
    const these = page.messages.filter((one) => one.direction === "sent" && one.state === "failed");
    failed = [...these.map(({ id, revision }) => ({ id, revision })), ...failed];
    before = page.next;
    if (before === null) break;
  }
  return failed;
}
