import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";
import { type Flaw, makeAuthority } from "./certificates.ts";

test("a certificate is for its domain and no other, by its authority and no other, and not for signing more", () => {
  const [authority, other] = [makeAuthority(), makeAuthority()];
  const root = new X509Certificate(authority.certificate);
  // Of either length that the longest names need: what lengths are written in changes at 128 and 256 bytes.
  for (const domain of ["a.test", `${"a".repeat(60)}.${"b".repeat(60)}.${"c".repeat(60)}.test`]) {
    const { cert, key } = authority.certify(domain);
    const leaf = new X509Certificate(cert);
    assert.equal(leaf.checkHost(domain), domain);
    assert.equal(leaf.checkHost("b.test"), undefined);
    assert.equal(leaf.checkHost(`www.${domain}`), undefined);
    assert(leaf.verify(root.publicKey));
    assert(leaf.checkIssued(root));
    assert(!leaf.verify(new X509Certificate(other.certificate).publicKey));
    assert.match(key, /^-----BEGIN PRIVATE KEY-----/);
    assert.deepEqual([root.ca, leaf.ca], [true, false]);
    const now = Date.now();
    assert(leaf.validFromDate.getTime() < now && now < leaf.validToDate.getTime());
  }
});

test("one certificate can be for several domains, as a host's is", () => {
  const names = Array.from({ length: 1_000 }, (_, index) => `made-up-${index}.test`);
  const authority = makeAuthority();
  const leaf = new X509Certificate(authority.certify("kp.host.test", ...names).cert);
  for (const name of ["kp.host.test", "made-up-0.test", "made-up-999.test"]) {
    assert.equal(leaf.checkHost(name), name);
  }
  assert.equal(leaf.checkHost("made-up-1000.test"), undefined);
  assert(leaf.verify(new X509Certificate(authority.certificate).publicKey));
});

test("a flawed certificate has its flaw, and no other", () => {
  const authority = makeAuthority();
  const root = new X509Certificate(authority.certificate);
  const of = (flaw: Flaw): X509Certificate =>
    new X509Certificate(authority.certifyBadly("a.test", flaw).cert);
  const [from, to] = [Date.UTC(2001, 1, 3), Date.UTC(2003, 4, 5)];
  const old = of({ from, to });
  assert.deepEqual([old.validFromDate.getTime(), old.validToDate.getTime()], [from, to]);
  assert(old.checkIssued(root) && old.verify(root.publicKey));
  const own = of({ by: "itself" });
  assert(own.checkIssued(own) && own.verify(own.publicKey) && !own.checkIssued(root));
  const chained = of({ by: "between" });
  assert(!chained.checkIssued(root) && !chained.verify(chained.publicKey));
  for (const one of [old, own, chained]) assert.equal(one.checkHost("a.test"), "a.test");
});
