import type { Settings } from "@keypears/client";
import type { Command } from "../command.ts";
import { withEngine } from "../engine.ts";
import { Failure, UsageError } from "../failure.ts";
import type { Output } from "../output.ts";

/** Settings by the names that the command line gives them. */
const names = { "first-contact": "firstContact", message: "message" } as const;
type Name = keyof typeof names;

const meanings: Readonly<Record<Name, string>> = {
  "first-contact": "hashes that a stranger's message costs",
  message: "hashes that a message in a conversation costs",
};

export const command: Command = {
  usage: "settings [get | set NAME VALUE]",
  summary: "Your prices: first-contact and message, in hashes.",
  least: 0,
  most: 3,
  async run(call) {
    const [verb = "get", name, value] = call.args;
    if (verb === "get" && name === undefined) {
      await withEngine(call, async ({ client }) =>
        show(call.output, await client.account.getSettings()),
      );
      return;
    }
    if (verb !== "set" || name === undefined || value === undefined || !isName(name)) {
      throw new UsageError(
        `Usage: keypears ${command.usage}. Names: ${Object.keys(names).join(", ")}.`,
      );
    }
    const price = Number(value);
    if (!/^[0-9]+$/.test(value) || !Number.isSafeInteger(price) || price < 1) {
      throw new Failure("invalid_price", "A price is a whole number of hashes, from 1.");
    }
    await withEngine(call, async ({ client }) => {
      show(call.output, await client.account.setSettings({ [names[name]]: price }));
    });
  },
};

function isName(text: string): text is Name {
  return Object.hasOwn(names, text);
}

function show(output: Output, settings: Settings): void {
  for (const name of Object.keys(names) as Name[]) {
    const value = settings[names[name]];
    output.result(
      { name, value, minimum: settings.minimum },
      `${name.padEnd(14)} ${value}  ${meanings[name]}`,
    );
  }
}
