/**
 * `npm run build -w packages/pow5`: compiles the AssemblyScript of assembly/ to build/kernel.wasm, which everything uses, and
 * build/scalar.wasm, for the benchmark and the tests. Plain JavaScript for Node 20 or later, since it runs before anything else works.
 */
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { unroll } from "./assembly/unroll.js";

const root = fileURLToPath(new URL(".", import.meta.url));

const OPTIONS = [
  ...["--optimizeLevel", "3", "--shrinkLevel", "0", "--converge", "--noAssert"],
  // One page of memory, never grown, and no allocator: everything has a fixed address below memoryBase.
  ...["--runtime", "stub", "--initialMemory", "1", "--maximumMemory", "1", "--memoryBase", "2048"],
];

/** Replaced whole, so that whoever reads while we build sees the old file or the new one. */
function replace(path, contents) {
  writeFileSync(`${path}.${process.pid}`, contents);
  renameSync(`${path}.${process.pid}`, path);
}

async function compile(name, features) {
  const { error, stderr } = await asc.main(
    [
      `assembly/${name}.ts`,
      "--outFile",
      `${name}.wasm`,
      "--baseDir",
      root,
      ...OPTIONS,
      ...features,
    ],
    { writeFile: (file, contents) => replace(`${root}build/${file}`, contents) },
  );
  if (error) throw new Error(`assembly/${name}.ts does not compile:\n${stderr}`, { cause: error });
}

mkdirSync(`${root}build`, { recursive: true });
replace(`${root}build/compress.ts`, unroll());
await compile("kernel", ["--enable", "simd"]);
await compile("scalar", ["--disable", "simd"]);
