/**
 * For tests: a throw-away authority and certificates of its making. Node reads certificates and signs bytes, but makes none,
 * so what X.509 needs of DER is written here (RFC 5280).
 */
import { type KeyObject, createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_ID = 0x06;
const UTF8_STRING = 0x0c;
const GENERALIZED_TIME = 0x18;
const DNS_NAME = 0x82;

const TRUE = Buffer.from([0x01, 0x01, 0xff]);

const id = {
  ecdsaWithSha256: "2a8648ce3d040302",
  commonName: "550403",
  subjectKeyId: "551d0e",
  keyUsage: "551d0f",
  alternativeName: "551d11",
  basicConstraints: "551d13",
  authorityKeyId: "551d23",
  extendedKeyUsage: "551d25",
  serverAuth: "2b06010505070301",
} as const;

function der(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content);
  const size = body.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

/** Explicitly tagged: the n-th optional member of a sequence. */
const member = (n: number, content: Uint8Array): Buffer => der(0xa0 + n, content);
const oid = (hex: string): Buffer => der(OBJECT_ID, Buffer.from(hex, "hex"));
const bits = (bytes: Uint8Array, unused = 0): Buffer =>
  der(BIT_STRING, Buffer.from([unused]), bytes);

function named(text: string): Buffer {
  return der(
    SEQUENCE,
    der(SET, der(SEQUENCE, oid(id.commonName), der(UTF8_STRING, Buffer.from(text)))),
  );
}

function time(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/\.\d+|[-:T]/g, "");
  return der(GENERALIZED_TIME, Buffer.from(digits));
}

function extension(type: string, value: Uint8Array, critical = false): Buffer {
  return der(SEQUENCE, oid(type), ...(critical ? [TRUE] : []), der(OCTET_STRING, value));
}

interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

const makeKeys = (): Keys => generateKeyPairSync("ec", { namedCurve: "P-256" });
const spkiOf = ({ publicKey }: Keys): Buffer => publicKey.export({ type: "spki", format: "der" });
const keyId = (keys: Keys): Buffer =>
  createHash("sha256").update(spkiOf(keys)).digest().subarray(0, 20);

const algorithm = der(SEQUENCE, oid(id.ecdsaWithSha256));
const AUTHORITY = "A throw-away authority for tests";
const BETWEEN = "A throw-away certificate in between";
const DAY = 86_400_000;

function certificate(about: {
  readonly subject: string;
  readonly keys: Keys;
  readonly issuer: Keys;
  readonly issuerName?: string;
  readonly from?: number;
  readonly to?: number;
  readonly extensions: readonly Buffer[];
}): string {
  const { subject, keys, issuer, issuerName = AUTHORITY, extensions } = about;
  const { from = Date.now() - DAY, to = Date.now() + DAY } = about;
  // The first byte keeps the number positive and of its length.
  const serial = Buffer.concat([Buffer.from([1]), randomBytes(15)]);
  const signed = der(
    SEQUENCE,
    member(0, der(INTEGER, Buffer.from([2]))),
    der(INTEGER, serial),
    algorithm,
    named(issuerName),
    der(SEQUENCE, time(from), time(to)),
    named(subject),
    spkiOf(keys),
    member(3, der(SEQUENCE, ...extensions)),
  );
  const signature = sign("sha256", signed, issuer.privateKey);
  const whole = der(SEQUENCE, signed, algorithm, bits(signature)).toString("base64");
  const lines = whole.match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

/** A certificate and its key, in PEM form. */
export interface Certified {
  readonly cert: string;
  readonly key: string;
}

/** What is wrong with a certificate. */
export interface Flaw {
  /** From when and until when it is valid, in milliseconds since 1970. */
  readonly from?: number;
  readonly to?: number;
  /** By whom it is signed: by nobody but itself, or by a certificate in between that it comes without. */
  readonly by?: "itself" | "between";
}

/** An authority that nobody but a test trusts, for a day. */
export interface Authority {
  /** Its own certificate, in PEM form. */
  readonly certificate: string;
  /** A certificate for one domain or several. */
  certify(domain: string, ...more: readonly string[]): Certified;
  /** One for a domain with something wrong with it. */
  certifyBadly(domain: string, flaw: Flaw): Certified;
}

/** Makes an authority, whose key is gone with the process. */
export function makeAuthority(): Authority {
  const issuer = makeKeys();
  const certify = (domains: readonly string[], { by, ...dates }: Flaw): Certified => {
    const keys = makeKeys();
    const [subject = ""] = domains;
    const signer = { itself: keys, between: makeKeys() };
    const signing = by === undefined ? issuer : signer[by];
    const names = domains.map((name) => der(DNS_NAME, Buffer.from(name)));
    const cert = certificate({
      subject,
      keys,
      issuer: signing,
      issuerName: by === undefined ? AUTHORITY : by === "itself" ? subject : BETWEEN,
      ...dates,
      extensions: [
        extension(id.basicConstraints, der(SEQUENCE), true),
        // Digital signature; what signs itself says nothing of what it is for.
        ...(by === "itself" ? [] : [extension(id.keyUsage, bits(Buffer.from([0x80]), 7), true)]),
        extension(id.extendedKeyUsage, der(SEQUENCE, oid(id.serverAuth))),
        extension(id.alternativeName, der(SEQUENCE, ...names)),
        extension(id.authorityKeyId, der(SEQUENCE, der(0x80, keyId(signing)))),
      ],
    });
    return { cert, key: keys.privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
  };
  return {
    certificate: certificate({
      subject: AUTHORITY,
      keys: issuer,
      issuer,
      extensions: [
        extension(id.basicConstraints, der(SEQUENCE, TRUE), true),
        // Signs certificates and nothing else.
        extension(id.keyUsage, bits(Buffer.from([0x04]), 2), true),
        extension(id.subjectKeyId, der(OCTET_STRING, keyId(issuer))),
      ],
    }),
    certify: (domain, ...more) => certify([domain, ...more], {}),
    certifyBadly: (domain, flaw) => certify([domain], flaw),
  };
}
