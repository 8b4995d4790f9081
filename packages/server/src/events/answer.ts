/** `GET /api/v1/events` (spec/12.3): the event stream as an answer to a request with a session. */
import { ApiError } from "@keypears/api";
import type { Context } from "../context.ts";
import type { Session } from "../session.ts";
import { findSession } from "../store/sessions.ts";
import { type Every, everyInterval, openEventStream } from "./stream.ts";

/** `lastEventId` is the header of that name, or null. */
export async function answerEvents(
  { events, store }: Context,
  { id: sessionId, accountId, tokenHash }: Session,
  lastEventId: string | null,
  every: Every = everyInterval,
): Promise<Response> {
  if (lastEventId !== null && !/^[0-9]{1,15}$/.test(lastEventId)) {
    throw new ApiError("invalid_input");
  }
  const stream = await openEventStream({
    db: store.db,
    events,
    every,
    accountId,
    sessionId,
    holds: async () => (await findSession(store.db, tokenHash, await store.now())) !== null,
    after: lastEventId === null ? null : Number(lastEventId),
  });
  return new Response(stream, {
    headers: {
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      // A proxy that gathers the answer before passing it on would keep everything back.
      "x-accel-buffering": "no",
    },
  });
}
