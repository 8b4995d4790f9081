import type { Command } from "../command.ts";
import { passwordSource, readAddress, withNewEngine } from "../engine.ts";
import { askNewPassword } from "../password.ts";

export const command: Command = {
  usage: "signup ADDRESS",
  summary: "Make an account: a password, a key pair, some work.",
  least: 1,
  most: 1,
  async run(call) {
    const { args, io, output } = call;
    const address = readAddress(args[0] ?? "");
    await withNewEngine(call, address, async ({ client, server, long }) => {
      if (io.stdin.isTTY) {
        output.remark("Nobody can reset this password. Several unrelated words are good ones.");
      }
      const password = await askNewPassword(passwordSource(call));
      const { strengthOf } = await import("../strength.ts");
      const saved = await client.account.signUp({
        ...long,
        address,
        password,
        strength: strengthOf(password, address),
      });
      output.result(
        { address: saved.address, server, activeKey: saved.activeKey },
        `You are ${saved.address}. Write to somebody: keypears send ADDRESS "Hello"`,
      );
    });
  },
};
