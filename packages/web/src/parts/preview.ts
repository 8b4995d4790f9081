import type { MessageView } from "@keypears/client";
import { useInsideMessages } from "../messages/inside.ts";

/** What a list says of a message, in one line. */
export function usePreview(): (message: MessageView | null) => string {
  const { conversations, message: text } = useInsideMessages();
  return (message) => {
    if (message === null) return conversations.none;
    const { type, direction } = message;
    const said = type === "text" ? (message.text ?? "") : text[type];
    return direction === "sent" ? conversations.you(said) : said;
  };
}
