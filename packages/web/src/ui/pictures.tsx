import type { ReactNode } from "react";
import { classes } from "./classes.ts";
import styles from "./pictures.module.css";

/** Small pictures for places without content, and larger ones that explain. Decoration: what they show is also said beside them. */

/** A pear, as in the mark but without a key in it: 26 wide, 44 high, centred. */
const PEAR =
  "M0-22c4.6 0 6.5 4.2 7.2 10C8-6.5 13-2 13 7.5 13 16.5 7.4 22 0 22S-13 16.5-13 7.500C-13-2-8-6.5-7.2-12-6.5-17.8-4.6-22 0-22Z";

/** `wide` is where a wide picture begins, so that it stands flush with the text below it. */
function Picture({ children, wide }: { children: ReactNode; wide?: number }) {
  return (
    <svg
      className={classes(styles.picture, wide === undefined ? styles.small : styles.wide)}
      viewBox={wide === undefined ? "0 0 120 96" : `${wide} 0 240 150`}
      aria-hidden
    >
      {children}
    </svg>
  );
}

/** Two bubbles that lean towards each other: nobody has written yet. */
export function ConversationPicture() {
  return (
    <Picture>
      <path className={styles.shade} d="M14 84h92" />
      <path
        className={styles.paper}
        d="M46 12h46a14 14 0 0 1 14 14v18a14 14 0 0 1-14 14v10L80 58H46a14 14 0 0 1-14-14V26a14 14 0 0 1 14-14Z"
      />
      <path className={styles.thin} d="M50 28h38M50 41h24" />
      <path
        className={styles.pear}
        d="M26 38h26a12 12 0 0 1 12 12v14a12 12 0 0 1-12 12H38l-11 9v-9h-1a12 12 0 0 1-12-12V50a12 12 0 0 1 12-12Z"
      />
      <g className={styles.onPear}>
        <circle className={styles.inkFill} cx="29" cy="57" r="2.6" />
        <circle className={styles.inkFill} cx="39" cy="57" r="2.6" />
        <circle className={styles.inkFill} cx="49" cy="57" r="2.6" />
      </g>
    </Picture>
  );
}

/** A door with a letter before it: strangers wait outside. */
export function RequestsPicture() {
  return (
    <Picture>
      <path className={styles.shade} d="M12 84h96" />
      <path className={styles.paper} d="M66 84V24a18 18 0 0 1 36 0v60Z" />
      <circle className={styles.inkFill} cx="74" cy="54" r="2.6" />
      <path className={styles.thin} d="M78 24a6 6 0 0 1 12 0v8H78Z" />
      <path
        className={styles.pear}
        d="M18 54h40a4 4 0 0 1 4 4v22a4 4 0 0 1-4 4H18a4 4 0 0 1-4-4V58a4 4 0 0 1 4-4Z"
      />
      <path className={classes(styles.line, styles.onPear)} d="m15 58 20 14a5 5 0 0 0 6 0l20-14" />
    </Picture>
  );
}

/** A glass over a pear: nothing was found. */
export function SearchPicture() {
  return (
    <Picture>
      <path className={styles.shade} d="M14 84h92" />
      <path className={styles.leaf} transform="translate(52 44) scale(.8)" d={PEAR} />
      <circle className={styles.glass} cx="52" cy="42" r="29" />
      <path className={styles.thick} d="m74 63 20 19" />
    </Picture>
  );
}

/** A cloud whose line has come loose. */
export function OfflinePicture() {
  return (
    <Picture>
      <path className={styles.shade} d="M14 86h92" />
      <path
        className={styles.paper}
        d="M36 56a15 15 0 0 1 2-30 22 22 0 0 1 42-2 16 16 0 0 1 4 32Z"
      />
      <path className={styles.line} d="M60 56v10" />
      <path className={styles.line} d="M60 76v10" />
      <path className={styles.accentLine} d="m50 66 6 4M70 76l-6-4" />
    </Picture>
  );
}

/** Two houses, and between them a line that ends halfway: another domain cannot be reached. */
export function ApartPicture() {
  return (
    <Picture>
      <path className={styles.shade} d="M8 84h104" />
      <path className={styles.pear} d="M14 84V48l17-15 17 15v36Z" />
      <path className={styles.paper} d="M76 84V48l15-13 15 13v36Z" />
      <g className={styles.onPear}>
        <path className={styles.line} d="M26 84V66h10v18" />
      </g>
      <path className={styles.thin} d="M86 84V68h10v16" />
      <path className={styles.accentLine} d="M31 22C37 10 45 8 53 11" />
      <path className={styles.dashes} d="M71 11c9-2 17 3 20 11" />
      <path className={styles.line} d="m58 8 8 8M66 8l-8 8" />
    </Picture>
  );
}

/** A pear that somebody has bitten: something went wrong. */
export function BrokenPicture() {
  return (
    <Picture>
      <path className={styles.shade} d="M14 86h92" />
      <path
        className={styles.pear}
        transform="translate(60 50) scale(1.55)"
        d="M0-22c4.6 0 6.5 4.2 7.2 10 .3 2 1 3.8 2 5.500a6 6 0 0 0 2 8.5 5.5 5.5 0 0 0 1.6 8C11 18 6.6 22 0 22c-7.4 0-13-5.5-13-14.500C-13-2-8-6.5-7.2-12-6.5-17.8-4.6-22 0-22Z"
      />
      <path className={styles.line} d="M60 16c0-5 2-8 5-11" />
      <g className={styles.onPear}>
        <circle className={styles.inkFill} cx="54" cy="54" r="2.6" />
        <circle className={styles.inkFill} cx="66" cy="54" r="2.6" />
        <path className={styles.line} d="M55 68a7 7 0 0 1 10 0" />
      </g>
    </Picture>
  );
}

/** How it works, first: the key pair is made on one's own device. */
export function KeysPicture() {
  return (
    <Picture wide={22}>
      <path className={styles.shade} d="M24 130h192" />
      <rect className={styles.paper} x="56" y="22" width="128" height="88" rx="10" />
      <path className={styles.paper} d="M40 110h160l8 14a4 4 0 0 1-4 6H36a4 4 0 0 1-4-6Z" />
      <g transform="translate(107 70) scale(1.15)">
        <path className={styles.pear} d={PEAR} />
        <circle className={styles.hole} cx="0" cy="8" r="4.5" />
        <path className={styles.line} d="M0-22v-7" />
        <path className={styles.leafFill} d="M-1-24c-7 0-11-3-12-9 6-1 11 2 12 9Z" />
      </g>
      <g transform="translate(137 62) rotate(180) scale(1.15)">
        <path className={styles.leaf} d={PEAR} />
        <circle className={styles.hole} cx="0" cy="8" r="4.5" />
        <path className={styles.line} d="M0-22v-7" />
        <path className={styles.leafFill} d="M-1-24c-7 0-11-3-12-9 6-1 11 2 12 9Z" />
      </g>
    </Picture>
  );
}

/** How it works, second: what one writes is sealed before it leaves; servers pass on a box that they cannot open. */
export function SealedPicture() {
  return (
    <Picture wide={14}>
      <path className={styles.shade} d="M16 130h208" />
      <path
        className={styles.pear}
        d="M28 44h40a12 12 0 0 1 12 12v18a12 12 0 0 1-12 12H46l-12 10V86h-6a12 12 0 0 1-12-12V56a12 12 0 0 1 12-12Z"
      />
      <path className={classes(styles.line, styles.onPear)} d="M30 58h36M30 71h22" />
      <path className={styles.dashes} d="M86 66h16" />
      <rect className={styles.paper} x="106" y="34" width="44" height="96" rx="8" />
      <path className={styles.thin} d="M116 112h24M116 120h24" />
      <rect className={styles.leaf} x="113" y="52" width="30" height="26" rx="5" />
      <path className={styles.line} d="M120 52v-6a8 8 0 0 1 16 0v6" />
      <circle className={styles.hole} cx="128" cy="63" r="3" />
      <path className={styles.line} d="M128 66v5" />
      <path className={styles.dashes} d="M156 66h16" />
      <path
        className={styles.paper}
        d="M188 44h24a12 12 0 0 1 12 12v18a12 12 0 0 1-12 12h-1v10L199 86h-11a12 12 0 0 1-12-12V56a12 12 0 0 1 12-12Z"
      />
      <path className={styles.thin} d="M187 58h26M187 71h16" />
    </Picture>
  );
}

/** How it works, third: to reach a stranger costs work, in sixteen parts. */
export function WorkPicture() {
  return (
    <Picture wide={64}>
      <path className={styles.shade} d="M66 136h108" />
      {Array.from({ length: 16 }, (_, index) => (
        <path
          key={index}
          className={index < 11 ? styles.arcDone : styles.arc}
          d="M124.5 19.200a52 52 0 0 1 11 2.2"
          transform={`rotate(${index * 22.5 + 3} 120 71)`}
        />
      ))}
      <path
        className={styles.paper}
        d="M94 54h52a4 4 0 0 1 4 4v28a4 4 0 0 1-4 4H94a4 4 0 0 1-4-4V58a4 4 0 0 1 4-4Z"
      />
      <path className={styles.line} d="m91 57 25 18a6 6 0 0 0 8 0l25-18" />
    </Picture>
  );
}
