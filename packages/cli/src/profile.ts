/**
 * A profile: the one file that holds a command-line account's session, keys and pins (spec/4.10).
 *
 * Whoever reads it is its user until the next rotation. So it is readable by its owner only, in a folder that is its
 * owner's only, refused where others can read it, made exclusively and replaced by rename.
 */
import { randomBytes } from "node:crypto";
import { chmod, lstat, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { fromBase64url, toBase64url } from "@keypears/protocol";
import { Failure, UsageError } from "./failure.ts";

/** How long one process waits for another that is writing the same profile, in milliseconds. */
const LOCK_PATIENCE = 5_000;
/** A lock older than this was left behind by a process that died: nobody holds one for longer than a write takes. */
const LOCK_STALE = 10_000;

type Members = Record<string, unknown>;

/** Where profiles live unless KEYPEARS_HOME says otherwise: the platform's configuration folder. */
export function profilesFolder(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform = process.platform,
): string {
  if (env.KEYPEARS_HOME) return env.KEYPEARS_HOME;
  if (platform === "win32" && env.APPDATA) return join(env.APPDATA, "KeyPears");
  if (platform === "darwin") return join(homedir(), "Library", "Application Support", "KeyPears");
  return join(env.XDG_CONFIG_HOME || join(homedir(), ".config"), "keypears");
}

export class Profile {
  readonly #folder: string;
  readonly #file: string;

  constructor(home: string, name: string) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(name)) {
      throw new UsageError("A profile's name has letters, digits, '.', '_' and '-', 64 at most.");
    }
    this.#folder = join(home, name);
    this.#file = join(this.#folder, "profile.json");
  }

  /** All members, or null where nobody is logged in. Throws a Failure where others could read the file. */
  async read(): Promise<Members | null> {
    let text: string;
    try {
      await this.#refuseOpenDoors();
      text = await readFile(this.#file, "utf8");
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
    try {
      return JSON.parse(text, reviveBytes) as Members;
    } catch (error) {
      if (error instanceof SyntaxError) {
        throw new Failure("profile_damaged", `The profile ${this.#file} is damaged: log in again.`);
      }
      throw error;
    }
  }

  /** Begins a profile with the members that `make` makes of those that are there, or of null where none can be read. */
  async create(make: (before: Members | null) => Members): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await chmod(this.#folder, 0o700);
    await this.#locked(async () => this.#replace(make(await this.#readOrNull())));
  }

  /** Changes members of a profile that exists; where it was deleted meanwhile, nothing comes back. */
  async change(change: (members: Members) => Members): Promise<void> {
    try {
      await this.#locked(async () => {
        const members = await this.read();
        if (members !== null) await this.#replace(change(members));
      });
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  /** Deletes the profile's file, keys and all. */
  async delete(): Promise<void> {
    try {
      await this.#locked(() => rm(this.#file, { force: true }));
      await rm(this.#folder, { recursive: true, force: true });
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  /** A profile that is damaged or exposed is one to begin anew, by the password. */
  async #readOrNull(): Promise<Members | null> {
    try {
      return await this.read();
    } catch (error) {
      if (error instanceof Failure) return null;
      throw error;
    }
  }

  async #replace(members: Members): Promise<void> {
    const fresh = `${this.#file}.${randomBytes(6).toString("hex")}`;
    const handle = await open(fresh, "wx", 0o600);
    try {
      await handle.writeFile(JSON.stringify(members, replaceBytes));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(fresh, this.#file);
  }

  async #refuseOpenDoors(): Promise<void> {
    if (process.platform === "win32") return;
    for (const path of [this.#folder, this.#file]) {
      const { mode, uid } = await lstat(path);
      if ((mode & 0o077) !== 0 || uid !== process.getuid?.()) {
        throw new Failure(
          "profile_exposed",
          `Others can read ${path}. It holds keys: make it yours alone (chmod ${path === this.#folder ? "700" : "600"}), and rotate your keys if somebody may have read it.`,
        );
      }
    }
  }

  async #locked<T>(work: () => Promise<T>): Promise<T> {
    const lock = `${this.#file}.lock`;
    const deadline = Date.now() + LOCK_PATIENCE;
    for (;;) {
      try {
        await (await open(lock, "wx", 0o600)).close();
        break;
      } catch (error) {
        if (!hasCode(error, "EEXIST")) throw error;
        const made = await stat(lock).catch(() => null);
        if (made !== null && Date.now() - made.mtimeMs > LOCK_STALE)
          await rm(lock, { force: true });
        else if (Date.now() > deadline) {
          throw new Failure("profile_busy", "Another command is using this profile: try again.");
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
    try {
      return await work();
    } finally {
      await rm(lock, { force: true });
    }
  }
}

const BYTES = "base64url:";

/** Bytes stand in the file as text behind a mark of their own; no other member begins with it. */
function replaceBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? BYTES + toBase64url(value) : value;
}

function reviveBytes(_key: string, value: unknown): unknown {
  if (typeof value !== "string" || !value.startsWith(BYTES)) return value;
  return fromBase64url(value.slice(BYTES.length));
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function isMissing(error: unknown): boolean {
  return hasCode(error, "ENOENT");
}
