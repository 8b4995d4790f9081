import { Meter as Base } from "@base-ui/react/meter";
import { classes } from "./classes.ts";
import styles from "./meter.module.css";

interface MeterProps {
  readonly label: string;
  /** 0 to 4. */
  readonly value: number;
  /** The value in words. */
  readonly valueText: string;
  /** From here on it is enough. */
  readonly enough: number;
}

const STEPS = [1, 2, 3, 4];

/** How strong something is, in four steps and a word; never by colour alone. */
export function Meter({ label, value, valueText, enough }: MeterProps) {
  const look = value >= enough ? styles.enough : value === 0 ? undefined : styles.low;
  return (
    <Base.Root className={styles.meter} value={value} max={4} getAriaValueText={() => valueText}>
      <Base.Label className={styles.label}>{label}</Base.Label>
      <Base.Track className={styles.track}>
        {STEPS.map((step) => (
          <span key={step} className={classes(styles.step, step <= value && look)} />
        ))}
      </Base.Track>
      <span className={styles.value} aria-hidden>
        {valueText}
      </span>
    </Base.Root>
  );
}
