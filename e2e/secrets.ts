/** Looking for a secret in files, in every encoding that software writes bytes in. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Something that must not be found, by the name that a failure calls it. */
export interface Secret {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A text as a secret. */
export function secretText(name: string, text: string): Secret {
  return { name, bytes: Buffer.from(text) };
}

/**
 * Every way in which `secret` may stand in a file: raw; hex, either case; base64 and base64url at each of the three
 * alignments, without the characters that its neighbours have a part in; UTF-16, either order; JSON's \u escapes; percent escapes;
 * a list of decimal numbers.
 */
export function encodings({ bytes }: Secret): Map<string, Buffer> {
  const raw = Buffer.from(bytes);
  const forms = new Map<string, Buffer>([["raw", raw]]);
  const hex = raw.toString("hex");
  forms.set("hex", Buffer.from(hex));
  forms.set("HEX", Buffer.from(hex.toUpperCase()));
  for (const shift of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(shift), raw]).toString("base64");
    // The first characters hold bits of what stands before, the last ones of what stands after.
    const shared = (shift + raw.length) % 3;
    const whole = text.slice(
      shift === 0 ? 0 : shift + 1,
      text.length - (shared === 0 ? 0 : 4 - shared),
    );
    forms.set(`base64 at ${shift}`, Buffer.from(whole));
    forms.set(
      `base64url at ${shift}`,
      Buffer.from(whole.replaceAll("+", "-").replaceAll("/", "_")),
    );
  }
  forms.set("numbers", Buffer.from([...raw].join(",")));
  const text = raw.toString("utf8");
  if (Buffer.from(text).equals(raw)) {
    const wide = Buffer.from(text, "utf16le");
    forms.set("UTF-16 LE", wide);
    forms.set("UTF-16 BE", Buffer.from(wide).swap16());
    forms.set("percent", Buffer.from(encodeURIComponent(text)));
    forms.set(
      "JSON escapes",
      Buffer.from(
        [...text].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
      ),
    );
  }
  return forms;
}

/** Where secrets stand in these contents: "NAME as ENCODING in FILE" each. */
export function findSecrets(
  secrets: readonly Secret[],
  contents: ReadonlyMap<string, Buffer>,
): string[] {
  const found: string[] = [];
  for (const secret of secrets) {
    for (const [encoding, form] of encodings(secret)) {
      for (const [file, content] of contents) {
        if (content.includes(form)) found.push(`${secret.name} as ${encoding} in ${file}`);
      }
    }
  }
  return found;
}

/** Every file of a folder and the folders below it, by path. */
export function folderContents(folder: string): Map<string, Buffer> {
  const contents = new Map<string, Buffer>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    contents.set(path, readFileSync(path));
  }
  return contents;
}

/**
 * The secrets that the command line keeps of an account: its token, vault keys, and of each private key in PKCS #8 the 32 secret bytes. They are the
 * same wherever that account is logged in, but for the token.
 */
export function profileSecrets(home: string, name: string): Secret[] {
  const profile: unknown = JSON.parse(readFileSync(join(home, "default", "profile.json"), "utf8"));
  return secretsOf(profile, `${name}'s profile`);
}

function secretsOf(value: unknown, name: string): Secret[] {
  if (typeof value === "string" && value.startsWith("base64url:")) {
    const bytes = Buffer.from(value.slice("base64url:".length), "base64url");
    if (bytes.length === 138) return [{ name, bytes: bytes.subarray(36, 68) }];
    return /token|vaultKey/.test(name) ? [{ name, bytes }] : [];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => secretsOf(member, `${name}.${key}`));
}
