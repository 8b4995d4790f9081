import type { Command } from "../command.ts";
import { withEngine } from "../engine.ts";

export const command: Command = {
  usage: "whoami",
  summary: "Who is logged in here.",
  least: 0,
  most: 0,
  async run(call) {
    await withEngine(call, async ({ client, server }) => {
      const { address, activeKey } = await client.account.whoAmI();
      call.output.result(
        { address, server, activeKey: activeKey.number },
        `${address} at ${server}, key set ${activeKey.number}`,
      );
    });
  },
};
