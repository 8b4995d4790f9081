import { useEffect, useRef, useState } from "react";
import { useStore } from "../../engine/store.ts";
import { useMailbox } from "../../engine/use-session.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { VisuallyHidden } from "../../ui/visually-hidden.tsx";

/** Tells those who listen, politely, what has come in. */
export function Announcer() {
  const { conversation } = useInsideMessages();
  const { known, status } = useStore(useMailbox().lists);
  const [sentence, setSentence] = useState("");
  const told = useRef<number | null>(null);

  useEffect(() => {
    if (status !== "ready") return;
    const latest = [...known.values()]
      .flatMap(({ last }) => (last === null ? [] : [last]))
      .reduce<{ revision: number; text: string } | null>(
        (newest, { revision, direction, peer, text }) =>
          newest !== null && newest.revision > revision
            ? newest
            : {
                revision,
                text: direction === "received" ? conversation.newMessage(peer, text ?? "") : "",
              },
        null,
      );
    const revision = latest?.revision ?? 0;
    // What was there when the app was opened is no news.
    if (told.current !== null && revision > told.current) setSentence(latest?.text ?? "");
    told.current = Math.max(told.current ?? 0, revision);
  }, [known, status, conversation]);

  return (
    <VisuallyHidden>
      <span role="log" aria-live="polite">
        {sentence}
      </span>
    </VisuallyHidden>
  );
}
