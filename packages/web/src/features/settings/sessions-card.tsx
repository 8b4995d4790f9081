import type { SessionView } from "@keypears/client";
import { MonitorSmartphone } from "lucide-react";
import { useState } from "react";
import { failureOf, outcomeOf } from "../../engine/failure.ts";
import { useEngine } from "../../engine/use-engine.ts";
import { useRead } from "../../engine/use-read.ts";
import { useFailure } from "../../messages/failures.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { useNow, useTimes } from "../../parts/use-times.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { useToast } from "../../ui/toast.tsx";
import { deviceName } from "./device-name.ts";
import { ReadCard } from "./read-card.tsx";
import styles from "./settings.module.css";

/** Where one is logged in, and how to end that. */
export function SessionsCard() {
  const { settings: text, app, conversation } = useInsideMessages();
  const engine = useEngine();
  const failure = useFailure();
  const toast = useToast();
  const [read, again] = useRead(engine.listSessions);
  const [isAsking, setIsAsking] = useState(false);

  async function end(session: SessionView): Promise<void> {
    const outcome = await outcomeOf(engine.endSession(session.id));
    toast(outcome.ok ? text.ended : failure(outcome.reason), { error: !outcome.ok });
    again();
  }

  async function endOthers(): Promise<void> {
    setIsAsking(false);
    try {
      toast(text.endedOthers(await engine.endOtherSessions()));
    } catch (error) {
      toast(failure(failureOf(error)), { error: true });
    }
    again();
  }

  return (
    <Card title={text.sessions} description={text.sessionsHelp}>
      <ReadCard read={read} onAgain={again}>
        {(sessions) => (
          <>
            <ul className={styles.list}>
              {sessions.map((session) => (
                <Session key={session.id} session={session} onEnd={() => void end(session)} />
              ))}
            </ul>
            {sessions.length > 1 ? (
              <div className={styles.end}>
                <Button size="small" onClick={() => setIsAsking(true)}>
                  {text.endOthers}
                </Button>
              </div>
            ) : null}
          </>
        )}
      </ReadCard>
      <Dialog
        open={isAsking}
        onOpenChange={setIsAsking}
        title={text.endOthersTitle}
        description={text.endOthersText}
        closeLabel={app.close}
        actions={
          <>
            <Button onClick={() => setIsAsking(false)}>{conversation.cancel}</Button>
            <Button look="danger" onClick={() => void endOthers()}>
              {text.endOthers}
            </Button>
          </>
        }
      />
    </Card>
  );
}

function Session({ session, onEnd }: { session: SessionView; onEnd: () => void }) {
  const { settings: text } = useInsideMessages();
  const times = useTimes();
  const now = useNow();
  const device = session.device === "" ? text.unknownDevice : deviceName(session.device);
  return (
    <li className={styles.item}>
      <MonitorSmartphone aria-hidden />
      <div className={styles.text}>
        <span className={styles.name}>
          {device}
          {session.current ? <span className={styles.tag}>{text.current}</span> : null}
        </span>
        <span className={styles.label}>
          {text.session(times.short(session.lastUsedAt, now), times.date(session.createdAt))}
        </span>
      </div>
      {session.current ? null : (
        <Button size="small" label={text.endLabel(device)} onClick={onEnd}>
          {text.end}
        </Button>
      )}
    </li>
  );
}
