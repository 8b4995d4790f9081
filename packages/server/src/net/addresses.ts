/** Which names and addresses on the internet a server may ask something of (spec/9.3). */
import { BlockList, isIP } from "node:net";

/**
 * What is no host of the public internet (the registries of special-purpose addresses; RFC 6890 and those that came after).
 * Lists of IPv4 and of IPv6 are apart: to a BlockList an IPv4 address is also one of ::ffff:0:0/96.
 */
const notPublicIpv4 = blockList("ipv4", [
  "0.0.0.0/8", // this network
  "10.0.0.0/8", // private
  "100.64.0.0/10", // between a provider and its customers
  "127.0.0.0/8", // loopback
  "168.63.129.16/32", // public by its number; a cloud's own service for its machines by its answer
  "169.254.0.0/16", // link-local, and most clouds' services for their machines
  "172.16.0.0/12", // private
  "192.0.0.0/24", // protocol assignments
  "192.0.2.0/24", // documentation
  "192.31.196.0/24", // AS112
  "192.52.193.0/24", // multicast tunnels
  "192.88.99.0/24", // 6to4 relays
  "192.168.0.0/16", // private
  "192.175.48.0/24", // AS112
  "198.18.0.0/15", // benchmarks
  "198.51.100.0/24", // documentation
  "203.0.113.0/24", // documentation
  "224.0.0.0/4", // multicast
  "240.0.0.0/4", // reserved, broadcast
]);

/** Of IPv6 only this is given out: loopback, mapped, NAT64, unique-local, link-local, multicast and more lie outside. */
const givenOut = blockList("ipv6", ["2000::/3"]);

/** And inside of it these are special. Those that carry an IPv4 address are refused whatever address it is. */
const notPublicIpv6 = blockList("ipv6", [
  "2001::/23", // protocol assignments: Teredo, benchmarks, ORCHID
  "2001:db8::/32", // documentation
  "2002::/16", // 6to4
  "2620:4f:8000::/48", // AS112
  "3ffe::/16", // the former 6bone
  "3fff::/20", // documentation
]);

function blockList(family: "ipv4" | "ipv6", networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}

/** Whether an address, as a resolver or a socket writes it, is a host's on the public internet (spec/9.3). */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !notPublicIpv4.check(address, "ipv4");
    case 6:
      return (
        // A zone names a link of this machine.
        !address.includes("%") &&
        givenOut.check(address, "ipv6") &&
        !notPublicIpv6.check(address, "ipv6") &&
        !isTunnelled(address)
      );
    default:
      return false;
  }
}

/** ISATAP (RFC 5214): an IPv4 address behind any prefix, by the form of its last eight bytes. */
function isTunnelled(address: string): boolean {
  const [head = "", tail] = address.toLowerCase().split("::");
  const groupsOf = (part: string): string[] =>
    part
      .split(":")
      .filter((group) => group !== "")
      // A dotted end is two groups, whose values do not matter here.
      .flatMap((group) => (group.includes(".") ? ["", ""] : [group]));
  const left = groupsOf(head);
  const right = groupsOf(tail ?? "");
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => "0");
  const [, , , , fourth = "", fifth = ""] = [...left, ...zeros, ...right];
  return Number.parseInt(fifth, 16) === 0x5efe && [0, 0x200].includes(Number.parseInt(fourth, 16));
}

/** Names that are no domain of the public DNS, and everything below them: registered ones, and those in common private use. */
const specialUse = new Set([
  ...["alt", "arpa", "example", "internal", "invalid", "local", "localhost", "onion", "test"],
  ...["example.com", "example.net", "example.org"],
  ...["corp", "home", "intranet", "lan", "localdomain", "mail", "private"],
]);

/**
 * Whether a canonical domain can be one of the public DNS (spec/9.3): at least two labels, no special-use name, and a last
 * label such as top-level domains have, letters or an A-label. So it is no address in any notation that a parser of URLs or
 * a system's resolver knows: each of those ends in a number, such as `1.2.3.0x4`, or has a colon.
 */
export function isPublicName(domain: string): boolean {
  if (!/^(?=.{1,253}$)(?:[a-z0-9-]{1,63}\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/.test(domain)) {
    return false;
  }
  const labels = domain.split(".");
  return !labels.some((_, index) => specialUse.has(labels.slice(index).join(".")));
}
