import type { ReactNode } from "react";
import type { Address } from "@keypears/protocol";
import { useLocation } from "@tanstack/react-router";
import { useConversation } from "../../engine/use-lists.ts";
import { useMarkRead, useThread } from "../../engine/use-thread.ts";
import { useOpenPeer } from "../../parts/use-open-peer.ts";
import { NotFound } from "../../parts/not-found.tsx";
import { ComposeBox } from "./compose-box.tsx";
import styles from "./conversation.module.css";
import { Header } from "./header.tsx";
import { KeyBanner } from "./key-banner.tsx";
import { MessageList } from "./message-list.tsx";
import { RequestBar } from "./request-bar.tsx";

/** The conversation, or the request, with whoever the address of the page names. */
export function Conversation(): ReactNode {
  const peer = useOpenPeer();
  // Another person, another component: nothing of one shows in the other.
  return peer === null ? <NotFound /> : <With key={peer} peer={peer} />;
}

function With({ peer }: { peer: Address }) {
  const thread = useThread(peer);
  const conversation = useConversation(peer);
  const { pathname } = useLocation();
  useMarkRead(thread);
  const isRequest =
    conversation === undefined
      ? pathname.startsWith("/requests")
      : !conversation.accepted && conversation.waiting > 0;
  return (
    <div className={styles.conversation}>
      <Header thread={thread} conversation={conversation} isRequest={isRequest} />
      <KeyBanner thread={thread} />
      <MessageList thread={thread} />
      {isRequest ? (
        <RequestBar peer={peer} />
      ) : (
        <ComposeBox thread={thread} conversation={conversation} />
      )}
    </div>
  );
}
