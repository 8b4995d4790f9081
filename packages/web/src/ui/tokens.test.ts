import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const css = readFileSync(new URL("tokens.css", import.meta.url), "utf8");

/** Every colour token as its hexadecimal value in light and in dark. */
const colours = new Map(
  [
    ...css.matchAll(
      /--([\w-]+): (?:light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)|(#[0-9a-f]{6}));/g,
    ),
  ].map(
    ([, name = "", light, dark, both = ""]) =>
      [name, { light: light ?? both, dark: dark ?? both }] as const,
  ),
);

/** Relative luminance, as WCAG 2.2 defines it. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [high = 0, low = 0] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

/** What stands on what. 4.5 for text (1.4.3), 3 for the edge of a control and for marks (1.4.11). */
const grounds = ["canvas", "surface", "raised", "sunken", "hover"];
const pairs: readonly (readonly [front: string, backs: readonly string[], least: number])[] = [
  [
    "text",
    [...grounds, "tint", "sent", "received", "notice-tint", "warning-tint", "danger-tint"],
    4.5,
  ],
  ["muted", [...grounds, "sent", "received", "danger-tint"], 4.5],
  ["accent", [...grounds, "sent", "received"], 4.5],
  ["danger", [...grounds, "danger-tint", "sent"], 4.5],
  ["warning", [...grounds, "warning-tint"], 4.5],
  ["notice", ["canvas", "surface", "notice-tint"], 4.5],
  ["on-accent", ["accent-fill", "accent-fill-hover"], 4.5],
  ["on-danger", ["danger-fill", "danger-fill-hover"], 4.5],
  ["on-tint", ["tint"], 4.5],
  ["avatar-text", Array.from({ length: 8 }, (_, index) => `avatar-${index}`), 4.5],
  ["control", ["canvas", "surface", "raised"], 3],
  ["accent-fill", ["canvas", "surface", "raised"], 3],
];

for (const theme of ["light", "dark"] as const) {
  test(`everything can be read in the ${theme} theme`, () => {
    const faults = pairs.flatMap(([front, backs, least]) =>
      backs.flatMap((back) => {
        const [one, other] = [colours.get(front), colours.get(back)];
        assert.ok(one !== undefined && other !== undefined, `${front} or ${back} is no token`);
        const ratio = contrast(one[theme], other[theme]);
        return ratio >= least ? [] : [`${front} on ${back}: ${ratio.toFixed(2)}, not ${least}`];
      }),
    );
    assert.deepEqual(faults, []);
  });
}

test("every token that a style names exists", async () => {
  const { globSync } = await import("node:fs");
  const root = new URL("../", import.meta.url).pathname;
  const defined = new Set([...css.matchAll(/^\s*--([\w-]+):/gm)].map(([, name]) => name));
  const faults: string[] = [];
  for (const file of globSync("**/*.css", { cwd: root })) {
    const text = readFileSync(root + file, "utf8");
    const own = new Set([...text.matchAll(/--([\w-]+):/g)].map(([, name]) => name));
    for (const [, name = "", fallback] of text.matchAll(/var\(--([\w-]+)(,)?/g)) {
      if (!defined.has(name) && !own.has(name) && !fallback && !GIVEN.has(name)) {
        faults.push(`${file}: --${name}`);
      }
    }
  }
  assert.deepEqual(faults, []);
});

/** Set on the element by Base UI. */
const GIVEN = new Set([
  "anchor-width",
  "available-height",
  "transform-origin",
  "toast-swipe-movement-x",
  "toast-swipe-movement-y",
  "active-tab-top",
  "active-tab-left",
  "active-tab-width",
  "active-tab-height",
]);
