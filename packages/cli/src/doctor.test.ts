/** `keypears doctor` against domains that are broken, each in one way. Those with broken name servers are in the server's diagnose.test.ts. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, type Socket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  type Host,
  type Network,
  securePlaces,
  startNetwork,
} from "@keypears/server/testing/network";
import { main } from "./main.ts";

const HOUR = 3_600_000;
/** How long the slowest of them may take, in milliseconds. */
const MOST = 30_000;

type Env = Record<string, string | undefined>;
type Answer = Host["answer"];

interface Finding {
  readonly check: string;
  readonly host: string;
  readonly ok: boolean;
  readonly message: string;
  readonly remedy?: string;
}

/** A domain with something wrong, and what the doctor has to say of it. */
interface Broken {
  readonly answer?: Answer;
  readonly flaw?: Host["flaw"];
  /** What its certificate is for, where that is not its name. */
  readonly certified?: string;
  /** Where it is on loopback, where no host answers; 0 for nowhere. */
  readonly port?: number;
  readonly check: string;
  readonly says: RegExp;
  readonly remedy: RegExp;
}

const json =
  (value: unknown): Answer =>
  () =>
    Response.json(value);
const typed =
  (body: string, type: string): Answer =>
  () =>
    new Response(body, { headers: { "content-type": type } });
const naming = (apiDomain: string): Answer => json({ apiDomain, versions: [1] });

/** A host that serves its own domain, but for what a test has it answer. */
const serving =
  (name: string, answerApi: (request: Request, path: string) => ReturnType<Answer>): Answer =>
  (request) => {
    const { pathname } = new URL(request.url);
    return pathname.startsWith("/api/v1")
      ? answerApi(request, pathname)
      : Response.json({ apiDomain: name, versions: [1] });
  };

/** What is in front of a sound server and changes one header of what that answers, or when it comes. */
const before =
  (network: Network, name: string, change: { date?: () => string; wait?: number }): Answer =>
  async (request) => {
    const { url, method, headers: given } = request;
    const body = method === "GET" ? null : await request.text();
    const answer = await network
      .node(name)
      .fetch(new Request(url, { method, headers: given, body }));
    const headers = new Headers(answer.headers);
    if (change.date !== undefined) headers.set("date", change.date());
    if (change.wait !== undefined && request.url.includes("/serves/")) {
      await new Promise((resolve) => setTimeout(resolve, change.wait));
    }
    return new Response(answer.body, { status: answer.status, headers });
  };

const never: Answer = () => new Promise<Response>(() => {});

/** Every way in which a domain is broken here, by its name. */
function brokenDomains(
  network: Network,
  ports: { readonly plain: number; readonly mute: number },
): Readonly<Record<string, Broken>> {
  const file = { check: "keypears.json" };
  const put = /proxy passes \/\.well-known\/keypears\.json on.*put the file there/;
  const trusted = /authority that everybody trusts/;
  const bare = /bare host name such as kp\.acme\.com/;
  return {
    // Its name, its port, its certificate.
    "unregistered.test": {
      ...{ port: 0, check: "dns", says: /no name of the public DNS/ },
      remedy: /Use a domain that is registered/,
    },
    "closed.test": {
      ...{ port: 1, check: "connection", says: /Port 1 of 127\.0\.0\.1 refuses connections/ },
      remedy: /listen there, open the firewall/,
    },
    "plain.test": {
      ...{ port: ports.plain, check: "tls certificate", says: /does not speak TLS/ },
      remedy: /HTTPS is served on that port/,
    },
    "mute.test": {
      ...{ port: ports.mute, check: "tls certificate", says: /does not speak TLS.*says nothing/ },
      remedy: /HTTPS is served on that port/,
    },
    "expired.test": {
      flaw: { to: Date.now() - HOUR },
      ...{ check: "tls certificate", says: /has expired \(\d{4}-\d\d-\d\d\)/ },
      remedy: /Renew the certificate/,
    },
    "early.test": {
      flaw: { from: Date.now() + HOUR, to: Date.now() + 9 * HOUR },
      ...{ check: "tls certificate", says: /is not valid yet/, remedy: /clock/ },
    },
    "ending.test": {
      flaw: { from: Date.now() - 90 * 24 * HOUR, to: Date.now() + 36 * HOUR },
      ...{ check: "tls certificate", says: /expires in 1 day \(/, remedy: /Renew it now/ },
    },
    "wrong-name.test": {
      certified: "www.wrong-name.test",
      ...{ check: "tls certificate", says: /not for wrong-name\.test, but for www\.wrong-/ },
      remedy: /Get one that names wrong-name\.test/,
    },
    "self-signed.test": {
      flaw: { by: "itself" },
      ...{ check: "tls certificate", says: /signed by nobody but itself/, remedy: trusted },
    },
    "chainless.test": {
      flaw: { by: "between" },
      ...{ check: "tls certificate", says: /without the certificates between/ },
      remedy: /whole chain \(fullchain\.pem.*authority that everybody trusts/,
    },
    // Its file.
    "none.test": {
      answer: () => new Response("", { status: 404 }),
      ...{ ...file, says: /There is no https:\/\/none\.test\/\.well-known/, remedy: put },
    },
    "failing.test": {
      answer: () => new Response("", { status: 503 }),
      ...{ ...file, says: /answers with status 503/, remedy: put },
    },
    "redirect.test": {
      answer: () => Response.redirect("https://www.test/x"),
      ...{ ...file, says: /redirects to https:\/\/www\.test\/x/, remedy: /Answer at https:/ },
    },
    "html.test": {
      answer: typed("<h1>Welcome</h1>", "text/html; charset=utf-8"),
      ...{ ...file, says: /is a web page/, remedy: put },
    },
    "type.test": {
      answer: typed('{"apiDomain":"type.test","versions":[1]}', "text/plain"),
      ...{ ...file, says: /served as text\/plain/, remedy: /Content-Type: application\/json/ },
    },
    "large.test": {
      answer: json({ apiDomain: "large.test", versions: [1], fill: "x".repeat(20_000) }),
      ...{ ...file, says: /larger than 16384 bytes/, remedy: /its members alone/ },
    },
    "slow.test": {
      answer: never,
      ...{ ...file, says: /longer than five seconds/, remedy: /See what slows/ },
    },
    "broken.test": {
      answer: typed("{", "application/json"),
      ...{ ...file, says: /holds no JSON object/, remedy: /It is like \{/ },
    },
    "nameless.test": {
      answer: json({ versions: [1] }),
      ...{ ...file, says: /apiDomain .* it is missing/, remedy: bare },
    },
    "port.test": {
      answer: naming("kp.port.test:8443"),
      ...{ ...file, says: /apiDomain .* "kp\.port\.test:8443"/, remedy: bare },
    },
    "address.test": {
      answer: naming("127.0.0.1"),
      ...{ ...file, says: /apiDomain .* no host name/, remedy: bare },
    },
    "admin.test": {
      answer: json({ apiDomain: "admin.test", admin: "me", versions: [1] }),
      ...{ ...file, says: /admin .* "me"/, remedy: /such as you@acme\.com, or leave it out/ },
    },
    "versions.test": {
      answer: json({ apiDomain: "versions.test", versions: "1" }),
      ...{ ...file, says: /versions .* no list of whole numbers/, remedy: /Let it be \[1\]/ },
    },
    "later.test": {
      answer: json({ apiDomain: "later.test", versions: [2] }),
      ...{ check: "version", says: /versions 2, and not 1/, remedy: /such as \[1\]/ },
    },
    // The server that the file names.
    "elsewhere.test": {
      answer: naming("unregistered.test"),
      ...{ check: "dns", says: /unregistered\.test is no name/, remedy: /registered/ },
    },
    "gone.test": {
      answer: naming("closed.test"),
      ...{ check: "connection", says: /Port 1 of 127\.0\.0\.1/, remedy: /listen there/ },
    },
    "denied.test": {
      answer: naming("sound.test"),
      ...{ check: "apiDomain", says: /sound\.test denies that it serves denied\.test/ },
      remedy: /KEYPEARS_DOMAIN=denied\.test, or let the keypears\.json of denied\.test name/,
    },
    "website.test": {
      answer: serving("website.test", () => new Response("<h1>", { status: 404 })),
      ...{ check: "apiDomain", says: /does not speak the protocol \(status 404\)/ },
      remedy: /KeyPears server answer at https:\/\/website\.test\/api\/v1/,
    },
    "gateway.test": {
      answer: serving("gateway.test", () => new Response("", { status: 502 })),
      ...{ check: "apiDomain", says: /status 502/, remedy: /log/ },
    },
    "hanging.test": {
      answer: serving("hanging.test", never),
      ...{
        check: "apiDomain",
        says: /longer than five seconds/,
        remedy: /server answer at https:/,
      },
    },
    "fast-clock.test": {
      answer: before(network, "fast-clock.test", {
        date: () => new Date(Date.now() + 600_000).toUTCString(),
      }),
      ...{ check: "clock", says: /(599|60\d) seconds ahead of this machine/, remedy: /NTP/ },
    },
    "no-clock.test": {
      answer: before(network, "no-clock.test", { date: () => "soon" }),
      ...{ check: "clock", says: /does not say what time it has/, remedy: /header Date/ },
    },
    "tardy.test": {
      answer: before(network, "tardy.test", { wait: 2_100 }),
      ...{ check: "round trip", says: /takes 2\d{3} ms/, remedy: /See what slows/ },
    },
    "workless.test": {
      answer: serving("workless.test", (_, path) =>
        path.includes("/serves/")
          ? Response.json({ serves: true })
          : Response.json({ code: "internal", message: "" }, { status: 500 }),
      ),
      ...{ check: "challenge", says: /status 500 when it is asked/, remedy: /log/ },
    },
  };
}

/** A listener on loopback that is no web server. */
async function listener(t: TestContext, talk: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    talk(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** Hosts on loopback, and the settings by which a command line finds them. */
async function settingsOf(
  t: TestContext,
  domains: Readonly<Record<string, Broken>>,
  more: readonly Host[],
): Promise<Env> {
  const folder = mkdtempSync(join(tmpdir(), "keypears-cli-"));
  const placed = Object.entries(domains);
  const hosts = placed
    .filter(([, { port }]) => port === undefined)
    .map(([name, { answer = naming(name), flaw, certified }]) => ({
      ...{ names: [name], answer },
      ...(flaw === undefined ? {} : { flaw }),
      ...(certified === undefined ? {} : { certified: [certified] }),
    }));
  const { env, close } = await securePlaces({ places: [], hosts: [...hosts, ...more], folder });
  t.after(async () => {
    await close();
    rmSync(folder, { recursive: true });
  });
  const bare = placed.flatMap(([name, { port }]) => (port ? [`${name}=127.0.0.1:${port}`] : []));
  return {
    ...env,
    KEYPEARS_HOME: join(folder, "home"),
    KEYPEARS_FEDERATION_HOSTS: [env.KEYPEARS_FEDERATION_HOSTS, ...bare].join(","),
  };
}

/** Runs the command for scripts. */
async function doctor(
  domain: string,
  env: Env,
): Promise<{ code: number; findings: Finding[]; milliseconds: number }> {
  let text = "";
  const begun = performance.now();
  const code = await main(["doctor", domain, "--json"], {
    env,
    stdout: { write: (part) => (text += part) },
    stderr: { write: (part) => (text += part) },
    signal: new AbortController().signal,
  });
  const findings = JSON.parse(text) as Finding[];
  return { code, findings, milliseconds: performance.now() - begun };
}

test("each of the many ways in which a domain can be broken is named, with its remedy, and exits with 1", async (t) => {
  const served = ["sound.test", "fast-clock.test", "no-clock.test", "tardy.test"];
  const network = await startNetwork(served);
  t.after(() => network.close());
  const domains = brokenDomains(network, {
    plain: await listener(t, (socket) => socket.end("220 hello\r\n")),
    mute: await listener(t, () => {}),
  });
  assert.ok(Object.keys(domains).length >= 30);
  const sound = { names: ["sound.test"], answer: before(network, "sound.test", {}) };
  const env = await settingsOf(t, domains, [sound]);
  const good = await doctor("sound.test", env);
  assert.deepEqual([good.code, good.findings.filter(({ ok }) => !ok)], [0, []]);
  await Promise.all(
    Object.entries(domains).map(async ([name, { check, says, remedy }]) => {
      const { code, findings, milliseconds } = await doctor(name, env);
      const bad = findings.filter(({ ok }) => !ok);
      // This, and nothing else: what works is not called broken, and what lies behind it is left out.
      assert.deepEqual([name, code, ...bad.map((one) => one.check)], [name, 1, check]);
      assert.match(bad[0]?.message ?? "", says, name);
      assert.match(bad[0]?.remedy ?? "", remedy, name);
      assert.ok(milliseconds < MOST, name);
    }),
  );
});
