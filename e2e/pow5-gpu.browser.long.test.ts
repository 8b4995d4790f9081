/**
 * The WGSL kernel with both compilers that browsers use, outside of a browser: Tint (Chromium's, Safari has its own) through npm `webgpu`, and naga (Firefox's) through npm
 * `deno`. Both are large and have scripts that run when they are installed, so they are no dependencies: they are installed here, into a temporary folder, and those
 * scripts are not run.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, suite, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { chromiumPath } from "./browser.ts";

const run = promisify(execFile);
const WEBGPU = "webgpu@0.6.2";
const DENO = "deno@2.9.6";
const SCRIPT = fileURLToPath(new URL("./pow5-gpu-elsewhere.page.ts", import.meta.url));

/** Where Chromium has its software adapter, which any Vulkan program can use. */
function swiftShader(): NodeJS.ProcessEnv {
  const folders = ["/usr/lib/chromium", dirname(chromiumPath())];
  const folder = folders.find((one) => existsSync(join(one, "vk_swiftshader_icd.json")));
  assert.ok(folder, `there is no software adapter beside Chromium, in ${folders.join(" or ")}`);
  return {
    ...process.env,
    VK_ICD_FILENAMES: join(folder, "vk_swiftshader_icd.json"),
    LD_LIBRARY_PATH: folder,
  };
}

suite("the WGSL kernel outside of a browser", () => {
  const folder = mkdtempSync(join(tmpdir(), "keypears-webgpu-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function install(name: string): Promise<string> {
    const to = join(folder, name.split("@")[0] ?? name);
    const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--no-save"];
    await run("npm", ["install", ...options, "--prefix", to, name], { timeout: 300_000 });
    return join(to, "node_modules");
  }

  async function judge(command: string, args: readonly string[]): Promise<void> {
    const { stdout } = await run(command, args, { env: swiftShader(), timeout: 300_000 });
    const expected = { headers: 10_032, wrongVectors: 0, wrongRandom: 0, wrongPlain: 0, valid: 16 };
    assert.deepEqual(JSON.parse(stdout), expected);
  }

  test("Tint compiles it, and it agrees with every vector and 10,000 random headers", async () => {
    const modules = await install(WEBGPU);
    await judge(process.execPath, [SCRIPT, join(modules, "webgpu/index.js")]);
  });

  test("naga compiles it, and it agrees with every vector and 10,000 random headers", async () => {
    const modules = await install(DENO);
    const machine = process.arch === "arm64" ? "linux-arm64-glibc" : "linux-x64-glibc";
    const deno = join(modules, "@deno", machine, "deno");
    chmodSync(deno, 0o755);
    const options = ["--no-lock", "--node-modules-dir=manual", "--allow-read", "--unstable-webgpu"];
    await judge(deno, ["run", ...options, SCRIPT]);
  });
});
