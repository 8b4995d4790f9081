import assert from "node:assert/strict";
import { test } from "node:test";
import { readSource } from "./read-source.ts";

const importsOf = (text: string): string[] =>
  readSource("a.ts", text).imports.map(({ specifier }) => specifier);
const globalsOf = (text: string): string[] =>
  readSource("a.ts", text).globals.map(({ name }) => name);

test("imports are found in every form", () => {
  const text = `
    import a from "one"; import { b } from 'two'; import type { C } from "three";
    export { d } from "four"; import "five"; const e = await import("six");
    new Worker(new URL("./seven.ts", import.meta.url));
    type F = import("eight").F; export type { G } from "nine"; export * as h from "ten";
  `;
  assert.deepEqual(importsOf(text).sort(), [
    ...["./seven.ts", "eight", "five", "four", "nine", "one", "six", "ten", "three", "two"],
  ]);
});

test("comments and texts import nothing and use nothing", () => {
  const text = `
    // import a from "one"; fetch("/");
    /* import b from "two"; */
    const c = "import d from 'three'; Date.now()";
    const e = \`import f from "four"; \${c} process.exit()\`;
  `;
  assert.deepEqual(readSource("a.ts", text), { imports: [], globals: [], starExports: [] });
});

test("an import whose module is computed is found as such", () => {
  assert.deepEqual(importsOf(`const name = "x"; await import(name);`), ["(computed)"]);
});

test("the names that an import brings in are told apart from types", () => {
  const text = `import { type A, b as c } from "x"; import * as d from "y"; import e from "z"; import type F from "t";`;
  assert.deepEqual(
    readSource("a.ts", text).imports.map(({ values }) => values),
    [["b"], ["*"], ["*"], []],
  );
});

test("a line is the line of the text", () => {
  const text = `\n\nimport "one";\n\nDate.now();\nexport * from "two";\n`;
  const { imports, globals, starExports } = readSource("a.ts", text);
  assert.deepEqual([imports[0]?.line, globals[0]?.line, starExports], [3, 5, [6]]);
});

const uses: readonly (readonly [text: string, globals: readonly string[]])[] = [
  [`Date.now();`, ["Date.now"]],
  [`const clock = Date;`, ["Date"]],
  [`const { now } = Date;`, ["Date"]],
  [`new Date();`, ["Date()"]],
  [`Date();`, ["Date()"]],
  [`new Date(0);`, ["Date"]],
  [`globalThis.crypto.getRandomValues(a.b);`, ["crypto.getRandomValues", "a.b"]],
  [`crypto["getRandomValues"]();`, ["crypto.getRandomValues"]],
  [`(crypto as Crypto)!.subtle?.digest();`, ["crypto.subtle.digest"]],
  [`window[name];`, ["name", "window"]],
  [`const f = { fetch };`, ["fetch"]],
  [`const f = { fetch: 1 }; f.fetch;`, []],
  [`export const send = ({ fetch }: { fetch: typeof globalThis.fetch }) => fetch("/");`, []],
  [`{ const fetch = 1; fetch; } fetch;`, ["fetch"]],
  [`declare const fetch: () => void; fetch();`, ["fetch"]],
  [`let a: Date = b as unknown as Date;`, ["b"]],
  [`class A { fetch() {} process = 1; }`, []],
  [`class A { #now = Date.now; }`, ["Date.now"]],
  [`function a(now = Date.now()) { return now; }`, ["Date.now"]],
  [`for (const [key, value] of [[1, 2]]) key + value;`, []],
  [`try { 1; } catch (process) { process; }`, []],
  [`switch (1) { case 1: { const process = 1; process; } }`, []],
  [`import.meta.url;`, []],
  [`import process from "node:process"; process.exit();`, []],
];
for (const [text, globals] of uses) {
  test(`what is used of the platform by: ${text}`, () => {
    assert.deepEqual(globalsOf(text).sort(), [...globals].sort());
  });
}

test("what cannot be read is refused, not passed over", () => {
  assert.throws(() => readSource("a.ts", "const = 1;"), SyntaxError);
});
