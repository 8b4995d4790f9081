import type { ReactNode } from "react";
import type { Read } from "../../engine/use-read.ts";
import { useFailure } from "../../messages/failures.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";

interface ReadCardProps<Value> {
  readonly read: Read<Value>;
  readonly onAgain: () => void;
  readonly children: (value: Value) => ReactNode;
}

/** What a card shows of something that is being read: its shape, its content, or why it is not there. */
export function ReadCard<Value>({ read, onAgain, children }: ReadCardProps<Value>) {
  const { app } = useInsideMessages();
  const failure = useFailure();
  switch (read.status) {
    case "loading":
      return <Skeleton shape="block" />;
    case "failed":
      return (
        <Banner
          look="danger"
          action={
            <Button size="small" onClick={onAgain}>
              {app.retry}
            </Button>
          }
        >
          {failure(read.failure)}
        </Banner>
      );
    case "ready":
      return children(read.value);
  }
}
