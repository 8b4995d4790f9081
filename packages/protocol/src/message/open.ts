/**
 * Opening a message that `acceptMessage` has accepted, at either end.
 * @module spec/6.3
 */
import { equalBytes } from "../bytes/encoding.ts";
import type { Id } from "../bytes/id.ts";
import { type AgreementPublicKey, type Hash, openBox } from "../keys.ts";
import { type After, type ReadContent, decodeContent, unpad } from "./content.ts";
import type { Envelope, Header } from "./header.ts";
import { messageKey } from "./key.ts";

/**
 * Why a message does not open (spec/6.3):
 *
 * | reason | |
 * | --- | --- |
 * | box | these keys do not open it: it was sealed for others, or header or box were changed |
 * | padding | it opens, but what is inside is not padded as every message is |
 * | content | it opens, but what is inside is no content: not JSON, too deep, a member that is wrong |
 */
export type OpenFault = "box" | "padding" | "content";

/**
 * Opens a message with one's own agreement key and the other end's public one (spec/6.2, spec/6.3). The same function
 * serves the recipient (peer: the header's sender) and the sender (peer: the header's recipient). Call it for what
 * `acceptMessage` accepted: a box that opens proves by itself nothing about who wrote it.
 */
export async function openMessage(options: {
  readonly envelope: Envelope;
  readonly header: Header;
  readonly ownAgreementKey: CryptoKey;
  readonly peerAgreementPublicKey: AgreementPublicKey;
}): Promise<
  | { readonly ok: true; readonly content: ReadContent }
  | { readonly ok: false; readonly reason: OpenFault }
> {
  const { envelope, header, ownAgreementKey, peerAgreementPublicKey } = options;
  const key = await messageKey({
    agreementKey: ownAgreementKey,
    peer: peerAgreementPublicKey,
    header: envelope.header,
    salt: header.salt,
  });
  const padded = key && (await openBox({ key, box: envelope.box, aad: envelope.header }));
  if (padded === null) return { ok: false, reason: "box" };
  const bytes = unpad(padded);
  if (bytes === null) return { ok: false, reason: "padding" };
  const content = decodeContent(bytes);
  return content === null ? { ok: false, reason: "content" } : { ok: true, content };
}

/**
 * What a reader lacks of the messages that an author had seen (spec/6.3): `missing` are ids that `seen` does not have
 * (withheld, or still on their way), `different` those that it has with another hash of the box (somebody showed the two
 * ends different messages).
 */
export function judgeAfter(
  after: readonly After[],
  seen: ReadonlyMap<Id, Hash>,
): { readonly missing: readonly Id[]; readonly different: readonly Id[] } {
  const missing: Id[] = [];
  const different: Id[] = [];
  for (const { id, hash } of after) {
    const known = seen.get(id);
    if (known === undefined) missing.push(id);
    else if (!equalBytes(known, hash)) different.push(id);
  }
  return { missing, different };
}
