import { useVirtualizer } from "@tanstack/react-virtual";
import type { ConversationView } from "@keypears/client";
import { useRef } from "react";
import type { ReactNode } from "react";
import styles from "./rows.module.css";

interface RowsProps {
  readonly label: string;
  readonly conversations: readonly ConversationView[];
  readonly renderRow: (conversation: ConversationView) => ReactNode;
}

/** A row is 64 pixels at the default size of text; others are measured. */
const ROW_PIXELS = 66;

/** Conversations, of which only those in sight are in the page: ten thousand scroll like ten. */
export function Rows({ label, conversations, renderRow }: RowsProps) {
  const list = useRef<HTMLUListElement>(null);
  const virtualizer = useVirtualizer({
    count: conversations.length,
    getScrollElement: () => list.current?.parentElement ?? null,
    estimateSize: () => ROW_PIXELS,
    getItemKey: (index) => conversations[index]?.peer ?? index,
    overscan: 8,
  });
  return (
    <ul
      ref={list}
      className={styles.rows}
      aria-label={label}
      style={{ blockSize: virtualizer.getTotalSize() }}
    >
      {virtualizer.getVirtualItems().map(({ index, key, start }) => {
        const conversation = conversations[index];
        return conversation === undefined ? null : (
          <li
            key={key}
            ref={virtualizer.measureElement}
            data-index={index}
            className={styles.row}
            style={{ transform: `translateY(${start}px)` }}
            aria-setsize={conversations.length}
            aria-posinset={index + 1}
          >
            {renderRow(conversation)}
          </li>
        );
      })}
    </ul>
  );
}
