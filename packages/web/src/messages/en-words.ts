/** Numbers and times as English says them, for both files of its sentences. */

export const numbers = new Intl.NumberFormat("en");
const plurals = new Intl.PluralRules("en");

/** "1 message", "3 messages". */
export function counted(value: number, one: string, other: string): string {
  return `${numbers.format(value)} ${plurals.select(value) === "one" ? one : other}`;
}

/** "about 4 seconds", "about 2 minutes". */
export function roughly(seconds: number): string {
  if (seconds < 1) return "less than a second";
  if (seconds < 90) return `about ${counted(Math.round(seconds), "second", "seconds")}`;
  if (seconds < 5400) return `about ${counted(Math.round(seconds / 60), "minute", "minutes")}`;
  return `about ${counted(Math.round(seconds / 3600), "hour", "hours")}`;
}

/** "8 s", "2 min": where there is little room. */
export function briefly(seconds: number): string {
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
}
