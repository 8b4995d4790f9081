/** A person in a browser: a profile of their own, and everything that went wrong in it. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { TestContext } from "node:test";
import { gzipSync } from "node:zlib";
import type { AxeResults } from "axe-core";
import { type Browser, type BrowserContext, type Page, chromium } from "playwright-core";
import { chromiumPath } from "./browser.ts";

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve("axe-core/axe.min.js"),
  "utf8",
);

/** A Chromium that goes with the test. */
export async function openBrowser(t: TestContext): Promise<Browser> {
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
  t.after(() => browser.close());
  return browser;
}

export interface VisitorOptions {
  readonly browser: Browser;
  readonly url: string;
  readonly name: string;
  readonly width: number;
  /** As an installed system has it. */
  readonly colorScheme?: "light" | "dark";
}

export class Visitor {
  readonly name: string;
  readonly url: string;
  readonly context: BrowserContext;
  /** What a console should not say: errors, warnings, violations of the policy, exceptions. */
  readonly problems: string[] = [];
  /** Bytes of each script that was loaded, gzipped. */
  readonly scripts = new Map<string, number>();
  #page: Page;
  /** The passphrase of the account, once there is one. */
  passphrase = "";

  private constructor(options: VisitorOptions, context: BrowserContext, page: Page) {
    this.name = options.name;
    this.url = options.url;
    this.context = context;
    this.#page = page;
    this.#watch(page);
  }

  static async open(options: VisitorOptions): Promise<Visitor> {
    const context = await options.browser.newContext({
      viewport: { width: options.width, height: options.width < 500 ? 844 : 800 },
      colorScheme: options.colorScheme ?? "light",
      locale: "en-GB",
    });
    return new Visitor(options, context, await context.newPage());
  }

  get page(): Page {
    return this.#page;
  }

  get address(): string {
    return `${this.name}@localhost`;
  }

  /** Another tab of the same profile, which is looked at from now on. */
  async newTab(): Promise<Page> {
    this.#page = await this.context.newPage();
    this.#watch(this.#page);
    return this.#page;
  }

  #watch(page: Page): void {
    page.on("console", (message) => {
      // That a log-in was refused, or a server is away, is what the test is about.
      const isNetwork = message.text().startsWith("Failed to load resource");
      if (["error", "warning"].includes(message.type()) && !isNetwork) {
        this.problems.push(`${this.name}: ${message.text()}`);
      }
    });
    page.on("pageerror", (error) => this.problems.push(`${this.name}: ${error.stack}`));
    page.on("response", (response) => {
      if (!new URL(response.url()).pathname.endsWith(".js")) return;
      response.body().then(
        (body) => this.scripts.set(response.url(), gzipSync(body, { level: 9 }).length),
        // The page was left before its script had come.
        () => undefined,
      );
    });
  }

  async goto(path: string): Promise<void> {
    await this.page.goto(this.url + path);
  }

  /** Through the front door to an empty list of conversations. */
  async signUp(look: (screen: string) => Promise<void> = async () => undefined): Promise<void> {
    const { page } = this;
    await this.goto("/");
    await page.getByRole("heading", { name: "How it works" }).waitFor();
    await look("front door");
    await page.getByLabel("Your address").fill(this.name);
    await page.getByText("It is free.").waitFor();
    await page.getByRole("button", { name: "Create your account" }).click();
    await page.getByText("It is free.").waitFor();
    this.passphrase = (await page.locator("output").textContent()) ?? "";
    await look("sign-up");
    await page.getByRole("checkbox").check();
    await page.getByRole("button", { name: "Create account" }).click();
    await page.getByRole("heading", { name: "No conversations yet" }).waitFor();
  }

  async logIn(): Promise<void> {
    const { page } = this;
    await this.goto("/login");
    await page.getByLabel("Address").fill(this.name);
    await page.getByLabel("Password", { exact: true }).fill(this.passphrase);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.waitForURL("**/messages");
  }

  /** Opens the conversation with somebody from its address. */
  async openConversation(peer: string): Promise<void> {
    await this.goto(`/messages/${peer}`);
    await this.page.getByLabel(`Message to ${peer}`).waitFor();
  }

  async write(peer: string, text: string): Promise<void> {
    const box = this.page.getByLabel(`Message to ${peer}`);
    await box.fill(text);
    await box.press("Enter");
  }

  /** Waits until a message of this text stands in the conversation. */
  async sees(text: string): Promise<void> {
    await this.messages().getByText(text).first().waitFor();
  }

  /** The messages of the open conversation, and not what the list says of them. */
  messages() {
    return this.page.getByRole("region", { name: /^Messages with/ });
  }

  /** What axe-core finds on the screen that is shown. */
  async barriers(screen: string): Promise<string[]> {
    await this.page.evaluate(axeSource);
    const { violations } = await this.page.evaluate<AxeResults>(
      "axe.run(document, { resultTypes: ['violations'] })",
    );
    return violations.map(
      ({ id, nodes }) => `${screen}: ${id} at ${nodes.map((node) => node.html).join(", ")}`,
    );
  }

  /** Bytes of JavaScript so far, gzipped. */
  scriptBytes(): number {
    return [...this.scripts.values()].reduce((sum, bytes) => sum + bytes, 0);
  }
}
