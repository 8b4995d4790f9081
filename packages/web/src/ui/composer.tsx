import { ArrowUp } from "lucide-react";
import { useLayoutEffect, useRef } from "react";
import type { KeyboardEvent, ReactNode } from "react";
import styles from "./composer.module.css";
import { IconButton } from "./icon-button.tsx";

interface ComposerProps {
  readonly label: string;
  readonly placeholder: string;
  readonly sendLabel: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly onSend: () => void;
  readonly onFocus?: () => void;
  readonly onBlur?: () => void;
  readonly disabled?: boolean;
  readonly autoFocus?: boolean;
  /** Beside the sending button: the ring, while work is done ahead. */
  readonly progress?: ReactNode;
  /** A line below: what a message costs, or why nothing can be sent. */
  readonly note?: ReactNode;
}

/** Where one writes. Enter sends, Shift and Enter breaks the line; it grows with what is in it. */
export function Composer({
  label,
  placeholder,
  sendLabel,
  value,
  onChange,
  onSend,
  onFocus,
  onBlur,
  disabled,
  autoFocus,
  progress,
  note,
}: ComposerProps) {
  const area = useRef<HTMLTextAreaElement>(null);
  useLayoutEffect(() => {
    const element = area.current;
    if (element === null) return;
    element.style.blockSize = "auto";
    element.style.blockSize = `${element.scrollHeight}px`;
  }, [value]);

  const isEmpty = value.trim() === "";
  function send(): void {
    if (!isEmpty && !disabled) onSend();
    area.current?.focus();
  }
  function press(event: KeyboardEvent<HTMLTextAreaElement>): void {
    // While an input method composes, Enter takes its proposal.
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  }

  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className={styles.box}>
        <textarea
          ref={area}
          className={styles.area}
          rows={1}
          aria-label={label}
          placeholder={placeholder}
          value={value}
          disabled={disabled}
          autoFocus={autoFocus}
          dir="auto"
          enterKeyHint="send"
          onChange={(event) => onChange(event.target.value)}
          onKeyDown={press}
          onFocus={onFocus}
          onBlur={onBlur}
        />
        <span className={styles.end}>
          {progress}
          <IconButton
            label={sendLabel}
            look="accent"
            type="submit"
            disabled={isEmpty || disabled === true}
          >
            <ArrowUp aria-hidden />
          </IconButton>
        </span>
      </div>
      {note === undefined ? null : <div className={styles.note}>{note}</div>}
    </form>
  );
}
