import { TriangleAlert } from "lucide-react";
import { useInsideMessages } from "../../messages/inside.ts";
import { VisuallyHidden } from "../../ui/visually-hidden.tsx";
import styles from "./failed-mark.module.css";

/** Before the last message of a conversation, where it has not arrived. */
export function FailedMark() {
  const { states } = useInsideMessages().message;
  return (
    <span className={styles.mark} title={states.failed}>
      <TriangleAlert aria-hidden />
      <VisuallyHidden>{states.failed}. </VisuallyHidden>
    </span>
  );
}
