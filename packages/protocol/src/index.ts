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
