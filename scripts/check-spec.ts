/** What texts refer to is there: sections of docs/spec by `spec/6.5`, in code too; pages that pages link to; files and npm scripts that they name. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./node24.js";
import {
  anchorsOf,
  codePathsOf,
  pageLinksOf,
  scriptsOf,
  sectionsOf,
  specReferencesOf,
} from "./references.ts";

const read = (file: string): string => readFileSync(join(root, file), "utf8");
const pages = globSync(["*.md", "docs/**/*.md", "vectors/*.md"], { cwd: root });
/** Its references are made to be wrong. */
const examples = "scripts/references.test.ts";
const code = globSync(
  ["packages/*/{src,assembly,bin}/**/*.{ts,tsx,js}", "{scripts,e2e,bench}/**/*.{ts,js}"],
  { cwd: root },
).filter((file) => file !== examples);

const sections = globSync("docs/spec/*.md", { cwd: root }).flatMap((file) =>
  sectionsOf(read(file)),
);
const known = new Set(sections);
const faults = sections
  .filter((number, index) => sections.indexOf(number) !== index)
  .map((number) => `docs/spec has two sections ${number}`);
let references = 0;
for (const file of [...pages, ...code]) {
  for (const { to, line } of specReferencesOf(read(file))) {
    references += 1;
    if (!known.has(to)) faults.push(`${file}:${line}: there is no section spec/${to}`);
  }
}
const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
let links = 0;
let paths = 0;
for (const page of pages) {
  for (const { to, line, anyOf } of codePathsOf(read(page))) {
    paths += 1;
    if (!anyOf.some((path) => existsSync(join(root, path)))) {
      faults.push(`${page}:${line}: there is no ${to}`);
    }
  }
  for (const { to, line } of scriptsOf(read(page))) {
    if (!Object.hasOwn(scripts, to)) faults.push(`${page}:${line}: there is no npm run ${to}`);
  }
  for (const { to, line } of pageLinksOf(read(page))) {
    links += 1;
    const [path = "", anchor] = to.split("#");
    const target = path === "" ? page : join(dirname(page), path);
    if (!existsSync(join(root, target))) faults.push(`${page}:${line}: there is no ${target}`);
    else if (anchor !== undefined && !anchorsOf(read(target)).includes(anchor)) {
      faults.push(`${page}:${line}: ${target} has no heading #${anchor}`);
    }
  }
}
if (known.size === 0 || references === 0) faults.push("No sections or no references were found.");
for (const fault of faults) process.stdout.write(`${fault}\n`);
process.stdout.write(
  `${references} references to ${known.size} sections, ${links} links, ${paths} paths, ${faults.length} faults\n`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
