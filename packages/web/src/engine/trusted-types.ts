/**
 * The one Trusted Types policy that the page's policy allows (spec/8.3): it makes an address of the app's own workers acceptable to the
 * browser, and nothing else.
 */
import type { TrustedScriptURL } from "@keypears/pow5/web";

interface TrustedTypes {
  createPolicy(
    name: string,
    rules: { createScriptURL(address: string): string },
  ): { createScriptURL(address: string): TrustedScriptURL };
}

/** Where the app's own files lie. */
const OWN = new URL(import.meta.env.BASE_URL, location.href);

function checkOwn(address: string): string {
  const url = new URL(address, OWN);
  // In development the workers come from their sources.
  if (url.origin !== OWN.origin || !(import.meta.env.DEV || url.pathname.startsWith("/assets/"))) {
    throw new TypeError("this is no worker of ours");
  }
  return url.href;
}

const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes };
const policy = trustedTypes?.createPolicy("keypears", { createScriptURL: checkOwn });

/** An address of one of our workers, as the browser takes it. */
export function workerAddress(address: string): TrustedScriptURL | string {
  return policy === undefined ? checkOwn(address) : policy.createScriptURL(address);
}
