/**
 * Runs the suites of Wycheproof through this package's own wrappers, wherever `crypto.subtle` is: the same code in Node and in
 * a browser. The suites are no part of the project; who has them gives them. Only test code imports this.
 * @module
 */
import { type Bytes, concat, fromBase64url } from "../bytes/encoding.ts";
import {
  HASH_BYTES,
  NONCE_BYTES,
  TAG_BYTES,
  ecdhBits,
  hkdf,
  importBoxKey,
  openBox,
  orNull,
  parseAgreementPublicKey,
  parseBox,
  parseSignature,
  parseSigningPublicKey,
  sealBox,
  verifyBytes,
} from "../keys.ts";
import { hex, same } from "./cases.ts";

/** The files of the suites that this protocol has a use for. */
export const SUITES = [
  "aes_gcm_test",
  "ecdh_secp256r1_webcrypto_test",
  "ecdsa_secp256r1_sha256_p1363_test",
  "hkdf_sha256_test",
  "hmac_sha256_test",
  "pbkdf2_hmacsha256_test",
] as const;
type Suite = (typeof SUITES)[number];

/** What came of one suite. `foreign` are cases of sizes that this protocol does not use. */
export interface SuiteReport {
  readonly suite: Suite;
  passed: number;
  foreign: number;
  failures: string[];
}

interface WycheproofCase {
  readonly tcId: number;
  readonly comment: string;
  readonly result: "valid" | "invalid";
}
interface WycheproofFile {
  readonly testGroups: readonly { readonly tests: readonly WycheproofCase[] }[];
}

/** Whether the platform, through our wrappers, takes a case; `foreign` where the wrappers have no use for its sizes. */
type Verdict = "valid" | "invalid" | "foreign";

/** Runs the suites that `load` gives; null from it means that a suite is absent. */
export async function runWycheproof(
  load: (suite: Suite) => Promise<unknown>,
): Promise<SuiteReport[]> {
  const reports: SuiteReport[] = [];
  for (const suite of SUITES) {
    const file = (await load(suite)) as WycheproofFile | null;
    if (file === null) continue;
    const report: SuiteReport = { suite, passed: 0, foreign: 0, failures: [] };
    for (const group of file.testGroups) {
      for (const one of group.tests) await runCase(suite, group, one, report);
    }
    reports.push(report);
  }
  return reports;
}

async function runCase(
  suite: Suite,
  group: object,
  one: WycheproofCase,
  report: SuiteReport,
): Promise<void> {
  const name = `${suite} ${one.tcId} (${one.comment})`;
  try {
    // Each suite has its own members; the judges name those that they read.
    const verdict = await judges[suite]({ ...group, ...one } as never);
    if (verdict === "foreign") report.foreign++;
    else {
      same(verdict, one.result, "the verdict");
      report.passed++;
    }
  } catch (error) {
    report.failures.push(`${name}: ${error instanceof Error ? error.message : error}`);
  }
}

const judges: Record<Suite, (one: never) => Promise<Verdict>> = {
  aes_gcm_test: judgeBox,
  ecdh_secp256r1_webcrypto_test: judgeAgreement,
  ecdsa_secp256r1_sha256_p1363_test: judgeSignature,
  hkdf_sha256_test: judgeHkdf,
  hmac_sha256_test: judgeHmac,
  pbkdf2_hmacsha256_test: judgePbkdf2,
};

interface AesGcm {
  readonly key: string;
  readonly iv: string;
  readonly aad: string;
  readonly msg: string;
  readonly ct: string;
  readonly tag: string;
  readonly result: string;
}

async function judgeBox(one: AesGcm): Promise<Verdict> {
  const [key, nonce, tag] = [hex(one.key), hex(one.iv), hex(one.tag)];
  if (key.length !== 32 || nonce.length !== NONCE_BYTES || tag.length !== TAG_BYTES) {
    return "foreign";
  }
  const box = parseBox(concat(nonce, hex(one.ct), tag));
  if (box === null) return "invalid";
  const aad = hex(one.aad);
  const boxKey = await importBoxKey(key);
  const content = await openBox({ key: boxKey, box, aad });
  if (content === null) return "invalid";
  same(content, one.msg, "the content");
  const again = await sealBox({ key: boxKey, content, aad, random: () => nonce });
  same(again, box, "the box");
  return "valid";
}

interface Ecdh {
  readonly public: JsonWebKey;
  readonly private: JsonWebKey;
  readonly shared: string;
}

async function judgeAgreement(one: Ecdh): Promise<Verdict> {
  const { crv, x = "", y = "" } = one.public;
  if (crv !== "P-256") return "invalid";
  const [first, second] = [fromBase64url(x), fromBase64url(y)];
  if (first === null || second === null) return "invalid";
  // The 65 bytes have no room for coordinates of another length.
  if (first.length !== 32 || second.length !== 32) return "invalid";
  const publicKey = parseAgreementPublicKey(concat(Uint8Array.of(4), first, second));
  if (publicKey === null) return "invalid";
  const algorithm = { name: "ECDH", namedCurve: "P-256" };
  const privateKey = await orNull(
    "DataError",
    crypto.subtle.importKey("jwk", one.private, algorithm, false, ["deriveBits"]),
  );
  const shared = privateKey === null ? null : await ecdhBits(privateKey, publicKey);
  if (shared === null) return "invalid";
  same(shared, one.shared, "the secret");
  return "valid";
}

interface Ecdsa {
  readonly publicKey: { readonly uncompressed: string };
  readonly msg: string;
  readonly sig: string;
}

async function judgeSignature(one: Ecdsa): Promise<Verdict> {
  const publicKey = parseSigningPublicKey(hex(one.publicKey.uncompressed));
  const signature = parseSignature(hex(one.sig));
  if (publicKey === null || signature === null) return "invalid";
  return (await verifyBytes(publicKey, hex(one.msg), signature)) ? "valid" : "invalid";
}

interface Hkdf {
  readonly ikm: string;
  readonly salt: string;
  readonly info: string;
  readonly size: number;
  readonly okm: string;
}

async function judgeHkdf(one: Hkdf): Promise<Verdict> {
  const limit = 255 * HASH_BYTES;
  if (one.size > limit) return "foreign";
  const derived = await hkdf({ input: hex(one.ikm), salt: hex(one.salt), info: hex(one.info) });
  // HKDF's output is the beginning of its longer outputs, so 32 bytes are the beginning of every case.
  const length = Math.min(one.size, derived.length);
  same(derived.slice(0, length), hex(one.okm).slice(0, length), "the output");
  return "valid";
}

interface Hmac {
  readonly key: string;
  readonly msg: string;
  readonly tag: string;
}

/** As `challengeSeed` (spec/7.2) uses the platform: the whole 32 bytes. */
async function judgeHmac(one: Hmac): Promise<Verdict> {
  const tag = hex(one.tag);
  if (tag.length !== HASH_BYTES) return "foreign";
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", hex(one.key), algorithm, false, ["verify"]);
  return (await crypto.subtle.verify("HMAC", key, tag, hex(one.msg))) ? "valid" : "invalid";
}

interface Pbkdf2 {
  readonly password: string;
  readonly salt: string;
  readonly iterationCount: number;
  readonly dkLen: number;
  readonly dk: string;
}

/** As the derivations of spec/3.2 use the platform, whose rounds are fixed: 32 bytes are the beginning of every case. */
async function judgePbkdf2(one: Pbkdf2): Promise<Verdict> {
  const { salt, iterationCount: iterations } = one;
  const password: Bytes = hex(one.password);
  const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
  const algorithm = { name: "PBKDF2", hash: "SHA-256", salt: hex(salt), iterations };
  const derived = new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256));
  const length = Math.min(one.dkLen, derived.length);
  same(derived.slice(0, length), hex(one.dk).slice(0, length), "the key");
  return "valid";
}
