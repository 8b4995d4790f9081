import assert from "node:assert/strict";
import { test } from "node:test";
import { type Locked, inexactVersions, lockFaults } from "./dependencies.ts";

const good: Locked = { version: "1.0.0", integrity: "sha512-AAAA" };

test("only exact versions are taken", () => {
  const file = {
    dependencies: { exact: "1.2.3", early: "1.0.0-rc.1", caret: "^1.2.3" },
    devDependencies: { latest: "latest", any: "*" },
    optionalDependencies: { address: "https://example.com/a.tgz" },
  };
  assert.deepEqual(
    inexactVersions(file).map((fault) => fault.split(" ")[0]),
    ["caret", "latest", "any", "address"],
  );
});

test("a lock file with nothing wrong has no faults", () => {
  const packages = {
    "": { optionalDependencies: { a: "1.0.0" } },
    "node_modules/a": { ...good, optionalDependencies: { b: "1.0.0", c: "1.0.0" } },
    "node_modules/a/node_modules/b": good,
    "node_modules/c": good,
    "node_modules/own": { resolved: "packages/own", link: true },
    "packages/own": { version: "0.1.0" },
  };
  assert.deepEqual(lockFaults(packages), []);
});

const bad: readonly (readonly [why: RegExp, packages: Record<string, Locked>])[] = [
  [
    /^b, an option of node_modules\/a, /,
    { "node_modules/a": { ...good, optionalDependencies: { b: "1" } } },
  ],
  [/^b, an option of the project, /, { "": { optionalDependencies: { b: "1" } } }],
  [/has no integrity/, { "node_modules/a": { version: "1.0.0" } }],
  [/downloaded from/, { "node_modules/a": { ...good, resolved: "https://example.com/a.tgz" } }],
  [/runs a script/, { "node_modules/a": { ...good, hasInstallScript: true } }],
];
for (const [why, packages] of bad) {
  test(`a lock file is refused where ${why.source}`, () => {
    const faults = lockFaults(packages);
    assert.equal(faults.length, 1);
    assert.match(faults[0] ?? "", why);
  });
}
