/** Somebody who uses the app: what they press and type, and what they wait to see. Steps are found as a screen reader finds them. */
import assert from "node:assert/strict";
import type { Locator, Page } from "playwright-core";
import type { Lasting } from "./processes.ts";
import { type Profile, type ProfileOptions, openProfile } from "./web-profile.ts";

export class WebPerson {
  readonly profile: Profile;
  readonly address: string;
  readonly isPhone: boolean;
  /** The tab that they use. */
  page: Page;
  password = "";

  constructor(profile: Profile, page: Page, address: string) {
    this.profile = profile;
    this.page = page;
    this.address = address;
    this.isPhone = (page.viewportSize()?.width ?? 1280) < 600;
  }

  get #name(): string {
    return this.address.slice(0, this.address.indexOf("@"));
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name, exact: true });
  }

  link(name: string | RegExp): Locator {
    return this.page.getByRole("link", { name, exact: true });
  }

  text(text: string | RegExp): Locator {
    return this.page.getByText(text);
  }

  /** Waits until something is in sight. */
  async sees(what: Locator | string | RegExp): Promise<void> {
    await this.#waitFor(what, "visible");
  }

  /** Waits until something is gone, or is not there. */
  async seesNo(what: Locator | string | RegExp): Promise<void> {
    await this.#waitFor(what, "hidden");
  }

  async #waitFor(what: Locator | string | RegExp, state: "visible" | "hidden"): Promise<void> {
    const locator = what instanceof RegExp || typeof what === "string" ? this.text(what) : what;
    try {
      await locator.first().waitFor({ state });
    } catch (cause) {
      const shown = await this.page.locator("body").innerText();
      const { problems } = this.profile;
      throw new Error(
        [
          `${this.address} waits for ${String(locator)} to be ${state}, at ${this.page.url()}:`,
          shown,
          ...problems,
        ].join("\n"),
        { cause },
      );
    }
  }

  /** Asserts that the screen has no barrier, and that nothing of it lies beyond its edge. */
  async looksAt(screen: string): Promise<void> {
    const overflow = await this.page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    assert.equal(overflow, 0, `${screen} is wider than the window`);
    await this.profile.assertNoBarrier(this.page, screen);
  }

  /** From the front door to the empty list, with the passphrase that is offered, or one's own. */
  async signUp(own?: string): Promise<void> {
    const { page } = this;
    await page.goto(`${this.profile.url}/`);
    await page.getByLabel("Your address").fill(this.#name);
    await this.sees("It is free.");
    await this.looksAt("the front door");
    await this.button("Create your account").click();
    await this.sees(page.getByRole("heading", { name: "Create your account" }));
    await this.sees("The work is done.");
    if (own === undefined) {
      const words = page.getByRole("status", { name: "Your passphrase" });
      await this.sees(words.filter({ hasText: /^(?:[a-z]+[ -]){5}[a-z]+$/ }));
      this.password = await words.innerText();
    } else {
      await this.button("Choose my own").click();
      await page.getByLabel("Your password").fill("password1234");
      await this.sees(page.getByRole("meter", { name: "Strength" }));
      await this.sees(/^(?:Very weak|Weak)$/);
      await this.looksAt("sign-up with a weak password");
      await page.getByLabel("Your password").fill(own);
      await this.sees(/^(?:Good|Strong)$/);
      await page.getByLabel("Once more").fill(own);
      await this.sees("Both are the same.");
      this.password = own;
    }
    await this.button("Create account").click();
    await this.sees(/^Keep it first/);
    await this.looksAt("sign-up");
    await page.getByLabel("I have kept it where I will find it again").check();
    await this.button("Create account").click();
    await this.sees("No conversations yet");
  }

  async logIn(password = this.password): Promise<void> {
    await this.page.goto(`${this.profile.url}/login`);
    await this.page.getByLabel("Address").fill(this.address);
    await this.page.getByLabel("Password", { exact: true }).fill(password);
    await this.looksAt("log-in");
    await this.button("Log in").click();
  }

  async logOut(): Promise<void> {
    await this.toSettings();
    await this.button("Log out").click();
    await this.sees("Welcome back");
  }

  async toList(): Promise<void> {
    // On a phone a conversation has all of the screen, and a way back.
    const back = this.link("Back");
    if (this.isPhone && (await back.isVisible())) await back.click();
    else await this.link(/Messages$/).click();
    await this.sees(this.page.getByRole("heading", { name: "Messages", exact: true }));
  }

  async toSettings(): Promise<void> {
    await this.toList();
    await this.link("Settings").click();
    await this.sees(this.page.getByRole("heading", { name: "Settings" }));
  }

  /** Looks somebody up, and stands before an empty conversation. */
  async lookUp(address: string): Promise<void> {
    await this.toList();
    await this.link("Write to somebody").first().click();
    await this.page.getByLabel("Their address").fill(address);
    await this.sees(this.page.getByRole("region", { name: "Found" }));
    await this.looksAt("writing to somebody");
    await this.button("Write").click();
    await this.sees(this.page.getByRole("heading", { name: address }));
  }

  /** The row of somebody in the list that is shown. */
  row(address: string): Locator {
    return this.page.getByRole("listitem").filter({ hasText: address });
  }

  async openConversation(address: string): Promise<void> {
    await this.toList();
    await this.row(address).getByRole("link").click();
    await this.sees(this.page.getByRole("heading", { name: address }));
  }

  /** Writes a message and sends it by the key; the caller waits for what becomes of it. */
  async send(text: string): Promise<void> {
    const composer = this.page.getByRole("textbox", { name: /^Message to / });
    await composer.fill(text);
    await composer.press("Enter");
  }

  /** The bubble with a text in the conversation that is open. */
  bubble(text: string | RegExp): Locator {
    return this.page
      .getByRole("region", { name: /^Messages with / })
      .getByRole("listitem")
      .filter({ hasText: text });
  }

  async seesDelivered(text: string): Promise<void> {
    await this.sees(this.bubble(text).filter({ hasText: "Delivered" }));
  }

  /** The texts of the conversation that is open, as far as they are among `wanted`, in their order on the screen. */
  async texts(wanted: readonly string[]): Promise<string[]> {
    const items = await this.page
      .getByRole("region", { name: /^Messages with / })
      .getByRole("listitem")
      .allInnerTexts();
    return items.flatMap((item) => wanted.filter((text) => item.includes(text)));
  }

  /** Opens what there is about a conversation, and reads the 60 digits. */
  async safetyNumber(): Promise<string> {
    await this.menu("About this conversation");
    const digits = this.page.getByRole("dialog").getByText(/^(?:[0-9]{5}\s*){12}$/);
    await this.sees(digits);
    return (await digits.innerText()).replaceAll(/\s/g, "");
  }

  async menu(item: string): Promise<void> {
    await this.button("More").click();
    await this.page.getByRole("menuitem", { name: item }).click();
  }
}

/** Somebody at the front door, in a new browser. */
export async function newPerson(
  t: Lasting,
  options: ProfileOptions & { readonly address: string },
): Promise<WebPerson> {
  const profile = await openProfile(t, options);
  return new WebPerson(profile, await profile.open("/"), options.address);
}
