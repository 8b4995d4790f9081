/** The engine of this page: the client over the browser's network, storage, clock, random bytes and workers. */
import { createClient, fetchTransport } from "@keypears/client";
import type { Clock } from "@keypears/client";
import { makeId, parseDomain } from "@keypears/protocol";
import type { Domain, Random } from "@keypears/protocol";
import { browserMiner } from "./browser-miner.ts";
import type { KeptDevice } from "./device-store.ts";
import { createEngine } from "./engine.ts";
import type { Engine } from "./engine.ts";
import { createStore } from "./store.ts";
import { browserTabs, soleTab } from "./tabs.ts";

const clock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const timer = setTimeout(finish, milliseconds);
      function finish(): void {
        signal?.removeEventListener("abort", abort);
        resolve();
      }
      function abort(): void {
        clearTimeout(timer);
        // What an abort gives as its reason is an error where it is ours.
        reject(signal?.reason as Error);
      }
      signal?.addEventListener("abort", abort);
    }),
};

const random: Random = (length) => crypto.getRandomValues(new Uint8Array(length));

/** The domain of the addresses that this server gives: it writes it into the page; where it is the host's name it need not. */
function readDomain(): Domain {
  const domain = parseDomain(readFact("domain")) ?? parseDomain(location.hostname);
  return domain ?? ("localhost" as Domain);
}

/** What the server has written into its page. */
function readFact(name: "domain" | "title"): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="keypears-${name}"]`)?.content ?? "";
}

export async function openEngine(device: KeptDevice): Promise<Engine> {
  const measured = await device.readPreference("speed");
  const speed = createStore(typeof measured === "number" ? measured : null);
  const client = createClient({
    session: "cookie",
    ports: {
      transport: fetchTransport(location.origin, (url, init) => fetch(url, init)),
      store: device.store,
      clock,
      random,
      miner: browserMiner((hashesPerSecond) => {
        speed.set(hashesPerSecond);
        void device.writePreference("speed", hashesPerSecond);
      }),
    },
  });
  return createEngine({
    client,
    domain: readDomain(),
    title: readFact("title"),
    keepsKeys: device.keeps,
    tabs: "locks" in navigator ? browserTabs() : soleTab,
    speed,
    ports: { ...clock, makeId: () => makeId(Date.now(), random(10)) },
    // Browsers ask nobody, or once: keys that are lost cost a password prompt.
    onKept: () => void navigator.storage?.persist?.(),
  });
}
