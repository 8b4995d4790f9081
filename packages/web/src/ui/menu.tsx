import { Menu as Base } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";
import { classes } from "./classes.ts";
import styles from "./popup.module.css";

interface MenuItem {
  readonly label: string;
  readonly icon?: ReactNode;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly onSelect: () => void;
}

interface MenuProps {
  /** What opens it: a Button or an IconButton. */
  readonly trigger: ReactElement;
  /** Groups, with a line between them. */
  readonly groups: readonly (readonly MenuItem[])[];
}

/** Things to do, behind one button. */
export function Menu({ trigger, groups }: MenuProps) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className={styles.positioner} sideOffset={6} align="end">
          <Base.Popup className={styles.popup}>
            {groups
              .filter((group) => group.length > 0)
              .map((group, index) => (
                <div key={group[0]?.label} role="none">
                  {index === 0 ? null : <Base.Separator className={styles.separator} />}
                  {group.map(({ label, icon, danger, disabled, onSelect }) => (
                    <Base.Item
                      key={label}
                      className={classes(styles.item, danger && styles.danger)}
                      disabled={disabled ?? false}
                      onClick={onSelect}
                    >
                      {icon}
                      <span className={styles.text}>{label}</span>
                    </Base.Item>
                  ))}
                </div>
              ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
