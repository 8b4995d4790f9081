import { toHex } from "@keypears/protocol";
import styles from "./fingerprint.module.css";

/** The hash of a key record (spec/4.2) in groups of four digits, as two people compare it. */
export function Fingerprint({ hash }: { hash: Uint8Array<ArrayBuffer> }) {
  return (
    <p className={styles.digits} dir="ltr">
      {groupsOf(toHex(hash)).map((group, index) => (
        <span key={index}>{group}</span>
      ))}
    </p>
  );
}

function groupsOf(digits: string): readonly string[] {
  return digits.match(/.{4}/g) ?? [];
}
