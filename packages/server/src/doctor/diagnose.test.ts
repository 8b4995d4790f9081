/** The doctor. What the many ways are in which a domain can be broken, the command's doctor.test.ts shows. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type PeerFault, peerFaults } from "@keypears/api";
import type { Address, Domain } from "@keypears/protocol";
import { addCorrespondent } from "../testing/correspondent.ts";
import { addressRecords, startNameServer } from "../testing/dns.ts";
import { type Network, type Place, startNetwork } from "../testing/network.ts";
import { type DiagnoseOptions, diagnose } from "./diagnose.ts";
import type { Check, Finding } from "./finding.ts";

const HOUR = 3_600_000;

type World = Pick<DiagnoseOptions, "places" | "ca">;

/** Servers over TLS, and how a machine beside them finds them. */
async function servers(
  t: TestContext,
  ...places: readonly (string | Place)[]
): Promise<{ network: Network; world: World }> {
  const network = await startNetwork(places, { wire: "tls" });
  t.after(() => network.close());
  const { reach } = (network.nodes[0] as Network["nodes"][number]).context.config;
  assert(reach.kind === "hosts");
  return { network, world: { places: reach.hosts, ca: reach.ca } };
}

async function examine(
  name: string,
  options: DiagnoseOptions,
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
  options: DiagnoseOptions,
  check: Check,
  words: RegExp,
): Promise<void> {
  const { bad } = await examine(name, options);
  assert.deepEqual([name, ...bad.map((one) => one.check)], [name, check]);
  assert.match(bad[0]?.message ?? "", words, name);
}

/** What servers ask of each other for callers whom nobody has verified. */
function causedBy({ wire }: Network): string[] {
  return wire.calls
    .filter(({ cause }) => cause === "unverified")
    .map(({ from, host, kind }) => `${from} asks ${host}: ${kind}`);
}

test("a domain that works passes every check, wherever its file and its server are", async (t) => {
  const { world } = await servers(t, "a.test", {
    ...{ domain: "b.test", apiDomain: "kp.b.test", file: "elsewhere" },
  });
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
});

test("what is wrong with a name is told apart: no such name, no record, name servers that fail or are silent, what is not public", async (t) => {
  const { address } = await startNameServer(t, ({ name, type }) => {
    const [first] = name.split(".");
    if (first === "bare") return [];
    if (first === "failing") return "failure";
    if (first === "silent") return "silence";
    if (first === "half") return type === "A" ? addressRecords(name, ["10.0.0.7"]) : "failure";
    const inward = type === "A" ? ["10.0.0.7"] : ["fd00::7", "::1"];
    return first === "inward" ? addressRecords(name, inward) : "none";
  });
  const reach = { places: new Map(), ca: null, dnsServers: [address] };
  const begun = performance.now();
  await Promise.all([
    assertFound("somewhere.test", reach, "dns", /no name of the public DNS/),
    assertFound("none.keypears.com", reach, "dns", /no none\.keypears\.com in the DNS/),
    assertFound("bare.keypears.com", reach, "dns", /neither an A nor an AAAA record/),
    assertFound("failing.keypears.com", reach, "dns", /name servers of .* fail\./),
    assertFound("silent.keypears.com", reach, "dns", /do not answer in time/),
    assertFound("inward.keypears.com", reach, "dns", /not on the public .*: 10\.0\.0\.7, fd00::7/),
  ]);
  assert(performance.now() - begun < 6_000);
  const { bad } = await examine("half.keypears.com", reach);
  assert.match(bad[0]?.message ?? "", /answer for one of its A and AAAA records, and not for the/);
});

test("a machine whose own resolver is away blames nobody else for it", async () => {
  const reach = { places: new Map(), ca: null, dnsServers: ["127.0.0.1:1"] };
  await assertFound("keypears.com", reach, "dns", /This machine's own name server/);
});

test("however slow everything is, it ends in time and says so", async (t) => {
  const { network, world } = await servers(t, "a.test", "b.test");
  const { address: peer } = await addCorrespondent(network.node("b.test"), "bob@b.test");
  network.wire.on("keys", (call) => call.hold());
  // It is the time for all of it that is short here, and each step waits longer.
  const options = { ...world, peer, within: 1_500 };
  await assertFound("a.test", options, "outside view", /b\.test does not say in time/);
  const nothing = await examine("a.test", { ...world, peer, within: 0 });
  assert.deepEqual(
    nothing.bad.map(({ check }) => check),
    ["round trip", "outside view"],
  );
  assert.match(nothing.bad[0]?.message ?? "", /not everything had answered/);
});

/** What is said of each fault that a peer may report, and what can be done. */
const told: Readonly<Record<PeerFault, readonly [message: RegExp, remedy: RegExp]>> = {
  dns: [/finds no address/, /each name server that a\.test is delegated to/],
  address: [/not on the public internet/, /public addresses for everybody/],
  connect: [/nothing answers/, /Open port 443 to everybody.*old record.*other family/],
  tls: [/certificate is not valid/, /whole chain \(fullchain\.pem\).*every address/],
  timeout: [/no answer within five seconds/, /firewall may drop/],
  no_file: [/gets no keypears\.json/, /filter for robots/],
  bad_file: [/is no keypears\.json/, /filter for robots/],
  version: [/without a version/, /newer version/],
  not_served: [/does not serve the domain/, /KEYPEARS_DOMAIN=a\.test/],
  bad_answer: [/does not speak KeyPears/, /passes \/api\/v1 on/],
  server_error: [/error of the server/, /server's log/],
  busy: [/asked to wait/, /KEYPEARS_TRUST_PROXY/],
  asking_back: [/cannot reach others/, /gets out at all/],
};

test("a peer is asked how it sees a domain, and what is in its way is told with a remedy", async (t) => {
  const { network, world } = await servers(t, "a.test", "b.test");
  const { address: peer } = await addCorrespondent(network.node("b.test"), "bob@b.test");
  const { findings, bad } = await examine("a.test", { ...world, peer });
  assert.deepEqual(bad, []);
  assert.deepEqual(
    [findings.at(-1)?.check, findings.at(-1)?.message],
    ["outside view", "b.test reaches a.test, and gets keys from it."],
  );
  // It has asked: for the file, and for somebody's keys.
  assert.deepEqual(causedBy(network), [
    "b.test asks a.test: well-known",
    "b.test asks a.test: keys",
  ]);
  for (const fault of peerFaults) {
    const end = network.wire.on("keys", (call) => call.fail(fault));
    const seen = await examine("a.test", { ...world, peer });
    end();
    assert.deepEqual([fault, ...seen.bad.map(({ check }) => check)], [fault, "outside view"]);
    const [message, remedy] = told[fault];
    assert.match(seen.bad[0]?.message ?? "", /^b\.test cannot reach a\.test: /);
    assert.match(seen.bad[0]?.message ?? "", message, fault);
    assert.match(seen.bad[0]?.remedy ?? "", remedy, fault);
    assert.match(seen.bad[0]?.remedy ?? "", /b\.test has seen it remembers for (a|ten) minute/);
  }
});

test("a peer that gives no view from outside is said to give none", async (t) => {
  const { network, world } = await servers(t, "a.test", "b.test");
  const { address: alice } = await addCorrespondent(network.node("a.test"), "alice@a.test");
  const { address: bob } = await addCorrespondent(network.node("b.test"), "bob@b.test");
  const view = (peer: string, words: RegExp, more: Partial<DiagnoseOptions> = {}): Promise<void> =>
    assertFound(
      "a.test",
      { ...world, ...more, peer: peer as Address },
      ...(["outside view", words] as const),
    );
  await view(alice, /a\.test itself gives no view from outside/);
  await view("nobody@b.test", /b\.test has nobody called nobody@b\.test/);
  await view("echo@c.test", /c\.test could not be asked .* c\.test is no name of the public DNS/);
  const away = new Map([...world.places, ["b.test", { host: "127.0.0.1", port: 1 }]] as const);
  await view(bob, /b\.test could not be asked .* refuses connections/, { places: away });
  assert.deepEqual(causedBy(network), []);
  const slow = (): number => Date.now() - 600_000;
  const { bad } = await examine("a.test", { ...world, peer: bob, now: slow });
  assert.match(bad.at(-1)?.message ?? "", /did not look: its clock and this machine's differ/);
});

test("whose own domain it is hears how to have a peer look, which is no fault", async (t) => {
  const { world } = await servers(t, "a.test");
  const { findings, bad } = await examine("a.test", { ...world, peer: "unnamed" });
  assert.deepEqual(bad, []);
  assert.equal(findings.at(-1)?.check, "outside view");
  assert.match(findings.at(-1)?.message ?? "", /No peer was asked.*--peer ADDRESS/);
});
