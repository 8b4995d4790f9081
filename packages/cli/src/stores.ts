/** Where the engine keeps an account: in the profile's file, or with --no-store in memory alone. */
import type { DeviceStore } from "@keypears/client";
import type { Profile } from "./profile.ts";

type Values = Readonly<Record<string, unknown>>;

/** Keeps an account in a profile, beside the address of its server. */
export class ProfileStore implements DeviceStore {
  readonly keys = "extractable";
  readonly #profile: Profile;
  readonly #server: string;

  constructor(profile: Profile, server: string) {
    this.#profile = profile;
    this.#server = server;
  }

  async read(name: string): Promise<unknown> {
    return valuesOf(await this.#profile.read())[name];
  }

  begin(values: Values, { keep }: { readonly keep: boolean }): Promise<void> {
    return this.#profile.create((before) => ({
      server: this.#server,
      values: { ...(keep ? valuesOf(before) : {}), ...values },
    }));
  }

  change(name: string, change: (value: unknown) => unknown): Promise<void> {
    return this.#profile.change((members) => {
      const values = { ...valuesOf(members) };
      const changed = change(values[name]);
      if (changed === undefined) delete values[name];
      else values[name] = changed;
      return { ...members, values };
    });
  }

  clear(): Promise<void> {
    return this.#profile.delete();
  }
}

function valuesOf(members: Values | null): Values {
  const values = members?.values;
  return typeof values === "object" && values !== null ? (values as Values) : {};
}

/** Keeps an account for as long as the command runs. */
export class MemoryStore implements DeviceStore {
  readonly keys = "opaque";
  #values: Map<string, unknown> | null = null;

  async read(name: string): Promise<unknown> {
    return this.#values?.get(name);
  }

  async begin(values: Values, { keep }: { readonly keep: boolean }): Promise<void> {
    const before = keep ? [...(this.#values ?? [])] : [];
    this.#values = new Map([...before, ...Object.entries(values)]);
  }

  async change(name: string, change: (value: unknown) => unknown): Promise<void> {
    if (this.#values === null) return;
    const changed = change(this.#values.get(name));
    if (changed === undefined) this.#values.delete(name);
    else this.#values.set(name, changed);
  }

  async clear(): Promise<void> {
    this.#values = null;
  }
}
