import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, type Socket, createServer } from "node:net";
import { test } from "node:test";
import { addressRecords, startNameServer } from "../testing/dns.ts";
import { OutOfTime, Probe } from "./outbound-probe.ts";

const host = "silent.keypears.com";

test("a request has the time that the look-up of its name left, and none when all of it is over", async (t) => {
  const sockets = new Set<Socket>();
  const silent = createServer((socket) => sockets.add(socket.on("error", () => {})));
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  // The first question is lost, and asked again.
  const names = await startNameServer(t, ({ name, type }, count) =>
    count === 1 ? "silence" : type === "A" ? addressRecords(name, ["45.140.20.53"]) : [],
  );
  const begun = performance.now();
  const probe = new Probe(
    { places: new Map(), ca: null, dnsServers: [names.address] },
    begun + 7_000,
  );
  t.after(() => probe.close());
  const { addresses, fault } = await probe.resolve(host);
  assert.deepEqual([addresses, fault], [["45.140.20.53"], null]);
  const resolved = performance.now() - begun;
  assert(resolved > 1_000);

  const { port } = silent.address() as AddressInfo;
  const at = { host, address: "127.0.0.1", port };
  assert.deepEqual(await probe.ask(at, { path: "/", mostBytes: 1 }), { ok: false, fault: "late" });
  const both = performance.now() - begun;
  assert(both > 4_900 && both < 5_000 + resolved / 2, `${both} ms for five seconds in all`);
  // Now the end of everything comes before the end of a step's own time.
  await assert.rejects(probe.ask(at, { path: "/", mostBytes: 1 }), OutOfTime);
  assert(performance.now() - begun < 9_000);
  await assert.rejects(probe.shakeHands(host, at.address, port), OutOfTime);
  await assert.rejects(probe.resolve(host), OutOfTime);
});
