import type { ReactElement, ReactNode } from "react";
import { classes } from "./classes.ts";
import { elementOf } from "./element.ts";
import styles from "./button.module.css";

interface ButtonProps {
  readonly children: ReactNode;
  /** What it does, where its text alone does not say so. */
  readonly label?: string;
  /** One primary thing to do on a screen; the rest is secondary or plain. */
  readonly look?: "primary" | "secondary" | "plain" | "danger";
  readonly size?: "small" | "medium" | "large";
  readonly type?: "button" | "submit";
  readonly icon?: ReactNode;
  readonly wide?: boolean;
  readonly disabled?: boolean | undefined;
  /** Being done: it stays where the focus is, and does nothing more. */
  readonly busy?: boolean | undefined;
  readonly onClick?: (() => void) | undefined;
  /** Another element in its place, such as a link. */
  readonly render?: ReactElement;
}

/** A button, or a link that looks like one. */
export function Button({
  children,
  label,
  look = "secondary",
  size = "medium",
  type = "button",
  icon,
  wide,
  disabled,
  busy,
  onClick,
  render,
}: ButtonProps) {
  return elementOf(render, "button", {
    ...(label === undefined ? {} : { "aria-label": label }),
    className: classes(
      styles.button,
      styles[look],
      styles[size],
      wide && styles.wide,
      busy && styles.busy,
    ),
    ...(render === undefined ? { type, disabled, "aria-disabled": busy || undefined } : {}),
    // A submit button that is busy must not submit again; a disabled one would lose the focus.
    onClick: busy ? (event: { preventDefault(): void }) => event.preventDefault() : onClick,
    children: (
      <>
        {icon}
        {children}
      </>
    ),
  });
}
