import { Check, Clock, ShieldAlert, TriangleAlert } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { classes } from "./classes.ts";
import styles from "./bubble.module.css";
import { StepMark } from "./step-mark.tsx";
import { VisuallyHidden } from "./visually-hidden.tsx";

/** Where what one sent has got to. */
export type BubbleState = "pending" | "delivered" | "failed";

export interface BubbleAction {
  readonly label: string;
  readonly onClick: () => void;
}

interface BubbleProps {
  readonly side: "sent" | "received";
  /** Who speaks, for those who listen. */
  readonly author: string;
  readonly children: ReactNode;
  readonly time: string;
  /** The time in full, shown where the pointer rests. */
  readonly fullTime?: string;
  /** With the words for it; only for what was sent. */
  readonly state?: {
    readonly value: BubbleState;
    readonly label: string;
    /** While pending: how far it has come. The words for it are shown to whoever presses the mark. */
    readonly step?: 1 | 2 | 3 | undefined;
  };
  /** While pending: a ring in place of the clock. */
  readonly progress?: ReactNode;
  /** Why it failed, why it is not verified, or what it waits for. */
  readonly reason?: string | undefined;
  readonly unverified?: boolean | undefined;
  /** What to do about it. */
  readonly actions?: readonly BubbleAction[] | undefined;
  /** Bubbles of one person that follow each other at once lean together. */
  readonly joinsBefore?: boolean;
  readonly joinsAfter?: boolean;
  /** It has just left the composer, or has just come. */
  readonly isNew?: boolean;
}

const marks = {
  pending: <Clock aria-hidden />,
  delivered: <Check aria-hidden />,
  failed: <TriangleAlert aria-hidden />,
};

/** One message. */
export function Bubble({
  side,
  author,
  children,
  time,
  fullTime,
  state,
  progress,
  reason,
  unverified,
  actions = [],
  joinsBefore,
  joinsAfter,
  isNew,
}: BubbleProps) {
  const isFailed = state?.value === "failed";
  const [isExplained, setIsExplained] = useState(false);
  return (
    <div
      className={classes(
        styles.place,
        styles[side],
        joinsBefore && styles.joinsBefore,
        joinsAfter && styles.joinsAfter,
        isNew && styles.isNew,
      )}
    >
      <div
        className={classes(
          styles.bubble,
          unverified && styles.unverified,
          isFailed && styles.failed,
        )}
      >
        <VisuallyHidden>{author}</VisuallyHidden>
        <div className={styles.text} dir="auto">
          {children}
          {/* Room at the end of the last line for the time, so that it needs no line of its own. */}
          <span className={styles.spacer} aria-hidden>
            {time}
          </span>
        </div>
        <span className={styles.meta}>
          <time title={fullTime}>{time}</time>
          {state === undefined ? null : state.step === undefined || progress !== undefined ? (
            <span className={styles.mark} title={state.label}>
              {(state.value === "pending" && progress) || marks[state.value]}
              <VisuallyHidden>{state.label}</VisuallyHidden>
            </span>
          ) : (
            <button
              type="button"
              className={classes(styles.mark, styles.step)}
              title={state.label}
              aria-label={state.label}
              aria-expanded={isExplained}
              onClick={() => setIsExplained(!isExplained)}
            >
              <StepMark step={state.step} />
            </button>
          )}
        </span>
      </div>
      {isExplained && state?.step !== undefined ? (
        <p className={styles.reason}>{state.label}</p>
      ) : null}
      {reason === undefined ? null : (
        <div className={styles.reason}>
          <span className={styles.why}>
            {unverified ? (
              <ShieldAlert aria-hidden />
            ) : isFailed ? (
              <TriangleAlert aria-hidden />
            ) : null}
            <span className={classes(!unverified && !isFailed && styles.calm)}>{reason}</span>
          </span>
          {actions.map(({ label, onClick }) => (
            <button key={label} type="button" className={styles.action} onClick={onClick}>
              {label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
