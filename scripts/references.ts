/** References in code and texts: to numbered sections of the specification, from page to page, and to files of the code. Pure. */

/** The numbers of the sections that a page of the specification has, from its headings `# 6 …` and `## 6.5 …`. */
export function sectionsOf(page: string): string[] {
  return [...page.matchAll(/^#{1,2} ([0-9]+(?:\.[0-9]+)?) /gm)].map(([, number = ""]) => number);
}

export interface Reference {
  readonly to: string;
  readonly line: number;
}

/** The sections that a text refers to, as `spec/6.5`. A path such as `docs/spec/06-messages.md` is no reference. */
export function specReferencesOf(text: string): Reference[] {
  return find(text, /(?<![\w./-])spec\/([0-9]+(?:\.[0-9]+)*)(?![\w-])/g);
}

/** The pages that a page of Markdown links to beside it, with their `#anchor`; not the links to elsewhere, nor what is in code. */
export function pageLinksOf(page: string): Reference[] {
  const blanked = page.replace(/^```[\s\S]*?^```|`[^`\n]*`/gm, (code) =>
    code.replace(/[^\n]/g, " "),
  );
  return find(blanked, /\]\((?![a-z]+:)([^()\s]+)\)/g);
}

/** The anchors of a page's headings, as the repository's host and the web app make them. */
export function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replace(/\s/g, "-"),
  );
}

/** The names of the npm scripts that a page says to run. */
export function scriptsOf(page: string): Reference[] {
  return find(page, /\bnpm run ([\w:-]+)/g);
}

/**
 * The files and folders of the project that a page names as code: `packages/protocol/src/keys.ts`, or `protocol/keys` for short. Each
 * with the paths, relative to the root, of which one has to be there.
 */
export function codePathsOf(page: string): (Reference & { readonly anyOf: readonly string[] })[] {
  return find(page, /`([\w.-]+(?:\/[\w.-]+)+\/?)`/g).flatMap(({ to, line }) => {
    const [first = "", ...rest] = to.split("/");
    if (folders.has(first)) return [{ to, line, anyOf: [to] }];
    if (!packages.has(first)) return [];
    const short = `packages/${first}/src/${rest.join("/")}`;
    return [{ to, line, anyOf: [`packages/${to}`, short, `${short}.ts`, `${short}.tsx`] }];
  });
}

const folders = new Set(["packages", "scripts", "docs", "e2e", "bench", "vectors", "deploy"]);
const packages = new Set(["protocol", "pow5", "api", "client", "server", "web", "cli"]);

function find(text: string, pattern: RegExp): Reference[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      [...line.matchAll(pattern)].map(([, to = ""]) => ({ to, line: index + 1 })),
    );
}
