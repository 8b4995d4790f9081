import { Eye, EyeOff } from "lucide-react";
import { useId, useState } from "react";
import type { ReactNode, Ref } from "react";
import { classes } from "./classes.ts";
import styles from "./field.module.css";
import { IconButton } from "./icon-button.tsx";
import { FieldLine } from "./text-field.tsx";

interface PasswordFieldProps {
  readonly label: string;
  /** What the button says that shows the text, and the one that hides it. */
  readonly labels: { readonly reveal: string; readonly hide: string };
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly name?: string;
  readonly autoComplete: "current-password" | "new-password";
  readonly help?: ReactNode;
  readonly good?: ReactNode;
  readonly error?: ReactNode;
  /** Stands beside the label, such as a link. */
  readonly aside?: ReactNode;
  readonly disabled?: boolean;
  readonly autoFocus?: boolean;
  readonly onFocus?: () => void;
  readonly ref?: Ref<HTMLInputElement>;
}

/** A password, hidden until its owner wants to see it. */
export function PasswordField({
  label,
  labels,
  value,
  onChange,
  help,
  good,
  error,
  aside,
  autoFocus,
  ref,
  ...rest
}: PasswordFieldProps) {
  const id = useId();
  const below = `${id}-below`;
  const [revealed, setRevealed] = useState(false);
  return (
    <div className={styles.field}>
      <div className={styles.head}>
        <label className={styles.label} htmlFor={id}>
          {label}
        </label>
        {aside}
      </div>
      <div className={classes(styles.control, Boolean(error) && styles.invalid)}>
        <input
          {...rest}
          id={id}
          ref={ref}
          autoFocus={autoFocus}
          type={revealed ? "text" : "password"}
          className={classes(styles.input, revealed && styles.mono)}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          dir="ltr"
          spellCheck={false}
          autoCapitalize="none"
          autoCorrect="off"
          aria-invalid={error ? true : undefined}
          aria-describedby={below}
        />
        <IconButton
          label={revealed ? labels.hide : labels.reveal}
          onClick={() => setRevealed(!revealed)}
        >
          {revealed ? <EyeOff aria-hidden /> : <Eye aria-hidden />}
        </IconButton>
      </div>
      <FieldLine id={below} help={help} good={good} error={error} />
    </div>
  );
}
