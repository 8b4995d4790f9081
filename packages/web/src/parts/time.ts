/** Times as people say them, in the language of the app and the customs of the browser's region. */

/** The browser's region where it speaks the app's language, else the app's language. */
export function localeOf(language: string, preferred: readonly string[]): string {
  return preferred.find((locale) => locale.split("-", 1)[0] === language) ?? language;
}

const DAY_MILLISECONDS = 86_400_000;

/** Midnight before a moment, on this device's calendar. */
export function dayOf(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0);
}

/** How many days lie between: 0 for the same one. By the calendar, whatever the length of a day. */
export function daysBetween(earlier: number, later: number): number {
  return Math.round((dayOf(later) - dayOf(earlier)) / DAY_MILLISECONDS);
}

export interface TimeWords {
  readonly today: string;
  readonly yesterday: string;
}

export interface Times {
  /** 9:41 */
  clock(time: number): string;
  /** 9:41, Yesterday, Monday, 12/31/2025: as much as a list needs. */
  short(time: number, now: number): string;
  /** Today, Yesterday, Monday, 31 December: what a day of a conversation is called. */
  day(time: number, now: number): string;
  date(time: number): string;
  full(time: number): string;
}

/** Ways to say times in a locale. */
export function timesIn(locale: string, { today, yesterday }: TimeWords): Times {
  const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(locale, options);
  const clock = format({ hour: "numeric", minute: "2-digit" });
  const weekday = format({ weekday: "long" });
  const date = format({ dateStyle: "short" });
  const dayAndMonth = format({ weekday: "long", day: "numeric", month: "long" });
  const longDate = format({ dateStyle: "long" });
  const full = format({ dateStyle: "full", timeStyle: "short" });
  return {
    clock: (time) => clock.format(time),
    short(time, now) {
      const days = daysBetween(time, now);
      if (days <= 0) return clock.format(time);
      if (days === 1) return yesterday;
      return days < 7 ? weekday.format(time) : date.format(time);
    },
    day(time, now) {
      const days = daysBetween(time, now);
      if (days <= 0) return today;
      if (days === 1) return yesterday;
      if (days < 7) return weekday.format(time);
      return new Date(time).getFullYear() === new Date(now).getFullYear()
        ? dayAndMonth.format(time)
        : longDate.format(time);
    },
    date: (time) => longDate.format(time),
    full: (time) => full.format(time),
  };
}
