/**
 * Runs the vectors of messages, proof of work and the well-known file wherever `crypto.subtle` is: the same code in Node
 * and in a browser. Only test code imports it.
 * @module
 */
import type { Address, Domain } from "../address.ts";
import { type Bytes, concat, toHex } from "../bytes/encoding.ts";
import { type Id, parseId } from "../bytes/id.ts";
import { verifyChain } from "../identity/chain.ts";
import type { PublishedRecord } from "../identity/record.ts";
import {
  type Box,
  type Hash,
  type Signature,
  ecdhBits,
  parseSigningPublicKey,
  sha256,
} from "../keys.ts";
import {
  ACCEPT_REASONS,
  type PublishedKey,
  acceptMessage,
  plausibleSentAt,
  publishedKeys,
} from "../message/accept.ts";
import { type ReadContent, decodeContent, encodeContent, pad, unpad } from "../message/content.ts";
import {
  type Envelope,
  HEADER_BYTES,
  type Header,
  boxHash,
  conversationId,
  encodeEnvelope,
  encodeHeader,
  headerSuite,
  parseEnvelope,
  parseHeader,
} from "../message/header.ts";
import { openMessage } from "../message/open.ts";
import { seal } from "../message/seal.ts";
import {
  type Challenge,
  type Purpose,
  challengeSeed,
  encodeSolution,
  makeChallenge,
  parseSolution,
  parts,
  verifySolution,
} from "../proof/challenge.ts";
import { type Claim, judgeClaim, messageBinding } from "../proof/claim.ts";
import { judgeDifficulty, price } from "../proof/price.ts";
import { signChallengeRequest, verifyChallengeRequest } from "../proof/request.ts";
import { makeWellKnown, parseWellKnown } from "../well-known.ts";
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

/** Runs every vector of messages, proof of work and the well-known file; a failure says which vector and what differs. */
export async function runMessageVectors(load: Load): Promise<Report> {
  const people = await openPeople((await load("people")) as PeopleFile);
  const files: Record<string, (file: never) => Case[]> = {
    headers,
    padding,
    contents,
    envelopes,
    messages: (file: MessagesFile) => messages(file, people),
    "message-times": (file: MessageTimesFile) => messageTimes(file, people),
    challenges,
    solutions,
    prices,
    "challenge-requests": (file: RequestsFile) => challengeRequests(file, people),
    "well-known": wellKnown,
  };
  const report: Report = { passed: 0, failures: [] };
  for (const [name, cases] of Object.entries(files)) {
    await runCases(name, cases((await load(name)) as never), report);
  }
  return report;
}

function id(text: string): Id {
  const parsed = parseId(text);
  if (parsed === null) throw new Error(`no id: ${text}`);
  return parsed;
}

/** That the invalid vectors of a file leave no reason out. */
function complete(vectors: readonly Invalid[], reasons: readonly string[]): Case {
  const found = new Set(vectors.map((vector) => vector.reason));
  return {
    name: "every reason has a vector",
    run: () => same([...found].toSorted(), [...reasons].toSorted(), "the list of reasons"),
  };
}

// people.json

interface PeopleFile {
  readonly people: Record<
    string,
    {
      readonly address: string;
      readonly sets: Record<string, { readonly agreement: string; readonly signing: string }>;
      readonly records: readonly {
        readonly record: string;
        readonly possession: string | null;
        readonly continuity: string | null;
      }[];
    }
  >;
}

interface Person {
  readonly address: Address;
  readonly keys: readonly PublishedKey[];
  readonly sets: ReadonlyMap<number, { agreement: CryptoKey; signing: CryptoKey }>;
}

async function openPeople(file: PeopleFile): Promise<ReadonlyMap<string, Person>> {
  const people = new Map<string, Person>();
  for (const [name, { address: text, sets: texts, records }] of Object.entries(file.people)) {
    const published = records.map(({ record, possession, continuity }): PublishedRecord => ({
      record: hex(record),
      possession: possession === null ? null : (hex(possession) as Signature),
      continuity: continuity === null ? null : (hex(continuity) as Signature),
    }));
    const chain = await verifyChain(address(text), published);
    if (!chain.ok) throw new Error(`people: ${name}: record ${chain.at}: ${chain.reason}`);
    const sets = new Map<number, { agreement: CryptoKey; signing: CryptoKey }>();
    for (const [number, { agreement, signing }] of Object.entries(texts)) {
      sets.set(Number(number), {
        agreement: await importPrivate(agreement, "ECDH", "deriveBits"),
        signing: await importPrivate(signing, "ECDSA", "sign"),
      });
    }
    people.set(name, { address: address(text), keys: publishedKeys(chain.records), sets });
  }
  return people;
}

function importPrivate(
  pkcs8: string,
  name: "ECDH" | "ECDSA",
  usage: "deriveBits" | "sign",
): Promise<CryptoKey> {
  const algorithm = { name, namedCurve: "P-256" };
  return crypto.subtle.importKey("pkcs8", hex(pkcs8), algorithm, false, [usage]);
}

// headers.json

type HeaderText = Record<keyof Header, string> &
  Pick<Header, "suite" | "senderKeyNumber" | "recipientKeyNumber" | "sentAt" | "deleteAfter">;

function headers(file: {
  readonly valid: readonly (Named & { header: HeaderText; bytes: string; sha256: string })[];
  readonly invalid: readonly (Invalid & { bytes: string })[];
}): Case[] {
  const valid = file.valid.map(({ name, header, bytes, sha256: hash }) => ({
    name,
    run: async () => {
      const parsed = must(parseHeader(hex(bytes)), "header");
      same(parsed, header, "the header");
      same(encodeHeader(parsed), bytes, "its bytes");
      same(await sha256(hex(bytes)), hash, "its hash");
      const { sender, recipient, conversation } = parsed;
      same(conversation, await conversationId(sender, recipient), "its conversation");
      same(conversation, await conversationId(recipient, sender), "the other way round");
    },
  }));
  const invalid = file.invalid.map(({ name, bytes: text, reason }) => ({
    name,
    run: () => {
      const bytes = hex(text);
      same(parseHeader(bytes), null, "the header");
      const suite = headerSuite(bytes);
      const other = suite === null || suite === 1 ? "encoding" : "suite";
      same(bytes.length > HEADER_BYTES ? "size" : other, reason, "the reason");
    },
  }));
  return [...valid, ...invalid, complete(file.invalid, ["size", "suite", "encoding"])];
}

// padding.json

interface PaddingFile {
  readonly valid: readonly (Named & {
    content: string;
    repeat: number;
    length: number;
    sha256: string;
  })[];
  readonly invalid: readonly (Invalid &
    ({ padded: string; zeros: number } | { content: string; repeat: number }))[];
}

function padding(file: PaddingFile): Case[] {
  const valid = file.valid.map(({ name, content, repeat, length, sha256: hash }) => ({
    name,
    run: async () => {
      const bytes = hex(content.repeat(repeat));
      const padded = must(pad(bytes), "padded content");
      same(padded.length, length, "its length");
      same(await sha256(padded), hash, "its hash");
      same(unpad(padded), bytes, "the content");
    },
  }));
  const invalid = file.invalid.map((vector) => ({
    name: vector.name,
    run: () => {
      if ("padded" in vector) {
        const padded = concat(hex(vector.padded), new Uint8Array(vector.zeros));
        same(unpad(padded), null, "the content");
      } else same(pad(hex(vector.content.repeat(vector.repeat))), null, "the padded content");
    },
  }));
  return [...valid, ...invalid, complete(file.invalid, ["padding", "too_long"])];
}

// contents.json

function contents(file: {
  readonly valid: readonly (Named & { bytes: string; content: unknown })[];
  readonly invalid: readonly (Invalid & { bytes: string })[];
}): Case[] {
  const valid = file.valid.map(({ name, bytes, content }) => ({
    name,
    run: () => {
      const decoded = must(decodeContent(hex(bytes)), "content");
      same(decoded, content, "the content");
      if (decoded.type === "unknown") return;
      same(decodeContent(encodeContent(decoded)), content, "the content written again");
    },
  }));
  const invalid = file.invalid.map(({ name, bytes }) => ({
    name,
    run: () => same(decodeContent(hex(bytes)), null, "the content"),
  }));
  return [...valid, ...invalid, complete(file.invalid, ["content"])];
}

// envelopes.json

interface EnvelopeText {
  readonly header: string;
  readonly box: string;
  readonly signature: string;
  readonly wraps: readonly string[];
}

function envelopeOf(text: EnvelopeText): Envelope {
  return {
    header: hex(text.header),
    box: hex(text.box) as Box,
    signature: hex(text.signature) as Signature,
    wraps: text.wraps.map(hex),
  };
}

function envelopes(file: {
  readonly valid: readonly (Named & { json: unknown; envelope: EnvelopeText })[];
  readonly invalid: readonly (Invalid & { json: unknown; grow?: number })[];
}): Case[] {
  const valid = file.valid.map(({ name, json, envelope }) => ({
    name,
    run: () => {
      const parsed = must(parseEnvelope(json), "envelope");
      same(parsed, envelope, "the envelope");
      same(parseEnvelope(encodeEnvelope(parsed)), envelope, "the envelope written again");
    },
  }));
  const invalid = file.invalid.map(({ name, json, grow }) => ({
    name,
    run: () => {
      const grown = grow && { ...(json as object), box: "A".repeat(grow) };
      same(parseEnvelope(grown ?? json), null, "the envelope");
    },
  }));
  return [...valid, ...invalid, complete(file.invalid, ["invalid"])];
}

// messages.json

interface MessageVector extends Named {
  readonly sender: string;
  readonly recipient: string;
  readonly claimedAt: number;
  readonly envelope: EnvelopeText;
}

interface MessagesFile {
  readonly valid: readonly (MessageVector & {
    readonly nonce: string;
    readonly salt: string;
    readonly secret: string;
    readonly boxHash: string;
    readonly hash: string;
    readonly content: unknown;
  })[];
  readonly invalid: readonly (MessageVector &
    Invalid & {
      readonly stage: "accept" | "open";
      readonly expected?: { readonly sender: string; readonly recipient: string; id?: string };
    })[];
}

function messages(file: MessagesFile, people: ReadonlyMap<string, Person>): Case[] {
  const person = (name: string): Person => must(people.get(name), name);
  const valid = file.valid.map((vector) => ({
    name: vector.name,
    run: async () => {
      const envelope = envelopeOf(vector.envelope);
      const [sender, recipient] = [person(vector.sender), person(vector.recipient)];
      const result = await acceptMessage({
        envelope,
        senderRecords: sender.keys,
        recipientRecords: recipient.keys,
        claimedAt: vector.claimedAt,
        expected: { sender: sender.address, recipient: recipient.address },
      });
      if (!result.ok) throw new Error(`refused: ${result.reason}`);
      const { header } = result;
      same(result.hash, vector.hash, "the envelope's hash");
      same(await boxHash(envelope.box), vector.boxHash, "the box's hash");
      same(result.senderRecord, sender.keys[header.senderKeyNumber - 1]?.record, "its record");
      same(result.recipientRecord, recipient.keys[header.recipientKeyNumber - 1]?.record, "theirs");
      same(header.salt, vector.salt, "the salt");

      const from = must(sender.sets.get(header.senderKeyNumber), "sender's set");
      const to = must(recipient.sets.get(header.recipientKeyNumber), "recipient's set");
      const secret = await ecdhBits(from.agreement, header.recipientAgreementKey);
      same(secret, vector.secret, "the shared secret");
      for (const [ownAgreementKey, peerAgreementPublicKey] of [
        [from.agreement, header.recipientAgreementKey],
        [to.agreement, header.senderAgreementKey],
      ] as const) {
        const keys = { ownAgreementKey, peerAgreementPublicKey };
        const opened = await openMessage({ envelope, header, ...keys });
        if (!opened.ok) throw new Error(`does not open: ${opened.reason}`);
        same(opened.content, vector.content, "the content");
        await sealedAgain(opened.content, header, from, envelope, hex(vector.nonce));
      }
    },
  }));
  const invalid = file.invalid.map((vector) => ({
    name: vector.name,
    run: async () => {
      const envelope = envelopeOf(vector.envelope);
      const [sender, recipient] = [person(vector.sender), person(vector.recipient)];
      const { expected } = vector;
      const result = await acceptMessage({
        envelope,
        senderRecords: sender.keys,
        recipientRecords: recipient.keys,
        claimedAt: vector.claimedAt,
        ...(expected === undefined
          ? {}
          : {
              expected: {
                sender: address(expected.sender),
                recipient: address(expected.recipient),
                ...(expected.id === undefined ? {} : { id: id(expected.id) }),
              },
            }),
      });
      if (vector.stage === "accept") {
        same(result, { ok: false, reason: vector.reason }, "the judgment");
        return;
      }
      if (!result.ok) throw new Error(`refused: ${result.reason}`);
      const { header } = result;
      const to = must(recipient.sets.get(header.recipientKeyNumber), "recipient's set");
      const opened = await openMessage({
        envelope,
        header,
        ownAgreementKey: to.agreement,
        peerAgreementPublicKey: header.senderAgreementKey,
      });
      same(opened, { ok: false, reason: vector.reason }, "the opening");
    },
  }));
  const all = complete(file.invalid, [...ACCEPT_REASONS, "box", "padding", "content"]);
  return [...valid, ...invalid, all];
}

/** Sealing what was opened, with the salt and nonce that it had, gives the same header and box, and a signature that holds. */
async function sealedAgain(
  content: ReadContent,
  header: Header,
  from: { readonly agreement: CryptoKey; readonly signing: CryptoKey },
  envelope: Envelope,
  nonce: Bytes,
): Promise<void> {
  if (content.type === "unknown") return;
  const drawn = [header.salt, nonce];
  const again = await seal({
    content,
    sender: {
      address: header.sender,
      keyNumber: header.senderKeyNumber,
      agreementKey: from.agreement,
      signingKey: from.signing,
      publicKeys: { agreement: header.senderAgreementKey, signing: header.senderSigningKey },
    },
    recipient: {
      address: header.recipient,
      keyNumber: header.recipientKeyNumber,
      agreementPublicKey: header.recipientAgreementKey,
    },
    id: header.id,
    sentAt: header.sentAt,
    deleteAfter: header.deleteAfter,
    random: (length) => {
      const bytes = must(drawn.shift(), "more random bytes");
      same(bytes.length, length, "the number of random bytes");
      return bytes;
    },
  });
  same(again.header, envelope.header, "the header sealed again");
  same(again.box, envelope.box, "the box sealed again");
}

// message-times.json

interface MessageTimesFile {
  readonly envelopes: Record<string, EnvelopeText>;
  readonly valid: readonly (Named & { envelope: string; claimedAt: number })[];
  readonly invalid: readonly (Invalid & { envelope: string; claimedAt: number })[];
  readonly plausible: readonly (Named & { sentAt: number; receivedAt: number; shown: boolean })[];
}

function messageTimes(file: MessageTimesFile, people: ReadonlyMap<string, Person>): Case[] {
  const judge = async (vector: { envelope: string; claimedAt: number }): Promise<string> => {
    const result = await acceptMessage({
      envelope: envelopeOf(must(file.envelopes[vector.envelope], vector.envelope)),
      senderRecords: must(people.get("alice"), "alice").keys,
      recipientRecords: must(people.get("bob"), "bob").keys,
      claimedAt: vector.claimedAt,
    });
    return result.ok ? "ok" : result.reason;
  };
  const reasons = "id_time sent_time delete_after expired sender_key recipient_key".split(" ");
  return [
    ...file.valid.map((vector) => ({
      name: vector.name,
      run: async () => same(await judge(vector), "ok", "the judgment"),
    })),
    ...file.invalid.map((vector) => ({
      name: vector.name,
      run: async () => same(await judge(vector), vector.reason, "the judgment"),
    })),
    complete(file.invalid, [...reasons, "stale_sender_key", "stale_key"]),
    ...file.plausible.map(({ name, sentAt, receivedAt, shown }) => ({
      name,
      run: () => same(plausibleSentAt(sentAt, receivedAt), shown ? sentAt : null, "the time"),
    })),
  ];
}

// challenges.json

interface ChallengeText {
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

function challengeOf(text: ChallengeText): Challenge {
  return {
    ...text,
    domain: text.domain as Domain,
    purpose: text.purpose as Purpose,
    subject: hex(text.subject),
    random: hex(text.random),
    seed: hex(text.seed),
  };
}

interface SolutionVector extends Named {
  readonly key: string | null;
  readonly challenge: ChallengeText;
  readonly nonces: readonly string[];
  readonly expected: {
    readonly domain: string;
    readonly purposes: readonly string[];
    readonly subject: string;
    readonly minimum?: number;
  };
  readonly now: number;
}

interface ChallengesFile {
  readonly valid: readonly (Named & {
    key: string;
    challenge: ChallengeText;
    parts: readonly { seed: string; difficulty: number }[];
  })[];
  readonly invalid: readonly (SolutionVector & Invalid & { judged?: number })[];
  readonly solutions: readonly SolutionVector[];
  readonly bindings: readonly (Named & {
    sender: string;
    recipient: string;
    id: string;
    hash: string;
    binding: string;
  })[];
  readonly claims: readonly (Named & {
    existing: { binding: string | null; state: Claim["state"]; leaseUntil: number | null } | null;
    binding: string | null;
    resumableUntil: number | null;
    now: number;
    verdict: string;
  })[];
}

function challenges(file: ChallengesFile): Case[] {
  const valid = file.valid.map(({ name, key, challenge: text, parts: expected }) => ({
    name,
    run: async () => {
      const challenge = challengeOf(text);
      same(await challengeSeed(hex(key), challenge), text.seed, "the seed");
      same(await parts(challenge), expected, "the parts");
      const { keyId, domain, purpose, subject, difficulty, expiresAt } = challenge;
      const made = await makeChallenge({
        key: hex(key),
        keyId,
        domain,
        purpose,
        subject,
        difficulty,
        now: expiresAt - 15 * 60_000,
        random: () => challenge.random,
      });
      same(made, challenge, "the challenge made again");
    },
  }));
  // The algorithm is another package's: here a nonce meets a part when the file has it as part of a solution that holds.
  const meets = new Set<string>();
  const learn = async (): Promise<void> => {
    for (const { challenge, nonces } of file.solutions) {
      for (const [index, part] of (await parts(challengeOf(challenge))).entries()) {
        meets.add(`${toHex(part.seed)} ${nonces[index]}`);
      }
    }
  };
  const judge = async (vector: SolutionVector): Promise<{ verdict: string; judged: number }> => {
    if (meets.size === 0) await learn();
    const { expected } = vector;
    let judged = 0;
    const result = await verifySolution({
      solution: { challenge: challengeOf(vector.challenge), nonces: vector.nonces.map(hex) },
      key: vector.key === null ? null : hex(vector.key),
      expected: {
        domain: expected.domain as Domain,
        purposes: expected.purposes as Purpose[],
        subject: hex(expected.subject),
        ...(expected.minimum === undefined ? {} : { minimum: expected.minimum }),
      },
      now: vector.now,
      verifyPart: (part, nonce) => {
        judged++;
        return meets.has(`${toHex(part.seed)} ${toHex(nonce)}`);
      },
    });
    return { verdict: result.ok ? "ok" : result.reason, judged };
  };
  return [
    ...valid,
    ...file.solutions.map((vector) => ({
      name: vector.name,
      run: async () => same(await judge(vector), { verdict: "ok", judged: 16 }, "the judgment"),
    })),
    ...file.invalid.map((vector) => ({
      name: vector.name,
      run: async () => {
        const expected = { verdict: vector.reason, judged: vector.judged ?? 0 };
        same(await judge(vector), expected, "the judgment");
      },
    })),
    complete(
      file.invalid,
      "algorithm unknown_key domain purpose subject difficulty forged expired work".split(" "),
    ),
    ...file.bindings.map((vector) => ({
      name: vector.name,
      run: async () => {
        const [sender, recipient] = [address(vector.sender), address(vector.recipient)];
        const hash = hex(vector.hash) as Hash;
        const binding = await messageBinding(sender, recipient, id(vector.id), hash);
        same(binding, vector.binding, "the binding");
      },
    })),
    ...file.claims.map(({ name, existing, binding, resumableUntil, now, verdict }) => ({
      name,
      run: () => {
        const hashOf = (text: string | null): Hash | null =>
          text === null ? null : (hex(text) as Hash);
        const claim = existing && { ...existing, binding: hashOf(existing.binding) };
        const facts = { existing: claim, binding: hashOf(binding), resumableUntil, now };
        same(judgeClaim(facts), verdict, "the verdict");
      },
    })),
  ];
}

// solutions.json

function solutions(file: {
  readonly valid: readonly (Named & { json: unknown; solution: unknown })[];
  readonly invalid: readonly (Invalid & { json: unknown })[];
}): Case[] {
  return [
    ...file.valid.map(({ name, json, solution }) => ({
      name,
      run: () => {
        const parsed = must(parseSolution(json), "solution");
        same(parsed, solution, "the solution");
        same(encodeSolution(parsed), json, "the solution written again");
      },
    })),
    ...file.invalid.map(({ name, json }) => ({
      name,
      run: () => same(parseSolution(json), null, "the solution"),
    })),
    complete(file.invalid, ["invalid"]),
  ];
}

// prices.json

type PriceFacts = Parameters<typeof price>[0];

function prices(file: {
  readonly valid: readonly (Named & PriceFacts & { difficulty: number })[];
  readonly invalid: readonly (Invalid & PriceFacts)[];
  readonly ceilings: readonly (Named & { difficulty: number; ceiling: number; verdict: string })[];
}): Case[] {
  return [
    ...file.valid.map((vector) => ({
      name: vector.name,
      run: () => same(price(vector), vector.difficulty, "the price"),
    })),
    ...file.invalid.map((vector) => ({
      name: vector.name,
      run: () => outOfRange(() => price(vector), "the price"),
    })),
    complete(file.invalid, ["range"]),
    ...file.ceilings.map(({ name, difficulty, ceiling, verdict }) => ({
      name,
      run: () => same(judgeDifficulty(difficulty, ceiling), verdict, "the verdict"),
    })),
  ];
}

// challenge-requests.json

interface RequestVector extends Named {
  readonly sender: string;
  readonly recipient: string;
  readonly time: number;
  readonly now: number;
  readonly signingKey: string;
  readonly signature: string;
}

interface RequestsFile {
  readonly valid: readonly RequestVector[];
  readonly invalid: readonly (RequestVector & Invalid)[];
}

function challengeRequests(file: RequestsFile, people: ReadonlyMap<string, Person>): Case[] {
  const factsOf = (vector: RequestVector) => ({
    sender: address(vector.sender),
    recipient: address(vector.recipient),
    time: vector.time,
    now: vector.now,
    signingPublicKey: must(parseSigningPublicKey(hex(vector.signingKey)), "key"),
  });
  const judge = async (vector: RequestVector, signature: Signature): Promise<string> => {
    const result = await verifyChallengeRequest({ ...factsOf(vector), signature });
    return result.ok ? "ok" : result.reason;
  };
  return [
    ...file.valid.map((vector) => ({
      name: vector.name,
      run: async () => {
        same(await judge(vector, hex(vector.signature) as Signature), "ok", "the judgment");
        const person = [...people.values()].find(({ address: own }) => own === vector.sender);
        const number = person?.keys.find(
          ({ record }) => record.keys && toHex(record.keys.signing) === vector.signingKey,
        )?.number;
        const signingKey = must(person?.sets.get(must(number, "number"))?.signing, "signing key");
        const again = await signChallengeRequest({ ...factsOf(vector), signingKey });
        same(await judge(vector, again), "ok", "the judgment of one signed now");
      },
    })),
    ...file.invalid.map((vector) => ({
      name: vector.name,
      run: async () => {
        const verdict = await judge(vector, hex(vector.signature) as Signature);
        same(verdict, vector.reason, "the judgment");
      },
    })),
    complete(file.invalid, ["time", "signature"]),
  ];
}

// well-known.json

function wellKnown(file: {
  readonly valid: readonly (Named & { json: unknown; wellKnown: unknown })[];
  readonly invalid: readonly (Invalid & { json: unknown })[];
}): Case[] {
  return [
    ...file.valid.map(({ name, json, wellKnown: expected }) => ({
      name,
      run: () => {
        const parsed = must(parseWellKnown(json), "file");
        same(parsed, expected, "what it says");
        same(parseWellKnown(makeWellKnown(parsed)), expected, "the file made again");
      },
    })),
    ...file.invalid.map(({ name, json }) => ({
      name,
      run: () => same(parseWellKnown(json), null, "what it says"),
    })),
    complete(file.invalid, ["invalid"]),
  ];
}
