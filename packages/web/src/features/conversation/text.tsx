import { linkify } from "./linkify.ts";
import styles from "./message.module.css";

/** A text as its author wrote it, with its links as links. They open apart, and are told nothing of where they came from. */
export function Text({ text }: { text: string }) {
  return linkify(text).map((piece, index) =>
    piece.isLink ? (
      <a
        key={index}
        className={styles.link}
        href={piece.text}
        target="_blank"
        rel="noopener noreferrer nofollow"
      >
        {piece.text}
      </a>
    ) : (
      piece.text
    ),
  );
}
