import type { ConversationView } from "@keypears/client";
import { Link } from "@tanstack/react-router";
import { ChevronRight, PenLine } from "lucide-react";
import { useList } from "../../engine/use-lists.ts";
import { useMailbox } from "../../engine/use-session.ts";
import { useFailure } from "../../messages/failures.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { usePreview } from "../../parts/preview.ts";
import { useOpenPeer } from "../../parts/use-open-peer.ts";
import { useNow, useTimes } from "../../parts/use-times.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Badge } from "../../ui/badge.tsx";
import { Button } from "../../ui/button.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { ConversationPicture, OfflinePicture } from "../../ui/pictures.tsx";
import { Row } from "../../ui/row.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import { EmptyState, ErrorState } from "../../ui/state.tsx";
import { FailedMark } from "./failed-mark.tsx";
import { ListPage } from "./list-page.tsx";
import { MoreButton } from "./more-button.tsx";
import { Rows } from "./rows.tsx";
import { RequestsLine } from "./requests-line.tsx";

/** Everybody that one writes with, the latest first. */
export function ConversationList() {
  const { conversations: text, app } = useInsideMessages();
  const failure = useFailure();
  const mailbox = useMailbox();
  const { status, failure: code, conversations, hasMore } = useList("conversations");
  return (
    <ListPage
      title={text.title}
      end={
        <IconButton label={text.write} render={<Link to="/new" />}>
          <PenLine aria-hidden />
        </IconButton>
      }
    >
      <RequestsLine icon={<ChevronRight aria-hidden />} />
      {status === "loading" ? (
        <SkeletonRows count={6} label={app.loading} />
      ) : status === "failed" ? (
        <ErrorState
          picture={<OfflinePicture />}
          title={text.failedTitle}
          action={<Button onClick={() => void mailbox.reload()}>{app.retry}</Button>}
        >
          {failure(code ?? "other")}
        </ErrorState>
      ) : conversations.length === 0 ? (
        <EmptyState
          picture={<ConversationPicture />}
          title={text.emptyTitle}
          action={
            <Button look="primary" icon={<PenLine aria-hidden />} render={<Link to="/new" />}>
              {text.write}
            </Button>
          }
        >
          {text.empty(mailbox.address)}
        </EmptyState>
      ) : (
        <Rows
          label={text.list}
          conversations={conversations}
          renderRow={(conversation) => <ConversationRow conversation={conversation} />}
        />
      )}
      {hasMore ? <MoreButton list="conversations" /> : null}
    </ListPage>
  );
}

function ConversationRow({ conversation }: { conversation: ConversationView }) {
  const { conversations: text } = useInsideMessages();
  const { peer, last, unread, blocked } = conversation;
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
      detail={
        blocked ? (
          text.blocked
        ) : (
          <>
            {last?.direction === "sent" && last.state === "failed" ? <FailedMark /> : null}
            {preview(last)}
          </>
        )
      }
      end={unread > 0 ? <Badge value={unread} label={text.unread(unread)} /> : undefined}
      strong={unread > 0}
      current={peer === current}
      render={<Link to="/messages/$peer" params={{ peer }} />}
    />
  );
}
