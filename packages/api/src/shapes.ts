/**
 * Shapes that several procedures share.
 * @module spec/12.2
 */
import { ENVELOPE_BYTES, HEADER_BYTES } from "@keypears/protocol";
import * as z from "zod/mini";
import {
  address,
  blockTarget,
  box,
  bytes,
  difficulty,
  domain,
  hash,
  id,
  keyNumber,
  revision,
  signature,
  time,
} from "./wire.ts";

/** A key record as published: its bytes and the signatures beside it (spec/4.4). */
export const publishedRecord = z.object({
  record: bytes(1, 1024),
  possession: z.nullable(signature),
  continuity: z.nullable(signature),
});

/** Which record is an address's newest (spec/4.5). */
export const recordPointer = z.object({ number: keyNumber, hash });

/** The three boxes of one key set under one key (spec/4.7). */
export const keySetWraps = z.object({
  agreement: box(512),
  signing: box(512),
  vaultSeed: box(128),
});

/** One key set's wraps as the server keeps them (spec/4.7, spec/4.8). */
export const storedWraps = z.object({
  number: keyNumber,
  kdfSuite: z.int().check(z.minimum(1)),
  kind: z.int().check(z.minimum(1)),
  generation: z.int().check(z.minimum(1)),
  wraps: keySetWraps,
});

/** A proof-of-work challenge (spec/7.2). */
export const challenge = z.object({
  algorithm: z.string().check(z.maxLength(32)),
  keyId: z.string().check(z.maxLength(64)),
  domain,
  purpose: z.enum(["register", "login", "step-up", "first-contact", "message"]),
  subject: bytes(1, 1024),
  difficulty,
  expiresAt: time,
  random: bytes(16),
  seed: bytes(32),
});

/** A challenge and its sixteen nonces (spec/7.3). */
export const solution = z.object({ challenge, nonces: z.array(bytes(32)).check(z.length(16)) });

/** A message as it travels (spec/6.1). */
export const envelope = z.object({
  header: bytes(1, HEADER_BYTES),
  box: box(ENVELOPE_BYTES),
  signature,
  wraps: z.array(z.never()).check(z.maxLength(0)),
});

/** How a new session's token comes back: as a cookie for browsers, in the answer for everybody else (spec/8.1). */
export const transport = z.enum(["cookie", "bearer"]);

/** A session just made: its token, 32 bytes, where it does not travel as a cookie (spec/8.1). */
export const newSession = z.object({ id, token: z.nullable(bytes(32)) });

/** Where what one sent has got to (spec/9.2). */
const deliveryState = z.enum(["pending", "delivered", "failed"]);

/** A message in a mailbox (spec/6.6). */
export const storedMessage = z.object({
  /** Its place in the mailbox: the order of arrival. */
  revision,
  /** The revision of its last change. */
  changed: revision,
  id,
  peer: address,
  direction: z.enum(["sent", "received"]),
  /** Null once deleteAfter has passed (spec/6.7). */
  envelope: z.nullable(envelope),
  hash,
  /** When the recipient's server claimed it, for what was sent and is not delivered when it was stored. */
  receivedAt: time,
  state: deliveryState,
  /** How far, unless delivered: one of `deliverySteps`; where it failed, how far it had come. */
  step: z.nullable(z.string().check(z.maxLength(32))),
  /** When failed, why; while pending, what is in the way, where something is. */
  reason: z.nullable(z.string().check(z.maxLength(64))),
});

/** One person that one writes with, or who asks to (spec/7.6). */
export const conversation = z.object({
  peer: address,
  /** The revision of its last change. */
  changed: revision,
  /** Whether the owner of the mailbox has written to or accepted the peer. */
  accepted: z.boolean(),
  blocked: z.boolean(),
  /** Messages that wait for the owner's answer; 0 once accepted. */
  waiting: z.int().check(z.minimum(0)),
  unread: z.int().check(z.minimum(0)),
  readRevision: revision,
  lastRevision: revision,
  lastMessage: z.nullable(storedMessage),
});

/** One change of a mailbox, as the event stream and its polling twin tell it (spec/12.3). */
export const change = z.discriminatedUnion("type", [
  z.object({ type: z.literal("message"), revision, message: storedMessage }),
  z.object({ type: z.literal("conversation"), revision, conversation }),
]);

/** A blocked address or domain (spec/7.6). */
export const block = z.object({ target: blockTarget, since: time });

export type StoredWraps = z.output<typeof storedWraps>;
export type StoredMessage = z.output<typeof storedMessage>;
export type Conversation = z.output<typeof conversation>;
export type Change = z.output<typeof change>;
