import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { toHex } from "@keypears/protocol";
import { type Config, ConfigError, type Environment, readConfig, settings } from "./config.ts";
import { makeAuthority } from "./testing/certificates.ts";

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "keypears-config-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** The sentences by which settings are refused. */
function faultsOf(env: Environment): string[] {
  try {
    readConfig(env);
  } catch (error) {
    assert(error instanceof ConfigError);
    return error.message.split("\n");
  }
  return [];
}

test("with nothing set, a server is for localhost, at a hundredth of the price, on port 3000", (t) => {
  const config = readConfig({ KEYPEARS_DATA: temporaryFolder(t) });
  const { secret, dataFolder, ...rest } = config;
  assert.equal(secret.length, 32);
  assert(dataFolder.startsWith("/"));
  assert.deepEqual(rest, {
    domain: "localhost",
    apiDomain: "localhost",
    listen: { host: "127.0.0.1", port: 3000 },
    origin: "http://localhost:3000",
    admin: null,
    echo: null,
    title: "KeyPears",
    registration: "open",
    difficulties: {
      register: 700_000,
      login: 70_000,
      firstContact: 700_000,
      message: 70_000,
      minimum: 1,
    },
    tls: null,
    trustedProxies: null,
    limits: true,
    reach: { kind: "nowhere" },
  });
});

/** Settings that are good, and what is read from them. */
const good: readonly (readonly [Environment, (config: Config) => unknown, unknown])[] = [
  [{ KEYPEARS_DOMAIN: "Acme.com" }, (it) => it.domain, "acme.com"],
  [{ KEYPEARS_DOMAIN: "acme.com" }, (it) => it.apiDomain, "acme.com"],
  [{ KEYPEARS_DOMAIN: "acme.com", KEYPEARS_ECHO: "Echo" }, (it) => it.echo, "echo@acme.com"],
  [{ KEYPEARS_DOMAIN: "acme.com" }, (it) => it.origin, "https://acme.com"],
  [{ KEYPEARS_DOMAIN: "acme.com" }, (it) => it.difficulties.register, 70_000_000],
  [{ KEYPEARS_DOMAIN: "a.test" }, (it) => it.difficulties.login, 70_000],
  [{ KEYPEARS_DOMAIN: "a.localhost", PORT: "0" }, (it) => it.origin, null],
  [{ KEYPEARS_DOMAIN: "a.localhost", PORT: "3001" }, (it) => it.origin, "http://a.localhost:3001"],
  [
    { KEYPEARS_DOMAIN: "acme.com", KEYPEARS_API_DOMAIN: "keys.acme.com" },
    (it) => it.origin,
    "https://keys.acme.com",
  ],
  [{ KEYPEARS_LISTEN: "[::1]:8080" }, (it) => it.listen, { host: "::1", port: 8080 }],
  [{ KEYPEARS_LISTEN: "0.0.0.0:1", PORT: "2" }, (it) => it.listen, { host: "0.0.0.0", port: 1 }],
  [{ PORT: "4000" }, (it) => it.listen, { host: "127.0.0.1", port: 4000 }],
  [{ KEYPEARS_ORIGIN: "https://acme.com/" }, (it) => it.origin, "https://acme.com"],
  [{ KEYPEARS_ORIGIN: "http://localhost:9" }, (it) => it.origin, "http://localhost:9"],
  [{ KEYPEARS_ADMIN: "Boss@acme.com" }, (it) => it.admin, "boss@acme.com"],
  [{ KEYPEARS_TITLE: "Äcme 🍐" }, (it) => it.title, "Äcme 🍐"],
  [{ KEYPEARS_REGISTRATION: "closed" }, (it) => it.registration, "closed"],
  [{ KEYPEARS_REGISTRATION: "open" }, (it) => it.registration, "open"],
  [{ KEYPEARS_POW_REGISTER: "5" }, (it) => it.difficulties.register, 5],
  [{ KEYPEARS_POW_LOGIN: "5" }, (it) => it.difficulties.login, 5],
  [{ KEYPEARS_POW_FIRST_CONTACT: "5" }, (it) => it.difficulties.firstContact, 5],
  [{ KEYPEARS_POW_MESSAGE: "9007199254740991" }, (it) => it.difficulties.message, 2 ** 53 - 1],
  [{ KEYPEARS_POW_MINIMUM: "5" }, (it) => it.difficulties.minimum, 5],
  [{ KEYPEARS_LIMITS: "off" }, (it) => it.limits, false],
  [{ KEYPEARS_SECRET: "AB".repeat(32) }, (it) => toHex(it.secret), "ab".repeat(32)],
  [
    { KEYPEARS_TRUST_PROXY: "10.0.0.1, 192.168.0.0/16,2001:db8::/32" },
    ({ trustedProxies: it }) => [
      it?.check("10.0.0.1"),
      it?.check("10.0.0.2"),
      it?.check("192.168.7.7"),
      it?.check("2001:db8:1::1", "ipv6"),
      it?.check("2001:db9::1", "ipv6"),
    ],
    [true, false, true, true, false],
  ],
  [{ KEYPEARS_DOMAIN: "acme.com" }, (it) => it.reach, { kind: "internet" }],
  [{ KEYPEARS_DOMAIN: "a.test" }, (it) => it.reach, { kind: "nowhere" }],
  [{ KEYPEARS_DOMAIN: "a.internal" }, (it) => it.reach, { kind: "nowhere" }],
  [
    {
      KEYPEARS_DOMAIN: "a.test",
      KEYPEARS_FEDERATION_HOSTS: "a.test=127.0.0.1:4431, B.test=[::1]:443",
    },
    (it) => it.reach,
    {
      kind: "hosts",
      hosts: new Map([
        ["a.test", { host: "127.0.0.1", port: 4431 }],
        ["b.test", { host: "::1", port: 443 }],
      ]),
      ca: null,
    },
  ],
];

for (const [env, read, expected] of good) {
  test(`settings are taken: ${JSON.stringify(env)} gives ${JSON.stringify(expected)}`, (t) => {
    assert.deepEqual(read(readConfig({ KEYPEARS_DATA: temporaryFolder(t), ...env })), expected);
  });
}

/** Settings that cannot be used, one fault each, and what the sentence has to say. */
const bad: readonly (readonly [Environment, RegExp])[] = [
  [{ KEYPEARS_DOMAIN: "acme" }, /KEYPEARS_DOMAIN is no domain: acme/],
  [{ KEYPEARS_DOMAIN: "acme.com:443" }, /KEYPEARS_DOMAIN/],
  [{ KEYPEARS_API_DOMAIN: "https://acme.com" }, /KEYPEARS_API_DOMAIN/],
  [{ KEYPEARS_LISTEN: "3000" }, /KEYPEARS_LISTEN/],
  [{ KEYPEARS_LISTEN: "acme.com:3000" }, /KEYPEARS_LISTEN/],
  [{ KEYPEARS_LISTEN: "127.0.0.1:65536" }, /KEYPEARS_LISTEN/],
  [{ PORT: "http" }, /PORT is no address and port/],
  [{ PORT: "-1" }, /PORT/],
  [{ KEYPEARS_ORIGIN: "acme.com" }, /KEYPEARS_ORIGIN/],
  [{ KEYPEARS_ORIGIN: "https://acme.com/app" }, /KEYPEARS_ORIGIN/],
  [{ KEYPEARS_ORIGIN: "ftp://acme.com" }, /KEYPEARS_ORIGIN/],
  [{ KEYPEARS_DOMAIN: "acme.com", KEYPEARS_ORIGIN: "http://acme.com" }, /begins with https/],
  [{ KEYPEARS_ADMIN: "boss" }, /KEYPEARS_ADMIN/],
  [{ KEYPEARS_TITLE: "x".repeat(61) }, /KEYPEARS_TITLE/],
  [{ KEYPEARS_REGISTRATION: "shut" }, /KEYPEARS_REGISTRATION/],
  [{ KEYPEARS_LIMITS: "on" }, /KEYPEARS_LIMITS/],
  [{ KEYPEARS_POW_REGISTER: "0" }, /KEYPEARS_POW_REGISTER/],
  [{ KEYPEARS_POW_LOGIN: "-5" }, /KEYPEARS_POW_LOGIN/],
  [{ KEYPEARS_POW_FIRST_CONTACT: "1e6" }, /KEYPEARS_POW_FIRST_CONTACT/],
  [{ KEYPEARS_POW_MESSAGE: "9007199254740992" }, /KEYPEARS_POW_MESSAGE/],
  [{ KEYPEARS_POW_MINIMUM: "1.5" }, /KEYPEARS_POW_MINIMUM/],
  [{ KEYPEARS_SECRET: "ab".repeat(31) }, /KEYPEARS_SECRET is not 64 hex digits/],
  [{ KEYPEARS_SECRET: "xy".repeat(32) }, /KEYPEARS_SECRET/],
  [{ KEYPEARS_TLS_CERT: "cert.pem" }, /go together/],
  [{ KEYPEARS_TLS_KEY: "key.pem" }, /go together/],
  [{ KEYPEARS_TLS_CERT: "/nowhere/c.pem", KEYPEARS_TLS_KEY: "/nowhere/k.pem" }, /cannot be used/],
  [{ KEYPEARS_TRUST_PROXY: "proxy.acme.com" }, /KEYPEARS_TRUST_PROXY/],
  [{ KEYPEARS_TRUST_PROXY: "10.0.0.0/33" }, /KEYPEARS_TRUST_PROXY/],
  [{ KEYPEARS_TRUST_PROXY: "10.0.0.0/" }, /KEYPEARS_TRUST_PROXY/],
  [{ KEYPEARS_TRUST_PROXY: "10.0.0.0/8/8" }, /KEYPEARS_TRUST_PROXY/],
  [{ KEYPEARS_TRUST_PROXY: "10.0.0.1," }, /KEYPEARS_TRUST_PROXY/],
  [{ KEYPEARS_TRUST_PROXY: "2001:db8::/129" }, /KEYPEARS_TRUST_PROXY/],
  [{ KEYPEARS_FEDERATION_HOSTS: "b.test" }, /KEYPEARS_FEDERATION_HOSTS has something other/],
  [{ KEYPEARS_FEDERATION_HOSTS: "b.test=127.0.0.1" }, /other than .*: b\.test=127\.0\.0\.1$/],
  [{ KEYPEARS_FEDERATION_HOSTS: "b.test=127.0.0.1:0" }, /b\.test=127\.0\.0\.1:0$/],
  [{ KEYPEARS_FEDERATION_HOSTS: "b.test=127.0.0.1:65536" }, /:65536$/],
  [{ KEYPEARS_FEDERATION_HOSTS: "b.test=127.0.0.1:https" }, /:https$/],
  [{ KEYPEARS_FEDERATION_HOSTS: "b=127.0.0.1:443" }, /: b=127/],
  [{ KEYPEARS_FEDERATION_HOSTS: "b.test=acme.com:443" }, /: b\.test=acme/],
  [{ KEYPEARS_FEDERATION_HOSTS: "b.test=127.1:443" }, /=127\.1:443$/],
  [{ KEYPEARS_FEDERATION_HOSTS: "b.test=[127.0.0.1]:443" }, /=\[127/],
  [{ KEYPEARS_FEDERATION_HOSTS: "b.test=::1:443" }, /=::1:443$/],
  [{ KEYPEARS_FEDERATION_HOSTS: "b.test=127.0.0.1:443," }, /: $/],
  [{ KEYPEARS_FEDERATION_HOSTS: "b.test=127.0.0.1:1,B.test=127.0.0.1:2" }, /b\.test twice/],
  [
    { KEYPEARS_DOMAIN: "acme.com", KEYPEARS_FEDERATION_HOSTS: "b.test=127.0.0.1:443" },
    /KEYPEARS_FEDERATION_HOSTS is for development/,
  ],
  [
    { KEYPEARS_DOMAIN: "acme.com", KEYPEARS_FEDERATION_CA: "ca.pem" },
    /KEYPEARS_FEDERATION_CA is for development/,
  ],
  [{ KEYPEARS_FEDERATION_CA: "ca.pem" }, /goes with KEYPEARS_FEDERATION_HOSTS/],
  [
    {
      KEYPEARS_FEDERATION_HOSTS: "b.test=127.0.0.1:443",
      KEYPEARS_FEDERATION_CA: "/nowhere/ca.pem",
    },
    /KEYPEARS_FEDERATION_CA cannot be used: ENOENT/,
  ],
  [{ DATABASE_URL: "mysql://db/keypears" }, /DATABASE_URL/],
  [{ REDIS_URL: "redis://cache" }, /REDIS_URL/],
  [{ KEYPEARS_ECHO: "echo@localhost" }, /KEYPEARS_ECHO is no name .*: echo@localhost$/],
  [{ KEYPEARS_ECHO: "postmaster" }, /KEYPEARS_ECHO is no name .*: postmaster$/],
  [{ KEYPEARS_ECHO: ".echo" }, /KEYPEARS_ECHO is no name .*: \.echo$/],
  [{ KEYPEARS_METRICS: "127.0.0.1:9" }, /KEYPEARS_METRICS/],
  [{ KEYPEARS_DATA: "/dev/null/data" }, /data folder \/dev\/null\/data cannot be used/],
];

for (const [env, sentence] of bad) {
  test(`settings are refused: ${JSON.stringify(env)}`, (t) => {
    const faults = faultsOf({ KEYPEARS_DATA: temporaryFolder(t), ...env });
    assert.equal(faults.length, 1, faults.join("\n"));
    assert.match(faults[0] ?? "", sentence);
  });
}

test("all faults are told at once, and nothing is made while there is one", (t) => {
  const folder = join(temporaryFolder(t), "data");
  const single = bad.filter(
    ([env]) =>
      Object.keys(env).length === 1 && !("KEYPEARS_DATA" in env) && !("KEYPEARS_SECRET" in env),
  );
  const env: Record<string, string | undefined> = { KEYPEARS_DATA: folder };
  for (const [one] of single) Object.assign(env, one);
  // One of the two TLS settings alone; the port is not asked for where an address to listen on is given.
  delete env["KEYPEARS_TLS_KEY"];
  delete env["PORT"];
  assert.equal(faultsOf(env).length, Object.keys(env).length - 1);
  assert(!existsSync(folder));
});

test("the secret is made once, whole, for its owner's eyes only, and is the same at the next start", (t) => {
  const folder = join(temporaryFolder(t), "data");
  const first = readConfig({ KEYPEARS_DATA: folder });
  const file = join(folder, "secret");
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(readFileSync(file, "utf8"), `${toHex(first.secret)}\n`);
  assert.deepEqual(readConfig({ KEYPEARS_DATA: folder }).secret, first.secret);
  assert.notDeepEqual(readConfig({ KEYPEARS_DATA: join(folder, "other") }).secret, first.secret);
  writeFileSync(file, "");
  assert.match(faultsOf({ KEYPEARS_DATA: folder })[0] ?? "", /does not hold 64 hex digits/);
});

test("TLS files are taken when they go together, and refused in a sentence when they do not", (t) => {
  const folder = temporaryFolder(t);
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const [own, other] = [makeAuthority().certify("a.test"), makeAuthority().certify("a.test")];
  const env = { KEYPEARS_DATA: join(folder, "data"), KEYPEARS_DOMAIN: "a.test" };
  const cert = file("cert.pem", own.cert);
  const key = file("key.pem", own.key);
  const { tls } = readConfig({ ...env, KEYPEARS_TLS_CERT: cert, KEYPEARS_TLS_KEY: key });
  assert.deepEqual(tls, { ...own, files: { cert, key } });
  for (const [wrongCert, wrongKey] of [
    [cert, file("other.pem", other.key)],
    [file("nonsense.pem", "nonsense"), key],
    [cert, join(folder, "nonsense.pem")],
    [key, cert],
    [folder, key],
  ] as const) {
    const faults = faultsOf({ ...env, KEYPEARS_TLS_CERT: wrongCert, KEYPEARS_TLS_KEY: wrongKey });
    assert.equal(faults.length, 1);
    assert.match(faults[0] ?? "", /^The TLS files cannot be used: /);
    assert(!faults.join().includes("PRIVATE KEY"));
  }
});

test("the authorities of development are read from a file of certificates, and refused in a sentence when there are none", (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "ca.pem");
  const env = {
    KEYPEARS_DATA: join(folder, "data"),
    KEYPEARS_FEDERATION_HOSTS: "b.test=127.0.0.1:443",
    KEYPEARS_FEDERATION_CA: file,
  };
  const pem = makeAuthority().certificate + makeAuthority().certificate;
  writeFileSync(file, pem);
  const { reach } = readConfig(env);
  assert(reach.kind === "hosts");
  assert.equal(reach.ca, pem);
  const broken = pem.replace(/\n(?=-----END)/, "AAAA\n").replace(/(?<=\n)M/, "A");
  for (const content of ["", "nonsense", makeAuthority().certify("a.test").key, broken]) {
    writeFileSync(file, content);
    const faults = faultsOf(env);
    assert.equal(faults.length, 1);
    assert.match(faults[0] ?? "", /^KEYPEARS_FEDERATION_CA cannot be used: /);
  }
});

test("a secret that others could read is closed to them", (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, "secret"), "ab".repeat(32), { mode: 0o644 });
  readConfig({ KEYPEARS_DATA: folder });
  assert.equal(statSync(join(folder, "secret")).mode & 0o777, 0o600);
});

test("a given secret leaves no file", (t) => {
  const folder = temporaryFolder(t);
  readConfig({ KEYPEARS_DATA: folder, KEYPEARS_SECRET: "ab".repeat(32) });
  assert(!existsSync(join(folder, "secret")));
});

test("every setting that is read is in the table of the guide", () => {
  const source = readFileSync(new URL("config.ts", import.meta.url), "utf8");
  const read = new Set(source.match(/(?<=env\.|")KEYPEARS_[A-Z_]+(?=\b)/g));
  const notBuilt = new Set(bad.map(([env]) => Object.keys(env)[0]).slice(-5));
  for (const name of read) {
    if (notBuilt.has(name) && name !== "KEYPEARS_DATA") continue;
    assert(
      settings.some((setting) => setting.name.split(", ").includes(name)),
      name,
    );
  }
});
