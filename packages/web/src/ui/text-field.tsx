import { CircleAlert, CircleCheck } from "lucide-react";
import { useId } from "react";
import type { HTMLInputAutoCompleteAttribute, ReactNode, Ref } from "react";
import { classes } from "./classes.ts";
import styles from "./field.module.css";

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly name?: string;
  /** The line below: `error` wins over `good`, `good` over `help`. */
  readonly help?: ReactNode;
  readonly good?: ReactNode;
  readonly error?: ReactNode;
  /** What follows the text and belongs to it, such as `@acme.com`. */
  readonly suffix?: string | undefined;
  readonly placeholder?: string;
  readonly mono?: boolean;
  readonly large?: boolean;
  readonly disabled?: boolean;
  readonly required?: boolean;
  readonly autoFocus?: boolean;
  readonly autoComplete?: HTMLInputAutoCompleteAttribute;
  readonly inputMode?: "text" | "email" | "search" | "numeric";
  readonly maxLength?: number;
  readonly onBlur?: () => void;
  readonly onFocus?: () => void;
  readonly ref?: Ref<HTMLInputElement>;
}

/** A line of text with its label, and one line below that helps or says what is wrong. */
export function TextField({
  label,
  value,
  onChange,
  help,
  good,
  error,
  suffix,
  mono,
  large,
  autoFocus,
  ref,
  ...rest
}: TextFieldProps) {
  const id = useId();
  const below = `${id}-below`;
  return (
    <div className={styles.field}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <div
        className={classes(styles.control, large && styles.large, Boolean(error) && styles.invalid)}
      >
        <input
          {...rest}
          id={id}
          ref={ref}
          autoFocus={autoFocus}
          className={classes(
            styles.input,
            mono && styles.mono,
            suffix !== undefined && styles.withSuffix,
          )}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          dir={mono ? "ltr" : undefined}
          spellCheck={mono ? false : undefined}
          autoCapitalize={mono ? "none" : undefined}
          autoCorrect={mono ? "off" : undefined}
          aria-invalid={error ? true : undefined}
          aria-describedby={below}
        />
        {suffix === undefined ? null : (
          <span className={classes(styles.suffix, mono && styles.mono)} dir="ltr">
            {suffix}
          </span>
        )}
      </div>
      <FieldLine id={below} help={help} good={good} error={error} />
    </div>
  );
}

/** The line below a field. It keeps its place when it is empty, so that nothing jumps. */
export function FieldLine({
  id,
  help,
  good,
  error,
}: {
  id: string;
  help?: ReactNode;
  good?: ReactNode;
  error?: ReactNode;
}) {
  return (
    <div
      id={id}
      className={classes(
        styles.below,
        error ? styles.error : undefined,
        !error && good ? styles.good : undefined,
      )}
      aria-live="polite"
    >
      {error ? <CircleAlert aria-hidden /> : good ? <CircleCheck aria-hidden /> : null}
      <span>{error || good || help}</span>
    </div>
  );
}
