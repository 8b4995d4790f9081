import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { root } from "./node24.js";

const launchers = ["build", "node24", "one-at-a-time", "setup", "stamps"];
const packages = ["api", "client", "pow5", "protocol", "web"];

/** A build script that says when it begins and ends, and works while there is a file `slow`. */
const buildScript = (output: string): string => `
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
const log = (line) => appendFileSync("log", line + "\\n");
log("begin ${output} " + process.pid);
if (existsSync("broken")) process.exit(3);
while (existsSync("slow")) await new Promise((resolve) => setTimeout(resolve, 10));
mkdirSync(dirname("packages/${output}"), { recursive: true });
writeFileSync("packages/${output}", "");
log("end ${output}");
`;

/** A project with nothing in it but what the set-up reads, and an npm that only notes that it was called. */
class Project {
  readonly folder = mkdtempSync(join(tmpdir(), "keypears-setup-"));

  readonly #t: TestContext;

  constructor(t: TestContext) {
    this.#t = t;
    t.after(() => rmSync(this.folder, { recursive: true, force: true }));
    for (const name of launchers) {
      cpSync(join(root, "scripts", `${name}.js`), join(this.folder, "scripts", `${name}.js`));
    }
    this.write("package.json", `{"type":"module"}`);
    this.write("package-lock.json", lockOf("1.0.0"));
    this.write("node_modules/.package-lock.json", lockOf("1.0.0"));
    for (const name of packages) this.write(`packages/${name}/src/index.ts`, "");
    this.write("packages/pow5/assembly/kernel.ts", "let a = 1;");
    this.write("packages/pow5/build.js", buildScript("pow5/build/kernel.wasm"));
    this.write("packages/web/build.js", buildScript("web/build/index.html"));
    this.write(
      "bin/npm",
      `#!/bin/sh\necho "npm $1" >> log\ncp package-lock.json node_modules/.package-lock.json\n`,
    );
    chmodSync(join(this.folder, "bin/npm"), 0o755);
  }

  write(path: string, text: string): void {
    mkdirSync(join(this.folder, path, ".."), { recursive: true });
    writeFileSync(join(this.folder, path), text);
  }

  /** Starts the set-up. */
  start(): ChildProcess {
    const PATH = `${join(this.folder, "bin")}${delimiter}${process.env["PATH"]}`;
    const child = spawn(process.execPath, ["scripts/build.js"], {
      cwd: this.folder,
      env: { ...process.env, PATH },
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#t.after(() => child.kill("SIGKILL"));
    return child;
  }

  /** Runs the set-up to its end, and gives what was done in it. */
  async setUp(): Promise<string[]> {
    const before = this.log().length;
    assert.equal(await endOf(this.start()), 0);
    return this.log().slice(before);
  }

  log(): string[] {
    const file = join(this.folder, "log");
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
    return lines.map((line) => line.replace(/ [0-9]+$/, ""));
  }
}

function lockOf(version: string): string {
  return JSON.stringify({ packages: { "": {}, "node_modules/a": { version } } });
}

function endOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once("exit", resolve));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, "ESRCH");
    return false;
  }
}

async function until(isTrue: () => boolean): Promise<void> {
  const end = Date.now() + 20_000;
  while (!isTrue()) {
    assert.ok(Date.now() < end, "what was waited for did not come");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const kernel = ["begin pow5/build/kernel.wasm", "end pow5/build/kernel.wasm"];
const webApp = ["begin web/build/index.html", "end web/build/index.html"];

test("what is missing is built, and built once", async (t) => {
  const project = new Project(t);
  assert.deepEqual(await project.setUp(), [...kernel, ...webApp]);
  assert.deepEqual(await project.setUp(), []);
});

test("a changed source is built from again; a new date or a test is no change", async (t) => {
  const project = new Project(t);
  await project.setUp();
  const source = "packages/pow5/assembly/kernel.ts";
  utimesSync(join(project.folder, source), new Date(0), new Date(0));
  project.write("packages/web/src/index.test.ts", "a new test");
  assert.deepEqual(await project.setUp(), []);
  // Of the same length, so that only time or content tells.
  project.write(source, "let a = 2;");
  assert.deepEqual(await project.setUp(), [...kernel, ...webApp]);
  project.write("packages/web/src/page.ts", "a new file");
  assert.deepEqual(await project.setUp(), webApp);
});

test("what was deleted is built again", async (t) => {
  const project = new Project(t);
  await project.setUp();
  rmSync(join(project.folder, "packages/pow5/build"), { recursive: true });
  assert.deepEqual(await project.setUp(), kernel);
});

test("after one's own npm ci nothing is installed again, after a change of the lock file it is", async (t) => {
  const project = new Project(t);
  await project.setUp();
  project.write("package-lock.json", lockOf("2.0.0"));
  assert.deepEqual(await project.setUp(), ["npm ci", ...kernel, ...webApp]);
  assert.deepEqual(await project.setUp(), []);
});

test("an install that was cut short is done again", async (t) => {
  const project = new Project(t);
  await project.setUp();
  rmSync(join(project.folder, "node_modules"), { recursive: true });
  mkdirSync(join(project.folder, "node_modules"));
  assert.deepEqual(await project.setUp(), ["npm ci"]);
});

test("two set-ups at once do the work once", async (t) => {
  const project = new Project(t);
  project.write("slow", "");
  const children = [project.start(), project.start(), project.start()];
  let said = "";
  for (const { stderr } of children)
    stderr?.on("data", (text: Buffer) => (said += text.toString()));
  await until(() => said.match(/Waiting for another command/g)?.length === 2);
  rmSync(join(project.folder, "slow"));
  assert.deepEqual(await Promise.all(children.map(endOf)), [0, 0, 0]);
  assert.deepEqual(project.log(), [...kernel, ...webApp]);
});

test("a set-up that was killed stops no later one", async (t) => {
  const project = new Project(t);
  const dead = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  await endOf(dead);
  project.write("build/setup.lock", String(dead.pid));
  assert.deepEqual(await project.setUp(), [...kernel, ...webApp]);
});

test("a failed build is said, fails the command and is tried again", async (t) => {
  const project = new Project(t);
  project.write("broken", "");
  const child = project.start();
  let said = "";
  child.stderr?.on("data", (text: Buffer) => (said += text.toString()));
  const closed = new Promise((resolve) => child.once("close", resolve));
  assert.equal(await closed, 1);
  assert.match(said, /packages\/pow5\/build\.js could not build .* \(exit code 3\)/);
  rmSync(join(project.folder, "broken"));
  assert.deepEqual(await project.setUp(), [...kernel, ...webApp]);
});

test("SIGTERM ends what is being built too, and leaves nothing half done behind", async (t) => {
  const project = new Project(t);
  project.write("slow", "");
  const child = project.start();
  await until(() => project.log().length > 0);
  const [line = ""] = readFileSync(join(project.folder, "log"), "utf8").split("\n");
  const builder = Number(line.split(" ").at(-1));
  t.after(() => isRunning(builder) && process.kill(builder, "SIGKILL"));
  child.kill("SIGTERM");
  assert.equal(await endOf(child), 1);
  assert.equal(isRunning(builder), false);
  rmSync(join(project.folder, "slow"));
  rmSync(join(project.folder, "log"));
  assert.deepEqual(await project.setUp(), [...kernel, ...webApp]);
});
