/** What doctor.netns.long.test.ts runs in a world of its own (own-world.ts). */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Internet, type Machine } from "./internet.ts";
import { Person, eventually, startServer } from "./processes.ts";

const keypears = fileURLToPath(new URL("../packages/cli/bin/keypears.js", import.meta.url));
const HOUR = 3_600_000;
/** How long the doctor may take in all, and an echo account to be ready, in milliseconds. */
const MOST = 30_000;

const BIRNE = { domain: "birne-post.net", address: "91.198.40.10" };
const PEAR = { domain: "pear-mail.org", address: "62.146.12.20" };
/** The web host's; at the second one nobody listens. */
const WEB = ["194.36.9.80", "194.36.9.81", "194.36.9.82", "194.36.9.83"] as const;
const NOWHERE = "2a03:b0c0::99";
const PRIVATE = "10.77.0.5";

interface Finding {
  readonly check: string;
  readonly host: string;
  readonly ok: boolean;
  readonly message: string;
  readonly remedy?: string;
}

/** Starts a server with an echo account. Nothing of its outbound door is replaced. */
async function start(
  t: TestContext,
  internet: Internet,
  { domain, address }: typeof BIRNE,
): Promise<Machine> {
  const machine = internet.machine(domain, [address]);
  const { certFile, keyFile } = internet.certify(domain);
  const server = await startServer(t, {
    data: join(internet.folder, domain),
    command: [...machine.command, process.execPath, keypears, "serve"],
    env: {
      KEYPEARS_DOMAIN: domain,
      KEYPEARS_LISTEN: `${address}:443`,
      KEYPEARS_TLS_CERT: certFile,
      KEYPEARS_TLS_KEY: keyFile,
      KEYPEARS_ECHO: "echo",
      NODE_EXTRA_CA_CERTS: internet.caFile,
    },
  });
  await eventually(MOST, async () =>
    server.log().includes("the echo account is ready") ? true : null,
  );
  return machine;
}

/** Runs the command on the user's machine. */
async function doctor(
  internet: Internet,
  ...args: readonly string[]
): Promise<{ code: number; bad: Finding[]; last: Finding | undefined }> {
  const person = new Person({
    home: join(internet.folder, "nobody"),
    password: "",
    env: { NODE_EXTRA_CA_CERTS: internet.caFile },
  });
  const begun = performance.now();
  const { code, stdout } = await person.run(["doctor", ...args]);
  assert.ok(performance.now() - begun < MOST, args.join(" "));
  const findings = JSON.parse(stdout) as Finding[];
  return { code, bad: findings.filter(({ ok }) => !ok), last: findings.at(-1) };
}

/** A domain, the check that fails, and what is said of it and what can be done. */
type Case = readonly [domain: string, check: string, says: RegExp, remedy: RegExp];

await test("the doctor, on an internet of real names, certificates and addresses", async (t) => {
  const internet = await Internet.open(t);
  await internet.name({
    [BIRNE.domain]: [BIRNE.address],
    [PEAR.domain]: [PEAR.address],
    "house-network.net": [PRIVATE],
    "closed-port.net": [WEB[1]],
    "expired.net": [WEB[2]],
    "chainless.net": [WEB[3]],
    "another-name.net": [WEB[0]],
    "elsewhere.net": [WEB[0]],
  });
  const web = internet.machine("web", WEB);
  const hidden = internet.machine("hidden", [PRIVATE]);
  const [first, , second, third] = WEB;
  await internet.host(web, {
    addresses: [first],
    apiDomains: { "elsewhere.net": BIRNE.domain },
  });
  await internet.host(web, {
    ...{ addresses: [second], apiDomains: { "expired.net": "expired.net" } },
    flaw: { to: Date.now() - HOUR },
  });
  await internet.host(web, {
    ...{ addresses: [third], apiDomains: { "chainless.net": "chainless.net" } },
    flaw: { by: "between" },
  });
  const birne = await start(t, internet, BIRNE);
  await start(t, internet, PEAR);

  await t.test("what is broken is named, with its remedy", async () => {
    const before = hidden.packets();
    const cases: readonly Case[] = [
      ["no-such-name.net", "dns", /neither an A nor an AAAA record/, /an A or AAAA record/],
      ["house-network.net", "dns", /not on the public internet: 10\.77\.0\.5/, /records away/],
      ["closed-port.net", "connection", /Port 443 of 194\.36\.9\.81 refuses/, /firewall/],
      ["expired.net", "tls certificate", /has expired/, /Renew/],
      ["chainless.net", "tls certificate", /without the certificates between/, /fullchain/],
      ["another-name.net", "tls certificate", /not for another-name\.net/, /names another-/],
      ["elsewhere.net", "apiDomain", /birne-post\.net denies/, /KEYPEARS_DOMAIN=elsewhere\.net/],
    ];
    for (const [domain, check, says, remedy] of cases) {
      const { code, bad } = await doctor(internet, domain);
      assert.deepEqual([domain, code, ...bad.map((one) => one.check)], [domain, 1, check]);
      assert.match(bad[0]?.message ?? "", says, domain);
      assert.match(bad[0]?.remedy ?? "", remedy, domain);
    }
    assert.equal(hidden.packets(), before);
  });

  await t.test("what works is sound, for a peer too", async () => {
    const { code, bad, last } = await doctor(
      internet,
      BIRNE.domain,
      "--peer",
      `echo@${PEAR.domain}`,
    );
    assert.deepEqual([code, bad], [0, []]);
    assert.deepEqual(
      [last?.check, last?.message],
      ["outside view", `${PEAR.domain} reaches ${BIRNE.domain}, and gets keys from it.`],
    );
  });

  await t.test("an address that leads nowhere is found beside one that works", async () => {
    await internet.name({ [BIRNE.domain]: [BIRNE.address, NOWHERE] });
    const { code, bad } = await doctor(internet, BIRNE.domain);
    await internet.name({ [BIRNE.domain]: [BIRNE.address] });
    assert.deepEqual([code, ...bad.map(({ check }) => check)], [1, "connection"]);
    assert.match(bad[0]?.message ?? "", new RegExp(NOWHERE));
  });

  await t.test("what only a peer sees is told by a peer", async () => {
    const [program = "", ...words] = birne.command;
    execFileSync(program, [...words, "ip", "route", "add", "unreachable", PEAR.address]);
    const alone = await doctor(internet, PEAR.domain);
    assert.deepEqual([alone.code, alone.bad], [0, []]);
    const { code, bad } = await doctor(internet, PEAR.domain, "--peer", `echo@${BIRNE.domain}`);
    assert.deepEqual([code, ...bad.map(({ check }) => check)], [1, "outside view"]);
    assert.equal(
      bad[0]?.message,
      `${BIRNE.domain} cannot reach ${PEAR.domain}: nothing answers there.`,
    );
    assert.match(bad[0]?.remedy ?? "", /Open port 443 to everybody/);
  });
});
