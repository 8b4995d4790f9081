import { ClientError, type Contact, type RecordView } from "@keypears/client";
import { domainOf, toHex } from "@keypears/protocol";
import type { Command } from "../command.ts";
import { readAddress, withEngine } from "../engine.ts";
import { faultWords } from "../hops.ts";
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
      const differs = contact.state === "fork" && contact.direct === "different";
      // A script is told of it as of any failure; a person sees whose keys these are, too.
      if (!differs || !call.output.json) {
        call.output.result(contactLine(contact), ...contactText(contact));
      }
      if (differs) throw new ClientError("keys_fork", { reason: "directories" });
    });
  },
};

function contactLine({ address, state, records, safetyNumber, verified, direct }: Contact) {
  return { address, state, records: records.map(recordLine), safetyNumber, verified, direct };
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

/** What the domain of the address itself says of what the own server shows. */
function directText({ address, direct }: Contact): string[] {
  const domain = domainOf(address);
  if (direct === null) return [];
  if (direct === "same") return [`  ${domain} itself says the same`];
  if (direct === "different") return [`  ${domain.toUpperCase()} ITSELF SHOWS OTHER KEYS`];
  return [`  ${domain} itself could not be asked: ${faultWords(direct)}`];
}

function contactText(contact: Contact): string[] {
  const { address, state, records, safetyNumber, verified } = contact;
  return [
    `${address}: ${states[state]}${verified ? " (verified)" : ""}`,
    ...records.map(
      ({ number, reason, createdAt, hash }) =>
        `  key set ${number}, ${reason}, ${localTime(createdAt)}, ${toHex(hash).slice(0, 16)}…`,
    ),
    ...directText(contact),
    ...(safetyNumber === null
      ? []
      : [`  safety number ${(safetyNumber.match(/.{5}/g) ?? []).join(" ")}`]),
  ];
}
