/** What internet.netns.browser.long.test.ts runs in a world of its own (own-world.ts). */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Internet, type Machine, connectFrom } from "./internet.ts";
import { Person, type ServerProcess, eventually, startServer } from "./processes.ts";
import type { Secret } from "./secrets.ts";
import { SOON, type Teller, assertKeptSecret, deliver, tellStory } from "./shell-story.ts";
import { tellStory as tellWebStory } from "./web-story.ts";

const project = fileURLToPath(new URL("..", import.meta.url));

/** The prices of a domain by default, divided by a thousand: every sign-up and every message costs work still. */
const prices = {
  KEYPEARS_POW_REGISTER: "70000",
  KEYPEARS_POW_LOGIN: "7000",
  KEYPEARS_POW_FIRST_CONTACT: "70000",
  KEYPEARS_POW_MESSAGE: "7000",
};

/** A domain, where its API is, and the machine that serves it. */
interface Site {
  readonly domain: string;
  readonly apiDomain: string;
  readonly machine: Machine;
  readonly listen: string;
  readonly tls: { readonly certFile: string; readonly keyFile: string };
}

/** Starts a site's server as anybody would, by `npm start` and its settings. Nothing of its outbound door is replaced. */
function start(t: TestContext, internet: Internet, site: Site): Promise<ServerProcess> {
  const { domain, apiDomain, machine, listen, tls } = site;
  return startServer(t, {
    data: join(internet.folder, domain),
    command: [...machine.command, "npm", "--prefix", project, "start"],
    env: {
      ...prices,
      KEYPEARS_DOMAIN: domain,
      KEYPEARS_API_DOMAIN: apiDomain,
      KEYPEARS_LISTEN: listen,
      KEYPEARS_TLS_CERT: tls.certFile,
      KEYPEARS_TLS_KEY: tls.keyFile,
      NODE_EXTRA_CA_CERTS: internet.caFile,
    },
  });
}

/** The three arrangements of spec/9.1, at addresses of version 4, of both, and a file at one of version 6. */
async function settle(internet: Internet): Promise<[birne: Site, pear: Site, quitte: Site]> {
  await internet.name({
    "birne-post.net": ["91.198.40.10"],
    "pear-mail.org": ["62.146.12.20", "2a05:8e40::20"],
    "kp.pear-mail.org": ["62.146.12.20", "2a05:8e40::20"],
    "quitte.email": ["2a03:b0c0::80"],
    "keypears.obstgarten.io": ["185.88.7.30"],
  });
  const web = internet.machine("web", ["194.36.9.80", "2a03:b0c0::80", "2a03:b0c0::81"]);
  await internet.host(web, {
    addresses: ["2a03:b0c0::80"],
    apiDomains: { "quitte.email": "keypears.obstgarten.io" },
  });
  return [
    {
      domain: "birne-post.net",
      apiDomain: "birne-post.net",
      machine: internet.machine("birne", ["91.198.40.10", "2a02:7b40::10"]),
      listen: "91.198.40.10:443",
      tls: internet.certify("birne-post.net"),
    },
    {
      domain: "pear-mail.org",
      apiDomain: "kp.pear-mail.org",
      machine: internet.machine("pear", ["62.146.12.20", "2a05:8e40::20"]),
      listen: "[::]:443",
      tls: internet.certify("kp.pear-mail.org", "pear-mail.org"),
    },
    {
      domain: "quitte.email",
      apiDomain: "keypears.obstgarten.io",
      machine: internet.machine("obstgarten", ["185.88.7.30", "2a04:4540::30"]),
      listen: "185.88.7.30:443",
      tls: internet.certify("keypears.obstgarten.io"),
    },
  ];
}

/** A name that anybody could register, where it leads, and what whoever asks for it is told. */
type Lure = readonly [domain: string, addresses: readonly string[], reason: string];

const lures: readonly Lure[] = [
  ["house-network.net", ["10.77.0.5"], "address"],
  ["cloud-service.com", ["169.254.169.254"], "address"],
  ["for-documents.org", ["203.0.113.7"], "address"],
  ["unique-local.net", ["fd00:77::5"], "address"],
  ["both-families.net", ["10.77.0.5", "fd00:77::5"], "address"],
  ["mapped-address.net", ["::ffff:10.77.0.5"], "address"],
  ["server-itself.net", ["127.0.0.1"], "address"],
  // Nobody listens at the public one: whoever tried one after the other would come to the hidden one.
  ["two-answers.net", ["194.36.9.80", "10.77.0.5"], "connect"],
  ["two-answers.org", ["fd00:77::5", "2a03:b0c0::81"], "connect"],
  // A public host, whose certificate is for another name.
  ["another-name.net", ["2a03:b0c0::80"], "tls"],
];
const HIDDEN = ["10.77.0.5", "169.254.169.254", "203.0.113.7", "fd00:77::5"];
const REBOUND = "keypears.obstgarten.io";

/** A machine that is not on the public internet, and answers as well as any other. */
interface Hidden {
  /** What has come to it from anywhere. */
  packets(): number;
  /** Connections to it, and to the servers' own loopback. */
  connections(): readonly string[];
}

async function hide(internet: Internet, self: Machine): Promise<Hidden> {
  const machine = internet.machine("hidden", HIDDEN);
  const names = lures.flatMap(([domain]) => [domain, `www.${domain}`]);
  const apiDomains = Object.fromEntries([...names, REBOUND].map((name) => [name, name]));
  const hosts = [
    await internet.host(machine, { addresses: HIDDEN, apiDomains }),
    await internet.host(self, { addresses: ["127.0.0.1"], apiDomains }),
  ];
  for (const [domain, addresses] of lures) {
    await internet.name({ [domain]: addresses, [`www.${domain}`]: addresses });
  }
  return { packets: machine.packets, connections: () => hosts.flatMap((host) => host.connections) };
}

/** What a person's command is refused with. */
async function refusal({ person }: Teller, ...args: readonly string[]): Promise<unknown[]> {
  const { code, lines } = await person.run(args);
  const { code: name, reason } = (lines.at(-1)?.error ?? {}) as Record<string, unknown>;
  return [code, name, reason];
}

/** Asks for a challenge as a server of the sender's domain would, with a signature that nobody has made. */
async function askAsStranger(sender: string, recipient: Teller): Promise<unknown[]> {
  const answer = await fetch(`${recipient.server.url}/api/v1/federation/request-challenge`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      ...{ sender, recipient: recipient.address, time: Date.now() },
      signature: Buffer.alloc(64, 1).toString("base64url"),
    }),
  });
  const { code, reason } = (await answer.json()) as Record<string, unknown>;
  return [code, reason];
}

await test("on an internet of real names, certificates and addresses", async (t) => {
  const internet = await Internet.open(t);
  const sites = await settle(internet);
  const [birne, pear, quitte] = sites;
  const hidden = await hide(internet, birne.machine);
  const servers = new Map<Site, ServerProcess>();
  const open = async (site: Site): Promise<ServerProcess> => {
    const server = await start(t, internet, site);
    servers.set(site, server);
    return server;
  };
  const person = (address: string, password: string, device: string): Person =>
    new Person({
      home: join(internet.folder, `${device} of ${address}`),
      password,
      env: { NODE_EXTRA_CA_CERTS: internet.caFile },
    });
  const teller = async (name: string, site: Site): Promise<Teller> => {
    const address = `${name}@${site.domain}`;
    const password = `${name} likes eleven ripe pears`;
    return {
      address,
      password,
      person: person(address, password, "device"),
      elsewhere: person(address, password, "another device"),
      server: servers.get(site) ?? (await open(site)),
    };
  };
  const [anna, boris, carla, dario, emma, franz] = [
    await teller("anna", birne),
    await teller("boris", pear),
    await teller("carla", pear),
    await teller("dario", quitte),
    await teller("emma", quitte),
    await teller("franz", birne),
  ];

  const secrets: Secret[] = [];
  for (const [a, b] of [
    [anna, boris],
    [carla, dario],
    [emma, franz],
  ] as const) {
    await t.test(`${a.address} and ${b.address} meet on the command line`, async (t) => {
      secrets.push(...(await tellStory(t, a, b)));
    });
  }

  await t.test("no name leads a server to what is not public, whoever asks", async () => {
    const before = hidden.packets();
    for (const user of [boris, franz]) {
      for (const [domain, , reason] of lures) {
        const refused = await refusal(user, "lookup", `x@${domain}`);
        assert.deepEqual(refused, [1, "domain_unreachable", reason], domain);
        // Another name, of which nothing is known yet.
        const asked = await askAsStranger(`x@www.${domain}`, user);
        assert.deepEqual(asked, ["domain_unreachable", reason], domain);
      }
    }
    assert.equal(hidden.packets(), before);
    assert.deepEqual(hidden.connections(), []);
  });

  await t.test(
    "who was a peer yesterday is not followed to where its name leads today",
    async () => {
      await deliver(franz.person, emma.address, "yesterday");
      await servers.get(quitte)?.stop();
      await internet.name({ [REBOUND]: ["10.77.0.5"] });
      const before = hidden.packets();
      for (const [user, peer] of [
        [franz, emma],
        [boris, dario],
      ] as const) {
        for (const args of [
          ["lookup", peer.address],
          ["send", peer.address, "today"],
        ]) {
          assert.deepEqual(await refusal(user, ...args), [1, "domain_unreachable", "address"]);
        }
      }
      assert.equal(hidden.packets(), before);
      assert.deepEqual(hidden.connections(), []);
      await internet.name({ [REBOUND]: ["185.88.7.30"] });
      await open(quitte);
      await eventually(SOON, async () => {
        const { code } = await franz.person.run(["lookup", emma.address]);
        return code === 0 ? true : null;
      });
      await deliver(franz.person, emma.address, "today");
    },
  );

  await t.test(
    "what was hidden could have been seen: the same machines come to it without the guard",
    async () => {
      const before = hidden.packets();
      const last = hidden.connections().length + sites.length * HIDDEN.length + 1;
      for (const { machine } of sites) {
        for (const address of HIDDEN) await connectFrom(machine, address);
      }
      await connectFrom(birne.machine, "127.0.0.1");
      await eventually(SOON, async () => (hidden.connections().length >= last ? true : null));
      assert(hidden.packets() >= before + 3 * sites.length * HIDDEN.length);
    },
  );

  await t.test("the servers know who wrote to whom, and never what", async () => {
    const tellers = [anna, boris, carla, dario, emma, franz];
    await assertKeptSecret(
      [...servers.values()],
      secrets,
      tellers.map(({ address }) => address),
    );
  });

  await t.test("two people meet in their browsers", async (t) => {
    const [server, peer] = [await open(pear), await open(birne)];
    await tellWebStory(t, {
      folder: internet.folder,
      alice: { address: "alice@pear-mail.org", server, url: server.url, width: 1280 },
      bob: { address: "bob@birne-post.net", server: peer, url: peer.url, width: 390 },
      shell: (password) => person("alice@pear-mail.org", password, "shell"),
    });
  });
});
