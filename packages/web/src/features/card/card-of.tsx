import type { RecordView } from "@keypears/client";
import type { Address } from "@keypears/protocol";
import { Link } from "@tanstack/react-router";
import { Check, Copy, PenLine } from "lucide-react";
import { Fragment, useId, useState } from "react";
import { isLocal } from "../../engine/engine.ts";
import { useEngine } from "../../engine/use-engine.ts";
import { useSession } from "../../engine/use-session.ts";
import { useCardMessages } from "../../messages/card.ts";
import { Fingerprint } from "../../parts/fingerprint.tsx";
import { localeOf } from "../../parts/time.ts";
import { Avatar } from "../../ui/avatar.tsx";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Qr } from "../../ui/qr.tsx";
import styles from "./card.module.css";

interface CardOfProps {
  readonly address: Address;
  /** All of them, the oldest first. */
  readonly records: readonly RecordView[];
}

/** The address, its code, the way to write to it, and the fingerprint of its keys. */
export function CardOf({ address, records }: CardOfProps) {
  const { language, card: text } = useCardMessages();
  const fingerprint = useId();
  const [first] = records;
  const newest = records.at(-1);
  if (first === undefined || newest === undefined) throw new RangeError("records: at least one");
  const dates = new Intl.DateTimeFormat(localeOf(language, navigator.languages), {
    dateStyle: "long",
  });
  const name = address.slice(0, address.indexOf("@"));
  const isRevoked = newest.keys === null;
  return (
    <>
      <header className={styles.head}>
        <Avatar address={address} size="large" />
        <h1 className={styles.address} dir="ltr">
          {address.split(/(?<=[.@])/).map((part, index) => (
            <Fragment key={index}>
              {part}
              <wbr />
            </Fragment>
          ))}
        </h1>
        <p className={styles.help}>{text.since(dates.format(first.createdAt))}</p>
      </header>
      {isRevoked ? (
        <Banner look="warning">{text.revoked}</Banner>
      ) : (
        <>
          <div className={styles.code}>
            <Qr text={`${location.origin}/@${name}`} label={text.code(address)} size={176} />
          </div>
          <Ways address={address} />
        </>
      )}
      <section className={styles.fingerprint} aria-labelledby={fingerprint}>
        <h2 id={fingerprint} className={styles.title}>
          {text.fingerprint}
        </h2>
        <Fingerprint hash={newest.hash} />
        <p className={styles.help}>
          {text.record(newest.number, dates.format(newest.createdAt))} {text.compare}
        </p>
      </section>
    </>
  );
}

/** What one can do with an address: write to it from here, or take it along. */
function Ways({ address }: { address: Address }) {
  const { card: text } = useCardMessages();
  const session = useSession();
  const { domain } = useEngine();
  const [isCopied, setIsCopied] = useState(false);
  const isOwn = session.status === "open" && session.account.address === address;

  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(address);
    setIsCopied(true);
  }

  return (
    <div className={styles.ways}>
      <div className={styles.buttons}>
        {isOwn ? null : (
          <Button
            look="primary"
            icon={<PenLine aria-hidden />}
            render={
              session.status === "none" ? (
                <Link to="/login" search={{ write: address }} />
              ) : (
                <Link to="/messages/$peer" params={{ peer: address }} />
              )
            }
          >
            {text.write}
          </Button>
        )}
        <Button
          icon={isCopied ? <Check aria-hidden /> : <Copy aria-hidden />}
          onClick={() => void copy()}
        >
          {isCopied ? text.copied : text.copy}
        </Button>
      </div>
      <p className={styles.help}>
        {isOwn ? text.own : isLocal(domain) ? text.local : text.elsewhere}
      </p>
    </div>
  );
}
