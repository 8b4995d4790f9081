/**
 * The door of the contract.
 * @module
 */
export { type Contract, contract } from "./contract.ts";
export {
  type DeliveryStep,
  type Mendable,
  type PeerFault,
  deliverySteps,
  mendable,
  peerFaults,
} from "./delivery.ts";
export {
  ApiError,
  type ErrorBody,
  type ErrorCode,
  errors,
  everyProcedure,
  isErrorCode,
} from "./errors.ts";
export { type PeerContract, peerContract } from "./federation/contract.ts";
export { openapi } from "./openapi.ts";
export { type Access, type Input, type Output, type Procedure, procedure } from "./procedure.ts";
export {
  type Change,
  type Conversation,
  type StoredMessage,
  type StoredWraps,
  change,
  challenge,
  conversation,
  envelope,
  publishedRecord,
  solution,
  storedMessage,
} from "./shapes.ts";
