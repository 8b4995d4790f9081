/** Passphrases of words, drawn with equal chances. Six of 7 776 words are 77 bits. */

/** How many words a new passphrase has. */
const WORDS = 6;

/** Fills with random bytes. */
export type FillRandom = (bytes: Uint16Array<ArrayBuffer>) => unknown;

/**
 * A passphrase of six words of the list with spaces between them. Throws RangeError for a list that is too short to be safe or too
 * long to draw from.
 */
export function makePassphrase(words: readonly string[], fillRandom: FillRandom): string {
  if (words.length < 7776 || words.length > 0x1_0000) {
    throw new RangeError(`words: ${words.length}, not 7776 to 65536`);
  }
  // Values at the end of the range would make the first words likelier: they are drawn anew.
  const fair = 0x1_0000 - (0x1_0000 % words.length);
  const drawn: string[] = [];
  const value = new Uint16Array(1);
  while (drawn.length < WORDS) {
    fillRandom(value);
    const [number = 0] = value;
    if (number < fair) drawn.push(words[number % words.length] ?? "");
  }
  return drawn.join(" ");
}
