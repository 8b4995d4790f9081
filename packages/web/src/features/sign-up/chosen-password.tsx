import type { Strength } from "../../engine/strength.ts";
import { useMessages } from "../../messages/messages.ts";
import { Meter } from "../../ui/meter.tsx";
import { PasswordField } from "../../ui/password-field.tsx";
import styles from "./password.module.css";

interface ChosenPasswordProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly repeated: string;
  readonly onRepeat: (value: string) => void;
  /** Null while there is nothing to judge. */
  readonly strength: Strength | null;
  /** Whether somebody has tried to go on: only then what is missing is called wrong. */
  readonly isTried: boolean;
  readonly onOffer: () => void;
}

/** A password of one's own, with its strength, and once more against slips. */
export function ChosenPassword({
  value,
  onChange,
  repeated,
  onRepeat,
  strength,
  isTried,
  onOffer,
}: ChosenPasswordProps) {
  const { signUp, password } = useMessages();
  const fault = value === "" ? "empty" : strength?.fault;
  const isWrong = fault !== null && fault !== undefined && (isTried || fault !== "empty");
  const differs = repeated !== "" && !value.startsWith(repeated);
  const isMissing = isTried && repeated !== value;
  return (
    <div className={styles.chosen}>
      <div className={styles.measured}>
        <PasswordField
          label={signUp.password}
          labels={password}
          name="password"
          autoComplete="new-password"
          value={value}
          onChange={onChange}
          autoFocus
          help={signUp.passwordHelp}
          error={isWrong && isTried && signUp.faults[fault]}
          aside={
            <button type="button" className={styles.switch} onClick={onOffer}>
              {signUp.offer}
            </button>
          }
        />
        {strength === null ? null : (
          <Meter
            label={signUp.strength}
            value={strength.score}
            valueText={signUp.strengths[strength.score] ?? ""}
            enough={3}
          />
        )}
      </div>
      <PasswordField
        label={signUp.repeat}
        labels={password}
        autoComplete="new-password"
        value={repeated}
        onChange={onRepeat}
        good={value !== "" && repeated === value && signUp.same}
        error={(differs || isMissing) && signUp.differs}
      />
    </div>
  );
}
