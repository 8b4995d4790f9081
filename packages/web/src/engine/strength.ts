/** How well a password withstands guessing, measured on this device. Loaded when somebody chooses a password of her own. */
import { judgeNewPassword } from "@keypears/protocol";
import type { PasswordFault } from "@keypears/protocol";
import { ZxcvbnFactory } from "@zxcvbn-ts/core";
import { adjacencyGraphs } from "@zxcvbn-ts/language-common";

export interface Strength {
  /** 0 to 4 (spec/3.1). */
  readonly score: number;
  /** Why it cannot become a password, or null when it can. */
  readonly fault: PasswordFault | "too_short" | "too_weak" | null;
}

/**
 * A judge of new passwords (spec/3.1), given the common passwords in the order of how common they are. Words that belong to the account,
 * such as its address, count as guessed.
 */
export function createJudge(
  commonPasswords: readonly string[],
): (password: string, ownWords: readonly string[]) => Strength {
  const zxcvbn = new ZxcvbnFactory({
    dictionary: { common: [...commonPasswords] },
    graphs: adjacencyGraphs,
  });
  return (password, ownWords) => {
    const { score } = zxcvbn.check(password, [...ownWords]);
    const judgment = judgeNewPassword(password, score);
    return { score, fault: judgment.ok ? null : judgment.reason };
  };
}
