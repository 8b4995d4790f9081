import { domainOf } from "@keypears/protocol";
import { useState } from "react";
import { outcomeOf } from "../../engine/failure.ts";
import { useStore } from "../../engine/store.ts";
import type { Thread } from "../../engine/thread.ts";
import { useEngine } from "../../engine/use-engine.ts";
import { useSeconds } from "../../engine/use-work-time.ts";
import { useFailure } from "../../messages/failures.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { PeerPage } from "../../parts/peer-page.tsx";
import { useFault } from "../../parts/way.tsx";
import { Button } from "../../ui/button.tsx";
import { Dialog } from "../../ui/dialog.tsx";
import { Qr } from "../../ui/qr.tsx";
import { useToast } from "../../ui/toast.tsx";
import styles from "./info-dialog.module.css";

interface InfoDialogProps {
  readonly thread: Thread;
  readonly open: boolean;
  readonly onClose: () => void;
}

/** The safety number to compare, the page of another domain to compare with, and what the next message costs. */
export function InfoDialog({ thread, open, onClose }: InfoDialogProps) {
  const { conversation: text } = useInsideMessages();
  const failure = useFailure();
  const toast = useToast();
  const { contact, failure: code, fault } = useStore(thread.contact);
  const faultOf = useFault();
  const engine = useEngine();
  const domain = domainOf(thread.peer);
  const quote = useStore(thread.quote);
  const seconds = useSeconds(quote?.difficulty ?? null);
  const [isBusy, setIsBusy] = useState(false);
  const number = contact?.safetyNumber ?? null;

  async function mark(verified: boolean): Promise<void> {
    setIsBusy(true);
    const outcome = await outcomeOf(thread.markVerified(verified));
    setIsBusy(false);
    if (!outcome.ok) toast(failure(outcome.reason), { error: true });
  }

  return (
    <Dialog
      open={open}
      onOpenChange={(next) => next || onClose()}
      title={text.info}
      description={thread.peer}
      closeLabel={text.close}
    >
      <section className={styles.section}>
        <h3 className={styles.title}>{text.safety}</h3>
        {contact === null || number === null ? (
          <p className={styles.help}>
            {text.noKeys}{" "}
            {code === null
              ? null
              : code === "domain_unreachable"
                ? faultOf(fault, domain).what
                : failure(code)}
          </p>
        ) : (
          <>
            <p className={styles.help}>{text.safetyHelp(thread.peer)}</p>
            <div className={styles.safety}>
              <Qr text={number.replaceAll(/\D/g, "")} label={text.safetyCode} size={148} />
              <p className={styles.digits} dir="ltr">
                {groupsOf(number).map((group, index) => (
                  <span key={index}>{group}</span>
                ))}
              </p>
            </div>
            <Button
              look={contact.verified ? "secondary" : "primary"}
              busy={isBusy}
              onClick={() => void mark(!contact.verified)}
            >
              {contact.verified ? text.unmarkVerified : text.markVerified}
            </Button>
          </>
        )}
      </section>
      {contact === null || domain === engine.domain ? null : (
        <PeerPage contact={contact} level={3} />
      )}
      {quote === null ? null : (
        <section className={styles.section}>
          <h3 className={styles.title}>{text.price}</h3>
          <p className={styles.help}>{text.priceNow(seconds, quote.difficulty)}</p>
        </section>
      )}
    </Dialog>
  );
}

/** Twelve groups of five digits, as one reads them out. */
function groupsOf(number: string): readonly string[] {
  return number.replaceAll(/\D/g, "").match(/\d{5}/g) ?? [];
}
