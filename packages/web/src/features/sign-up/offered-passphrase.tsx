import { Check, Copy, RefreshCw } from "lucide-react";
import { useState } from "react";
import { useMessages } from "../../messages/messages.ts";
import { Button } from "../../ui/button.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import styles from "./password.module.css";

interface OfferedPassphraseProps {
  /** Null until it has been drawn. */
  readonly passphrase: string | null;
  readonly onAnother: () => void;
  readonly onOwn: () => void;
}

/** Six words that chance has chosen, to be kept. A password manager sees them as a new password. */
export function OfferedPassphrase({ passphrase, onAnother, onOwn }: OfferedPassphraseProps) {
  const { signUp } = useMessages();
  const [copied, setCopied] = useState<string | null>(null);
  const isCopied = copied !== null && copied === passphrase;

  async function copy(): Promise<void> {
    if (passphrase === null) return;
    await navigator.clipboard.writeText(passphrase);
    setCopied(passphrase);
  }

  return (
    <div className={styles.offer}>
      <div className={styles.head}>
        <span id="passphrase" className={styles.label}>
          {signUp.passphrase}
        </span>
        <button type="button" className={styles.switch} onClick={onOwn}>
          {signUp.chooseOwn}
        </button>
      </div>
      <div className={styles.box}>
        <output className={styles.words} aria-labelledby="passphrase">
          {passphrase === null ? <Skeleton /> : passphrase}
        </output>
        <input
          className={styles.forManagers}
          type="password"
          name="password"
          autoComplete="new-password"
          value={passphrase ?? ""}
          readOnly
          tabIndex={-1}
          aria-hidden
        />
        <div className={styles.actions}>
          <Button
            size="small"
            icon={isCopied ? <Check aria-hidden /> : <Copy aria-hidden />}
            onClick={() => void copy()}
          >
            {isCopied ? signUp.copied : signUp.copy}
          </Button>
          <Button size="small" look="plain" icon={<RefreshCw aria-hidden />} onClick={onAnother}>
            {signUp.another}
          </Button>
        </div>
      </div>
      <p className={styles.help}>{signUp.passphraseHelp}</p>
    </div>
  );
}
