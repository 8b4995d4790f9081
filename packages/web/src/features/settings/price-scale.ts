/** A slider over prices: even steps of it are even factors, since a second more means little to a minute and much to nothing. */

/** Steps of the slider. */
export const STEPS = 100;
/** The dearest that the slider offers, against the least that the server allows or the default, whichever is more. */
const SPAN = 1000;

export interface Scale {
  readonly least: number;
  readonly most: number;
}

/** A scale that holds what is set now, from the least that the server allows. */
export function scaleOf(minimum: number, current: number): Scale {
  const least = Math.max(1, minimum);
  return { least, most: Math.max(current, least * SPAN, 10_000_000_000) };
}

/** A price as a place on the slider, 0 to 100. */
export function toStep({ least, most }: Scale, price: number): number {
  return Math.round((Math.log(price / least) / Math.log(most / least)) * STEPS);
}

/** A place on the slider as a price, in round numbers, never below the least. */
export function toPrice({ least, most }: Scale, step: number): number {
  if (step >= STEPS) return most;
  const exact = least * (most / least) ** (step / STEPS);
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(exact)) - 1);
  return Math.min(most, Math.max(least, Math.round(exact / unit) * unit));
}
