/**
 * The house's walls: which package may import what, which files inside a package may import which, and which names of the
 * platform some code may not use, each with its reason. Pure: a file's path and text in, faults out; boundaries.test.ts walks the tree.
 */
import { readSource } from "./read-source.ts";

/** Who may import whom. */
interface Wall {
  readonly package: string;
  /** What it may import beside its own files: a module and what lies below it; with `:` at its end, every module of that scheme. */
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
    may: ["node:fs", "node:os", "node:worker_threads"],
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
    why: "the engine runs in a page, in a worker and on the command line: everything ambient, the miner included, is given to it",
  },
  {
    package: "server",
    may: [
      "@keypears/protocol",
      "@keypears/api",
      "@keypears/client",
      "@keypears/pow5",
      "@keypears/pow5/node",
      "node:",
      "hono",
      "@hono/node-server",
      "kysely",
      "pino",
      "tldts",
      "undici",
      "zod",
    ],
    why: "whoever audits a server knows by these names all that runs in it",
  },
  {
    package: "web",
    may: [
      "@keypears/client",
      "@keypears/pow5",
      "@keypears/pow5/web",
      "@keypears/pow5/web-worker",
      "@keypears/pow5/kernel.wasm",
      "@keypears/protocol",
      "react",
      "react-dom",
      "@tanstack/react-query",
      "@tanstack/react-router",
      "@tanstack/react-virtual",
      "@base-ui/react",
      "lucide-react",
      "@fontsource-variable/figtree",
      "@fontsource-variable/jetbrains-mono",
      "uqr",
      "@zxcvbn-ts/core",
      "@zxcvbn-ts/language-common",
      "virtual:",
    ],
    why: "screens show what the engine knows; a crypto library here would be a second set of rules",
  },
  {
    package: "cli",
    may: [
      "@keypears/client",
      "@keypears/pow5",
      "@keypears/pow5/node",
      "@keypears/protocol",
      "@keypears/server",
      "@zxcvbn-ts/core",
      "@zxcvbn-ts/language-common",
      "node:",
    ],
    why: "commands bind the engine to a terminal; the server is there for the commands that run one",
  },
];

/** What tests may import beside what their package may. */
const inTests = [
  "node:",
  "dns-packet",
  "fast-check",
  "@noble/curves",
  "@noble/hashes",
  "playwright-core",
  "@keypears/client",
  "@keypears/client/testing",
  "@keypears/server/testing/network",
  "@keypears/pow5/node",
];

/** Modules of which some code may use some names only. */
interface Part {
  readonly where: RegExp;
  readonly module: RegExp;
  readonly only: readonly string[];
  readonly why: string;
}

export const parts: readonly Part[] = [
  {
    where: /^packages\/(?:web|cli)\//,
    module: /^@keypears\/protocol$/,
    only: [
      // Addresses, ids, the well-known file.
      ...[
        "parseAddress",
        "parseDomain",
        "domainOf",
        "isLocalDomain",
        "makeId",
        "parseId",
        "WELL_KNOWN_PATH",
        "PROTOCOL_VERSION",
        "parseWellKnown",
      ],
      // What one types when signing up.
      ...["judgeName", "judgeNewPassword"],
      // Bytes as text.
      ...["concat", "fromUtf8", "utf8", "fromBase64url", "toBase64url", "fromHex", "toHex"],
      // Makes an opaque key, to see whether this browser can keep one.
      "importBoxKey",
    ],
    why: "screens and commands know addresses, ids and encodings; keys, chains and messages are judged by the engine",
  },
  {
    where: /^packages\/cli\/src\/(?!commands\/(?:serve|doctor)\.ts$)/,
    module: /^@keypears\/server$/,
    only: [],
    why: "only the commands that run a server load one: the others start fast and touch no server's data",
  },
  {
    where: /^packages\/server\/src\/(?!echo\/)/,
    module: /^@keypears\/client$/,
    only: [],
    why: "a server that imported the client could come to hold keys: its echo account alone is a client, with keys of its own",
  },
  {
    where: /^packages\/server\/src\/(?!net\/outbound)/,
    module: /^(?:undici|(?:node:)?(?:https?|http2|net|tls|dgram|dns)(?:\/promises)?)$/,
    only: ["BlockList", "createServer", "isIP", "isIPv4", "isIPv6"],
    why: "one outbound door: a request made elsewhere would be one without the guard",
  },
];

/** Who may use which global names. */
interface Names {
  readonly where: RegExp;
  /** These and the language's own, and nothing else. */
  readonly only?: readonly string[];
  /** Everything but these. */
  readonly never?: readonly string[];
  readonly why: string;
}

/** ECMAScript without what differs from run to run: clock, chance. A name stands for its members too, unless it has a dot. */
const language = [
  ...["undefined", "NaN", "Infinity", "Object", "Array", "Map", "Set", "WeakMap", "WeakSet"],
  ...["String", "Number", "BigInt", "Boolean", "Symbol", "RegExp", "JSON", "Promise", "Proxy"],
  ...["Error", "AggregateError", "RangeError", "SyntaxError", "TypeError", "arguments"],
  ...["ArrayBuffer", "DataView", "Uint8Array", "Uint16Array", "Uint32Array", "Int16Array"],
  ...["Math.abs", "Math.ceil", "Math.floor", "Math.max", "Math.min", "Math.round", "Math.trunc"],
];

/** What every platform of today has and what gives the same answer everywhere. */
const platform = ["TextEncoder", "TextDecoder", "DOMException", "structuredClone"];

export const names: readonly Names[] = [
  {
    where: /^packages\/protocol\//,
    only: [...language, ...platform, "crypto.subtle"],
    why: "no clock, chance, network or machine in the rules: time and random bytes are given, so every judgment can be repeated",
  },
  {
    where: /^packages\/api\//,
    only: [...language, ...platform],
    why: "a contract is shapes and codes: it computes nothing and reaches nowhere",
  },
  {
    where: /^packages\/client\//,
    only: [
      ...[...language, ...platform],
      ...["AbortController", "AbortSignal.any", "AbortSignal.abort"],
      ...["URL", "URLSearchParams", "encodeURIComponent", "decodeURIComponent", "ReadableStream"],
    ],
    why: "the engine's clock, random bytes, storage and network are ports: every kind of client and every test gives its own",
  },
  {
    where: /^packages\/server\/src\/(?!net\/outbound)/,
    never: ["fetch", "XMLHttpRequest", "WebSocket", "WebSocketStream", "EventSource"],
    why: "one outbound door: a second fetch would be one without the guard",
  },
  {
    where: /^packages\/server\/src\/(?!config\.ts$)/,
    never: ["process.env"],
    why: "the environment is read once, in one place, and everything else is given its configuration",
  },
  {
    where: /^packages\/web\/src\//,
    never: [
      "localStorage",
      "sessionStorage",
      "crypto.subtle",
      "eval",
      "Function",
      "document.write",
    ],
    why: "keys never lie where scripts and backups read them, text never becomes code, and cryptography is the engine's",
  },
];

/** Inside a package: files of `from` import no files of `not`. */
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
    from: /^packages\/server\/src\/(?:delivery|events|mailbox|passwords|proof|federation|net)\//,
    not: /^packages\/server\/src\/(?:procedures|http|jobs|server\.ts|serve\.ts|index\.ts)/,
    why: "what procedures stand on serves local and federated callers alike and knows neither",
  },
  {
    from: /^packages\/server\/src\/procedures\//,
    not: /^packages\/server\/src\/(?:http|jobs|server\.ts|serve\.ts|index\.ts)/,
    why: "a procedure answers a call, whatever brought it",
  },
  {
    from: /^packages\/server\/src\/(?!doctor\/)/,
    not: /^packages\/server\/src\/net\/outbound-probe\.ts$/,
    why: "the doctor's probe goes past the guard, for whoever runs the command: a server asks by the door",
  },
  {
    from: /^packages\/server\/src\/(?!doctor\/|index\.ts$)/,
    not: /^packages\/server\/src\/doctor\//,
    why: "the doctor is a command of its own, with a probe that no server may use",
  },
  {
    from: /^packages\/server\/src\/(?!echo\/|serve\.ts$)/,
    not: /^packages\/server\/src\/echo\//,
    why: "what serves everybody does not know of the echo account's keys: serve starts it, and nothing else leads there",
  },
  {
    from: /^packages\/server\/src\/echo\//,
    not: /^packages\/server\/src\/(?!echo\/|context\.ts$)/,
    why: "the echo account is a client like any other: it knows its server by the calls that everybody can make",
  },
  {
    from: /^packages\/(?:server|client|protocol|pow5)\/src\/(?!testing\/)/,
    not: /^packages\/\w+\/src\/testing\//,
    why: "what runs in production does not lean on what tests use",
  },
  {
    from: /^packages\/web\/src\/ui\//,
    not: /^packages\/web\/src\/(?!ui\/)/,
    why: "components know nothing of the app",
  },
  {
    from: /^packages\/web\/src\/(?:features|parts|engine)\//,
    not: /^packages\/web\/src\/(?:app|routes)\//,
    why: "routes lead to features, never back",
  },
  {
    from: /^packages\/web\/src\/(?:parts|engine)\//,
    not: /^packages\/web\/src\/features\//,
    why: "what features share knows none of them",
  },
];

/** Names of folders that say nothing of what is in them. */
const vague = /\/(core|common|shared|utils?|helpers?|misc|lib)\//;

/** The faults of one file, each a line that begins with `path:line` and says the reason. `path` is relative to the root, with `/`. */
export function faultsOf(path: string, text: string): string[] {
  const name = /^packages\/([^/]+)\//.exec(path)?.[1] ?? "";
  const wall = walls.find((one) => one.package === name);
  if (wall === undefined) return [`${path}: there is no row for the package ${name}`];
  const isTest = /\.test\.tsx?$/.test(path) || /\/src\/testing\//.test(path);
  const source = readSource(path, text);
  const faults: string[] = [];
  const fault = (line: number, sentence: string): void => {
    faults.push(`${path}:${line}: ${sentence}`);
  };

  for (const { specifier, values, line } of source.imports) {
    const found = `imports ${specifier}`;
    if (specifier.startsWith(".")) {
      const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
      if (!target.startsWith(`packages/${name}/`)) {
        fault(line, `${found}: another package is entered by its door`);
      }
      for (const inner of isTest ? [] : innerWalls) {
        if (inner.from.test(path) && inner.not.test(target)) fault(line, `${found}: ${inner.why}`);
      }
      if (isOtherFeature(path, target)) fault(line, `${found}: a feature imports no other feature`);
      continue;
    }
    const bare = specifier.replace(/\?.*$/, "");
    if (![...wall.may, ...(isTest ? inTests : [])].some((one) => isWithin(bare, one))) {
      fault(line, `${found}: ${wall.why}`);
    }
    for (const part of isTest ? [] : parts) {
      const more = values.filter((value) => !part.only.includes(value));
      if (more.length > 0 && part.where.test(path) && part.module.test(bare)) {
        fault(line, `${found} for ${more.join(", ")}: ${part.why}`);
      }
    }
  }
  for (const use of isTest ? [] : source.globals) {
    for (const { where, only, never, why } of names) {
      if (!where.test(path)) continue;
      const isRefused = never?.some((one) => isMember(use.name, one)) ?? false;
      const isKnown = only?.some((one) => isMember(use.name, one)) ?? true;
      if (isRefused || !isKnown) fault(use.line, `uses ${use.name}: ${why}`);
    }
  }
  for (const line of source.starExports) {
    fault(line, "exports with *: a door is a list of names, written by hand");
  }
  const room = vague.exec(path)?.[1];
  if (room !== undefined) fault(1, `a room called ${room} says nothing of what is in it`);
  return faults;
}

function isOtherFeature(path: string, target: string): boolean {
  const feature = /^packages\/web\/src\/features\/([^/]+)\//;
  const from = feature.exec(path)?.[1];
  const to = feature.exec(target)?.[1];
  return from !== undefined && to !== undefined && from !== to;
}

/** Whether a module is the one of a row, or lies below it. The doors of our own packages are named one by one. */
function isWithin(specifier: string, row: string): boolean {
  if (row.endsWith(":")) return specifier.startsWith(row);
  return specifier === row || (!row.startsWith("@keypears/") && specifier.startsWith(`${row}/`));
}

/** Whether a use such as `Math.max` is covered by a row such as `Math.max` or `Math`. */
function isMember(use: string, row: string): boolean {
  return use === row || use.startsWith(`${row}.`);
}
