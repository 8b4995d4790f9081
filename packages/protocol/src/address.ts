/**
 * Addresses: `name@domain`, an RFC 5321 dot-string and a DNS domain in A-label form.
 * @module spec/2.1
 */

declare const addressBrand: unique symbol;
/** A canonical address: parsed, ASCII, lower case (spec/2.2). Only `parseAddress` makes one. */
export type Address = string & { readonly [addressBrand]: true };

declare const domainBrand: unique symbol;
/** A canonical domain: at least two labels, lower case, or `localhost` and names below it (spec/2.1). */
export type Domain = string & { readonly [domainBrand]: true };

const atoms = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*$/;
const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const chosen = /^[a-z0-9][a-z0-9._-]*$/;

/** The longest name, in bytes. */
export const NAME_BYTES = 64;
/** The longest address, in bytes. */
export const ADDRESS_BYTES = 254;

/**
 * The canonical form of an address, or null when the text is none (spec/2.1, spec/2.2). Refuses what is not ASCII before
 * it lower-cases: the Kelvin sign would otherwise become a `k`.
 */
export function parseAddress(text: string): Address | null {
  if (text.length > ADDRESS_BYTES) return null;
  const at = text.lastIndexOf("@");
  if (at < 1 || at > NAME_BYTES) return null;
  const name = text.slice(0, at);
  if (!atoms.test(name)) return null;
  const domain = parseDomain(text.slice(at + 1));
  return domain === null ? null : (`${name.toLowerCase()}@${domain}` as Address);
}

/** The canonical form of a domain, or null (spec/2.1): labels of letters, digits and inner hyphens, the last one not all digits. */
export function parseDomain(text: string): Domain | null {
  if (text.length > 253 || !/^[A-Za-z0-9.-]+$/.test(text)) return null;
  const domain = text.toLowerCase();
  if (domain === "localhost") return domain as Domain;
  const labels = domain.split(".");
  if (labels.length < 2 || !labels.every((part) => label.test(part))) return null;
  return /^[0-9]+$/.test(labels.at(-1) as string) ? null : (domain as Domain);
}

/** The part before the `@` (spec/2.1). */
export function nameOf(address: Address): string {
  return address.slice(0, address.lastIndexOf("@"));
}

/** The part after the `@` (spec/2.1). */
export function domainOf(address: Address): Domain {
  return address.slice(address.lastIndexOf("@") + 1) as Domain;
}

/** Names that RFC 2142 and common practice give to a role; nobody may sign up as one (spec/2.3). */
const reserved = new Set(
  (
    "abuse admin administrator ftp hostmaster info keypears mailer-daemon marketing news noc no-reply noreply " +
    "postmaster root sales security support usenet uucp webmaster www"
  ).split(" "),
);

/** Whether a server with the default policy lets its users choose this name (spec/2.3). */
export function judgeName(address: Address): "ok" | "form" | "reserved" {
  const name = nameOf(address);
  if (!chosen.test(name)) return "form";
  return reserved.has(name) ? "reserved" : "ok";
}

/** Names that exist only on one machine or in a test: development, never federation (spec/2.1, spec/9.1). */
export function isLocalDomain(domain: Domain): boolean {
  return domain === "localhost" || /\.(localhost|test|example|internal)$/.test(domain);
}
