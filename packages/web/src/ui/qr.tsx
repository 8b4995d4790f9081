import { useMemo } from "react";
import { encode } from "uqr";
import styles from "./qr.module.css";

/** A text as a QR code, dark on light in both themes since scanners expect that. `label` says what it holds. */
export function Qr({ text, label, size = 192 }: { text: string; label: string; size?: number }) {
  const { path, cells } = useMemo(() => {
    const { data, size: count } = encode(text, { border: 2, ecc: "M" });
    const squares = data.flatMap((row, y) =>
      row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])),
    );
    return { path: squares.join(""), cells: count };
  }, [text]);
  return (
    <svg
      className={styles.qr}
      width={size}
      height={size}
      viewBox={`0 0 ${cells} ${cells}`}
      role="img"
      aria-label={label}
      shapeRendering="crispEdges"
    >
      <path d={path} className={styles.dark} />
    </svg>
  );
}
