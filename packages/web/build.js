/**
 * `node packages/web/build.js`: the web app as static files in build/, each that compresses well with its .br and .gz beside it.
 * Plain JavaScript, since it runs before anything else works.
 */
import { readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "vite";

const root = fileURLToPath(new URL(".", import.meta.url));

/** Below this a compressed answer saves no packet. */
const SMALLEST = 1024;

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
}

function compress(path) {
  const content = readFileSync(path);
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  writeFileSync(
    `${path}.br`,
    brotliCompressSync(content, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
  );
}

// Made apart and put in its place whole, so that nobody finds half of it.
const result = join(root, "build");
const apart = join(root, "node_modules", `.build-${process.pid}`);
try {
  await build({
    root,
    configFile: join(root, "vite.config.ts"),
    logLevel: "warn",
    mode: "production",
    build: { outDir: apart },
  });
  for (const path of filesBelow(apart)) {
    if (
      /\.(?:js|css|html|svg|json|wasm|webmanifest)$/.test(path) &&
      statSync(path).size >= SMALLEST
    ) {
      compress(path);
    }
  }
  rmSync(result, { recursive: true, force: true });
  renameSync(apart, result);
} finally {
  rmSync(apart, { recursive: true, force: true });
}
