/**
 * The door of the engine.
 * @module
 */
export {
  type AccountMethods,
  type BlockView,
  type Ceilings,
  type Client,
  type ClientOptions,
  type Contact,
  type DirectoryMethods,
  type FollowEvent,
  type MessageMethods,
  type Prepared,
  type Quote,
  type RecordView,
  type SavedAccount,
  type SessionView,
  type Settings,
  type SignUpWork,
  createClient,
} from "./client.ts";
export type {
  ConversationPage,
  ConversationView,
  MessagePage,
  MessageType,
  MessageView,
  Unverified,
} from "./conversations/views.ts";
export { ClientError, type ClientErrorCode } from "./errors.ts";
export type {
  ApiAnswer,
  ApiRequest,
  Clock,
  DeviceStore,
  Miner,
  MinerPart,
  OpenedEvents,
  Ports,
  ServerSentEvent,
  Transport,
} from "./ports.ts";
export type { LongOptions, Progress, Stage } from "./progress.ts";
export { type Fetch, fetchTransport } from "./transport.ts";
export { ApiError, type ErrorCode } from "@keypears/api";
