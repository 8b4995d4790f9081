import { useMessages } from "../../messages/messages.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Bubble } from "../../ui/bubble.tsx";
import styles from "./conversation-preview.module.css";

/** What it looks like inside, made of the same bubbles. A picture: those who listen hear what it shows. */
export function ConversationPreview() {
  const { frontDoor } = useMessages();
  const { theirs, mine, theirs2, mine2 } = frontDoor.previewMessages;
  const delivered = { value: "delivered", label: "" } as const;
  return (
    <div className={styles.frame} role="img" aria-label={frontDoor.preview}>
      <div className={styles.window} aria-hidden>
        <div className={styles.head}>
          <Avatar address={frontDoor.previewThem} />
          <span className={styles.peer}>{frontDoor.previewThem}</span>
        </div>
        <div className={styles.flow}>
          <Bubble side="received" author="" time="9:12">
            {theirs}
          </Bubble>
          <Bubble side="sent" author="" time="9:14" state={delivered}>
            {mine}
          </Bubble>
          <Bubble side="received" author="" time="9:14">
            {theirs2}
          </Bubble>
          <Bubble side="sent" author="" time="9:15" state={delivered}>
            {mine2}
          </Bubble>
        </div>
      </div>
    </div>
  );
}
