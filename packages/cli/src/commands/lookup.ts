import type { Contact, RecordView } from "@keypears/client";
import { toHex } from "@keypears/protocol";
import type { Command } from "../command.ts";
import { readAddress, withEngine } from "../engine.ts";
import { localTime } from "../output.ts";

export const command: Command = {
  usage: "lookup ADDRESS [--accept-reset]",
  summary: "Somebody's published keys and the safety number to compare with them.",
  least: 1,
  most: 1,
  options: { "accept-reset": { type: "boolean" } },
  async run(call) {
    const address = readAddress(call.args[0] ?? "");
    await withEngine(call, async ({ client }) => {
      let contact = await client.directory.lookUp(address);
      if (call.options["accept-reset"] === true && contact.state === "reset") {
        contact = await client.directory.acknowledge(address, contact.newest);
      }
      call.output.result(contactLine(contact), ...contactText(contact));
    });
  },
};

function contactLine({ address, state, records, safetyNumber, verified }: Contact) {
  return { address, state, records: records.map(recordLine), safetyNumber, verified };
}

function recordLine({ number, reason, createdAt, hash, keys }: RecordView) {
  return {
    number,
    reason,
    createdAt,
    hash: toHex(hash),
    agreementKey: keys && toHex(keys.agreement),
    signingKey: keys && toHex(keys.signing),
  };
}

const states: Readonly<Record<Contact["state"], string>> = {
  first: "seen for the first time",
  same: "the keys are those you know",
  rotated: "new keys, signed with those you know",
  reset: "THE KEYS WERE RESET: this may be somebody else. Nothing is sent until you accept it",
  revoked: "the keys were revoked",
  shorter: "KEYS THAT YOU KNOW ARE MISSING: asked for again for ten minutes",
  fork: "THESE ARE NOT THE KEYS THAT YOU KNOW: nothing is sent",
};

function contactText({ address, state, records, safetyNumber, verified }: Contact): string[] {
  return [
    `${address}: ${states[state]}${verified ? " (verified)" : ""}`,
    ...records.map(
      ({ number, reason, createdAt, hash }) =>
        `  key set ${number}, ${reason}, ${localTime(createdAt)}, ${toHex(hash).slice(0, 16)}…`,
    ),
    ...(safetyNumber === null
      ? []
      : [`  safety number ${(safetyNumber.match(/.{5}/g) ?? []).join(" ")}`]),
  ];
}
