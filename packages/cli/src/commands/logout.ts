import type { Command } from "../command.ts";
import { withEngine } from "../engine.ts";

export const command: Command = {
  usage: "logout",
  summary: "End this session and delete its keys from this device.",
  least: 0,
  most: 0,
  async run(call) {
    await withEngine(call, async ({ client }) => {
      const { ended } = await client.account.logOut();
      call.output.result({ ended }, "Logged out: this device holds nothing any more.");
      if (!ended) {
        call.output.remark(
          "The server could not be told: end the session from another device (keypears sessions).",
        );
      }
    });
  },
};
