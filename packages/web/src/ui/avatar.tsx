import { colourOf, initialsOf } from "./address-look.ts";
import { classes } from "./classes.ts";
import styles from "./avatar.module.css";

/** Who it is, at a glance: letters on a colour, both from the address. Decoration, since the address stands beside it. */
export function Avatar({
  address,
  size = "medium",
}: {
  address: string;
  size?: "small" | "medium" | "large";
}) {
  return (
    <span
      aria-hidden
      className={classes(styles.avatar, styles[size], styles[`colour${colourOf(address)}`])}
    >
      {initialsOf(address)}
    </span>
  );
}
