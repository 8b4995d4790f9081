/**
 * How far a message for another domain has come, and what is in its way: the words that servers and clients share.
 * @module spec/9.2
 */

/**
 * What can be wrong on the way to another domain, in the order of the way (spec/9.1, spec/9.3): the reason of the error
 * `domain_unreachable`, and of a message that is pending.
 *
 * | reason | meaning |
 * | --- | --- |
 * | dns | the name has no address |
 * | address | the name has only addresses that no request goes to |
 * | connect | nothing answers there |
 * | tls | the certificate is not valid for the name |
 * | timeout | no answer within five seconds |
 * | no_file | the domain has no keypears.json: it does not use KeyPears |
 * | bad_file | its keypears.json is not one |
 * | version | it speaks no version that this server speaks |
 * | not_served | the server that the file names does not serve the domain |
 * | bad_answer | the server answers with something that is none of the protocol's |
 * | server_error | the server says that it has failed |
 * | busy | the server asks to wait, or has been asked too much or failed too often |
 * | asking_back | the server cannot reach the sender's own domain |
 */
export const peerFaults = [
  "dns",
  "address",
  "connect",
  "tls",
  "timeout",
  "no_file",
  "bad_file",
  "version",
  "not_served",
  "bad_answer",
  "server_error",
  "busy",
  "asking_back",
] as const;

/** One of `peerFaults`. */
export type PeerFault = (typeof peerFaults)[number];

/** The steps of a delivery, in order (spec/9.2): stored by the sender's server; known to the recipient's; fetched by it. */
export const deliverySteps = ["queued", "notified", "pulled"] as const;

/** One of `deliverySteps`. */
export type DeliveryStep = (typeof deliverySteps)[number];

/**
 * Why a delivery has failed, where the client can mend it by itself (spec/9.2): `work_expired`, the claim came too late or
 * the challenge's key is no longer known: new work for the same envelope; `stale_key` and `stale_sender_key`: sealed again,
 * with new work. Any other reason is a code of the contract, or a fault of the way that lasted for 24 hours.
 */
export const mendable = ["work_expired", "stale_key", "stale_sender_key"] as const;

/** One of `mendable`. */
export type Mendable = (typeof mendable)[number];
