import { parseAddress } from "@keypears/protocol";
import type { Address } from "@keypears/protocol";
import { useLocation } from "@tanstack/react-router";

/** Whose conversation or request the address of the page names, or null. */
export function useOpenPeer(): Address | null {
  const { pathname } = useLocation();
  const [, peer = ""] = /^\/(?:messages|requests)\/([^/]+)$/.exec(pathname) ?? [];
  return parseAddress(decodeURIComponent(peer));
}
