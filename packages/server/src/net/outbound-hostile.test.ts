import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, type Socket, createServer, isIP } from "node:net";
import { type TestContext, test } from "node:test";
import type { Domain } from "@keypears/protocol";
import fc from "fast-check";
import { type Reply, addressRecords, startNameServer } from "../testing/dns.ts";
import { hostileAddresses, hostileNames } from "../testing/hostile.ts";
import { watchSockets } from "../testing/sockets.ts";
import { isPublicAddress, isPublicName } from "./addresses.ts";
import type { Places } from "./outbound-connect.ts";
import { Door, type Outbound, createOutbound } from "./outbound.ts";

const HOST = "peer.keypears.com" as Domain;

/** A door to the internet, whose names a test makes up, and what is tried behind it. */
async function openHostile(t: TestContext, reply: (type: string, count: number) => Reply) {
  const names = await startNameServer(t, ({ type }, count) => reply(type, count));
  const outbound = createOutbound({
    reach: { kind: "internet" },
    limits: false,
    now: Date.now,
    dnsServers: [names.address],
  });
  assert(outbound !== null);
  t.after(() => outbound.close());
  return { outbound, names, ...watchSockets(t, { stop: true }) };
}

async function ask(outbound: Outbound, host: string): Promise<string> {
  const answer = await outbound.send({
    host: host as Domain,
    method: "GET",
    path: "/",
    mostBytes: 1_000,
    cause: "user",
  });
  return answer.ok ? "answered" : answer.fault;
}

test("no name but one of the public DNS is looked up, let alone connected to", async (t) => {
  const { outbound, names, sockets, attempts } = await openHostile(t, () => "none");
  for (const name of hostileNames) {
    assert(!isPublicName(name), JSON.stringify(name));
    assert.equal(await ask(outbound, name), "dns", JSON.stringify(name));
  }
  assert.deepEqual([names.questions, sockets, attempts], [[], [], []]);
  // And the door is one that does ask.
  assert.equal(await ask(outbound, HOST), "dns");
  assert.deepEqual(names.questions.toSorted(), [`A ${HOST}`, `AAAA ${HOST}`]);
});

test("a name that stands for anything but a public address is connected to nowhere", async (t) => {
  let address = "";
  const { outbound, sockets, attempts } = await openHostile(t, (type) => {
    const records = addressRecords(HOST, [address]);
    return records.filter((record) => record.type === type);
  });
  for (address of hostileAddresses) {
    assert.notEqual(isIP(address), 0, address);
    assert.equal(await ask(outbound, HOST), "address", address);
  }
  assert.deepEqual([sockets, attempts], [[], []]);
  for (address of ["1.2.3.4", "2606:4700::1111"])
    assert.equal(await ask(outbound, HOST), "connect");
  assert.deepEqual(attempts, ["1.2.3.4", "2606:4700::1111"]);
});

test("the corpus is as large as it says: 120 hostile names and 150 hostile answers, none of them twice", () => {
  for (const list of [hostileNames, hostileAddresses]) {
    assert.deepEqual(
      list.filter((one, index) => list.indexOf(one) !== index),
      [],
    );
  }
  assert(hostileNames.length >= 120 && hostileAddresses.length >= 150);
});

test("of a name with public and other addresses only the public ones are tried, and few of them", async (t) => {
  const { outbound, attempts } = await openHostile(t, (type) =>
    addressRecords(HOST, [
      ...["127.0.0.1", "10.0.0.1", "1.2.3.4", "169.254.169.254", "5.6.7.8", "192.168.0.1"],
      ...["9.9.9.9", "8.8.8.8", "::1", "fd00::1", "2606:4700::1", "2606:4700::2", "2606:4700::3"],
    ]).filter((record) => record.type === type),
  );
  assert.equal(await ask(outbound, HOST), "connect");
  assert.deepEqual(attempts.toSorted(), ["1.2.3.4", "2606:4700::1", "2606:4700::2", "5.6.7.8"]);
});

test("a name that leads to another one is judged by the addresses at its end", async (t) => {
  const target = "internal.keypears.com";
  let end = "127.0.0.1";
  const { outbound, attempts } = await openHostile(t, (type) => [
    { name: HOST, type: "CNAME", ttl: 0, data: "between.keypears.com" },
    { name: "between.keypears.com", type: "CNAME", ttl: 0, data: target },
    ...addressRecords(target, [end]).filter((record) => record.type === type),
  ]);
  for (end of ["127.0.0.1", "10.0.0.1", "::1", "fe80::1"]) {
    assert.equal(await ask(outbound, HOST), "address");
  }
  // One that leads to a name without any address is nowhere.
  end = "none";
  assert.deepEqual(attempts, []);
  end = "1.2.3.4";
  assert.equal(await ask(outbound, HOST), "connect");
  assert.deepEqual(attempts, ["1.2.3.4"]);
});

test("a name that has other addresses from one moment to the next is connected to only where it was checked", async (t) => {
  const { outbound, names, attempts } = await openHostile(t, (type, count) =>
    type === "A" ? addressRecords(HOST, [count % 2 === 1 ? "1.2.3.4" : "127.0.0.1"]) : [],
  );
  for (let round = 0; round < 10; round++) {
    assert.equal(await ask(outbound, HOST), round % 2 === 0 ? "connect" : "address");
  }
  assert.deepEqual(
    attempts,
    Array.from({ length: 5 }, () => "1.2.3.4"),
  );
  // One look-up for each connection: there is no second answer that could differ from the one that was checked.
  assert.equal(names.questions.filter((question) => question === `A ${HOST}`).length, 10);
});

test("a connection that ends up elsewhere than it was made for carries not a byte", async (t) => {
  let bytes = 0;
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket);
    socket.on("data", (chunk) => (bytes += chunk.length)).on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  // As if a check before it had been got around.
  const places: Places = {
    knows: () => true,
    find: async () => ({ addresses: ["127.0.0.1"], port }),
    allows: isPublicAddress,
    ca: null,
  };
  const outbound = new Door({ places, limits: false, now: Date.now });
  t.after(() => outbound.close());
  assert.equal(await ask(outbound, HOST), "address");
  for (const socket of accepted) if (!socket.destroyed) await once(socket, "close");
  assert.equal(bytes, 0);
});

test("a name server that says nothing keeps nobody waiting for more than five seconds", async (t) => {
  const { outbound, attempts } = await openHostile(t, () => "silence");
  const started = performance.now();
  assert.equal(await ask(outbound, HOST), "timeout");
  assert(performance.now() - started < 5_500);
  assert.deepEqual(attempts, []);
});

test("what is next to a range that is not public is public", () => {
  for (const address of [
    ...["1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255"],
    ...["128.0.0.0", "168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0"],
    ...[
      "172.15.255.255",
      "172.32.0.0",
      "191.255.255.255",
      "192.0.1.0",
      "192.0.3.0",
      "192.31.195.255",
    ],
    ...[
      "192.88.98.255",
      "192.88.100.0",
      "192.167.255.255",
      "192.169.0.0",
      "198.17.255.255",
      "198.20.0.0",
    ],
    ...["198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255"],
    ...["2000::", "2001:200::", "2001:db7:ffff::1", "2001:db9::", "2001:4860:4860::8888", "2003::"],
    ...["2606:4700::1111", "2606:4700::5eff:1:1", "2a00:1450:4001::200e", "3ffd::1", "3fff:1000::"],
  ]) {
    assert(isPublicAddress(address), address);
  }
  for (const text of ["", "a.com", "1.2.3", "2606:4700::1111%eth0", "1.2.3.4 ", "[2606:4700::1]"]) {
    assert(!isPublicAddress(text), text);
  }
});

test("whatever a parser of URLs takes for an address is no name", () => {
  const part = fc.oneof(
    fc.nat({ max: 300 }).map(String),
    fc.nat().map((n) => `0x${n.toString(16)}`),
    fc.nat().map((n) => `0${n.toString(8)}`),
    fc.constantFrom("0x", "00", "08", "a", "com", "0xg", "1a"),
  );
  const notation = fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join("."));
  const text = fc.oneof(
    notation,
    fc.ipV4Extended(),
    fc.ipV6(),
    fc.ipV6().map((address) => `[${address}]`),
    fc.domain(),
    fc.string({ unit: fc.constantFrom(..."0123456789abcdefx.-:[]%"), maxLength: 20 }),
  );
  let addresses = 0;
  fc.assert(
    fc.property(text, (name) => {
      const host = URL.parse(`https://${name}/`)?.hostname ?? null;
      const isAddress =
        isIP(name) !== 0 || (host !== null && isIP(host.replace(/^\[|\]$/g, "")) !== 0);
      if (isAddress) addresses += 1;
      if (!isPublicName(name)) return;
      assert(!isAddress, name);
      // What is a name is the same name to a parser of URLs.
      assert.equal(host, name);
    }),
    { numRuns: 3_000 },
  );
  assert(addresses > 500);
});

test("common domains are names of the public DNS", () => {
  for (const name of [
    ...["keypears.com", "a.co", "xn--mnchen-3ya.de", "mail.xn--p1ai", "a-b.example-domain.com"],
    ...[
      "1.com",
      "127.0.0.1.com",
      "localhost.com",
      "test.com",
      "example.com.de",
      "0x7f.net",
      "local.de",
    ],
  ]) {
    assert(isPublicName(name), name);
  }
});
