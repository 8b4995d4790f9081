/**
 * Runs the vectors of encoding, addresses, passwords, identity keys and the vault key wherever `crypto.subtle` is: the same
 * code in Node and in a browser. Only test code imports it.
 * @module
 */
import {
  domainOf,
  isLocalDomain,
  judgeName,
  nameOf,
  parseAddress,
  parseDomain,
} from "../address.ts";
import { type Bytes, fromBase64url, toBase64url, toHex, utf8 } from "../bytes/encoding.ts";
import { type FrameField, FrameReader, frame, list } from "../bytes/frame.ts";
import { idBytes, idFromBytes, idTime, makeId, parseId } from "../bytes/id.ts";
import {
  type Pin,
  judgeChain,
  judgeNewRecord,
  preferLonger,
  preferPin,
  verifyChain,
} from "../identity/chain.ts";
import {
  deriveKitLoginKey,
  deriveKitWrapKey,
  formatKit,
  parseKit,
  parseKitText,
  unwrapKit,
  wrapKit,
} from "../identity/kit.ts";
import {
  type CheckedRecord,
  type PublicKeys,
  type PublishedRecord,
  encodePublishedRecord,
  encodeRecord,
  hashRecord,
  parsePublishedRecord,
  parseRecord,
} from "../identity/record.ts";
import { formatSafetyNumber, safetyNumber } from "../identity/safety-number.ts";
import { ROLES, type Role, rewrapKeySet, unwrapKeySet } from "../identity/wrap.ts";
import {
  type AgreementPublicKey,
  type Box,
  type Random,
  type SigningPublicKey,
  ecdhBits,
  hkdf,
  importAgreementPublic,
  importBoxKey,
  importSigningPublic,
  openBox,
  parseAgreementPublicKey,
  parseBox,
  parseHash,
  parseSignature,
  parseSigningPublicKey,
  sealBox,
  sha256,
  verifyBytes,
} from "../keys.ts";
import {
  type EncryptionKey,
  deriveEncryptionKey,
  deriveKeys,
  deriveLoginKey,
  derivePasswordKey,
  importEncryptionKey,
  judgeNewPassword,
  normalizePassword,
} from "../passwords.ts";
import { deriveVaultKey } from "../vault/key.ts";
import {
  type Case,
  type Load,
  type Report,
  address,
  hex,
  must,
  outOfRange,
  runCases,
  same,
} from "./cases.ts";

interface Named {
  readonly name: string;
}
interface Invalid extends Named {
  readonly reason: string;
}
interface KeyPairText {
  readonly pkcs8: string;
  readonly publicKey: string;
}

/** Runs every vector of encoding, addresses, passwords, identity and the vault key; a failure says which vector and what differs. */
export async function runIdentityVectors(load: Load): Promise<Report> {
  const files: Record<string, (file: never) => Case[]> = {
    frame: frames,
    base64url,
    ids,
    keys,
    addresses,
    passwords,
    "key-records": keyRecords,
    chains,
    "safety-number": safetyNumbers,
    wraps,
    kit,
    "vault-key": vaultKeys,
  };
  const report: Report = { passed: 0, failures: [] };
  for (const [name, cases] of Object.entries(files)) {
    await runCases(name, cases((await load(name)) as never), report);
  }
  return report;
}

/** A `random` that gives the bytes of a vector, once. */
function fixed(...values: readonly Uint8Array[]): Random {
  const left = [...values];
  return (length) => {
    const next = left.shift();
    if (next?.length !== length) throw new Error(`${length} random bytes, of which none are given`);
    return new Uint8Array(next);
  };
}

async function opens(key: CryptoKey, box: { content: string; box: string }): Promise<void> {
  const parsed = must(parseBox(hex(box.box)), "the box");
  same(await openBox({ key, box: parsed, aad: new Uint8Array(0) }), box.content, "what opens");
}

// Encoding (spec/1)

interface FieldText {
  readonly text?: string;
  readonly integer?: number;
  readonly bytes?: string;
  readonly absent?: true;
  readonly list?: readonly FieldText[];
}
type FieldType =
  | "text"
  | "integer"
  | "bytes"
  | "optional-integer"
  | { readonly fixed: number }
  | { readonly optional: number }
  | { readonly list: { readonly length: number; readonly most: number } };
interface FrameFile {
  readonly valid: (Named & {
    readonly label: string;
    readonly fields: readonly FieldText[];
    readonly types: readonly FieldType[];
    readonly frame: string;
  })[];
  readonly invalid: (Invalid & {
    readonly label: string;
    readonly types: readonly FieldType[];
    readonly frame: string;
  })[];
}

function scalar(field: FieldText): string | number | Bytes {
  if (field.text !== undefined) return field.text;
  return field.integer ?? hex(must(field.bytes, "the field"));
}

function fieldOf(field: FieldText): FrameField {
  if (field.absent) return null;
  return field.list === undefined ? scalar(field) : list(...field.list.map(scalar));
}

/** What reading gives: null where it fails, undefined where a field is absent. */
function read(reader: FrameReader, type: FieldType): unknown {
  if (type === "text") return reader.text();
  if (type === "integer") return reader.integer();
  if (type === "bytes") return reader.bytes();
  if (type === "optional-integer") return reader.optionalInteger();
  if ("fixed" in type) return reader.fixed(type.fixed);
  if ("optional" in type) return reader.optional(type.optional);
  return reader.listOf(type.list.length, type.list.most);
}

/** A field as reading gives it. */
function expectedOf(field: FieldText): unknown {
  if (field.absent) return undefined;
  if (field.list === undefined) return scalar(field);
  return field.list.map((item) => {
    const value = scalar(item);
    return typeof value === "string" ? utf8(value) : value;
  });
}

function frames(file: FrameFile): Case[] {
  return [
    ...file.valid.map(({ name, label, fields, types, frame: bytes }) => ({
      name,
      run: () => {
        same(frame(label, ...fields.map(fieldOf)), bytes, "frame");
        const reader = new FrameReader(hex(bytes), label);
        for (const [index, type] of types.entries()) {
          const expected = expectedOf(must(fields[index], "the field"));
          same(read(reader, type), expected, `field ${index}`);
        }
        same(reader.done(), true, "done");
      },
    })),
    ...file.invalid.map(({ name, label, types, frame: bytes, reason }) => ({
      name,
      run: () => {
        const reader = new FrameReader(hex(bytes), label);
        for (const type of types) read(reader, type);
        same(reader.done() ? "read" : "invalid", reason, "the frame");
      },
    })),
  ];
}

interface Base64urlFile {
  readonly valid: (Named & { readonly bytes: string; readonly text: string })[];
  readonly invalid: (Invalid & { readonly text: string })[];
}

function base64url(file: Base64urlFile): Case[] {
  return [
    ...file.valid.map(({ name, bytes, text }) => ({
      name,
      run: () => {
        same(toBase64url(hex(bytes)), text, "text");
        same(fromBase64url(text), bytes, "bytes");
      },
    })),
    ...file.invalid.map(({ name, text, reason }) => ({
      name,
      run: () => same(fromBase64url(text) ?? "invalid", reason, "the text"),
    })),
  ];
}

interface IdFile {
  readonly valid: (Named & {
    readonly time: number;
    readonly random: string;
    readonly bytes: string;
    readonly id: string;
  })[];
  readonly invalid: (Invalid & { readonly text?: string; readonly bytes?: string })[];
}

function ids(file: IdFile): Case[] {
  return [
    ...file.valid.map(({ name, time, random, bytes, id }) => ({
      name,
      run: () => {
        same(makeId(time, hex(random)), id, "id");
        const parsed = must(parseId(id), "id");
        same(idBytes(parsed), bytes, "bytes");
        same(idFromBytes(hex(bytes)), id, "id of the bytes");
        same(idTime(parsed), time, "time");
      },
    })),
    ...file.invalid.map(({ name, text, bytes, reason }) => ({
      name,
      run: () => {
        const parsed = text === undefined ? idFromBytes(hex(must(bytes, "bytes"))) : parseId(text);
        same(parsed ?? "invalid", reason, "the id");
      },
    })),
  ];
}

interface KeysFile {
  readonly valid: (Named & { readonly publicKey: string })[];
  readonly invalid: (Invalid & { readonly publicKey: string; readonly step: string })[];
  readonly signatures: {
    readonly valid: (Named & SignatureText)[];
    readonly invalid: (Invalid & SignatureText & { readonly step: string })[];
  };
  readonly agreements: (Named & {
    readonly a: KeyPairText;
    readonly b: KeyPairText;
    readonly shared: string;
  })[];
  readonly hkdf: {
    readonly valid: (Named & HkdfText & { readonly output: string })[];
    readonly invalid: (Invalid & HkdfText)[];
  };
  readonly boxes: {
    readonly valid: (Named & BoxText & { readonly nonce: string; readonly content: string })[];
    readonly invalid: (Invalid & BoxText & { readonly step: string })[];
  };
}
interface SignatureText {
  readonly publicKey: string;
  readonly message: string;
  readonly signature: string;
}
interface HkdfText {
  readonly input: string;
  readonly salt: string;
  readonly info: string;
}
interface BoxText {
  readonly key: string;
  readonly aad: string;
  readonly box: string;
}

function agreementPublic(text: string): AgreementPublicKey {
  return must(parseAgreementPublicKey(hex(text)), "the agreement key");
}

function signingPublic(text: string): SigningPublicKey {
  return must(parseSigningPublicKey(hex(text)), "the signing key");
}

function agreementPrivate(pkcs8: string): Promise<CryptoKey> {
  const algorithm = { name: "ECDH", namedCurve: "P-256" };
  return crypto.subtle.importKey("pkcs8", hex(pkcs8), algorithm, false, ["deriveBits"]);
}

/** Where a public key is refused, in either of its two uses; null when it is not. */
async function publicKeyFault(bytes: Bytes): Promise<string | null> {
  const agreement = parseAgreementPublicKey(bytes);
  const signing = parseSigningPublicKey(bytes);
  same(agreement, signing, "the other use");
  if (agreement === null || signing === null) return "form";
  const imported = await Promise.all([
    importAgreementPublic(agreement),
    importSigningPublic(signing),
  ]);
  same(imported[0] === null, imported[1] === null, "the import for the other use");
  return imported[0] === null ? "import" : null;
}

async function signatureFault(text: SignatureText): Promise<string | null> {
  const signature = parseSignature(hex(text.signature));
  if (signature === null) return "form";
  const key = signingPublic(text.publicKey);
  return (await verifyBytes(key, hex(text.message), signature)) ? null : "verify";
}

async function boxFault(text: BoxText): Promise<string | null> {
  const box = parseBox(hex(text.box));
  if (box === null) return "form";
  const key = await importBoxKey(hex(text.key));
  return (await openBox({ key, box, aad: hex(text.aad) })) === null ? "open" : null;
}

function keys(file: KeysFile): Case[] {
  const { signatures, agreements, hkdf: derivations, boxes } = file;
  return [
    ...file.valid.map(({ name, publicKey }) => ({
      name,
      run: async () => same(await publicKeyFault(hex(publicKey)), null, "what refuses it"),
    })),
    ...file.invalid.map(({ name, publicKey, step }) => ({
      name,
      run: async () => same(await publicKeyFault(hex(publicKey)), step, "what refuses it"),
    })),
    ...signatures.valid.map((one) => ({
      name: one.name,
      run: async () => same(await signatureFault(one), null, "what refuses it"),
    })),
    ...signatures.invalid.map((one) => ({
      name: one.name,
      run: async () => same(await signatureFault(one), one.step, "what refuses it"),
    })),
    ...agreements.map(({ name, a, b, shared }) => ({
      name,
      run: async () => {
        const [own, peer] = [await agreementPrivate(a.pkcs8), await agreementPrivate(b.pkcs8)];
        same(await ecdhBits(own, agreementPublic(b.publicKey)), shared, "the secret of the one");
        same(await ecdhBits(peer, agreementPublic(a.publicKey)), shared, "the secret of the other");
      },
    })),
    ...derivations.valid.map(({ name, input, salt, info, output }) => ({
      name,
      run: async () => {
        const secret = hex(input);
        const derived = await hkdf({ input: secret, salt: hex(salt), info: hex(info) });
        same(derived, output, "output");
        if (salt === "") same(await hkdf({ input: secret, info: hex(info) }), output, "unsalted");
      },
    })),
    ...derivations.invalid.map(({ name, input, salt, info }) => ({
      name,
      run: () =>
        outOfRange(() => hkdf({ input: hex(input), salt: hex(salt), info: hex(info) }), "the info"),
    })),
    ...boxes.valid.map((one) => ({
      name: one.name,
      run: async () => {
        const [key, aad] = [await importBoxKey(hex(one.key)), hex(one.aad)];
        const content = hex(one.content);
        const made = await sealBox({ key, content, aad, random: fixed(hex(one.nonce)) });
        same(made, one.box, "box");
        same(await openBox({ key, box: made, aad }), one.content, "content");
      },
    })),
    ...boxes.invalid.map((one) => ({
      name: one.name,
      run: async () => same(await boxFault(one), one.step, "what refuses it"),
    })),
  ];
}

// Addresses (spec/2)

interface AddressFile {
  readonly valid: (Named & {
    readonly text: string;
    readonly canonical: string;
    readonly local: string;
    readonly domain: string;
    readonly development: boolean;
    readonly choice: string;
  })[];
  readonly invalid: (Invalid & { readonly text: string })[];
  readonly domains: {
    readonly valid: (Named & { readonly text: string; readonly canonical: string })[];
    readonly invalid: (Invalid & { readonly text: string })[];
  };
}

function addresses(file: AddressFile): Case[] {
  return [
    ...file.valid.map(({ name, text, canonical, local, domain, development, choice }) => ({
      name,
      run: () => {
        const parsed = must(parseAddress(text), "the address");
        same(parsed, canonical, "canonical form");
        same(parseAddress(parsed), canonical, "canonical form of the canonical form");
        same(nameOf(parsed), local, "name");
        same(domainOf(parsed), domain, "domain");
        same(isLocalDomain(domainOf(parsed)), development, "development");
        same(judgeName(parsed), choice, "choice");
      },
    })),
    ...file.invalid.map(({ name, text, reason }) => ({
      name,
      run: () => same(parseAddress(text) ?? "invalid", reason, "the address"),
    })),
    ...file.domains.valid.map(({ name, text, canonical }) => ({
      name,
      run: () => same(parseDomain(text), canonical, "the domain"),
    })),
    ...file.domains.invalid.map(({ name, text, reason }) => ({
      name,
      run: () => same(parseDomain(text) ?? "invalid", reason, "the domain"),
    })),
  ];
}

// Passwords (spec/3)

interface PasswordFile {
  readonly valid: (Named & {
    readonly text: string;
    readonly password: string;
    readonly utf8: string;
  })[];
  readonly invalid: (Invalid & { readonly text: string })[];
  readonly judged: (Named & {
    readonly text: string;
    readonly score: number;
    readonly reason: string | null;
  })[];
  readonly derived: (Named & {
    readonly password: string;
    readonly address: string;
    readonly salts: Readonly<Record<"passwordKey" | "encryptionKey" | "loginKey", string>>;
    readonly loginKey: string;
    readonly check: { readonly content: string; readonly box: string };
  })[];
}

/** The reason of a judgment, null where there is none. */
function reasonOf(judged: { ok: true } | { ok: false; reason: string }): string | null {
  return judged.ok ? null : judged.reason;
}

function passwords(file: PasswordFile): Case[] {
  return [
    ...file.valid.map(({ name, text, password, utf8: bytes }) => ({
      name,
      run: () => {
        const normal = normalizePassword(text);
        same(normal, { ok: true, password }, "normalised");
        same(utf8(password), bytes, "bytes");
        same(normalizePassword(password), { ok: true, password }, "normalised again");
      },
    })),
    ...file.invalid.map(({ name, text, reason }) => ({
      name,
      run: async () => {
        same(reasonOf(normalizePassword(text)), reason, "reason");
        await outOfRange(() => derivePasswordKey(text, address("a@b.co")), "the derivation");
      },
    })),
    ...file.judged.map(({ name, text, score, reason }) => ({
      name,
      run: () => same(reasonOf(judgeNewPassword(text, score)), reason, "reason"),
    })),
    ...file.derived.map(({ name, password, address: text, salts, loginKey, check }, index) => ({
      name,
      run: async () => {
        const owner = address(text);
        const salt = (label: string): Promise<Bytes> =>
          sha256(frame(`keypears/v1/${label}-key`, owner));
        same(await salt("password"), salts.passwordKey, "salt of the password key");
        same(await salt("encryption"), salts.encryptionKey, "salt of the encryption key");
        same(await salt("login"), salts.loginKey, "salt of the login key");
        if (index === 0) {
          const passwordKey = await derivePasswordKey(password, owner);
          same(await deriveLoginKey(passwordKey, owner), loginKey, "login key");
          await opens(await deriveEncryptionKey(passwordKey, owner), check);
        } else {
          const derived = await deriveKeys(password, owner);
          same(derived.loginKey, loginKey, "login key");
          await opens(derived.encryptionKey, check);
        }
      },
    })),
  ];
}

// Identity keys (spec/4)

interface RecordText {
  readonly suite: number;
  readonly address: string;
  readonly number: number;
  readonly reason: "initial" | "rotation" | "reset" | "revoked";
  readonly createdAt: number;
  readonly previous: string | null;
  readonly keys: KeysText | null;
}
interface KeysText {
  readonly agreement: string;
  readonly signing: string;
}
interface RecordFile {
  readonly valid: (Named & {
    readonly record: RecordText;
    readonly bytes: string;
    readonly hash: string;
  })[];
  readonly invalid: (Invalid & { readonly bytes: string })[];
}

function publicKeys(text: KeysText): PublicKeys {
  return { agreement: agreementPublic(text.agreement), signing: signingPublic(text.signing) };
}

function keyRecords(file: RecordFile): Case[] {
  return [
    ...file.valid.map(({ name, record, bytes, hash }) => ({
      name,
      run: async () => {
        const fields = {
          ...record,
          address: address(record.address),
          previous: record.previous === null ? null : parseHash(hex(record.previous)),
          keys: record.keys === null ? null : publicKeys(record.keys),
        };
        same(encodeRecord(fields), bytes, "bytes");
        same(parseRecord(hex(bytes)), record, "record");
        same(await hashRecord(hex(bytes)), hash, "hash");
      },
    })),
    ...file.invalid.map(({ name, bytes, reason }) => ({
      name,
      run: () => same(parseRecord(hex(bytes)) ?? "encoding", reason, "the record"),
    })),
  ];
}

interface PublishedText {
  readonly record: string;
  readonly possession: string | null;
  readonly continuity: string | null;
}
interface ChainText extends Named {
  readonly address: string;
  readonly records: readonly PublishedText[];
  /** How many of the records were verified before; the rest is the page that continues them. */
  readonly after?: number;
}
interface PinText {
  readonly number: number;
  readonly hash: string;
}
interface ChainFile {
  readonly valid: (ChainText & { readonly hashes: readonly string[] })[];
  readonly invalid: (Invalid & ChainText & { readonly at: number })[];
  readonly judgments: (Named & {
    readonly chain: string;
    readonly pin: PinText | null;
    readonly verdict: string;
    readonly since: readonly number[];
  })[];
  readonly newRecords: (Named & {
    readonly address: string;
    readonly chain: string | null;
    readonly published: PublishedText;
    readonly now: number;
    readonly reason: string | null;
  })[];
  readonly answers: (Named & {
    readonly a: string;
    readonly b: string;
    readonly result: string;
  })[];
  readonly pins: (Named & { readonly a: PinText; readonly b: PinText; readonly result: string })[];
}

function published(text: PublishedText): PublishedRecord {
  const signature = (value: string | null): PublishedRecord["possession"] =>
    value === null ? null : must(parseSignature(hex(value)), "the signature");
  return {
    record: hex(text.record),
    possession: signature(text.possession),
    continuity: signature(text.continuity),
  };
}

function pinOf(text: PinText): Pin {
  return { number: text.number, hash: must(parseHash(hex(text.hash)), "the hash") };
}

/** The chain of a vector, verified; its last page alone where it has two. */
async function verified(chain: ChainText): ReturnType<typeof verifyChain> {
  const { after = 0, records } = chain;
  const owner = address(chain.address);
  const pages = [records.slice(0, after), records.slice(after)].map((page) => page.map(published));
  const [first = [], rest = []] = pages;
  if (after === 0) return verifyChain(owner, rest);
  const before = await verifyChain(owner, first);
  if (!before.ok) throw new Error(`the page before is refused: ${before.reason}`);
  return verifyChain(owner, rest, before.records.at(-1));
}

function chains(file: ChainFile): Case[] {
  const known = async (name: string): Promise<readonly CheckedRecord[]> => {
    const chain = file.valid.find((one) => one.name === name && one.after === undefined);
    const result = await verified(must(chain, `the chain ${name}`));
    if (!result.ok) throw new Error(`the chain ${name} is refused: ${result.reason}`);
    return result.records;
  };
  return [
    ...file.valid.map((chain) => ({
      name: chain.name,
      run: async () => {
        const result = await verified(chain);
        if (!result.ok) throw new Error(`refused: ${result.reason} at ${result.at}`);
        const expected = chain.hashes.slice(chain.after ?? 0);
        same(
          result.records.map((record) => record.hash),
          expected,
          "hashes",
        );
        for (const one of chain.records.map(published)) {
          const json: unknown = JSON.parse(JSON.stringify(encodePublishedRecord(one)));
          same(parsePublishedRecord(json), one, "the record out of its JSON");
        }
      },
    })),
    ...file.invalid.map((chain) => ({
      name: chain.name,
      run: async () => {
        const { reason, at } = chain;
        same(await verified(chain), { ok: false, reason, at }, "the judgment");
      },
    })),
    ...file.judgments.map(({ name, chain, pin, verdict, since }) => ({
      name,
      run: async () => {
        const records = await known(chain);
        const judged = judgeChain(pin === null ? null : pinOf(pin), records);
        same(judged.verdict, verdict, "verdict");
        same(
          judged.since.map((record) => record.number),
          since,
          "since",
        );
        same(judged.newest.hash, must(records.at(-1), "the newest").hash, "newest");
      },
    })),
    ...file.newRecords.map(({ name, address: text, chain, published: record, now, reason }) => ({
      name,
      run: async () => {
        const current = chain === null ? null : must((await known(chain)).at(-1), "the newest");
        const options = { address: address(text), current, published: published(record), now };
        same(reasonOf(await judgeNewRecord(options)), reason, "reason");
      },
    })),
    ...file.answers.map(({ name, a, b, result }) => ({
      name,
      run: async () => {
        const preferred = preferLonger(await known(a), await known(b));
        same(preferred, result === "fork" ? "fork" : await known(result), "the answer that counts");
      },
    })),
    ...file.pins.map(({ name, a, b, result }) => ({
      name,
      run: () => {
        const expected = result === "fork" ? "fork" : pinOf(result === "a" ? a : b);
        same(preferPin(pinOf(a), pinOf(b)), expected, "the pin that counts");
      },
    })),
  ];
}

interface EndText {
  readonly address: string;
  readonly hash: string;
}
interface SafetyNumberFile {
  readonly valid: (Named & {
    readonly a: EndText;
    readonly b: EndText;
    readonly digits: string;
    readonly shown: string;
  })[];
  readonly invalid: (Invalid & { readonly a: EndText; readonly b: EndText })[];
}

function safetyNumbers(file: SafetyNumberFile): Case[] {
  const of = (a: EndText, b: EndText): Promise<string> => {
    const [one, other] = [a, b].map((end) => ({
      address: address(end.address),
      recordHash: must(parseHash(hex(end.hash)), "the hash"),
    }));
    return safetyNumber(must(one, "the end"), must(other, "the end"));
  };
  return [
    ...file.valid.map(({ name, a, b, digits, shown }) => ({
      name,
      run: async () => {
        same(await of(a, b), digits, "digits");
        same(await of(b, a), digits, "digits from the other end");
        same(formatSafetyNumber(digits), shown, "shown");
      },
    })),
    ...file.invalid.map(({ name, a, b }) => ({
      name,
      run: () => outOfRange(() => of(a, b), "the safety number"),
    })),
  ];
}

type WrapsText = Readonly<Record<Role, string>>;
interface WrapCase extends Named {
  readonly address: string;
  readonly number: number;
  readonly kdfSuite: number;
  readonly keys: KeysText;
  readonly wraps: WrapsText;
}
interface WrapFile {
  readonly encryptionKey: string;
  readonly valid: (WrapCase & {
    readonly vault: { readonly content: string; readonly box: string };
    readonly inside: WrapsText;
  })[];
  readonly invalid: (Invalid & WrapCase)[];
}

/** Boxes of any length: what is too short is for the opening to refuse. */
function boxes(text: WrapsText): Record<Role, Box> {
  const [agreement, signing, seed] = ROLES.map((role) => hex(text[role]) as Box);
  return {
    agreement: must(agreement, "the box"),
    signing: must(signing, "the box"),
    "vault-seed": must(seed, "the box"),
  };
}

function wraps(file: WrapFile): Case[] {
  const placeOf = async (one: WrapCase) => ({
    address: address(one.address),
    number: one.number,
    kdfSuite: one.kdfSuite,
    keys: publicKeys(one.keys),
    wraps: boxes(one.wraps),
    encryptionKey: await importEncryptionKey(hex(file.encryptionKey)),
  });
  return [
    ...file.valid.map((one) => ({
      name: one.name,
      run: async () => {
        const place = await placeOf(one);
        const open = await unwrapKeySet({ ...place, extractable: false });
        if (!open.ok) throw new Error(`refused: ${open.reason}`);
        await opens(open.keys.vaultKey, one.vault);
        const nonces = ROLES.map((role) => hex(one.wraps[role]).slice(0, 12));
        const anew = await rewrapKeySet({
          ...place,
          from: place,
          to: place,
          random: fixed(...nonces),
        });
        same(anew, { ok: true, wraps: place.wraps }, "the wraps, made again");
      },
    })),
    ...file.invalid.map((one) => ({
      name: one.name,
      run: async () => {
        const place = await placeOf(one);
        const { reason } = one;
        const open = await unwrapKeySet({ ...place, extractable: false });
        same(open, { ok: false, reason }, "opening");
        const random: Random = (length) => new Uint8Array(length);
        const anew = await rewrapKeySet({ ...place, from: place, to: place, random });
        same(anew, { ok: false, reason }, "making them again");
      },
    })),
  ];
}

interface KitFile {
  readonly encryptionKey: string;
  readonly valid: (Named & {
    readonly address: string;
    readonly kdfSuite: number;
    readonly kit: string;
    readonly text: string;
    readonly loginKey: string;
    readonly loginKeyHash: string;
    readonly box: string;
    readonly check: { readonly content: string; readonly box: string };
  })[];
  readonly invalid: (Invalid & {
    readonly address: string;
    readonly kdfSuite: number;
    readonly box: string;
  })[];
  readonly texts: {
    readonly valid: (Named & { readonly text: string; readonly kit: string })[];
    readonly invalid: (Invalid & { readonly text: string })[];
  };
}

function kit(file: KitFile): Case[] {
  const encryption = (): Promise<EncryptionKey> => importEncryptionKey(hex(file.encryptionKey));
  return [
    ...file.valid.map((one) => ({
      name: one.name,
      run: async () => {
        const owner = address(one.address);
        const secret = must(parseKit(hex(one.kit)), "the kit");
        same(await formatKit(secret), one.text, "text");
        same(await parseKitText(one.text), one.kit, "kit of the text");
        const loginKey = await deriveKitLoginKey(secret, owner);
        same(loginKey, one.loginKey, "login key");
        same(await sha256(loginKey), one.loginKeyHash, "hash of the login key");
        await opens(await deriveKitWrapKey(secret, owner), one.check);
        const box = hex(one.box) as Box;
        const place = {
          address: owner,
          kdfSuite: one.kdfSuite,
          encryptionKey: await encryption(),
        };
        same(await unwrapKit({ box, ...place }), one.kit, "kit of the box");
        const random = fixed(box.slice(0, 12));
        same(await wrapKit({ kit: secret, ...place, random }), one.box, "box");
      },
    })),
    ...file.invalid.map(({ name, address: text, kdfSuite, box, reason }) => ({
      name,
      run: async () => {
        const place = { address: address(text), kdfSuite, encryptionKey: await encryption() };
        const opened = await unwrapKit({ box: hex(box) as Box, ...place });
        same(opened ?? "invalid", reason, "the box");
      },
    })),
    ...file.texts.valid.map(({ name, text, kit: expected }) => ({
      name,
      run: async () => same(await parseKitText(text), expected, "kit"),
    })),
    ...file.texts.invalid.map(({ name, text, reason }) => ({
      name,
      run: async () => same((await parseKitText(text)) ?? "invalid", reason, "the text"),
    })),
  ];
}

// Vault (spec/5)

interface VaultKeyCase extends Named {
  readonly address: string;
  readonly number: number;
  readonly agreement: KeyPairText;
  readonly vaultSeed: string;
}
interface VaultKeyFile {
  readonly valid: (VaultKeyCase & { readonly shared: string; readonly vaultKey: string })[];
  readonly invalid: (Invalid & VaultKeyCase)[];
}

function vaultKeys(file: VaultKeyFile): Case[] {
  const optionsOf = async (one: VaultKeyCase) => ({
    agreementKey: await agreementPrivate(one.agreement.pkcs8),
    agreementPublicKey: agreementPublic(one.agreement.publicKey),
    vaultSeed: hex(one.vaultSeed),
    address: address(one.address),
    number: one.number,
  });
  return [
    ...file.valid.map((one) => ({
      name: one.name,
      run: async () => {
        const options = await optionsOf(one);
        const shared = await ecdhBits(options.agreementKey, options.agreementPublicKey);
        same(shared, one.shared, "ECDH");
        const key = await deriveVaultKey({ ...options, extractable: true });
        const bytes = new Uint8Array(await crypto.subtle.exportKey("raw", key));
        same(toHex(bytes), one.vaultKey, "vault key");
        same((await deriveVaultKey(options)).extractable, false, "extractable");
      },
    })),
    ...file.invalid.map((one) => ({
      name: one.name,
      run: async () => {
        const options = await optionsOf(one);
        await outOfRange(() => deriveVaultKey(options), "the vault key");
      },
    })),
  ];
}
