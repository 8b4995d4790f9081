/**
 * Writes the table of settings, which the server itself defines, into the guide for those who run one. With `--check` it writes
 * nothing and fails where the guide is out of date.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { settings } from "@keypears/server";
import { root } from "./node24.js";

const guide = "docs/guides/self-host.md";
const begin = "<!-- settings: made by `npm run settings-table` -->";
const end = "<!-- /settings -->";

const rows = settings.map(({ name, default: value, meaning }) => {
  const names = name.split(", ").map((one) => `\`${one}\``);
  return `| ${names.join(", ")} | ${value} | ${meaning} |`;
});
const table = ["| name | default | meaning |", "| --- | --- | --- |", ...rows].join("\n");

const text = readFileSync(join(root, guide), "utf8");
const from = text.indexOf(begin);
const to = text.indexOf(end);
if (from < 0 || to < from) throw new Error(`${guide} lacks the marks ${begin} and ${end}`);
const current = `${text.slice(0, from)}${begin}\n\n${table}\n\n${text.slice(to)}`;
/** The formatter pads the columns. */
const unpadded = (markdown: string): string =>
  markdown.replace(/ +/g, " ").replace(/-{3,}/g, "---");
if (unpadded(current) !== unpadded(text)) {
  if (process.argv.includes("--check")) {
    process.stdout.write(`${guide} is out of date: run \`npm run settings-table\`.\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(join(root, guide), current);
    process.stdout.write(`${guide} is up to date again.\n`);
  }
}
