import assert from "node:assert/strict";
import { test } from "node:test";
import type { Domain } from "@keypears/protocol";
import { readName } from "./use-availability.ts";

const domain = "acme.com" as Domain;

test("a typed name is judged before anybody is asked", () => {
  assert.deepEqual(readName("", domain), { status: "empty" });
  assert.deepEqual(readName("  ", domain), { status: "empty" });
  assert.deepEqual(readName("Alice", domain), { status: "checking", address: "alice@acme.com" });
  assert.deepEqual(readName(" alice ", domain), { status: "checking", address: "alice@acme.com" });
  assert.deepEqual(readName("postmaster", domain), {
    status: "reserved",
    address: "postmaster@acme.com",
  });
  assert.deepEqual(readName("_alice", domain), { status: "form", address: "_alice@acme.com" });
  assert.deepEqual(readName("al ice", domain), { status: "form", address: null });
  assert.deepEqual(readName("älice", domain), { status: "form", address: null });
});

test("a whole address of this server's domain means its name, one of another domain is none", () => {
  assert.deepEqual(readName("alice@ACME.com", domain), {
    status: "checking",
    address: "alice@acme.com",
  });
  assert.deepEqual(readName("alice@other.com", domain), { status: "form", address: null });
});
