import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { readTlsFiles } from "./config.ts";
import { renewTls } from "./serve.ts";
import { makeAuthority } from "./testing/certificates.ts";
import { startNetwork } from "./testing/network.ts";

/** A clock that stands still: nothing is given back meanwhile. */
const NOW = 1_795_000_000_000;

/** How many sign-ups' look-ups pass for a forwarded address before it is told to wait. */
async function start(t: TestContext, trusted: string) {
  const env = { KEYPEARS_LIMITS: "", KEYPEARS_TRUST_PROXY: trusted };
  const network = await startNetwork(["a.localhost"], { wire: "http", env, now: () => NOW });
  t.after(() => network.close());
  const [node] = network.nodes;
  assert(node);
  /** Uses up what is allowed to whoever the server takes this caller for. */
  const exhaust = async (forwarded: string): Promise<number> => {
    for (let passed = 0; ; passed++) {
      const answer: Response = await node.fetch(
        "/api/v1/account/availability?address=x@a.localhost",
        {
          headers: { "X-Forwarded-For": forwarded },
        },
      );
      if (answer.status === 429) return passed;
      assert.equal(answer.status, 200);
    }
  };
  return exhaust;
}

test("behind a trusted proxy the caller is the last hop that is none of ours; what the caller wrote there itself counts for nothing", async (t) => {
  const exhaust = await start(t, "127.0.0.1,10.0.0.0/8");
  assert.equal(await exhaust("198.51.100.7"), 120);
  assert((await exhaust("203.0.113.1, 198.51.100.7, 10.1.2.3")) < 5);
  assert((await exhaust("203.0.113.2, 198.51.100.7")) < 5);
  assert((await exhaust("nonsense, ::ffff:198.51.100.7")) < 5);
  assert.equal(await exhaust("198.51.100.8"), 120);
  // Hops that are no addresses end the search at the proxy itself.
  assert.equal(await exhaust("dead.beef"), 120);
  assert((await exhaust("1.2.3.4:80")) < 5);
});

test("without a trusted proxy nobody chooses who they are", async (t) => {
  const exhaust = await start(t, "");
  assert.equal(await exhaust("198.51.100.7"), 120);
  assert((await exhaust("198.51.100.8")) < 5);
});

test("a renewed certificate is used without a restart, and files that do not go together are said and not used", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "keypears-tls-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  const authority = makeAuthority();
  const renew = () => {
    const { cert, key } = authority.certify("a.test");
    return { cert, key, fingerprint: new X509Certificate(cert).fingerprint256 };
  };
  const write = ({ cert, key }: Partial<ReturnType<typeof renew>>): void => {
    if (cert !== undefined) writeFileSync(files.cert, cert);
    if (key !== undefined) writeFileSync(files.key, key);
  };
  const [first, second] = [renew(), renew()];
  write(first);
  const read = readTlsFiles(files);
  assert(read.ok);
  const https = createServer({ cert: first.cert, key: first.key });
  https.listen(0, "127.0.0.1");
  await once(https, "listening");
  t.after(() => https.close());
  const shown = async (): Promise<string> => {
    const { port } = https.address() as AddressInfo;
    const socket = connect({
      port,
      host: "127.0.0.1",
      servername: "a.test",
      ca: authority.certificate,
    });
    await once(socket, "secureConnect");
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  };
  const said: string[] = [];
  const note = (_: object, message: string) => void said.push(message);
  let look = (): void => {};
  renewTls(https, read.tls, { info: note, warn: note, error: note }, (_, work) => {
    look = work;
    return () => {};
  });
  look();
  assert.deepEqual([await shown(), said], [first.fingerprint, []]);
  write({ cert: second.cert });
  look();
  look();
  assert.equal(await shown(), first.fingerprint, "half of it is there");
  assert.match(said.splice(0).join(), /^The TLS files cannot be used: .* not for this key\.$/);
  write(second);
  look();
  look();
  assert.equal(await shown(), second.fingerprint);
  assert.deepEqual(said, ["a renewed certificate is used from now on"]);
});
