/** How an address looks when there is no picture of anybody: a colour and letters, the same on every device. */

const COLOURS = 8;

/** Which of the eight avatar colours of tokens.css an address has: 0 to 7 (FNV-1a, which spreads well over short texts). */
export function colourOf(address: string): number {
  let hash = 0x811c9dc5;
  for (const character of address) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return ((hash ^ (hash >>> 15)) >>> 0) % COLOURS;
}

/** One or two letters for an address: of the first two words of its name, else the first two letters of it. */
export function initialsOf(address: string): string {
  const name = address.split("@", 1)[0] ?? "";
  const words = name.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== "");
  const [first = "", second] = words;
  const letters =
    second === undefined ? [...first].slice(0, 1) : [[...first][0] ?? "", [...second][0] ?? ""];
  return letters.join("").toUpperCase() || "?";
}
