/** Where a message is on its way to another domain, and what is in its way, in words (spec/9.2). */
import type { DeliveryStep, MessageView, PeerFault } from "@keypears/client";
import { domainOf } from "@keypears/protocol";

/** What is wrong with a domain, as the end of a sentence whose subject it is. */
const faults: Readonly<Record<PeerFault, string>> = {
  dns: "its name has no address",
  address: "its name has only addresses that are not on the public internet",
  connect: "nothing answers there",
  tls: "its certificate is not valid for its name",
  timeout: "it does not answer in time",
  no_file: "it has no keypears.json: it does not use KeyPears",
  bad_file: "its keypears.json is not one",
  version: "it speaks no version of the protocol that is spoken here",
  not_served: "the server that its keypears.json names does not serve it",
  bad_answer: "what answers there does not speak KeyPears",
  server_error: "its server says that something went wrong there",
  busy: "its server asks to wait",
  asking_back: "its server cannot reach the domain of your own address",
};

const MENDED = "Its operator has to mend that: keypears doctor DOMAIN says what it is.";

/** What one can do about it. */
const remedies: Readonly<Record<PeerFault, string>> = {
  dns: "Is the domain spelt right?",
  address: MENDED,
  connect: "Try again later.",
  tls: MENDED,
  timeout: "Try again later.",
  no_file: "Is the domain spelt right?",
  bad_file: MENDED,
  version: "One of the two needs a newer version.",
  not_served: MENDED,
  bad_answer: MENDED,
  server_error: "Try again later.",
  busy: "Try again later.",
  asking_back: "The operator of your server has to mend that.",
};

function isFault(reason: string): reason is PeerFault {
  return Object.hasOwn(faults, reason);
}

/** A sentence for a domain that cannot be reached, with what one can do. */
export function unreachableSentence(domain: string, reason: string | undefined): string {
  if (reason === undefined || !isFault(reason)) return `${domain} cannot be reached.`;
  return `${domain} cannot be reached: ${faults[reason]}. ${remedies[reason]}`;
}

/** The fault alone, in words; a word that this version does not know as it is. */
export function faultWords(reason: string): string {
  return isFault(reason) ? faults[reason] : reason;
}

const steps: Readonly<Record<DeliveryStep, string>> = {
  queued: "waiting at your server",
  notified: "announced to their server",
  pulled: "fetched by their server",
};

/** Why a delivery ended, where it was none of the faults of the way. */
const endings: Readonly<Record<string, string>> = {
  no_such_user: "there is nobody of this name there",
  not_ready: "their address has not been set up yet",
  too_many_waiting: "five of your messages wait for their answer already",
  message_refused: "their server found that the message does not hold",
  pull_refused: "your server did not hand over what it announced",
  id_conflict: "another message of this id is there already",
  work_refused: "the proof of work does not hold",
  work_spent: "the proof of work had been used",
  work_expired: "the proof of work came too late",
  stale_key: "they have newer keys",
  stale_sender_key: "you have newer keys",
  unknown_suite: "their server needs a newer version",
  expired: "its time was over before it arrived",
};

/** Where a message of one's own is, in words; null where there is nothing to say: it has arrived, or is none of one's own. */
export function wayOf({
  direction,
  state,
  step,
  reason,
  verified,
  to,
}: MessageView): string | null {
  if (direction !== "sent" || state === "delivered") return null;
  // The reason of what is not verified is about that.
  const why = verified ? reason : null;
  if (state === "pending") {
    const where = step !== null && Object.hasOwn(steps, step) ? steps[step as DeliveryStep] : step;
    const held = why === null ? "" : `: ${domainOf(to)} cannot be reached, ${faultWords(why)}`;
    return `${where ?? "on its way"}${held}`;
  }
  if (why === null) return "it could not be delivered";
  const because = isFault(why)
    ? `${domainOf(to)} could not be reached for a day, ${faults[why]}`
    : (endings[why] ?? why);
  return `${because} (keypears retry ${to} sends it again)`;
}
