import { useId } from "react";
import type { ReactNode } from "react";
import { classes } from "./classes.ts";
import styles from "./checkbox.module.css";
import { FieldLine } from "./text-field.tsx";

interface CheckboxProps {
  readonly label: string;
  readonly help?: ReactNode;
  readonly error?: string | undefined;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
}

/** Something to confirm. */
export function Checkbox({ label, help, error, checked, onChange, disabled }: CheckboxProps) {
  const id = useId();
  return (
    <div className={styles.field}>
      <label className={styles.row}>
        <input
          type="checkbox"
          className={classes(styles.box, error !== undefined && styles.invalid)}
          checked={checked}
          disabled={disabled}
          onChange={(event) => onChange(event.target.checked)}
          aria-describedby={id}
          aria-invalid={error === undefined ? undefined : true}
        />
        <span className={styles.label}>{label}</span>
      </label>
      <div className={styles.below}>
        <FieldLine id={id} help={help} error={error} />
      </div>
    </div>
  );
}
