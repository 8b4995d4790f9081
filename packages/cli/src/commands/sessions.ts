import { parseId } from "@keypears/protocol";
import type { Command } from "../command.ts";
import { type Engine, withEngine } from "../engine.ts";
import { Failure, UsageError } from "../failure.ts";
import { type Output, localTime, printable } from "../output.ts";

export const command: Command = {
  usage: "sessions [list | end ID | end-others]",
  summary: "See and end the sessions of this account.",
  least: 0,
  most: 2,
  async run(call) {
    const [verb = "list", id] = call.args;
    if ((verb === "end") !== (id !== undefined) || !["list", "end", "end-others"].includes(verb)) {
      throw new UsageError(`Usage: keypears ${command.usage}`);
    }
    await withEngine(call, async (engine) => {
      if (verb === "list") await list(engine, call.output);
      else if (id === undefined) await endOthers(engine, call.output);
      else await end(engine, call.output, id);
    });
  },
};

async function list({ client }: Engine, output: Output): Promise<void> {
  for (const session of await client.account.listSessions()) {
    const { id, current, createdAt, lastUsedAt, device } = session;
    const here = current ? "  (this one)" : "";
    output.result(
      { id, current, createdAt, lastUsedAt, device },
      `${id}  since ${localTime(createdAt)}, last used ${localTime(lastUsedAt)}  ${printable(device)}${here}`,
    );
  }
}

async function end({ client }: Engine, output: Output, text: string): Promise<void> {
  const id = parseId(text);
  if (id === null)
    throw new Failure(
      "no_such_session",
      "There is no session of this id: keypears sessions lists them.",
    );
  await client.account.endSession(id);
  output.result({ id, ended: true }, "Ended.");
}

async function endOthers({ client }: Engine, output: Output): Promise<void> {
  const ended = await client.account.endOtherSessions();
  output.result({ ended }, `${ended} ended.`);
}
