/**
 * The door of the engine.
 * @module
 */
export {
  ApiError,
  type DeliveryStep,
  type ErrorCode,
  type Mendable,
  type PeerFault,
  deliverySteps,
  mendable,
  peerFaults,
} from "@keypears/api";
export type { SavedAccount } from "./account/log-in.ts";
export type { SignUpWork } from "./account/sign-up.ts";
export type { Ceilings, GivenCeilings } from "./account/work.ts";
export {
  type AccountMethods,
  type Client,
  type ClientOptions,
  type DirectoryMethods,
  type SessionView,
  type Settings,
  createClient,
} from "./client.ts";
export type { FollowEvent } from "./conversations/follow.ts";
export type { BlockView } from "./conversations/inbox.ts";
export type { Draft, Prepared, Quote } from "./conversations/send.ts";
export type {
  ConversationPage,
  ConversationView,
  MessagePage,
  MessageType,
  MessageView,
  Unverified,
} from "./conversations/views.ts";
export { type AskDomain, type DirectAnswer, directDirectory } from "./direct.ts";
export type { Contact, RecordView } from "./directory.ts";
export { ClientError, type ClientErrorCode } from "./errors.ts";
export type { MessageMethods } from "./messages.ts";
export type {
  ApiAnswer,
  ApiRequest,
  Clock,
  CompareDirectly,
  DeviceStore,
  DirectSaying,
  Miner,
  MinerPart,
  OpenedEvents,
  Ports,
  ServerSentEvent,
  Transport,
} from "./ports.ts";
export type { LongOptions, Progress, Stage } from "./progress.ts";
export { type Fetch, fetchTransport } from "./transport.ts";
