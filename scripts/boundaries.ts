/**
 * The house's walls: which package may import what, which names some code may not use at all, each with its reason. Pure:
 * a file's path and text in, faults out; boundaries.test.ts walks the tree.
 */

/** Who may import whom. A package that is not named may not be imported. */
interface Wall {
  readonly package: string;
  /** Import specifiers that it may use, by prefix; its own files and what `anywhere` lists are always allowed. */
  readonly may: readonly string[];
  readonly why: string;
}

export const walls: readonly Wall[] = [
  {
    package: "protocol",
    may: [],
    why: "the rules are pure: whoever audits them reads this package and the platform's crypto.subtle, nothing else",
  },
  {
    package: "pow5",
    may: ["node:os", "node:url", "node:fs", "node:worker_threads"],
    why: "the algorithm knows nothing of challenges, so that it can be measured, replaced and reviewed alone",
  },
  {
    package: "api",
    may: ["@keypears/protocol", "zod"],
    why: "a contract that imported a server or a client would not be one between them",
  },
  {
    package: "client",
    may: ["@keypears/protocol", "@keypears/api", "zod"],
    why: "the engine runs in a browser, in a worker and on the command line: everything ambient is given to it",
  },
  {
    package: "server",
    may: [
      "@keypears/protocol",
      "@keypears/api",
      "@keypears/pow5",
      "node:",
      "hono",
      "@hono/node-server",
      "kysely",
      "pino",
      "tldts",
      "undici",
      "zod",
    ],
    why: "a server that imported the client could come to hold keys",
  },
  {
    package: "web",
    may: [
      "@keypears/client",
      "@keypears/pow5",
      "@keypears/protocol",
      "react",
      "react-dom",
      "@tanstack/",
      "@base-ui",
      "lucide-react",
      "@fontsource",
      "uqr",
      "@zxcvbn-ts/",
      "virtual:",
    ],
    why: "screens show what the engine knows; a crypto library here would be a second set of rules",
  },
  {
    package: "cli",
    may: [
      "@keypears/client",
      "@keypears/pow5",
      "@keypears/protocol",
      "@keypears/server",
      "@zxcvbn-ts/",
      "node:",
    ],
    why: "commands bind the engine to a terminal; the server is imported by the commands that run one",
  },
];

/** What tests may use beside what their package may. */
const inTests = [
  "node:",
  "fast-check",
  "@noble/",
  "playwright-core",
  "@keypears/server/testing/network",
];

/** Names that reach out of what is given, and who may not use them. */
interface Ban {
  readonly where: RegExp;
  readonly names: RegExp;
  readonly why: string;
}

const ambient =
  /\b(?:Date\.now|new Date\(\)|performance\.now|Math\.random|crypto\.getRandomValues|crypto\.randomUUID|setTimeout|setInterval|setImmediate|queueMicrotask)\b/;
const outward = /(?<![.\w])(?:fetch\(|XMLHttpRequest|WebSocket\b|EventSource\b)/;
const machine = /(?<![.\w])(?:process\.|Buffer\.|__dirname|require\()/;
const page =
  /(?<![.\w"'])(?:window\.|document\.|localStorage|sessionStorage|indexedDB|navigator\.)/;

export const bans: readonly Ban[] = [
  ...[ambient, outward, machine, page].map((names) => ({
    where: /^packages\/protocol\//,
    names,
    why: "no clock, chance, network or machine in the rules: time and random bytes are given, so every judgment can be repeated",
  })),
  ...[outward, machine, page, ambient].map((names) => ({
    where: /^packages\/(?:client|api)\//,
    names,
    why: "the engine's clock, random bytes and network are ports: tests and every kind of client give their own",
  })),
  {
    where: /^packages\/server\/src\/(?!net\/outbound)/,
    names: outward,
    why: "one outbound door: a second fetch would be one without the guard",
  },
  {
    where: /^packages\/web\/src\//,
    names: /\b(?:localStorage|sessionStorage|dangerouslySetInnerHTML|crypto\.subtle)\b/,
    why: "keys never lie where scripts and backups read them, markup is never made from text, and cryptography is the engine's",
  },
];

/** Inner walls: files below `from` may not import files below `not`. */
interface InnerWall {
  readonly from: RegExp;
  readonly not: RegExp;
  readonly why: string;
}

export const innerWalls: readonly InnerWall[] = [
  {
    from: /^packages\/server\/src\/store\//,
    not: /^packages\/server\/src\/(?!store\/)/,
    why: "the store never imports upward: it keeps facts and decides nothing",
  },
  {
    from: /^packages\/server\/src\/delivery\//,
    not: /^packages\/server\/src\/(?:procedures|http)\//,
    why: "delivery serves local and federated procedures alike and knows neither",
  },
  {
    from: /^packages\/server\/src\/(?!testing\/)/,
    not: /^packages\/server\/src\/testing\//,
    why: "what runs in production does not lean on what tests use",
  },
  {
    from: /^packages\/web\/src\/ui\//,
    not: /^packages\/web\/src\/(?!ui\/)/,
    why: "components know nothing of the app",
  },
  {
    from: /^packages\/web\/src\/features\//,
    not: /^packages\/web\/src\/routes\//,
    why: "routes lead to features, never back",
  },
];

/** Every import specifier of a source text: static, dynamic, of types and re-exports; comments do not count. */
export function importsOf(text: string): string[] {
  const bare = withoutComments(text);
  const pattern =
    /(?:\bfrom|\bimport)\s*(?:\(\s*)?["']([@\w./:-]+)["']|\bnew URL\(\s*["']([^"'\n]+\.ts)["']/g;
  return [...bare.matchAll(pattern)].map(([, a, b]) => a ?? b ?? "");
}

/** A source text with its comments blanked; strings and templates stay as they are. */
export function withoutComments(text: string): string {
  return text.replace(
    /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (whole, string: string | undefined) => string ?? whole.replace(/[^\n]/g, " "),
  );
}

/** The faults of one file, each a sentence that says the reason. `path` is relative to the root, with `/`. */
export function faultsOf(path: string, text: string): string[] {
  const name = /^packages\/([^/]+)\//.exec(path)?.[1] ?? "";
  const wall = walls.find((one) => one.package === name);
  if (wall === undefined) return [`${path}: there is no wall for the package ${name}`];
  const faults: string[] = [];
  const isTest = /\.test\.tsx?$/.test(path) || /\/src\/testing\//.test(path);
  for (const specifier of importsOf(text)) {
    if (specifier.startsWith(".")) {
      const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
      if (!target.startsWith(`packages/${name}/`)) {
        faults.push(`${path}: imports ${specifier}, past the door of another package`);
      }
      for (const inner of innerWalls) {
        if (!isTest && inner.from.test(path) && inner.not.test(target)) {
          faults.push(`${path}: imports ${specifier}: ${inner.why}`);
        }
      }
      const feature = /^packages\/web\/src\/features\/([^/]+)\//;
      const [, from] = feature.exec(path) ?? [];
      const [, to] = feature.exec(target) ?? [];
      if (from !== undefined && to !== undefined && from !== to) {
        faults.push(`${path}: imports ${specifier}: a feature imports no other feature`);
      }
      continue;
    }
    const allowed = [`@keypears/${name}`, ...wall.may, ...(isTest ? inTests : [])];
    if (!allowed.some((prefix) => isBelow(specifier, prefix))) {
      faults.push(`${path}: imports ${specifier}: ${wall.why}`);
    }
  }
  const bare = withoutComments(text);
  if (!isTest) {
    for (const { where, names, why } of bans) {
      const [found] = where.test(path) ? (names.exec(bare) ?? []) : [];
      if (found !== undefined) faults.push(`${path}: uses ${found}: ${why}`);
    }
  }
  if (/^export \* /m.test(bare)) {
    faults.push(`${path}: exports with *: a door is a list of names, written by hand`);
  }
  const vague = /\/(core|common|shared|utils?|helpers?|misc)\//.exec(path)?.[1];
  if (vague !== undefined)
    faults.push(`${path}: a room called ${vague} says nothing of what is in it`);
  return faults;
}

function isBelow(specifier: string, prefix: string): boolean {
  return (
    specifier === prefix ||
    specifier.startsWith(/[:/]$/.test(prefix) ? prefix : `${prefix}/`) ||
    (prefix.startsWith("@") && !prefix.includes("/") && specifier.startsWith(prefix))
  );
}
