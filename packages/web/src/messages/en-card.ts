/** Every sentence of the public card of an address, in English. See en.ts. */
export const enCard = {
  card: {
    title: (address: string) => `${address} – KeyPears`,
    code: (address: string) => `QR code of the card of ${address}`,
    write: "Write",
    copy: "Copy address",
    copied: "Copied",
    elsewhere:
      "You have an address at another domain? Write from there: any KeyPears address can write to this one.",
    local: "This server is a local one: only its own addresses can write to this one.",
    own: "This is your own card. Give its address to whom you like.",
    fingerprint: "Fingerprint",
    record: (number: number, when: string) =>
      number === 1
        ? `Of the key record that was made on ${when}.`
        : `Of the newest key record, number ${number}, made on ${when}.`,
    compare:
      "Compare it with what your own app shows for this address. If both are the same, your server has given you the right keys.",
    since: (when: string) => `Has keys since ${when}`,
    revoked: "This address has no keys at present: nobody can write to it.",
    about: (title: string, domain: string) => `${title} gives addresses at ${domain}.`,
    more: "What is this?",
    noneTitle: "There is nobody of this name",
    none: (address: string) =>
      `Nobody has the address ${address}. Look at the spelling, or ask for it once more.`,
    notReadyTitle: "Not set up yet",
    notReady: (address: string) => `${address} exists, but its owner has not set it up yet.`,
    formTitle: "This is no address",
    form: (domain: string) => `The address of a card here looks like /@alice, for alice@${domain}.`,
    otherTitle: (domain: string) => `An address at ${domain}`,
    other: (address: string, domain: string) =>
      `This server does not have the keys of ${address}. Its card is at ${domain} itself.`,
    open: (domain: string) => `To ${domain}`,
    refusedTitle: "These keys do not hold",
    refused:
      "What this server publishes for the address is not signed as it has to be. Do not rely on it: whoever runs the server has to look.",
    failedTitle: "The card could not be read",
  },
};
