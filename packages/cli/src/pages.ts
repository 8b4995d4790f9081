/** Walking through pages of conversations. */
import type { ConversationPage } from "@keypears/client";
import type { Output } from "./output.ts";
import { conversationLine, conversationText } from "./present.ts";

/** Prints every conversation of every page; says `nothing` to a person where there is none. */
export async function printConversations(
  output: Output,
  page: (before: { before?: number }) => Promise<ConversationPage>,
  nothing: string,
): Promise<void> {
  let count = 0;
  let before: number | null = null;
  do {
    const { conversations, next }: ConversationPage = await page(before === null ? {} : { before });
    for (const conversation of conversations) {
      count += 1;
      output.result(conversationLine(conversation), conversationText(conversation));
    }
    before = next;
  } while (before !== null);
  if (count === 0) output.remark(nothing);
}
