import type { Progress } from "@keypears/client";
import { useSecondsLeft } from "../../engine/use-work-time.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { Ring } from "../../ui/ring.tsx";
import styles from "./work-ring.module.css";

interface WorkRingProps {
  readonly progress: Progress;
  readonly isDone?: boolean;
  /** What the work is for. */
  readonly label: string;
  readonly size: number;
  /** Whether the time that is left, where that is a second or more, stands beside it. */
  readonly isTimed?: boolean;
}

/** A small ring: how far the work of a message is. */
export function WorkRing({ progress, isDone = false, label, size, isTimed }: WorkRingProps) {
  const { conversation: text } = useInsideMessages();
  const seconds = useSecondsLeft(progress);
  return (
    <span className={styles.work}>
      {!isTimed || seconds === null || seconds < 1 ? null : (
        <span aria-hidden>{text.brief(seconds)}</span>
      )}
      <Ring
        done={progress.parts}
        working={!isDone}
        label={label}
        valueText={text.aheadValue(progress.parts, seconds)}
        size={size}
      />
    </span>
  );
}
