import type { ReactElement, ReactNode, Ref } from "react";
import { classes } from "./classes.ts";
import { elementOf } from "./element.ts";
import styles from "./icon-button.module.css";

interface IconButtonProps {
  /** What it does, in words: read aloud, and shown where the pointer rests. */
  readonly label: string;
  readonly children: ReactNode;
  readonly look?: "plain" | "accent" | "raised";
  readonly type?: "button" | "submit";
  readonly pressed?: boolean | undefined;
  readonly disabled?: boolean | undefined;
  readonly onClick?: (() => void) | undefined;
  readonly render?: ReactElement;
  readonly ref?: Ref<HTMLElement>;
}

/** A button that is only a picture. What Base UI gives to a trigger passes through. */
export function IconButton({
  label,
  children,
  look = "plain",
  type = "button",
  pressed,
  render,
  ref,
  ...rest
}: IconButtonProps) {
  return elementOf(render, "button", {
    ref,
    ...rest,
    ...(render === undefined ? { type } : {}),
    className: classes(styles.button, styles[look]),
    "aria-label": label,
    "aria-pressed": pressed,
    title: label,
    children,
  });
}
