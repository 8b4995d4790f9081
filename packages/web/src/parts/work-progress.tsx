import type { Progress } from "@keypears/client";
import { useSecondsLeft } from "../engine/use-work-time.ts";
import { useMessages } from "../messages/messages.ts";
import { Button } from "../ui/button.tsx";
import { Ring } from "../ui/ring.tsx";
import styles from "./work-progress.module.css";

interface WorkProgressProps {
  readonly progress: Progress | null;
  /** Said while nothing is being done. */
  readonly idle?: string;
  readonly onStop?: (() => void) | undefined;
}

/** The ring, beside it what is being done and how long it still takes, and a way to stop it. */
export function WorkProgress({ progress, idle, onStop }: WorkProgressProps) {
  const { ring, work } = useMessages();
  const parts = progress?.parts ?? 0;
  const isDone = parts === 16 && progress?.stage === "mining";
  const seconds = useSecondsLeft(progress);
  const sentence = progress === null ? idle : isDone ? work.done : work[progress.stage];
  return (
    <div className={styles.progress}>
      <Ring
        done={parts}
        working={progress !== null && !isDone}
        label={work.label}
        valueText={ring.value(parts)}
        size={40}
      />
      <p className={styles.sentence}>
        {sentence} {seconds === null ? null : work.left(seconds)}
      </p>
      {progress === null || isDone || onStop === undefined ? null : (
        <Button size="small" look="plain" onClick={onStop}>
          {work.stop}
        </Button>
      )}
    </div>
  );
}
