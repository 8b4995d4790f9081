import { useEffect, useRef, useState } from "react";
import { useStore } from "../../engine/store.ts";
import { useMailbox } from "../../engine/use-session.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { VisuallyHidden } from "../../ui/visually-hidden.tsx";

/** Tells those who listen, politely, what has come in, and what of theirs has not arrived. */
export function Announcer() {
  const { conversation } = useInsideMessages();
  const { known, status } = useStore(useMailbox().lists);
  const [sentence, setSentence] = useState("");
  const told = useRef<number | null>(null);

  useEffect(() => {
    if (status !== "ready") return;
    const latest = [...known.values()]
      .flatMap(({ last }) => (last === null ? [] : [last]))
      .map(({ revision, changed, direction, state, peer, text }) =>
        direction === "received"
          ? { at: revision, text: conversation.newMessage(peer, text ?? "") }
          : state === "failed"
            ? { at: changed, text: conversation.failedMessage(peer) }
            : { at: revision, text: "" },
      )
      .reduce((newest, one) => (newest.at > one.at ? newest : one), { at: 0, text: "" });
    // What was there when the app was opened is no news.
    if (told.current !== null && latest.at > told.current) setSentence(latest.text);
    told.current = Math.max(told.current ?? 0, latest.at);
  }, [known, status, conversation]);

  return (
    <VisuallyHidden>
      <span role="log" aria-live="polite">
        {sentence}
      </span>
    </VisuallyHidden>
  );
}
