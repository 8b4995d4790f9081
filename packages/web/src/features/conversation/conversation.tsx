import type { ReactNode } from "react";
import type { Address } from "@keypears/protocol";
import { useLocation } from "@tanstack/react-router";
import { useStore } from "../../engine/store.ts";
import { useConversation } from "../../engine/use-lists.ts";
import { useMarkRead, useThread } from "../../engine/use-thread.ts";
import { useOpenPeer } from "../../parts/use-open-peer.ts";
import { NotFound } from "../../parts/not-found.tsx";
import { ComposeBox } from "./compose-box.tsx";
import styles from "./conversation.module.css";
import { Header } from "./header.tsx";
import { KeyBanner } from "./key-banner.tsx";
import { MessageList } from "./message-list.tsx";
import { NoRequest } from "./no-request.tsx";
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
  const { status, messages } = useStore(thread.state);
  const { pathname } = useLocation();
  useMarkRead(thread);
  const isRequest =
    conversation === undefined
      ? pathname.startsWith("/requests")
      : !conversation.accepted && conversation.waiting > 0;
  // Somebody who has not written: there is nothing to accept.
  const isNothing =
    isRequest && conversation === undefined && status === "ready" && messages.length === 0;
  return (
    <div className={styles.conversation}>
      <Header thread={thread} conversation={conversation} isRequest={isRequest} />
      <KeyBanner thread={thread} />
      {isNothing ? <NoRequest peer={peer} /> : <MessageList thread={thread} />}
      {!isRequest ? (
        <ComposeBox thread={thread} conversation={conversation} />
      ) : isNothing ? null : (
        <RequestBar peer={peer} />
      )}
    </div>
  );
}
