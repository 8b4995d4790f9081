import { Slider as Base } from "@base-ui/react/slider";
import type { ReactNode } from "react";
import styles from "./slider.module.css";

interface SliderProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly onChange: (value: number) => void;
  /** When the thumb is let go. */
  readonly onCommit?: (value: number) => void;
  /** The value in words, shown and read out. */
  readonly valueText: string;
  readonly help?: ReactNode;
  readonly disabled?: boolean;
}

/** A quantity that one feels rather than types. */
export function Slider({
  label,
  value,
  min,
  max,
  step = 1,
  onChange,
  onCommit,
  valueText,
  help,
  disabled = false,
}: SliderProps) {
  return (
    <Base.Root
      className={styles.slider}
      value={value}
      min={min}
      max={max}
      step={step}
      disabled={disabled}
      onValueChange={(next: number | readonly number[]) =>
        onChange(typeof next === "number" ? next : (next[0] ?? min))
      }
      onValueCommitted={(next: number | readonly number[]) =>
        onCommit?.(typeof next === "number" ? next : (next[0] ?? min))
      }
    >
      <div className={styles.head}>
        <Base.Label className={styles.label}>{label}</Base.Label>
        <span className={styles.value}>{valueText}</span>
      </div>
      <Base.Control className={styles.control}>
        <Base.Track className={styles.track}>
          <Base.Indicator className={styles.indicator} />
          <Base.Thumb className={styles.thumb} getAriaValueText={() => valueText} />
        </Base.Track>
      </Base.Control>
      {help === undefined ? null : <p className={styles.help}>{help}</p>}
    </Base.Root>
  );
}
