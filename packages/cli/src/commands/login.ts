import type { Command } from "../command.ts";
import { passwordSource, readAddress, withNewEngine } from "../engine.ts";
import { askPassword } from "../password.ts";

export const command: Command = {
  usage: "login ADDRESS",
  summary: "Log in: the whole history opens on this device.",
  least: 1,
  most: 1,
  async run(call) {
    const { args, options, output } = call;
    const address = readAddress(args[0] ?? "");
    await withNewEngine(call, address, async ({ client, server, long }) => {
      const password = await askPassword(passwordSource(call));
      const saved = await client.account.logIn({ ...long, address, password });
      if (options["no-store"] === true) await client.account.logOut();
      output.result(
        { address: saved.address, server, activeKey: saved.activeKey, locked: saved.locked },
        options["no-store"] === true
          ? `The password of ${saved.address} is right. Nothing is kept: use --no-store --as ${saved.address} with each command.`
          : `You are ${saved.address}.`,
      );
      if (saved.locked.length > 0) {
        output.remark(
          `Key sets under an earlier password: ${saved.locked.join(", ")}. What was written to them stays closed.`,
        );
      }
    });
  },
};
