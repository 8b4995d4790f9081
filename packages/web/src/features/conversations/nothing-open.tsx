import type { ReactNode } from "react";
import { useInsideMessages } from "../../messages/inside.ts";
import { Mark } from "../../ui/mark.tsx";
import { EmptyState } from "../../ui/state.tsx";

/** Beside the list, as long as nothing is open. */
export function NothingOpen(): ReactNode {
  const { conversations } = useInsideMessages();
  return (
    <EmptyState picture={<Mark size={72} />} title={conversations.choose}>
      {conversations.chooseText}
    </EmptyState>
  );
}
