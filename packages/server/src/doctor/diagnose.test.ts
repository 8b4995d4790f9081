import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { Domain } from "@keypears/protocol";
import { addressRecords, startNameServer } from "../testing/dns.ts";
import type { Host } from "../testing/hosts.ts";
import { startNetwork } from "../testing/network.ts";
import { securePlaces } from "../testing/secured.ts";
import { diagnose } from "./diagnose.ts";
import type { Check, Finding } from "./finding.ts";

const HOUR = 3_600_000;

type Places = Map<string, { readonly host: string; readonly port: number }>;

interface World {
  readonly places: Places;
  readonly ca: string;
}

/** Hosts on loopback, and where they are. */
async function worldOf(t: TestContext, hosts: readonly Host[]): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "keypears-doctor-"));
  const { env, ca, close } = await securePlaces({ places: [], hosts, folder });
  t.after(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });
  const places: Places = new Map();
  for (const entry of (env.KEYPEARS_FEDERATION_HOSTS ?? "").split(",")) {
    const [, name = "", port] = /^(.+)=127\.0\.0\.1:([0-9]+)$/.exec(entry) ?? [];
    places.set(name, { host: "127.0.0.1", port: Number(port) });
  }
  return { places, ca };
}

async function examine(
  name: string,
  options: Parameters<typeof diagnose>[1],
): Promise<{ findings: Finding[]; bad: Finding[] }> {
  const findings: Finding[] = [];
  for await (const finding of diagnose(name as Domain, options)) findings.push(finding);
  const bad = findings.filter(({ ok }) => !ok);
  for (const { ok, remedy } of findings)
    assert.equal(remedy === undefined, ok, "a remedy for each fault");
  return { findings, bad };
}

/** That something is found, in these words, and nothing else. */
async function assertFound(
  name: string,
  options: Parameters<typeof diagnose>[1],
  check: Check,
  words: RegExp,
): Promise<void> {
  const { bad } = await examine(name, options);
  assert.deepEqual([name, ...bad.map((one) => one.check)], [name, check]);
  assert.match(bad[0]?.message ?? "", words, name);
}

const json = (value: unknown) => () => Response.json(value);

test("a domain that works passes every check, wherever its file and its server are", async (t) => {
  const network = await startNetwork(
    ["a.test", { domain: "b.test", apiDomain: "kp.b.test", file: "elsewhere" }],
    { wire: "tls" },
  );
  t.after(() => network.close());
  const { reach } = network.node("a.test").context.config;
  assert(reach.kind === "hosts" && reach.ca !== null);
  const world = { places: reach.hosts, ca: reach.ca };
  const one = ["dns", "connection", "tls certificate"];
  const file = ["keypears.json", "version"];
  const server = ["apiDomain", "clock", "round trip", "challenge"];
  const alone = await examine("a.test", world);
  assert.deepEqual(alone.bad, []);
  assert.deepEqual(
    alone.findings.map(({ check }) => check),
    [...one, ...file, ...server],
  );
  const apart = await examine("b.test", world);
  assert.deepEqual(apart.bad, []);
  assert.deepEqual(
    apart.findings.map(({ check }) => check),
    [...one, ...file, ...one, ...server],
  );
  assert.deepEqual([...new Set(apart.findings.map(({ host }) => host))], ["b.test", "kp.b.test"]);

  // As seen by somebody whose clock is ten minutes off, the other one is.
  const late = (): number => Date.now() + 600_000;
  await assertFound("a.test", { ...world, now: late }, "clock", /(59|60)\d seconds behind/);
  // The certificates are good for a day.
  const soon = (): number => Date.now() + 22 * HOUR;
  const { bad } = await examine("a.test", { ...world, now: soon });
  assert.match(bad[0]?.message ?? "", /expires in 0 days/);
  const over = (): number => Date.now() + 30 * HOUR;
  await assertFound("a.test", { ...world, now: over }, "tls certificate", /has expired \(\d{4}-/);
});

test("each way in which a domain's file can be wrong is named", async (t) => {
  const versions = [1];
  const cases: Record<string, [Host["answer"], RegExp, Check?]> = {
    "none.test": [() => new Response("", { status: 404 }), /There is no https:\/\/none\.test\//],
    "failing.test": [() => new Response("", { status: 503 }), /answers with status 503/],
    "redirect.test": [
      () => Response.redirect("https://www.test/x"),
      /redirects to https:\/\/www\.test\/x/,
    ],
    "html.test": [
      () => new Response("<h1>", { headers: { "content-type": "text/html; charset=utf-8" } }),
      /is a web page/,
    ],
    "type.test": [
      () => new Response("{}", { headers: { "content-type": "text/plain" } }),
      /served as text\/plain/,
    ],
    "large.test": [json({ fill: "x".repeat(20_000) }), /larger than 16384 bytes/],
    "slow.test": [() => new Promise<Response>(() => {}), /longer than five seconds/],
    "broken.test": [
      () => new Response("{", { headers: { "content-type": "application/json" } }),
      /holds no JSON object/,
    ],
    "nameless.test": [json({ versions }), /apiDomain .* it is missing/],
    "port.test": [json({ apiDomain: "kp.test:8443", versions }), /apiDomain .* "kp\.test:8443"/],
    "address.test": [json({ apiDomain: "127.0.0.1", versions }), /apiDomain .* no host name/],
    "admin.test": [json({ apiDomain: "kp.test", admin: "me", versions }), /admin .* "me"/],
    "versions.test": [json({ apiDomain: "kp.test", versions: "1" }), /versions .* no list/],
    "later.test": [
      json({ apiDomain: "kp.test", versions: [2] }),
      /versions 2, and not 1/,
      "version",
    ],
  };
  const hosts = Object.entries(cases).map(([name, [answer]]) => ({ names: [name], answer }));
  const world = await worldOf(t, hosts);
  await Promise.all(
    Object.entries(cases).map(([name, [, words, check = "keypears.json"]]) =>
      assertFound(name, world, check, words),
    ),
  );
});

test("a server that does not answer for the domain, or not as it should, is named with what it does", async (t) => {
  const network = await startNetwork(["a.test"], { wire: "tls" });
  t.after(() => network.close());
  const naming = (apiDomain: string) => json({ apiDomain, versions: [1] });
  const world = await worldOf(t, [
    { names: ["other.test"], answer: naming("a.test") },
    { names: ["web.test"], answer: naming("web.test") },
    { names: ["gone.test"], answer: naming("closed.test") },
    {
      names: ["mute.test"],
      answer: (request) => {
        const { pathname } = new URL(request.url);
        if (pathname.includes("/serves/")) return Response.json({ serves: true });
        return pathname.startsWith("/api/")
          ? Response.json({ code: "internal" }, { status: 500 })
          : Response.json({ apiDomain: "mute.test", versions: [1] });
      },
    },
  ]);
  const { reach } = network.node("a.test").context.config;
  assert(reach.kind === "hosts" && reach.ca !== null);
  const both = {
    places: new Map<string, { readonly host: string; readonly port: number }>([
      ...world.places,
      ...reach.hosts,
      ["closed.test", { host: "127.0.0.1", port: 1 }],
    ]),
    ca: world.ca + reach.ca,
  };
  await assertFound("other.test", both, "apiDomain", /a\.test denies that it serves other\.test/);
  await assertFound("web.test", both, "apiDomain", /does not speak the protocol/);
  await assertFound("mute.test", both, "challenge", /status 500/);
  await assertFound("gone.test", both, "connection", /Port 1 of 127\.0\.0\.1 refuses/);
});

test("what is wrong with a name, its addresses, its port and its certificate is told apart", async (t) => {
  const world = await worldOf(t, [{ names: ["good.test"], answer: json({}) }]);
  const stranger = await worldOf(t, [{ names: ["good.test"], answer: json({}) }]);
  const good = world.places.get("good.test");
  const plain = createServer((socket) => socket.on("error", () => {}).end("hello\r\n"));
  plain.listen(0, "127.0.0.1");
  await once(plain, "listening");
  t.after(() => plain.close());
  const { port } = plain.address() as AddressInfo;
  const places: Places = new Map([
    ["closed.test", { host: "127.0.0.1", port: 1 }],
    ["plain.test", { host: "127.0.0.1", port }],
    ["wrong.test", good as NonNullable<typeof good>],
    ["unknown.test", stranger.places.get("good.test") as NonNullable<typeof good>],
  ]);
  const reach = { places, ca: world.ca };
  await assertFound("closed.test", reach, "connection", /Port 1 of 127\.0\.0\.1 refuses/);
  await assertFound("plain.test", reach, "tls certificate", /does not speak TLS/);
  await assertFound(
    "wrong.test",
    reach,
    "tls certificate",
    /not for wrong\.test, but for good\.test/,
  );
  await assertFound("unknown.test", reach, "tls certificate", /authority|certificates between/);

  const nobody = { places: new Map() as Places, ca: null };
  await assertFound("somewhere.test", nobody, "dns", /no name of the public DNS/);
  const names = await startNameServer(t, ({ name, type }) =>
    name === "inward.keypears.com" && type === "A" ? addressRecords(name, ["10.0.0.7"]) : "none",
  );
  const asking = { ...nobody, dnsServers: [names.address] };
  await assertFound("empty.keypears.com", asking, "dns", /neither an A nor an AAAA/);
  await assertFound(
    "inward.keypears.com",
    asking,
    "dns",
    /not on the public internet: 10\.0\.0\.7/,
  );
});
