import { useInsideMessages } from "../../messages/inside.ts";
import { Ring } from "../../ui/ring.tsx";

/** The work of a message that is being sent, in place of its mark. */
export function WorkRing({ parts }: { parts: number }) {
  const { ring, work } = useInsideMessages();
  return <Ring done={parts} working label={work.label} valueText={ring.value(parts)} size={14} />;
}
