/**
 * What this browser keeps of an account, in IndexedDB: keys that cannot be exported, and values beside them (spec/4.10). Where a browser keeps no
 * such keys they stay in this tab's memory.
 */
import type { DeviceStore } from "@keypears/client";
import { importBoxKey } from "@keypears/protocol";

const NAME = "keypears";
const ACCOUNT = "account";
const DEVICE = "device";
/** Marks that an account has begun: its value is not the engine's. */
const BEGUN = "\0begun";

export interface KeptDevice {
  readonly store: DeviceStore;
  /** Whether anything outlives this tab. */
  readonly keeps: boolean;
  /** What belongs to the device and to nobody's account, such as how it looks. */
  readPreference(name: string): Promise<unknown>;
  writePreference(name: string, value: unknown): Promise<void>;
}

/** This browser's store; tried once with a key like those that it will keep. */
export async function openDevice(): Promise<KeptDevice> {
  const database = await openDatabase();
  if (database === null || !(await keepsKeys(database))) return memoryDevice();
  return {
    keeps: true,
    store: databaseStore(database),
    readPreference: (name) => finished(database.transaction(DEVICE).objectStore(DEVICE).get(name)),
    async writePreference(name, value) {
      const transaction = database.transaction(DEVICE, "readwrite");
      transaction.objectStore(DEVICE).put(value, name);
      await completed(transaction);
    },
  };
}

async function openDatabase(): Promise<IDBDatabase | null> {
  try {
    const request = indexedDB.open(NAME, 1);
    request.addEventListener("upgradeneeded", () => {
      request.result.createObjectStore(ACCOUNT);
      request.result.createObjectStore(DEVICE);
    });
    const database = await finished(request);
    // Another tab brings a newer version: it may, and this one reads no more.
    database.addEventListener("versionchange", () => database.close());
    return database;
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

/** Whether a key that cannot be exported comes back out as one. Some browsers refuse in private windows, and say so only then. */
async function keepsKeys(database: IDBDatabase): Promise<boolean> {
  const key = await importBoxKey(new Uint8Array(32));
  try {
    const transaction = database.transaction(DEVICE, "readwrite");
    const store = transaction.objectStore(DEVICE);
    store.put(key, "probe");
    const read = store.get("probe");
    store.delete("probe");
    await completed(transaction);
    return read.result instanceof CryptoKey && !read.result.extractable;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

function databaseStore(database: IDBDatabase): DeviceStore {
  /** Everything in one transaction, which is durable when it answers. */
  async function write(work: (store: IDBObjectStore) => void): Promise<void> {
    const transaction = database.transaction(ACCOUNT, "readwrite", { durability: "strict" });
    work(transaction.objectStore(ACCOUNT));
    await completed(transaction);
  }
  return {
    keys: "opaque",
    read: (name) => finished(database.transaction(ACCOUNT).objectStore(ACCOUNT).get(name)),
    begin: (values, { keep }) =>
      write((store) => {
        if (!keep) store.clear();
        store.put(true, BEGUN);
        for (const [name, value] of Object.entries(values)) store.put(value, name);
      }),
    change: (name, change) =>
      write((store) => {
        const begun = store.get(BEGUN);
        const old = store.get(name);
        old.addEventListener("success", () => {
          if (begun.result !== true) return;
          const value = change(old.result);
          if (value === undefined) store.delete(name);
          else store.put(value, name);
        });
      }),
    clear: () => write((store) => store.clear()),
  };
}

function memoryDevice(): KeptDevice {
  let values: Map<string, unknown> | null = null;
  const preferences = new Map<string, unknown>();
  return {
    keeps: false,
    store: {
      keys: "opaque",
      read: async (name) => values?.get(name),
      begin: async (begun, { keep }) => {
        const before = keep ? [...(values ?? [])] : [];
        values = new Map([...before, ...Object.entries(begun)]);
      },
      change: async (name, change) => {
        if (values === null) return;
        const value = change(values.get(name));
        if (value === undefined) values.delete(name);
        else values.set(name, value);
      },
      clear: async () => {
        values = null;
      },
    },
    readPreference: async (name) => preferences.get(name),
    writePreference: async (name, value) => {
      preferences.set(name, value);
    },
  };
}

function finished<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    request.addEventListener("error", () => reject(asError(request.error)));
  });
}

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener("complete", () => resolve());
    const fail = (): void => reject(asError(transaction.error));
    transaction.addEventListener("abort", fail);
    transaction.addEventListener("error", fail);
  });
}

function asError(error: DOMException | null): Error {
  return error ?? new Error("the browser's database gave no reason");
}

/** Whether a browser does not want to keep something: private windows, full disks, a setting of its user. */
function isRefusal(error: unknown): boolean {
  return error instanceof DOMException;
}
