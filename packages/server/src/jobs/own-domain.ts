/** Looking at the own domain's file (spec/9.1), and saying to the operator what is wrong before it has consequences. */
import type { Context } from "../context.ts";
import type { Standing } from "../federation/own-domains.ts";

/** How often the same is said, in milliseconds. */
const REPEAT = 60 * 60_000;

/** What was said last of a server, and when. */
const said = new WeakMap<Context["ownDomains"], { readonly what: string; readonly at: number }>();

/** Looks at the file, and gives 1 where there is something to say. */
export async function lookAtOwnDomain({ log, ownDomains, store }: Context): Promise<number> {
  const standing = await ownDomains.refresh();
  const text = sentenceFor(standing);
  const now = await store.now();
  const before = said.get(ownDomains);
  if (text === null) {
    said.delete(ownDomains);
    if (before !== undefined) log.info({}, "the domain's keypears.json names this server again");
    return before === undefined ? 0 : 1;
  }
  const what = `${standing.why} ${standing.acts}`;
  if (before?.what === what && now - before.at < REPEAT) return 0;
  said.set(ownDomains, { what, at: now });
  const fault = standing.why === "unreachable" ? { fault: standing.fault } : {};
  log.warn(fault, text);
  return 1;
}

function sentenceFor(standing: Standing): string | null {
  if (standing.why === undefined) return null;
  if (standing.why === "elsewhere") {
    return "the domain's keypears.json names another server: calls for the domain are answered with 421";
  }
  if (!standing.acts) {
    return "the domain's keypears.json could not be fetched for a day: calls for the domain are answered with 421";
  }
  const hours = Math.max(1, Math.floor(standing.left / 3_600_000));
  return `the domain's keypears.json cannot be fetched: in ${hours} h calls for the domain will be answered with 421`;
}
