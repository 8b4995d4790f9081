/** People who sign up, log in and write over the API, as fast as a server takes it. Their passwords are drawn, not derived. */
import { contract } from "@keypears/api";
import {
  type Address,
  type AgreementPublicKey,
  type Box,
  type Bytes,
  type Challenge,
  type Id,
  KDF_SUITE,
  type SigningPublicKey,
  WRAP_BYTES,
  fromBase64url,
  generateKeySet,
  makeId,
  parseAddress,
  seal,
  signChallengeRequest,
  signRecord,
  toBase64url,
} from "@keypears/protocol";
import { Caller, type Reach } from "./caller.ts";

function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** Somebody as one process tells another of them: private keys as PKCS #8, bytes as base64url. */
export interface PersonJson {
  readonly address: string;
  readonly agreement: { readonly publicKey: string; readonly privateKey: string };
  readonly signing: { readonly publicKey: string; readonly privateKey: string };
  readonly loginKey: string;
  readonly token: string;
}

/** Somebody who writes. */
export interface Person {
  readonly caller: Caller;
  readonly address: Address;
  readonly loginKey: Bytes;
  readonly agreementKey: CryptoKey;
  readonly signingKey: CryptoKey;
  readonly publicKeys: {
    readonly agreement: AgreementPublicKey;
    readonly signing: SigningPublicKey;
  };
}

/** At difficulty 1 every nonce will do: what a server does with it costs the same at any difficulty. */
export function solve(challenge: Challenge) {
  return { challenge, nonces: Array.from({ length: 16 }, () => random(32)) };
}

function bytesOf(text: string): Bytes {
  const bytes = fromBase64url(text);
  if (bytes === null) throw new Error("no base64url");
  return bytes;
}

/** Signs somebody up. The wraps are boxes of the right size with nothing in them: a server cannot tell. */
export async function signUp(at: Reach | string, name: string): Promise<PersonJson> {
  const address = parseAddress(name);
  if (address === null) throw new Error(`no address: ${name}`);
  const caller = new Caller(at);
  const keySet = await generateKeySet(random);
  const record = await signRecord({
    keySet,
    address,
    number: 1,
    reason: "initial",
    createdAt: Date.now(),
    previous: null,
  });
  const { challenge } = await caller.call(contract.account.requestChallenge, {
    purpose: "register",
    address,
  });
  const loginKey = random(32);
  const { session } = await caller.call(contract.account.register, {
    address,
    kdfSuite: KDF_SUITE,
    loginKey,
    record,
    wraps: {
      agreement: random(WRAP_BYTES.agreement) as Box,
      signing: random(WRAP_BYTES.signing) as Box,
      vaultSeed: random(WRAP_BYTES["vault-seed"]) as Box,
    },
    solution: solve(challenge),
    transport: "bearer",
  });
  caller.close();
  if (!session?.token) throw new Error("The sign-up gave no session.");
  const privateKey = async (pair: CryptoKeyPair): Promise<string> =>
    toBase64url(new Uint8Array(await crypto.subtle.exportKey("pkcs8", pair.privateKey)));
  return {
    address,
    agreement: {
      publicKey: toBase64url(keySet.publicKeys.agreement),
      privateKey: await privateKey(keySet.agreement),
    },
    signing: {
      publicKey: toBase64url(keySet.publicKeys.signing),
      privateKey: await privateKey(keySet.signing),
    },
    loginKey: toBase64url(loginKey),
    token: toBase64url(session.token),
  };
}

/** Somebody of another process, ready to write. */
export async function openPerson(at: Reach | string, json: PersonJson): Promise<Person> {
  const key = (text: string, name: "ECDH" | "ECDSA", usage: KeyUsage): Promise<CryptoKey> =>
    crypto.subtle.importKey("pkcs8", bytesOf(text), { name, namedCurve: "P-256" }, false, [usage]);
  const caller = new Caller(at);
  caller.token = json.token;
  return {
    caller,
    address: parseAddress(json.address) as Address,
    loginKey: bytesOf(json.loginKey),
    agreementKey: await key(json.agreement.privateKey, "ECDH", "deriveBits"),
    signingKey: await key(json.signing.privateKey, "ECDSA", "sign"),
    publicKeys: {
      agreement: bytesOf(json.agreement.publicKey) as AgreementPublicKey,
      signing: bytesOf(json.signing.publicKey) as SigningPublicKey,
    },
  };
}

/** Asks for a challenge and seals a message, all but handing it over. */
export async function prepare(
  from: Person,
  to: Pick<Person, "address" | "publicKeys">,
  text: string,
) {
  const time = Date.now();
  const signature = await signChallengeRequest({
    sender: from.address,
    recipient: to.address,
    time,
    signingKey: from.signingKey,
  });
  const { challenge, recipientKey } = await from.caller.call(contract.messages.requestChallenge, {
    recipient: to.address,
    time,
    signature,
  });
  const envelope = await seal({
    content: { type: "text", text, after: [] },
    sender: { ...from, keyNumber: 1 },
    recipient: {
      address: to.address,
      keyNumber: recipientKey.number,
      agreementPublicKey: to.publicKeys.agreement,
    },
    id: makeId(time, random(10)),
    sentAt: time,
    deleteAfter: null,
    random,
  });
  return { envelope: { ...envelope, wraps: [] }, solution: solve(challenge) };
}

/** Writes a message, from challenge to acknowledgement; gives its id. */
export async function write(
  from: Person,
  to: Pick<Person, "address" | "publicKeys">,
  text: string,
): Promise<Id> {
  const parcel = await prepare(from, to, text);
  return (await from.caller.call(contract.messages.send, parcel)).message.id;
}
