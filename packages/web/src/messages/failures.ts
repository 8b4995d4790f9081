/** The sentence for a failure's code. */
import { useMessages } from "./messages.ts";

/** Gives each code its sentence, which says what happened and what to do. */
export function useFailure(): (code: string) => string {
  const { failures } = useMessages();
  return (code) => {
    const sentences: Readonly<Record<string, string>> = failures;
    return Object.hasOwn(failures, code) ? (sentences[code] ?? failures.other) : failures.other;
  };
}
