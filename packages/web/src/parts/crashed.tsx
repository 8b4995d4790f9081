import { useMessages } from "../messages/messages.ts";
import { Button } from "../ui/button.tsx";
import { BrokenPicture } from "../ui/pictures.tsx";
import { ErrorState } from "../ui/state.tsx";
import styles from "./trouble.module.css";

/** What stands there when a page has stopped. */
export function Crashed() {
  const { crashed } = useMessages();
  return (
    <main id="content" tabIndex={-1} className={styles.page}>
      <ErrorState
        picture={<BrokenPicture />}
        title={crashed.title}
        level={1}
        action={
          <Button look="primary" onClick={() => location.reload()}>
            {crashed.action}
          </Button>
        }
      >
        {crashed.text}
      </ErrorState>
    </main>
  );
}
