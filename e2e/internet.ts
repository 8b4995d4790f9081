/**
 * A small internet for tests, inside a world of its own (own-world.ts): machines with addresses on one network, a name server that
 * answers for names a test makes up, an authority that all of them trust. Nothing lies beyond it. This process, and with it the
 * command line and the browser, is on one of the machines: the user's.
 */
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setDefaultCACertificates } from "node:tls";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Authority, type Flaw, makeAuthority } from "@keypears/server/testing/network";
import type { HostOptions } from "./internet-host.ts";
import { ownWorld } from "./own-world.ts";
import type { Lasting } from "./processes.ts";
import { Program } from "./program.ts";

/** Addresses of names, several of one name where there are several. */
export type Names = Readonly<Record<string, readonly string[]>>;

/** Where everybody asks for names. */
const NAME_SERVER = "45.140.20.53";
const USER = ["84.150.3.9", "2a0a:a540:3::9"];

/** A machine of the internet. */
export interface Machine {
  /** What runs a program on it: goes before the program's own words. */
  readonly command: readonly string[];
  /** How many IP packets have come to any of its addresses so far, and neighbours' questions for them. */
  packets(): number;
}

/** A host that is none of our servers. */
export interface RunningHost {
  /** From where connections came, and to which address, such as `1.2.3.4 at 5.6.7.8`. */
  readonly connections: readonly string[];
}

export class Internet {
  /** A folder that goes with the world. */
  readonly folder = ownWorld();
  /** The file of the authority's certificate. */
  readonly caFile = join(this.folder, "ca.pem");
  readonly #authority: Authority = makeAuthority();
  readonly #hostsFile = join(this.folder, "names");
  readonly #programs: Program[] = [];
  #names: Names = {};

  /** Builds it; this process has no other network from the start. What runs on it ends with the test. */
  static async open(t: Lasting): Promise<Internet> {
    const internet = new Internet();
    t.after(() => internet.#stop());
    internet.#replaceSystemFiles();
    ip("link", "set", "lo", "up");
    ip("netns", "add", "switch");
    ip("-n", "switch", "link", "add", "lan", "type", "bridge", "mcast_snooping", "0");
    ip("-n", "switch", "link", "set", "lan", "up");
    plugIn(null, USER);
    await internet.#startNameServer(internet.machine("names", [NAME_SERVER]));
    writeFileSync(internet.caFile, internet.#authority.certificate);
    setDefaultCACertificates([internet.#authority.certificate]);
    internet.#teachBrowsers();
    return internet;
  }

  /** Plugs in another machine. */
  machine(name: string, addresses: readonly string[]): Machine {
    ip("netns", "add", name);
    plugIn(name, addresses);
    const command = ["ip", "netns", "exec", name];
    return { command, packets: () => packetsIn(command) };
  }

  /** Says where names are, those of before included. Whoever asks from now on is told so. */
  async name(names: Names): Promise<void> {
    this.#names = { ...this.#names, ...names };
    const lines = Object.entries(this.#names).flatMap(([name, addresses]) =>
      addresses.map((address) => `${address} ${name}\n`),
    );
    writeFileSync(this.#hostsFile, lines.join(""));
    const [nameServer] = this.#programs;
    await nameServer?.answers("SIGHUP", `read ${this.#hostsFile}`);
  }

  /** A certificate for names, and its key, in files. */
  certify(name: string, ...more: readonly string[]): { certFile: string; keyFile: string } {
    return this.#keep(name, this.#authority.certify(name, ...more));
  }

  #keep(
    name: string,
    { cert, key }: { cert: string; key: string },
  ): { certFile: string; keyFile: string } {
    const [certFile, keyFile] = [
      join(this.folder, `${name}.crt`),
      join(this.folder, `${name}.key`),
    ];
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key, { mode: 0o600 });
    return { certFile, keyFile };
  }

  /** Starts a host that answers with the files of domains, at some addresses of a machine; with a flaw, of one domain. */
  async host(
    { command }: Machine,
    {
      addresses,
      apiDomains,
      flaw,
    }: Pick<HostOptions, "addresses" | "apiDomains"> & { readonly flaw?: Flaw },
  ): Promise<RunningHost> {
    const [first = "", ...more] = Object.keys(apiDomains);
    const tls =
      flaw === undefined
        ? this.certify(first, ...more)
        : this.#keep(first, this.#authority.certifyBadly(first, flaw));
    const options: HostOptions = { addresses, apiDomains, ...tls };
    const program = fileURLToPath(new URL("./internet-host.ts", import.meta.url));
    const host = this.#run([...command, process.execPath, program, JSON.stringify(options)]);
    await host.says("ready");
    return {
      get connections() {
        return host.lines.slice(host.lines.indexOf("ready") + 1);
      },
    };
  }

  /** What the system's own look-ups read; and no socket of a service outside, which might look names up for us. */
  #replaceSystemFiles(): void {
    const files = {
      "/etc/resolv.conf": `nameserver ${NAME_SERVER}\n`,
      "/etc/hosts": "127.0.0.1 localhost\n",
      "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n",
    };
    const places = Object.keys(files).map((file) => realpathSync(file));
    mount("-t", "tmpfs", "run", "/run");
    for (const [index, text] of Object.values(files).entries()) {
      const place = places[index] as string;
      const file = join(this.folder, place.replaceAll("/", "_"));
      writeFileSync(file, text);
      if (place.startsWith("/run/")) {
        mkdirSync(dirname(place), { recursive: true });
        writeFileSync(place, "");
      }
      mount("--bind", file, place);
    }
  }

  async #startNameServer({ command }: Machine): Promise<void> {
    writeFileSync(this.#hostsFile, "");
    const nameServer = this.#run([
      ...command,
      "dnsmasq",
      "--keep-in-foreground",
      "--conf-file=/dev/null",
      "--user=root",
      "--pid-file=",
      "--log-facility=-",
      `--listen-address=${NAME_SERVER}`,
      "--bind-interfaces",
      // It asks nobody: what is not in the file does not exist.
      "--no-resolv",
      "--no-hosts",
      "--address=/#/",
      `--addn-hosts=${this.#hostsFile}`,
    ]);
    await nameServer.says(`read ${this.#hostsFile}`);
  }

  #run(words: readonly string[]): Program {
    const program = new Program(words);
    this.#programs.push(program);
    return program;
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#programs.map((program) => program.kill()));
  }

  /** Chromium reads its user's own certificates from the home. */
  #teachBrowsers(): void {
    const database = join(this.folder, ".pki/nssdb");
    mkdirSync(database, { recursive: true });
    const certutil = (...args: readonly string[]): void =>
      void execFileSync("certutil", ["-d", `sql:${database}`, ...args]);
    certutil("-N", "--empty-password");
    certutil("-A", "-n", "the authority of this internet", "-t", "C,,", "-i", this.caFile);
  }
}

/** Gives a machine, or with null this process's own, a cable to the switch and its addresses. Every other address is at the switch. */
function plugIn(name: string | null, addresses: readonly string[]): void {
  const there = name === null ? [] : ["-n", name];
  const peer = name ?? "user";
  const end = name === null ? [] : ["netns", name];
  ip("link", "add", "eth0", ...end, "type", "veth", "peer", "name", peer, "netns", "switch");
  ip("-n", "switch", "link", "set", peer, "master", "lan", "up");
  ip(...there, "link", "set", "lo", "up");
  ip(...there, "link", "set", "eth0", "up");
  for (const address of addresses) {
    // Without it an address of version 6 cannot be used for the first seconds.
    const more = address.includes(":") ? ["nodad"] : [];
    ip(...there, "address", "add", address, "dev", "eth0", ...more);
  }
  ip(...there, "route", "add", "default", "dev", "eth0");
  ip(...there, "-6", "route", "add", "default", "dev", "eth0");
}

/** Connects from a machine to a hidden or any other address, by no door. */
export async function connectFrom(
  { command: [program = "", ...args] }: Machine,
  address: string,
): Promise<void> {
  const code = `require("node:net").connect(443, "${address}").once("connect", () => process.exit())`;
  await promisify(execFile)(program, [...args, process.execPath, "-e", code]);
}

function ip(...args: readonly string[]): void {
  execFileSync("ip", args, { stdio: ["ignore", "ignore", "inherit"] });
}

function mount(...args: readonly string[]): void {
  execFileSync("mount", args);
}

/** Reads the kernel's counters of a machine. */
function packetsIn([program = "", ...args]: readonly string[]): number {
  const files = ["/proc/net/snmp", "/proc/net/snmp6"];
  const text = execFileSync(program, [...args, "cat", ...files]).toString();
  const [names = "", values = ""] = text.match(/^Ip:.*$/gm) ?? [];
  const v4 = Number(values.split(" ")[names.split(" ").indexOf("InReceives")]);
  const v6 = (name: string): number =>
    Number(new RegExp(`^${name}\\s+(\\d+)$`, "m").exec(text)?.[1]);
  // Machines greet all others by multicast when they are plugged in; who looks for one of them asks by multicast, too.
  const all = v4 + v6("Ip6InReceives") - v6("Ip6InMcastPkts") + v6("Icmp6InNeighborSolicits");
  if (!Number.isSafeInteger(all)) throw new Error(`the kernel counts in other words:\n${text}`);
  return all;
}
