import type { Failure } from "../engine/failure.ts";
import { CANCELLED } from "../engine/failure.ts";
import { useSeconds } from "../engine/use-work-time.ts";
import { useFailure } from "../messages/failures.ts";
import { useMessages } from "../messages/messages.ts";
import { Banner } from "../ui/banner.tsx";
import { Button } from "../ui/button.tsx";

interface FailedWorkProps {
  readonly failure: Failure;
  /** Begins anew; `ceiling` where the user agrees to a price, in hashes. */
  readonly onAgain: (ceiling?: number) => void;
}

/** Why something that takes work was not done: asked about, stopped or failed, each with what can be done. */
export function FailedWork({ failure: { reason, difficulty }, onAgain }: FailedWorkProps) {
  const { work, app } = useMessages();
  const failure = useFailure();
  const seconds = useSeconds(difficulty);
  if (difficulty !== null) {
    return (
      <Banner
        look="notice"
        urgent
        action={
          <Button size="small" onClick={() => onAgain(difficulty)}>
            {work.anyway}
          </Button>
        }
      >
        {work.tooExpensive(seconds)}
      </Banner>
    );
  }
  const isStopped = reason === CANCELLED;
  return (
    <Banner
      look={isStopped ? "notice" : "danger"}
      urgent={!isStopped}
      action={
        <Button size="small" onClick={() => onAgain()}>
          {isStopped ? work.goOn : app.retry}
        </Button>
      }
    >
      {isStopped ? work.stopped : failure(reason)}
    </Banner>
  );
}
