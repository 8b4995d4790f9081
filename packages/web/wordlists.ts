/**
 * The word lists that the browser needs, cut to what it needs of them when the app is built: all words that passphrases are made of, and of
 * the 49 000 common passwords the first 10 000 and those long enough to be chosen.
 */
import { dictionary } from "@zxcvbn-ts/language-common";
import type { Plugin } from "vite";

/** The shortest new password (spec/3.1). */
const LONG_ENOUGH = 12;
const MOST_COMMON = 10_000;

const lists: Readonly<Record<string, () => readonly string[]>> = {
  "virtual:passphrase-words": () => dictionary["diceware-common"],
  "virtual:common-passwords": () =>
    dictionary["passwords-common"].filter(
      (word, rank) => rank < MOST_COMMON || word.length >= LONG_ENOUGH,
    ),
};

/** Answers imports of `virtual:passphrase-words` and `virtual:common-passwords`: each a list of texts. */
export function wordlists(): Plugin {
  return {
    name: "keypears:wordlists",
    resolveId: (id) => (id in lists ? `\0${id}` : undefined),
    load(id) {
      const words = lists[id.slice(1)]?.();
      // One text is a third of the size of an array of them.
      return words && `export default ${JSON.stringify(words.join(" "))}.split(" ");`;
    },
  };
}
