import type { Progress } from "@keypears/client";
import { useMessages } from "../messages/messages.ts";
import { Ring } from "../ui/ring.tsx";
import styles from "./work-progress.module.css";

/** The ring, and beside it what is being done. `idle` is said while nothing is. */
export function WorkProgress({ progress, idle }: { progress: Progress | null; idle?: string }) {
  const { ring, work } = useMessages();
  const parts = progress?.parts ?? 0;
  const isDone = parts === 16 && progress?.stage === "mining";
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
        {progress === null ? idle : isDone ? work.done : work[progress.stage]}
      </p>
    </div>
  );
}
