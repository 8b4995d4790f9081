import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, type Socket, createServer, isIP } from "node:net";
import { type TestContext, test } from "node:test";
import type { Domain } from "@keypears/protocol";
import fc from "fast-check";
import { type Reply, addressRecords, startNameServer } from "../testing/dns.ts";
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

/** Every range that is no host's on the public internet: its first address, its last one, and one between. */
const hostileAddresses: readonly string[] = [
  ...["0.0.0.0", "0.0.0.1", "0.255.255.255"],
  ...["10.0.0.0", "10.1.2.3", "10.255.255.255"],
  ...["100.64.0.0", "100.100.100.200", "100.127.255.255"],
  ...["127.0.0.0", "127.0.0.1", "127.0.0.53", "127.1.1.1", "127.255.255.255"],
  "168.63.129.16",
  ...["169.254.0.0", "169.254.169.254", "169.254.170.2", "169.254.255.255"],
  ...["172.16.0.0", "172.17.0.1", "172.31.255.255"],
  ...["192.0.0.0", "192.0.0.8", "192.0.0.170", "192.0.0.192", "192.0.0.255"],
  ...["192.0.2.0", "192.0.2.1", "192.0.2.255"],
  ...["192.31.196.1", "192.52.193.1", "192.175.48.6"],
  ...["192.88.99.0", "192.88.99.1", "192.88.99.255"],
  ...["192.168.0.0", "192.168.1.1", "192.168.255.255"],
  ...["198.18.0.0", "198.18.0.1", "198.19.255.255"],
  ...["198.51.100.0", "198.51.100.7", "198.51.100.255"],
  ...["203.0.113.0", "203.0.113.7", "203.0.113.255"],
  ...["224.0.0.0", "224.0.0.1", "232.1.1.1", "239.255.255.250", "239.255.255.255"],
  ...["240.0.0.0", "250.1.2.3", "255.255.255.254", "255.255.255.255"],
  // Unspecified, loopback, IPv4-compatible.
  ...["::", "::1", "::7f00:1", "::127.0.0.1", "::10.0.0.1", "::8.8.8.8", "::2"],
  // Mapped, also to what is public: it is another family in disguise.
  ...["::ffff:0.0.0.0", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254"],
  ...["::ffff:192.168.1.1", "::ffff:8.8.8.8", "::ffff:7f00:1", "0:0:0:0:0:ffff:7f00:1"],
  // Translated.
  ...["::ffff:0:127.0.0.1", "::ffff:0:10.0.0.1"],
  ...["64:ff9b::", "64:ff9b::127.0.0.1", "64:ff9b::a00:1", "64:ff9b::169.254.169.254"],
  ...["64:ff9b::8.8.8.8", "64:ff9b:1::", "64:ff9b:1::127.0.0.1", "64:ff9b:1:ffff::10.0.0.1"],
  // Discard-only, and other prefixes outside of what is given out.
  ...["100::", "100::1", "100:0:0:1::1", "200::1", "400::1", "1000::1", "4000::1", "5f00::1"],
  ...["6000::1", "8000::1", "a000::1", "c000::1", "e000::1", "f000::1", "f800::1", "fe00::1"],
  // Protocol assignments: Teredo (to anywhere), benchmarks, AMT, ORCHID, DRIP.
  ...["2001::", "2001::1", "2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe"],
  ...["2001:1::1", "2001:1::2", "2001:2::1", "2001:3::1", "2001:4:112::1", "2001:10::1"],
  ...["2001:20::1", "2001:30::1", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff"],
  // Documentation.
  ...[
    "2001:db8::",
    "2001:db8::1",
    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    "3fff::",
    "3fff:fff::1",
  ],
  // 6to4, whatever is inside.
  ...["2002::", "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:101::1", "2002:a9fe:a9fe::1"],
  ...["2002:808:808::1", "2002:ffff:ffff::"],
  ...["2620:4f:8000::1", "3ffe::1", "3ffe:ffff::1"],
  // ISATAP behind a public prefix.
  ...["2606:4700::5efe:127.0.0.1", "2606:4700::5efe:a00:1", "2606:4700::200:5efe:192.168.1.1"],
  ...["2606:4700:0:0:0:5efe:7f00:1", "2606:4700:1:2:200:5efe:a9fe:a9fe"],
  // Unique-local, link-local, site-local, multicast.
  ...["fc00::", "fc00::1", "fd00::1", "fd00:ec2::254", "fd20:ce::254", "fdff:ffff::1"],
  ...["fe80::", "fe80::1", "febf::1", "fe80::a9fe:a9fe", "fec0::1", "feff::1"],
  ...["ff00::", "ff01::1", "ff02::1", "ff02::fb", "ff05::2", "ff0e::1", "ffff::1"],
];

/** Names under which somebody would reach this machine, its network, or nothing of the public DNS. */
const hostileNames: readonly string[] = [
  // Addresses in every notation that a parser of URLs or a system's resolver takes for one.
  ...["127.0.0.1", "127.0.1", "127.1", "2130706433", "0x7f000001", "017700000001", "0", "1"],
  ...["0x7f.0.0.1", "0x7f.1", "0177.0.0.1", "0177.1", "127.0.0.0x1", "127.0x1", "127.0.0x0.0x1"],
  ...["1.2.3.0x4", "10.0.0.0xa", "169.254.169.0xfe", "169.254.43518", "0xa9fea9fe", "2852039166"],
  ...["0251.0376.0251.0376", "0xa9.0xfe.0xa9.0xfe", "0xA9.0xFE.0xA9.0xFE", "127.0.0.1.", "0x.0x"],
  ...["127.0.0.01", "127.0.0.0x", "1.0x", "foo.0x7f", "foo.0x", "foo.0x4", "foo.1", "a.b.09"],
  ...["00000127.0.0.1", "0x0000007f.0.0.1", "127.000.000.001", "8.8.8.8", "1.1", "8.8.2056"],
  ...[
    "[::1]",
    "::1",
    "[::]",
    "[::ffff:127.0.0.1]",
    "::ffff:7f00:1",
    "[fe80::1%25eth0]",
    "fe80::1%eth0",
  ],
  ...[
    "[2606:4700::1111]",
    "2606:4700::1111",
    "[v1.fe80::a]",
    "ip6-localhost.1",
    "1.ip6-localhost.0x1",
  ],
  // The same in characters that are made ASCII somewhere.
  ...["１２７.0.0.1", "127。0。0。1", "①②⑦.⓪.⓪.①", "127．0．0．1", "ｌocalhost.com", "ⓔxample.com"],
  ...["127%2e0%2e0%2e1", "%31%32%37.0.0.1", "local\u00adhost.com", "keypears.com\u0000.local"],
  // Other parts of a URL where a name should be.
  ...["keypears.com:8443", "keypears.com:443", "user@127.0.0.1", "keypears.com@127.0.0.1"],
  ...["127.0.0.1#.keypears.com", "127.0.0.1?.keypears.com", "127.0.0.1/.keypears.com"],
  ...["keypears.com\\@127.0.0.1", "http://127.0.0.1", "https://keypears.com", "//127.0.0.1"],
  ...[
    "keypears.com\r\nhost: a",
    "keypears.com\n",
    " keypears.com",
    "keypears.com ",
    "keypears com",
  ],
  ...["keypears.com\t", "", ".", "..", ".com", "com.", "keypears..com", "keypears.com.", "-.-"],
  ...[
    "KEYPEARS.COM",
    "key_pears.com",
    "*.keypears.com",
    `${"a.".repeat(130)}com`,
    `${"a".repeat(64)}.com`,
  ],
  // One label.
  ...["localhost", "com", "intranet", "router", "metadata", "broadcasthost", "ip6-loopback"],
  // Special use, and what is private by custom.
  ...[
    "a.localhost",
    "localhost.localdomain",
    "printer.local",
    "a.test",
    "a.example",
    "www.example.com",
  ],
  ...["example.com", "example.net", "a.b.example.org", "metadata.google.internal", "a.internal"],
  ...["kubernetes.default.svc.cluster.local", "a.invalid", "facebookcorewwwi.onion", "a.alt"],
  ...["1.0.0.127.in-addr.arpa", "router.home.arpa", "a.ip6.arpa", "ipv4only.arpa", "resolver.arpa"],
  ...["fritz.home", "nas.lan", "mail.corp", "wiki.intranet", "smtp.mail", "db.private"],
];

test("no name but one of the public DNS is looked up, let alone connected to", async (t) => {
  const { outbound, names, sockets, attempts } = await openHostile(t, () => "none");
  for (const name of hostileNames) {
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
