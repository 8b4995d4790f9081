/**
 * A person's browser: Chromium with a profile of its own, which notes everything that the app would rather not have said in the console,
 * and looks at screens as axe-core does. The app's policy stays on: axe comes in by the debugger, which the policy does not bind.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type BrowserContext, type Page, chromium } from "playwright-core";
import { chromiumPath } from "./browser.ts";
import type { Lasting } from "./processes.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** How long a test waits for what ought to come at once: the machine may have much else to do. */
const PATIENCE_MILLISECONDS = 20_000;

export interface ProfileOptions {
  /** A folder that goes with the test. */
  readonly folder: string;
  readonly url: string;
  readonly width: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
  /** Where names are on this machine, as KEYPEARS_FEDERATION_HOSTS says it. Their certificates are a throw-away authority's. */
  readonly hosts?: string | undefined;
}

/** What axe-core says of one rule. */
interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

export interface KeptInDatabase {
  readonly text: string;
  readonly keys: readonly { readonly type: string; readonly extractable: boolean }[];
}

export class Profile {
  readonly context: BrowserContext;
  readonly url: string;
  readonly #problems: string[] = [];
  #isServerAway = false;

  constructor(context: BrowserContext, url: string) {
    this.context = context;
    this.url = url;
    context.setDefaultTimeout(PATIENCE_MILLISECONDS);
  }

  /** Another tab, at `path`. */
  async open(path: string): Promise<Page> {
    const page = await this.context.newPage();
    this.watch(page);
    await page.goto(`${this.url}${path}`);
    return page;
  }

  /** From now until `isServerAway` is called with false, requests may fail. */
  isServerAway(isAway: boolean): void {
    this.#isServerAway = isAway;
  }

  watch(page: Page): void {
    page.on("pageerror", (error) => this.#problems.push(`${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      const text = message.text();
      if (message.type() !== "error" && message.type() !== "warning") return;
      // Chromium itself writes each failed request there.
      const isRequest = text.startsWith("Failed to load resource: net::ERR_");
      if (isRequest && this.#isServerAway) return;
      // And that there is no graphics processor to work with, as on most machines that run tests.
      if (text === "No available adapters.") return;
      this.#problems.push(`${page.url()}: ${text}`);
    });
  }

  /** Everything that was wrong so far: errors and warnings of the console, what the policy refused. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Asserts that axe-core finds no barrier on the screen that is shown. */
  async assertNoBarrier(page: Page, screen: string): Promise<void> {
    assert.deepEqual(await barriers(page), [], `barriers of ${screen}`);
  }

  /** What scripts of the page can read of what the browser keeps, by its place. */
  async readableByScripts(page: Page): Promise<Map<string, Buffer>> {
    const texts = await page.evaluate(() => ({
      localStorage: JSON.stringify({ ...localStorage }),
      sessionStorage: JSON.stringify({ ...sessionStorage }),
      cookies: document.cookie,
      history: JSON.stringify(history.state),
      address: location.href,
    }));
    return new Map(Object.entries(texts).map(([place, text]) => [place, Buffer.from(text)]));
  }

  /** What the app keeps in IndexedDB: everything that is no key as one text, and its keys. */
  readDatabase(page: Page): Promise<KeptInDatabase> {
    return page.evaluate(async () => {
      const done = <Value>(request: IDBRequest<Value>): Promise<Value> =>
        new Promise((resolve, reject) => {
          request.addEventListener("success", () => resolve(request.result));
          request.addEventListener("error", () => reject(new Error(String(request.error))));
        });
      const keys: { type: string; extractable: boolean }[] = [];
      const texts: string[] = [];
      const walk = (value: unknown): void => {
        if (value instanceof CryptoKey) {
          keys.push({ type: value.type, extractable: value.extractable });
        } else if (value instanceof Uint8Array) {
          texts.push([...value].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
        } else if (typeof value === "object" && value !== null) {
          for (const [name, member] of Object.entries(value)) {
            texts.push(name);
            walk(member);
          }
        } else {
          texts.push(String(value));
        }
      };
      for (const { name = "", version = 1 } of await indexedDB.databases()) {
        const database = await done(indexedDB.open(name, version));
        for (const store of database.objectStoreNames) {
          walk(await done(database.transaction(store).objectStore(store).getAll()));
        }
        database.close();
      }
      return { text: texts.join("\n"), keys };
    });
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

/** Starts a browser with a new profile. */
export async function openProfile(t: Lasting, options: ProfileOptions): Promise<Profile> {
  const { width, height = width < 600 ? 844 : 800, colorScheme = "light", hosts } = options;
  const context = await chromium.launchPersistentContext(
    mkdtempSync(join(options.folder, "profile-")),
    {
      executablePath: chromiumPath(),
      headless: true,
      viewport: { width, height },
      colorScheme,
      // Where nothing moves, a picture and a measure of contrast do not depend on the moment.
      reducedMotion: "reduce",
      locale: "en-GB",
      permissions: ["clipboard-read", "clipboard-write"],
      ignoreHTTPSErrors: hosts !== undefined,
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        ...(hosts === undefined ? [] : [`--host-resolver-rules=${resolverRules(hosts)}`]),
      ],
    },
  );
  t.after(() => context.close());
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI, sample }) => {
      console.error(`The policy refused: ${violatedDirective} ${blockedURI} ${sample}`);
    });
  });
  const profile = new Profile(context, options.url);
  for (const page of context.pages()) profile.watch(page);
  return profile;
}

/** `a.test=127.0.0.1:1,b.test=127.0.0.1:2` in Chromium's words; every other name has no address. */
function resolverRules(hosts: string): string {
  const rules = hosts.split(",").map((host) => {
    const [name = "", place = ""] = host.split("=");
    return `MAP ${name}:443 ${place}`;
  });
  return [...rules, "MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1"].join(", ");
}

/** What axe-core finds on the screen that is shown, a line each. */
async function barriers(page: Page): Promise<string[]> {
  const debug = await page.context().newCDPSession(page);
  async function evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await debug.send("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) {
      throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    }
    return result.value;
  }
  try {
    if ((await evaluate("typeof axe")) === "undefined") await evaluate(axe);
    const violations = (await evaluate(
      "axe.run(document, { resultTypes: ['violations'] }).then((found) => found.violations)",
    )) as readonly Violation[];
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html}: ${failureSummary}`),
    );
  } finally {
    await debug.detach();
  }
}

/** Asserts that nothing was wrong in any of them. */
export function assertNoProblem(...profiles: readonly Profile[]): void {
  assert.deepEqual(
    profiles.flatMap(({ problems }) => problems),
    [],
  );
}
