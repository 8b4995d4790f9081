/** For tests: what no server may be talked into asking. */

/** Every range that is no host's on the public internet: its first address, its last one, and one between. */
export const hostileAddresses: readonly string[] = [
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
export const hostileNames: readonly string[] = [
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
