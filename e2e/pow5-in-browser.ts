/** What the pages that test proof of work share. */
interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(url: string): string },
  ): { createScriptURL(url: string): { toJSON(): string } };
}

export const WORKER = "/packages/pow5/src/web-worker.ts";

/** As in the web app: one policy, which lets nothing through but the addresses of our own workers. */
export function allowWorkers(...allowed: string[]): (url: string) => { toJSON(): string } {
  const { trustedTypes } = globalThis as unknown as { trustedTypes: TrustedTypes };
  const policy = trustedTypes.createPolicy("keypears", {
    createScriptURL(url) {
      if (!allowed.includes(url)) throw new TypeError(`not our worker: ${url}`);
      return url;
    },
  });
  return (url) => policy.createScriptURL(url);
}

/** A file of the repository's vectors/. */
export async function load<T>(name: string): Promise<T> {
  const file = await fetch(`/vectors/${name}.json`);
  return (await file.json()) as T;
}

export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
