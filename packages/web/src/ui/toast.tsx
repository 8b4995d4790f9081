import { Toast as Base } from "@base-ui/react/toast";
import { X } from "lucide-react";
import type { ReactNode } from "react";
import { classes } from "./classes.ts";
import { IconButton } from "./icon-button.tsx";
import styles from "./toast.module.css";

/** Where toasts come from: wraps the app. `closeLabel` is what their closing button says, `regionLabel` what the place is called. */
export function ToastProvider({
  children,
  closeLabel,
  regionLabel,
}: {
  children: ReactNode;
  closeLabel: string;
  regionLabel: string;
}) {
  return (
    <Base.Provider timeout={6000} limit={3}>
      {children}
      <Base.Portal>
        <Base.Viewport className={styles.viewport} aria-label={regionLabel}>
          <Toasts closeLabel={closeLabel} />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function Toasts({ closeLabel }: { closeLabel: string }) {
  const { toasts } = Base.useToastManager();
  return toasts.map((toast) => (
    <Base.Root
      key={toast.id}
      toast={toast}
      swipeDirection={["down", "right", "left"]}
      className={classes(styles.toast, toast.type === "error" && styles.error)}
    >
      <Base.Content className={styles.content}>
        <Base.Title className={styles.title} render={<p />} />
        {toast.actionProps === undefined ? null : <Base.Action className={styles.action} />}
        <Base.Close
          render={
            <IconButton label={closeLabel}>
              <X aria-hidden />
            </IconButton>
          }
        />
      </Base.Content>
    </Base.Root>
  ));
}

export interface ToastOptions {
  readonly error?: boolean;
  readonly action?: { readonly label: string; readonly onClick: () => void };
}

/** Says something that needs no answer: what has just been done, or what could not be. */
export function useToast(): (sentence: string, options?: ToastOptions) => void {
  const { add } = Base.useToastManager();
  return (sentence, { error, action } = {}) => {
    add({
      title: sentence,
      ...(error ? { type: "error", priority: "high" as const } : {}),
      ...(action === undefined
        ? {}
        : { actionProps: { children: action.label, onClick: action.onClick } }),
    });
  };
}
