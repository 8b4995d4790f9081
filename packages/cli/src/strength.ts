/** How hard a password is to guess: the score that signing up asks for (spec/3.1). */
import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { adjacencyGraphs, dictionary } from "@zxcvbn-ts/language-common";

/** The zxcvbn score of a new password, 0 to 4; what the user's own address is made of counts for nothing. */
export function strengthOf(password: string, address: string): number {
  const zxcvbn = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
  return zxcvbn.check(password, address.split(/[@.]/)).score;
}
