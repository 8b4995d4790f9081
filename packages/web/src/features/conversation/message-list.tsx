import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, KeyRound } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef } from "react";
import { isWaiting } from "../../engine/messages.ts";
import { useStore } from "../../engine/store.ts";
import type { Thread, ThreadState } from "../../engine/thread.ts";
import { useFailure } from "../../messages/failures.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { useNow, useTimes } from "../../parts/use-times.ts";
import { Button } from "../../ui/button.tsx";
import { DayDivider, FlowNote } from "../../ui/divider.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { ConversationPicture, OfflinePicture } from "../../ui/pictures.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import { EmptyState, ErrorState } from "../../ui/state.tsx";
import { flowOf } from "./flow.ts";
import type { FlowItem } from "./flow.ts";
import styles from "./message-list.module.css";
import { Message } from "./message.tsx";
import { OutgoingMessage } from "./outgoing-message.tsx";

/** The messages, of which only those in sight are in the page; older ones are read when one comes near them. */
export function MessageList({ thread }: { thread: Thread }) {
  const { app, conversation: text } = useInsideMessages();
  const failure = useFailure();
  const { status, failure: code, messages, outgoing } = useStore(thread.state);
  if (status === "loading") {
    return (
      <div className={styles.scroll}>
        <SkeletonRows count={3} label={app.loading} />
      </div>
    );
  }
  if (status === "failed") {
    return (
      <div className={styles.scroll}>
        <ErrorState
          picture={<OfflinePicture />}
          title={text.failedTitle}
          action={<Button onClick={() => thread.open()}>{app.retry}</Button>}
        >
          {failure(code ?? "other")}
        </ErrorState>
      </div>
    );
  }
  if (messages.length === 0 && outgoing.length === 0) {
    return (
      <div className={styles.scroll}>
        <EmptyState picture={<ConversationPicture />} title={text.emptyTitle}>
          {text.empty(thread.peer)}
        </EmptyState>
      </div>
    );
  }
  return <Flow thread={thread} />;
}

/** Height of a bubble of one line, with its space. */
const USUAL_PIXELS = 48;
/** Older messages are read when this few lie above. */
const NEAR_TOP = 12;

function Flow({ thread }: { thread: Thread }) {
  const { conversation: text } = useInsideMessages();
  const { messages, outgoing, resending, hasOlder, isLoadingOlder } = useStore(thread.state);
  const isHeld = outgoing.some(isWaiting);
  const { contact } = useStore(thread.contact);
  const items = useMemo(
    () => flowOf(messages, outgoing, contact?.records ?? []),
    [messages, outgoing, contact],
  );
  const scroll = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => USUAL_PIXELS,
    getItemKey: (index) => items[index]?.key ?? index,
    anchorTo: "end",
    followOnAppend: true,
    scrollEndThreshold: 80,
    overscan: 10,
    paddingStart: 8,
    paddingEnd: 12,
  });

  // One begins at the end.
  const began = useRef(false);
  useLayoutEffect(() => {
    if (began.current) return;
    began.current = true;
    virtualizer.scrollToEnd();
  }, [virtualizer]);

  // What one sends oneself is always in sight.
  const sent = outgoing.at(-1)?.id;
  useEffect(() => {
    if (sent !== undefined) virtualizer.scrollToEnd();
  }, [sent, virtualizer]);

  const shown = virtualizer.getVirtualItems();
  const first = shown[0]?.index ?? 0;
  useEffect(() => {
    if (first < NEAR_TOP && hasOlder && !isLoadingOlder) void thread.loadOlder();
  }, [first, hasOlder, isLoadingOlder, thread]);

  // What was there when the conversation was opened does not arrive.
  const newSince = useRef(messages.at(-1)?.revision ?? 0);

  return (
    <div className={styles.place}>
      {/* A region that scrolls has to be reached by the keyboard. */}
      <div
        ref={scroll}
        className={styles.scroll}
        tabIndex={0}
        role="region"
        aria-label={text.list(thread.peer)}
      >
        <ol className={styles.list} style={{ blockSize: virtualizer.getTotalSize() }}>
          {shown.map(({ index, key, start }) => {
            const item = items[index];
            return item === undefined ? null : (
              <li
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                className={styles.item}
                style={{ transform: `translateY(${start}px)` }}
              >
                <Item
                  item={item}
                  thread={thread}
                  resending={resending}
                  isHeld={isHeld}
                  newSince={newSince.current}
                />
              </li>
            );
          })}
        </ol>
      </div>
      {virtualizer.isAtEnd(400) ? null : (
        <div className={styles.latest}>
          <IconButton
            label={text.latest}
            look="raised"
            onClick={() => virtualizer.scrollToEnd({ behavior: "smooth" })}
          >
            <ArrowDown aria-hidden />
          </IconButton>
        </div>
      )}
    </div>
  );
}

interface ItemProps {
  readonly item: FlowItem;
  readonly thread: Thread;
  readonly resending: ThreadState["resending"];
  /** Whether something before it waits, which it may not overtake. */
  readonly isHeld: boolean;
  readonly newSince: number;
}

function Item({ item, thread, resending, isHeld, newSince }: ItemProps) {
  const { conversation: text } = useInsideMessages();
  const times = useTimes();
  const now = useNow();
  switch (item.kind) {
    case "day":
      return <DayDivider>{times.day(item.time, now)}</DayDivider>;
    case "keys": {
      const when = times.date(item.record.createdAt);
      const { peer } = thread;
      return (
        <FlowNote icon={<KeyRound aria-hidden />}>
          {item.record.reason === "rotation" ? text.rotated(peer, when) : text.reset(peer, when)}
        </FlowNote>
      );
    }
    case "message":
      return (
        <Message
          message={item.message}
          thread={thread}
          resending={resending.get(item.message.id)}
          joinsBefore={item.joinsBefore}
          joinsAfter={item.joinsAfter}
          isNew={item.message.direction === "received" && item.message.revision > newSince}
        />
      );
    case "outgoing":
      return <OutgoingMessage outgoing={item.outgoing} thread={thread} isHeld={isHeld} />;
  }
}
