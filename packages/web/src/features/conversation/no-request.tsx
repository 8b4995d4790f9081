import type { Address } from "@keypears/protocol";
import { Link } from "@tanstack/react-router";
import { PenLine } from "lucide-react";
import { useInsideMessages } from "../../messages/inside.ts";
import { Button } from "../../ui/button.tsx";
import { RequestsPicture } from "../../ui/pictures.tsx";
import { EmptyState } from "../../ui/state.tsx";

/** Where a request would be, of somebody who has none. It appears by itself when it comes. */
export function NoRequest({ peer }: { peer: Address }) {
  const { conversation: text } = useInsideMessages();
  return (
    <EmptyState
      picture={<RequestsPicture />}
      title={text.noRequestTitle}
      action={
        <Button
          look="primary"
          icon={<PenLine aria-hidden />}
          render={<Link to="/messages/$peer" params={{ peer }} />}
        >
          {text.noRequestWrite}
        </Button>
      }
    >
      {text.noRequest(peer)}
    </EmptyState>
  );
}
