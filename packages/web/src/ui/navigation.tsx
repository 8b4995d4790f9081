import type { ReactElement, ReactNode } from "react";
import { Badge } from "./badge.tsx";
import { elementOf } from "./element.ts";
import styles from "./navigation.module.css";

interface NavigationProps {
  /** What the navigation is called, for those who listen. */
  readonly label: string;
  readonly children: ReactNode;
  /** Before and after the items, on wide screens only. */
  readonly start?: ReactNode;
  readonly end?: ReactNode;
}

/** The places of the app: a slim rail at the side of a wide screen, a bar at the bottom of a phone. */
export function Navigation({ label, children, start, end }: NavigationProps) {
  return (
    <nav className={styles.navigation} aria-label={label}>
      <div className={styles.start}>{start}</div>
      <ul className={styles.items}>{children}</ul>
      <div className={styles.end}>{end}</div>
    </nav>
  );
}

interface NavigationItemProps {
  readonly label: string;
  readonly icon: ReactNode;
  readonly current: boolean;
  /** How many things there are new, with the words for it. */
  readonly count?: { readonly value: number; readonly label: string } | undefined;
  /** The link that it is. */
  readonly render: ReactElement;
}

/** One place. */
export function NavigationItem({ label, icon, current, count, render }: NavigationItemProps) {
  const link = elementOf(render, "a", {
    className: styles.item,
    "aria-current": current ? "page" : undefined,
    children: (
      <>
        <span className={styles.icon}>
          {icon}
          {count === undefined || count.value === 0 ? null : (
            <span className={styles.count}>
              <Badge value={count.value} label={count.label} />
            </span>
          )}
        </span>
        <span className={styles.label}>{label}</span>
      </>
    ),
  });
  return <li>{link}</li>;
}
