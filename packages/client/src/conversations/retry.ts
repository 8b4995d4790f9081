/**
 * Sending a failed message again, through the one send flow.
 * @module spec/9.2
 */
import { peerFaults } from "@keypears/api";
import type { Address, Id } from "@keypears/protocol";
import { type Engine, self } from "../engine.ts";
import { ClientError } from "../errors.ts";
import type { LongOptions } from "../progress.ts";
import { openMessages } from "./open.ts";
import { ownCopy, send } from "./send.ts";
import type { MessageView } from "./views.ts";

/** How old a recipient's records may be to look at what was sent before, in milliseconds; what is sealed again asks anew. */
const PEER_AGE = 60_000;

/**
 * Sends a failed message of one's own again, under its id (spec/9.2). Where it may have arrived, or only its work was at
 * fault, the envelope stays as it is: it arrives once. Else it is sealed again to the keys of now, which are judged as for any
 * message. One that is not failed any more is given as it is.
 */
export async function retry(
  engine: Engine,
  options: LongOptions & {
    readonly peer: Address;
    readonly id: Id;
    readonly revision?: number | undefined;
  },
): Promise<MessageView> {
  const { peer, id, revision, signal, onProgress, ceiling } = options;
  onProgress?.({ stage: "asking", parts: 0 });
  const copy = await ownCopy(engine, { peer, id, revision, signal });
  if (copy === null) throw new ClientError("not_again");
  const [opened] = await openMessages(engine, await self(engine), peer, [copy], PEER_AGE);
  if (opened === undefined) throw new Error("one message was opened and none came");
  const { view } = opened;
  if (copy.state !== "failed") return view;
  const { text, ref, deleteAfter, type } = view;
  if (type === "locked") throw new ClientError("locked");
  // What a server gives as one's own, and is not, was not opened.
  if (text === null) throw new ClientError("not_again");
  const envelope = mayStay(copy.reason) ? copy.envelope : null;
  return send(
    engine,
    {
      ...{ to: peer, text, id, signal, onProgress, ceiling },
      ...(ref === null ? {} : { ref }),
      ...(deleteAfter === null ? {} : { deleteAfter }),
    },
    { envelope },
  );
}

/**
 * Whether the envelope of a message that failed for this reason is good for another time. After a fault of the way nobody
 * knows whether it has arrived; the same envelope arrives once, another would be refused as a second message of the same id.
 */
function mayStay(reason: string | null): boolean {
  return reason === "work_expired" || peerFaults.some((fault) => fault === reason);
}
