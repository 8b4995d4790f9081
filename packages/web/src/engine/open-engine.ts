/** The engine of this page: the client over the browser's network, storage, clock, random bytes and workers. */
import { createClient, fetchTransport } from "@keypears/client";
import type { Ceilings, Clock } from "@keypears/client";
import { makeId, parseDomain } from "@keypears/protocol";
import type { Domain, Random } from "@keypears/protocol";
import type { KeptDevice } from "./device-store.ts";
import { openDeviceWork } from "./device-work.ts";
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

/** Seconds of work that are done without asking, where the user has not said otherwise. */
const PATIENCE = 120;

/** The most hashes for each purpose: what this device does within the user's patience, in seconds (spec/7.5). */
function ceilingsOf(speed: number | null, patience: number): Partial<Ceilings> {
  if (speed === null) return {};
  const most = Math.max(1, Math.round(speed * patience));
  return { register: most, login: most, "step-up": most, "first-contact": most, message: most };
}

function numberOr<Other>(value: unknown, other: Other): number | Other {
  return typeof value === "number" ? value : other;
}

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
  const { miner, ...work } = openDeviceWork(
    numberOr(await device.readPreference("speed"), null),
    (hashesPerSecond) => void device.writePreference("speed", hashesPerSecond),
  );
  const patience = createStore(numberOr(await device.readPreference("patience"), PATIENCE));
  const client = createClient({
    session: "cookie",
    ports: {
      transport: fetchTransport(location.origin, (url, init) => fetch(url, init)),
      store: device.store,
      clock,
      random,
      miner,
    },
    // Where no speed is known, the client's own ceilings hold.
    ceilings: () => ceilingsOf(work.speed.get(), patience.get()),
  });
  return createEngine({
    client,
    domain: readDomain(),
    title: readFact("title"),
    keepsKeys: device.keeps,
    tabs: "locks" in navigator ? browserTabs() : soleTab,
    work,
    patience: {
      ...patience,
      set(seconds) {
        patience.set(seconds);
        void device.writePreference("patience", seconds);
      },
    },
    ports: { ...clock, makeId: () => makeId(Date.now(), random(10)) },
    // Browsers ask nobody, or once: keys that are lost cost a password prompt.
    onKept: () => void navigator.storage?.persist?.(),
  });
}
