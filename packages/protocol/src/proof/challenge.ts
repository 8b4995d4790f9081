/**
 * Proof-of-work challenges that cost the server no storage: what they are for is bound into their seed by a MAC, so that
 * a solution is worth nothing for anything else. The algorithm itself is given, never imported.
 * @module spec/7.2
 */
import { type Address, type Domain, parseDomain } from "../address.ts";
import { type Bytes, equalBytes, fromBase64url, toBase64url, utf8 } from "../bytes/encoding.ts";
import { frame } from "../bytes/frame.ts";
import { type PublicDigest, type Random, sha256 } from "../keys.ts";
import { isDifficulty } from "./price.ts";

/** The one algorithm: `pow5-64b` in sixteen parts (spec/7.3). */
export const ALGORITHM = "pow5-64b-16";
/** Into how many parts a challenge is split (spec/7.3). */
export const PARTS = 16;
/** How long a challenge can be solved, in milliseconds (spec/7.2). */
export const CHALLENGE_LIFETIME = 15 * 60_000;
const KEY_BYTES = 32;
const SEED_BYTES = 32;
const NONCE_BYTES = 32;
const RANDOM_BYTES = 16;
const SUBJECT_BYTES = 1024;
const keyIdForm = /^[A-Za-z0-9_-]{1,64}$/;

/** What a challenge is for (spec/7.2). */
export type Purpose = "register" | "login" | "step-up" | "first-contact" | "message";
/** Every purpose (spec/7.2). */
export const PURPOSES: readonly Purpose[] = [
  "register",
  "login",
  "step-up",
  "first-contact",
  "message",
];

/** A challenge (spec/7.2). All fields but the seed go into the seed. */
export interface Challenge {
  /** `ALGORITHM`; a server names no other, and a client mines no other. */
  readonly algorithm: string;
  /** Which of the server's keys made the seed: 1 to 64 letters, digits, `-` or `_`. */
  readonly keyId: string;
  /** The domain whose server issued it. */
  readonly domain: Domain;
  readonly purpose: Purpose;
  /** `addressSubject` or `pairSubject`, at most 1024 bytes. */
  readonly subject: Bytes;
  /** Expected hashes for the whole challenge, 1 to 2⁵³−1. */
  readonly difficulty: number;
  /** Milliseconds since 1970; at that time it is still good. */
  readonly expiresAt: number;
  /** 16 bytes. */
  readonly random: Bytes;
  /** 32 bytes. */
  readonly seed: Bytes;
}

/** A challenge and its sixteen nonces, part by part (spec/7.3). */
export interface Solution {
  readonly challenge: Challenge;
  /** 16 nonces of 32 bytes. */
  readonly nonces: readonly Bytes[];
}

/** One of the sixteen parts of a challenge: what a miner is given (spec/7.3). */
export interface Part {
  /** 32 bytes. */
  readonly seed: Bytes;
  /** Expected hashes for this part. */
  readonly difficulty: number;
}

/** The server's key for seeds: 32 bytes, or an HMAC-SHA-256 key already imported for `sign` and `verify` (spec/7.2). */
export type ProofKey = Bytes | CryptoKey;

/** What a registration, a log-in or a step-up is about: the address (spec/7.2). */
export function addressSubject(address: Address): Bytes {
  return utf8(address);
}

/** What a message is about: who writes to whom (spec/7.2). */
export function pairSubject(sender: Address, recipient: Address): Bytes {
  return frame("keypears/v1/pow-subject", sender, recipient);
}

/** The bytes that a seed authenticates (spec/7.2). */
function challengeBytes(fields: Omit<Challenge, "seed">): Bytes {
  return frame(
    "keypears/v1/pow",
    fields.algorithm,
    fields.keyId,
    fields.domain,
    fields.purpose,
    fields.subject,
    fields.difficulty,
    fields.expiresAt,
    fields.random,
  );
}

async function hmacKey(key: ProofKey): Promise<CryptoKey> {
  if (!(key instanceof Uint8Array)) return key;
  if (key.length !== KEY_BYTES) throw new RangeError("key: 32 bytes");
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  return crypto.subtle.importKey("raw", key, algorithm, false, ["sign", "verify"]);
}

/** The seed of a challenge: HMAC-SHA-256 over all its other fields, 32 bytes (spec/7.2). */
export async function challengeSeed(
  key: ProofKey,
  fields: Omit<Challenge, "seed">,
): Promise<Bytes> {
  return new Uint8Array(
    await crypto.subtle.sign("HMAC", await hmacKey(key), challengeBytes(fields)),
  );
}

/** A new challenge, good for 15 minutes from `now` (spec/7.2). `RangeError` for a difficulty or subject that none can have. */
export async function makeChallenge(options: {
  readonly key: ProofKey;
  readonly keyId: string;
  readonly domain: Domain;
  readonly purpose: Purpose;
  readonly subject: Bytes;
  readonly difficulty: number;
  readonly now: number;
  readonly random: Random;
}): Promise<Challenge> {
  const { key, keyId, domain, purpose, subject, difficulty, now, random } = options;
  if (!keyIdForm.test(keyId)) throw new RangeError("keyId: 1 to 64 letters, digits, - or _");
  if (!isDifficulty(difficulty)) throw new RangeError("difficulty: 1 to 2^53-1");
  if (subject.length < 1 || subject.length > SUBJECT_BYTES) {
    throw new RangeError("subject: 1 to 1024 bytes");
  }
  const fresh = random(RANDOM_BYTES);
  if (fresh.length !== RANDOM_BYTES) throw new RangeError("random: 16 bytes asked for");
  const fields = {
    algorithm: ALGORITHM,
    keyId,
    domain,
    purpose,
    subject,
    difficulty,
    expiresAt: now + CHALLENGE_LIFETIME,
    random: fresh,
  };
  return { ...fields, seed: await challengeSeed(key, fields) };
}

/** The sixteen parts of a challenge, each of a sixteenth of its difficulty, rounded up (spec/7.3). */
export function parts(challenge: Pick<Challenge, "seed" | "difficulty">): Promise<Part[]> {
  return Promise.all(Array.from({ length: PARTS }, (_, index) => partOf(challenge, index)));
}

async function partOf(
  challenge: Pick<Challenge, "seed" | "difficulty">,
  index: number,
  digest: PublicDigest = sha256,
): Promise<Part> {
  const seed = await digest(frame("keypears/v1/pow-part", challenge.seed, index));
  return { seed, difficulty: Math.ceil(challenge.difficulty / PARTS) };
}

/** What the caller of `verifySolution` asks for (spec/7.2). */
export interface ExpectedChallenge {
  /** The domain that the server acts for. */
  readonly domain: Domain;
  /** Any of these is right. */
  readonly purposes: readonly Purpose[];
  readonly subject: Bytes;
  /** The least difficulty that is enough, where the caller has one of its own; the price itself is in the seed. */
  readonly minimum?: number;
}

/**
 * Why a solution is refused (spec/7.2), in the order in which it is judged:
 *
 * | reason | the solution |
 * | --- | --- |
 * | algorithm | is for another algorithm |
 * | unknown_key | names a key that the server does not have (a restart, a move): a new challenge helps |
 * | domain | was issued for another domain |
 * | purpose | was issued for another purpose |
 * | subject | was issued for another address or another pair |
 * | difficulty | has a difficulty that is none, or one below the caller's minimum |
 * | forged | was not issued by this server: a field or the seed was changed |
 * | expired | comes after the challenge's time |
 * | work | has not sixteen nonces of 32 bytes, or one that does not meet its part's difficulty |
 */
export type SolutionFault =
  | "algorithm"
  | "unknown_key"
  | "domain"
  | "purpose"
  | "subject"
  | "difficulty"
  | "forged"
  | "expired"
  | "work";

/** The judgment of a solution (spec/7.2). */
export type SolutionResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: SolutionFault };

/**
 * Judges a solution (spec/7.2, spec/7.3): cheap comparisons first, then the MAC, the time, and the parts in order,
 * stopping at the first that fails. `key` is the server's key of the challenge's `keyId`, or null when it has none.
 * `verifyPart` says whether a nonce meets a part's difficulty. Whether the solution was used before is for `judgeClaim`.
 * `digest` gives the parts' seeds, which are no secret.
 */
export async function verifySolution(options: {
  readonly solution: Solution;
  readonly key: ProofKey | null;
  readonly expected: ExpectedChallenge;
  readonly now: number;
  readonly verifyPart: (part: Part, nonce: Bytes) => boolean;
  readonly digest?: PublicDigest;
}): Promise<SolutionResult> {
  const { solution, key, expected, now, verifyPart, digest } = options;
  const { challenge, nonces } = solution;
  const refuse = (reason: SolutionFault): SolutionResult => ({ ok: false, reason });
  if (challenge.algorithm !== ALGORITHM) return refuse("algorithm");
  if (key === null) return refuse("unknown_key");
  if (challenge.domain !== expected.domain) return refuse("domain");
  if (!expected.purposes.includes(challenge.purpose)) return refuse("purpose");
  if (!equalBytes(challenge.subject, expected.subject)) return refuse("subject");
  const minimum = expected.minimum ?? 1;
  if (!isDifficulty(challenge.difficulty) || challenge.difficulty < minimum) {
    return refuse("difficulty");
  }
  // Web Crypto compares the MAC in constant time.
  const genuine = await crypto.subtle.verify(
    "HMAC",
    await hmacKey(key),
    challenge.seed,
    challengeBytes(challenge),
  );
  if (!genuine) return refuse("forged");
  if (now > challenge.expiresAt) return refuse("expired");
  if (nonces.length !== PARTS) return refuse("work");
  for (const [index, nonce] of nonces.entries()) {
    if (nonce.length !== NONCE_BYTES) return refuse("work");
    if (!verifyPart(await partOf(challenge, index, digest), nonce)) return refuse("work");
  }
  return { ok: true };
}

/** A challenge as JSON (spec/1.2, spec/7.2): bytes as unpadded base64url. */
export interface ChallengeJson {
  readonly algorithm: string;
  readonly keyId: string;
  readonly domain: string;
  readonly purpose: string;
  readonly subject: string;
  readonly difficulty: number;
  readonly expiresAt: number;
  readonly random: string;
  readonly seed: string;
}

/** A solution as JSON (spec/1.2, spec/7.3). */
export interface SolutionJson {
  readonly challenge: ChallengeJson;
  readonly nonces: readonly string[];
}

/** The JSON form of a challenge (spec/7.2). */
export function encodeChallenge(challenge: Challenge): ChallengeJson {
  const { algorithm, keyId, domain, purpose, subject, difficulty, expiresAt, random, seed } =
    challenge;
  return {
    algorithm,
    keyId,
    domain,
    purpose,
    subject: toBase64url(subject),
    difficulty,
    expiresAt,
    random: toBase64url(random),
    seed: toBase64url(seed),
  };
}

/**
 * The challenge of its JSON form, or null (spec/7.2): every member there and of its type and length, the domain canonical,
 * the purpose a known one. An unknown algorithm passes, so that it can be refused by name.
 */
export function parseChallenge(json: unknown): Challenge | null {
  if (typeof json !== "object" || json === null) return null;
  const members = json as Record<string, unknown>;
  const { algorithm, keyId, domain, difficulty, expiresAt } = members;
  const purpose = PURPOSES.find((known) => known === members["purpose"]);
  const subject = parseBytes(members["subject"], 1, SUBJECT_BYTES);
  const random = parseBytes(members["random"], RANDOM_BYTES);
  const seed = parseBytes(members["seed"], SEED_BYTES);
  if (typeof algorithm !== "string" || algorithm.length > 64) return null;
  if (typeof keyId !== "string" || !keyIdForm.test(keyId)) return null;
  if (typeof domain !== "string" || parseDomain(domain) !== domain) return null;
  if (typeof difficulty !== "number" || !isDifficulty(difficulty)) return null;
  if (typeof expiresAt !== "number" || !Number.isSafeInteger(expiresAt) || expiresAt < 0) {
    return null;
  }
  if (purpose === undefined || subject === null || random === null || seed === null) return null;
  return {
    algorithm,
    keyId,
    domain: domain as Domain,
    purpose,
    subject,
    difficulty,
    expiresAt,
    random,
    seed,
  };
}

/** The JSON form of a solution (spec/7.3). */
export function encodeSolution(solution: Solution): SolutionJson {
  return {
    challenge: encodeChallenge(solution.challenge),
    nonces: solution.nonces.map(toBase64url),
  };
}

/** The solution of its JSON form, or null (spec/7.3): a challenge and exactly sixteen nonces of 32 bytes. */
export function parseSolution(json: unknown): Solution | null {
  if (typeof json !== "object" || json === null) return null;
  const { challenge: challengeJson, nonces: texts } = json as Record<string, unknown>;
  const challenge = parseChallenge(challengeJson);
  if (challenge === null || !Array.isArray(texts) || texts.length !== PARTS) return null;
  const nonces: Bytes[] = [];
  for (const text of texts as unknown[]) {
    const nonce = parseBytes(text, NONCE_BYTES);
    if (nonce === null) return null;
    nonces.push(nonce);
  }
  return { challenge, nonces };
}

function parseBytes(text: unknown, least: number, most = least): Bytes | null {
  if (typeof text !== "string" || text.length > Math.ceil((most * 4) / 3)) return null;
  const bytes = fromBase64url(text);
  return bytes === null || bytes.length < least || bytes.length > most ? null : bytes;
}
