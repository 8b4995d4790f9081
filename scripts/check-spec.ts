/** Every reference such as `spec/6.5`, in code or text, has to lead to a heading of docs/spec. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./node24.js";

const headings = new Set<string>();
for (const file of globSync("docs/spec/*.md", { cwd: root })) {
  const text = readFileSync(join(root, file), "utf8");
  for (const [, number = ""] of text.matchAll(/^#{1,3} ([0-9]+(?:\.[0-9]+)?)\.? /gm))
    headings.add(number);
}
if (headings.size === 0) throw new Error("docs/spec has no numbered headings.");

const sources = globSync(
  [
    "packages/*/{src,assembly,bin}/**/*.{ts,tsx,js}",
    "{scripts,e2e,bench}/**/*.{ts,js}",
    "*.md",
    "docs/**/*.md",
  ],
  { cwd: root },
);
let references = 0;
let broken = 0;
for (const file of sources) {
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  for (const [index, line] of lines.entries()) {
    for (const [, number = ""] of line.matchAll(/\bspec\/([0-9]+(?:\.[0-9]+)?)/g)) {
      references += 1;
      if (headings.has(number)) continue;
      broken += 1;
      process.stdout.write(`${file}:${index + 1}: spec/${number} is no section\n`);
    }
  }
}
process.stdout.write(`${references} references to ${headings.size} sections, ${broken} broken\n`);
process.exit(broken === 0 ? 0 : 1);
