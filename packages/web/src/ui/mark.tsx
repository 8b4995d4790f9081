import styles from "./mark.module.css";

/** One pear that is a key: its body the bow, its stem the shaft, its leaf the bit. Twenty-six wide, fifty high, centred. */
const PEAR =
  "M-2.6-27a2.6 2.6 0 0 1 5.2 0v9.6C5.6-16.3 6.5-12 7.2-8 8-3.4 13 0 13 9c0 8.2-5.6 13-13 13S-13 17.2-13 9c0-9 5-12.4 5.8-17C-6.5-12-5.6-16.3-2.6-17.4v-1.2C-9.6-18.4-13-22-13.5-27.5c5.9-.8 9.9 1.5 10.9 6ZM0 4.100a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 1 0 0-8.800Z";

/** The mark: two pears, head to tail, forming a key pair. */
export function Mark({ size = 32, label }: { size?: number; label?: string | undefined }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 64 64"
      fillRule="evenodd"
      {...(label === undefined ? { "aria-hidden": true } : { role: "img", "aria-label": label })}
    >
      <path className={styles.pear} transform="translate(20.5 36.5)" d={PEAR} />
      <path className={styles.leaf} transform="translate(43.5 27.5) rotate(180)" d={PEAR} />
    </svg>
  );
}
