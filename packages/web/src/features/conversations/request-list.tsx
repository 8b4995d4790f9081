import type { ConversationView } from "@keypears/client";
import { Link } from "@tanstack/react-router";
import { ArrowLeft } from "lucide-react";
import { useList } from "../../engine/use-lists.ts";
import { useMailbox } from "../../engine/use-session.ts";
import { useFailure } from "../../messages/failures.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { BackIcon } from "../../ui/back-icon.tsx";
import { usePreview } from "../../parts/preview.ts";
import { useOpenPeer } from "../../parts/use-open-peer.ts";
import { useNow, useTimes } from "../../parts/use-times.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { OfflinePicture, RequestsPicture } from "../../ui/pictures.tsx";
import { Row } from "../../ui/row.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import { EmptyState, ErrorState } from "../../ui/state.tsx";
import { ListPage } from "./list-page.tsx";
import { MoreButton } from "./more-button.tsx";
import { Rows } from "./rows.tsx";

/** Strangers who have written, apart from everybody else. */
export function RequestList() {
  const { conversations: text, app } = useInsideMessages();
  const failure = useFailure();
  const mailbox = useMailbox();
  const { status, failure: code, conversations, hasMore } = useList("requests");
  return (
    <ListPage
      title={text.requests}
      start={
        <IconButton label={app.back} render={<Link to="/messages" />}>
          <BackIcon>
            <ArrowLeft aria-hidden />
          </BackIcon>
        </IconButton>
      }
    >
      {status === "loading" ? (
        <SkeletonRows count={2} label={app.loading} />
      ) : status === "failed" ? (
        <ErrorState
          picture={<OfflinePicture />}
          title={text.failedTitle}
          action={<Button onClick={() => void mailbox.reload()}>{app.retry}</Button>}
        >
          {failure(code ?? "other")}
        </ErrorState>
      ) : conversations.length === 0 ? (
        <EmptyState picture={<RequestsPicture />} title={text.requestsEmptyTitle}>
          {text.requestsEmpty}
        </EmptyState>
      ) : (
        <Rows
          label={text.requests}
          conversations={conversations}
          renderRow={(conversation) => <RequestRow conversation={conversation} />}
        />
      )}
      {hasMore ? <MoreButton list="requests" /> : null}
    </ListPage>
  );
}

function RequestRow({ conversation }: { conversation: ConversationView }) {
  const { conversations: text } = useInsideMessages();
  const { peer, last, waiting } = conversation;
  const current = useOpenPeer();
  const times = useTimes();
  const now = useNow();
  const preview = usePreview();
  return (
    <Row
      start={<Avatar address={peer} />}
      title={peer}
      mono
      aside={last === null ? undefined : times.short(last.receivedAt, now)}
      detail={preview(last)}
      end={<Badge value={waiting} label={text.waiting(waiting)} />}
      current={peer === current}
      render={<Link to="/requests/$peer" params={{ peer }} />}
    />
  );
}
