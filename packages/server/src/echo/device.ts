/**
 * What the echo account keeps, in one file of the data folder that its owner alone can read: keys, session and pins as any
 * client's, the password that it logs in with again, and the messages that wait for their answer. Whoever reads the file is
 * the echo account (spec/4.10).
 */
import { closeSync, lstatSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { deserialize, serialize } from "node:v8";
import type { DeviceStore } from "@keypears/client";
import { type Address, type Id, parseAddress, parseId } from "@keypears/protocol";

/** Of how many peers the keys are remembered: the longest unused go first. */
const MOST_PEERS = 10_000;

/** A message that waits for its answer. Its text stays in the mailbox. */
export interface Waiting {
  readonly peer: Address;
  readonly id: Id;
  /** Its place in the mailbox. */
  readonly revision: number;
  /** When it arrived, in milliseconds since 1970. */
  readonly receivedAt: number;
}

/** Awaited around everything that the echo account does to the world: nothing happens, except in tests. */
export type Reached = (step: "call" | "called" | "write" | "written") => void | Promise<void>;

const schema = `
  create table if not exists device (name text not null unique, value blob not null) strict;
  create table if not exists own (name text primary key, value any not null) strict;
  create table if not exists waiting (
    peer text not null, id text not null, revision integer not null, received_at integer not null,
    primary key (peer, id)
  ) strict;
`;

/** The file is one that others can read. */
export class ExposedFile extends Error {
  override readonly name = "ExposedFile";

  constructor(path: string, mode: string) {
    super(`Others can read ${path}, which holds keys: make it yours alone (chmod ${mode}).`);
  }
}

export class EchoDevice implements DeviceStore {
  readonly keys = "extractable";
  readonly #database: DatabaseSync;
  readonly #reached: Reached;

  private constructor(database: DatabaseSync, reached: Reached) {
    this.#database = database;
    this.#reached = reached;
  }

  /** Opens the file of an address, making it where it is missing. */
  static open(dataFolder: string, address: Address, reached: Reached = () => {}): EchoDevice {
    const folder = join(dataFolder, "echo");
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    // Another name is another account, which begins anew; this one goes on when its name is set again.
    const file = join(folder, `${address}.db`);
    closeSync(openSync(file, "a", 0o600));
    refuseExposed(folder, "700");
    refuseExposed(file, "600");
    const database = new DatabaseSync(file);
    try {
      database.exec("pragma synchronous = full");
      database.exec("pragma busy_timeout = 5000");
      database.exec(schema);
    } catch (error) {
      database.close();
      throw error;
    }
    return new EchoDevice(database, reached);
  }

  close(): void {
    this.#database.close();
  }

  async read(name: string): Promise<unknown> {
    const row = this.#one("select value from device where name = ?", name);
    return row === undefined ? undefined : valueOf(row["value"]);
  }

  begin(
    values: Readonly<Record<string, unknown>>,
    { keep }: { readonly keep: boolean },
  ): Promise<void> {
    return this.#write(() => {
      if (!keep) this.#run("delete from device");
      for (const [name, value] of Object.entries(values)) this.#put(name, value);
      this.#forgetOldest();
    });
  }

  change(name: string, change: (value: unknown) => unknown): Promise<void> {
    return this.#write(() => {
      if (this.#one("select 1 from device limit 1") === undefined) return;
      const row = this.#one("select value from device where name = ?", name);
      const changed = change(row === undefined ? undefined : valueOf(row["value"]));
      if (changed === undefined) this.#run("delete from device where name = ?", name);
      else this.#put(name, changed);
      this.#forgetOldest();
    });
  }

  clear(): Promise<void> {
    return this.#write(() => this.#run("delete from device"));
  }

  /** Forgets everything but the password: the account is about to be made, the first time or with a new database. */
  beginAnew(): Promise<void> {
    return this.#write(() => {
      this.#run("delete from device");
      this.#run("delete from waiting");
      this.#run("delete from own where name = 'looked'");
    });
  }

  /** The password of the account; null before one was made. */
  password(): string | null {
    const password = this.#own("password");
    return typeof password === "string" ? password : null;
  }

  keepPassword(password: string): Promise<void> {
    return this.#write(() => this.#keep("password", password));
  }

  /** Up to which revision of the mailbox every message was looked at. */
  looked(): number {
    const looked = this.#own("looked");
    return typeof looked === "number" ? looked : 0;
  }

  keepLooked(revision: number): Promise<void> {
    return this.#write(() => this.#keep("looked", revision));
  }

  /** Everything that waits, in the order of arrival. */
  waiting(): readonly Waiting[] {
    const rows = this.#database.prepare("select * from waiting order by revision").all();
    return rows.flatMap(({ peer, id, revision, received_at }) => {
      const [address, known] = [parseAddress(String(peer)), parseId(String(id))];
      if (address === null || known === null) return [];
      return [
        { peer: address, id: known, revision: Number(revision), receivedAt: Number(received_at) },
      ];
    });
  }

  keepWaiting({ peer, id, revision, receivedAt }: Waiting): Promise<void> {
    return this.#write(() =>
      this.#run(
        "insert or ignore into waiting (peer, id, revision, received_at) values (?, ?, ?, ?)",
        ...[peer, id, revision, receivedAt],
      ),
    );
  }

  /** It was answered, or never will be. */
  dropWaiting({ peer, id }: Waiting): Promise<void> {
    return this.#write(() => this.#run("delete from waiting where peer = ? and id = ?", peer, id));
  }

  /** Puts a value last, so that the order of the rows is that of their use. */
  #put(name: string, value: unknown): void {
    this.#run("replace into device (name, value) values (?, ?)", name, serialize(value));
  }

  #forgetOldest(): void {
    this.#run(
      `delete from device where rowid in (
         select rowid from device where name glob 'keys/*' order by rowid desc limit -1 offset ?)`,
      MOST_PEERS,
    );
  }

  #own(name: string): unknown {
    return this.#one("select value from own where name = ?", name)?.["value"];
  }

  #keep(name: string, value: SQLInputValue): void {
    this.#run("replace into own (name, value) values (?, ?)", name, value);
  }

  #one(sql: string, ...values: SQLInputValue[]) {
    return this.#database.prepare(sql).get(...values);
  }

  #run(sql: string, ...values: SQLInputValue[]): void {
    this.#database.prepare(sql).run(...values);
  }

  /** All of it or nothing, on the disk before it resolves. */
  async #write(work: () => void): Promise<void> {
    await this.#reached("write");
    this.#database.exec("begin immediate");
    try {
      work();
      this.#database.exec("commit");
    } catch (error) {
      this.#database.exec("rollback");
      throw error;
    }
    await this.#reached("written");
  }
}

function valueOf(stored: unknown): unknown {
  if (!(stored instanceof Uint8Array)) throw new TypeError("a value of the device is no blob");
  return deserialize(stored);
}

function refuseExposed(path: string, mode: string): void {
  if (process.platform === "win32") return;
  const found = lstatSync(path);
  if ((found.mode & 0o077) !== 0 || found.uid !== process.getuid?.()) {
    throw new ExposedFile(path, mode);
  }
}
