/**
 * The door of the protocol: every name that other packages may use, grouped by the file that it comes from.
 * @module
 */
export {
  ADDRESS_BYTES,
  type Address,
  type Domain,
  NAME_BYTES,
  domainOf,
  isLocalDomain,
  judgeName,
  nameOf,
  parseAddress,
  parseDomain,
} from "./address.ts";
export {
  type Bytes,
  compareBytes,
  concat,
  equalBytes,
  fromBase64url,
  fromHex,
  fromUtf8,
  toBase64url,
  toHex,
  utf8,
} from "./bytes/encoding.ts";
export {
  type FrameField,
  type FrameList,
  FrameReader,
  frame,
  integerBytes,
  list,
} from "./bytes/frame.ts";
export { type Id, idBytes, idFromBytes, idTime, makeId, parseId } from "./bytes/id.ts";
export {
  type AgreementPublicKey,
  BOX_OVERHEAD,
  type Box,
  HASH_BYTES,
  type Hash,
  PUBLIC_KEY_BYTES,
  type Random,
  SIGNATURE_BYTES,
  SUITE,
  type Signature,
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
  signBytes,
  verifyBytes,
} from "./keys.ts";
export {
  ACCEPT_REASONS,
  type AcceptReason,
  type AcceptResult,
  type PublishedKey,
  acceptMessage,
  plausibleSentAt,
  publishedKeys,
} from "./message/accept.ts";
export {
  type After,
  CONTENT_BYTES,
  type Content,
  MAX_PADDED,
  MOST_AFTER,
  type ReadContent,
  type TextContent,
  type UnknownContent,
  decodeContent,
  encodeContent,
  pad,
  unpad,
} from "./message/content.ts";
export {
  ENVELOPE_BYTES,
  type Envelope,
  type EnvelopeJson,
  HEADER_BYTES,
  type Header,
  boxHash,
  conversationId,
  encodeEnvelope,
  encodeHeader,
  envelopeHash,
  parseEnvelope,
  parseHeader,
} from "./message/header.ts";
export { type OpenFault, judgeAfter, openMessage } from "./message/open.ts";
export { MIN_LIFETIME, type Recipient, type Sender, seal } from "./message/seal.ts";
export {
  ALGORITHM,
  CHALLENGE_LIFETIME,
  type Challenge,
  type ChallengeJson,
  type ExpectedChallenge,
  PARTS,
  PURPOSES,
  type Part,
  type ProofKey,
  type Purpose,
  type Solution,
  type SolutionFault,
  type SolutionJson,
  type SolutionResult,
  addressSubject,
  challengeSeed,
  encodeChallenge,
  encodeSolution,
  makeChallenge,
  pairSubject,
  parseChallenge,
  parseSolution,
  parts,
  verifySolution,
} from "./proof/challenge.ts";
export {
  CLAIM_LEASE,
  type Claim,
  type ClaimVerdict,
  judgeClaim,
  messageBinding,
} from "./proof/claim.ts";
export { judgeDifficulty, price } from "./proof/price.ts";
export {
  type ChallengeRequest,
  REQUEST_WINDOW,
  signChallengeRequest,
  verifyChallengeRequest,
} from "./proof/request.ts";
export {
  PROTOCOL_VERSION,
  WELL_KNOWN_PATH,
  type WellKnown,
  type WellKnownJson,
  makeWellKnown,
  parseWellKnown,
} from "./well-known.ts";
