/** The ring of sixteen, laid flat: honest progress on a terminal, nothing when piped (spec/7.3). */
import type { Io } from "./io.ts";

const PARTS = 16;

export interface Bar {
  /** Shows what is being done and how many of the sixteen parts are. */
  show(label: string, parts: number): void;
  /** Takes the bar away. */
  end(): void;
}

/** A bar on standard error where that is a terminal. */
export function progressBar(io: Io): Bar {
  if (!io.stderr.isTTY) return { show: () => {}, end: () => {} };
  let shown = false;
  return {
    show(label, parts) {
      shown = true;
      io.stderr.write(`\r\u001b[K${"●".repeat(parts)}${"○".repeat(PARTS - parts)} ${label}`);
    },
    end() {
      if (shown) io.stderr.write("\r\u001b[K");
      shown = false;
    },
  };
}
