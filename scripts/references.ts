/** References in code and texts: to numbered sections of the specification, and links from page to page. Pure. */

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

function find(text: string, pattern: RegExp): Reference[] {
  return text
    .split("\n")
    .flatMap((line, index) =>
      [...line.matchAll(pattern)].map(([, to = ""]) => ({ to, line: index + 1 })),
    );
}
