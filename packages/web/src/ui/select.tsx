import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronDown } from "lucide-react";
import { useId } from "react";
import field from "./field.module.css";
import styles from "./popup.module.css";

interface SelectProps<Value extends string> {
  readonly label: string;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly value: Value;
  readonly onChange: (value: Value) => void;
  readonly disabled?: boolean;
}

/** One of a few. */
export function Select<Value extends string>({
  label,
  options,
  value,
  onChange,
  disabled = false,
}: SelectProps<Value>) {
  const id = useId();
  return (
    <div className={field.field}>
      <span id={id} className={field.label}>
        {label}
      </span>
      <Base.Root
        items={options}
        value={value}
        disabled={disabled}
        onValueChange={(next: Value | null) => next !== null && onChange(next)}
      >
        <Base.Trigger className={styles.select} aria-labelledby={id}>
          <Base.Value />
          <ChevronDown aria-hidden />
        </Base.Trigger>
        <Base.Portal>
          <Base.Positioner
            className={styles.positioner}
            sideOffset={6}
            alignItemWithTrigger={false}
          >
            <Base.Popup className={styles.popup}>
              {options.map((option) => (
                <Base.Item key={option.value} value={option.value} className={styles.item}>
                  <Base.ItemText className={styles.text}>{option.label}</Base.ItemText>
                  <Base.ItemIndicator>
                    <Check aria-hidden />
                  </Base.ItemIndicator>
                </Base.Item>
              ))}
            </Base.Popup>
          </Base.Positioner>
        </Base.Portal>
      </Base.Root>
    </div>
  );
}
