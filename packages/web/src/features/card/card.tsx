import { domainOf, parseAddress } from "@keypears/protocol";
import type { Address } from "@keypears/protocol";
import { Link, Navigate } from "@tanstack/react-router";
import { useCallback, useEffect } from "react";
import type { ReactNode } from "react";
import { useEngine } from "../../engine/use-engine.ts";
import { useRead } from "../../engine/use-read.ts";
import { useCardMessages } from "../../messages/card.ts";
import { useFailure } from "../../messages/failures.ts";
import { EntrancePage } from "../../parts/entrance.tsx";
import { Button } from "../../ui/button.tsx";
import { BrokenPicture, OfflinePicture, SearchPicture } from "../../ui/pictures.tsx";
import { Skeleton } from "../../ui/skeleton.tsx";
import { EmptyState, ErrorState } from "../../ui/state.tsx";
import { CardOf } from "./card-of.tsx";
import styles from "./card.module.css";

/** The public card of an address of this server, `/@name`. Whoever follows a link to it needs no account, and no session. */
export function Card({ name }: { name: string }): ReactNode {
  const { card: text } = useCardMessages();
  const { domain } = useEngine();
  const isWhole = name.includes("@");
  const address = parseAddress(isWhole ? name : `${name}@${domain}`);
  if (address === null) {
    return (
      <Framed>
        <EmptyState picture={<SearchPicture />} title={text.formTitle} level={1}>
          {text.form(domain)}
        </EmptyState>
      </Framed>
    );
  }
  if (domainOf(address) !== domain) {
    return (
      <Framed>
        <Elsewhere address={address} />
      </Framed>
    );
  }
  // One address for each card.
  const own = address.slice(0, address.indexOf("@"));
  if (own !== name) return <Navigate to="/@{$name}" params={{ name: own }} replace />;
  return <Read key={address} address={address} />;
}

function Framed({ children }: { children: ReactNode }) {
  const { card: text } = useCardMessages();
  const { title, domain } = useEngine();
  return (
    <EntrancePage
      other={
        <>
          {text.about(title, domain)} <Link to="/">{text.more}</Link>
        </>
      }
    >
      {children}
    </EntrancePage>
  );
}

function Elsewhere({ address }: { address: Address }) {
  const { card: text } = useCardMessages();
  const domain = domainOf(address);
  const name = address.slice(0, address.indexOf("@"));
  return (
    <EmptyState
      picture={<SearchPicture />}
      title={text.otherTitle(domain)}
      level={1}
      action={
        <Button
          look="primary"
          render={
            <a href={`https://${domain}/@${encodeURIComponent(name)}`} rel="noopener noreferrer" />
          }
        >
          {text.open(domain)}
        </Button>
      }
    >
      {text.other(address, domain)}
    </EmptyState>
  );
}

function Read({ address }: { address: Address }) {
  const { app, card: text } = useCardMessages();
  const engine = useEngine();
  const [result, again] = useRead(
    useCallback(() => engine.listRecords(address), [engine, address]),
  );
  useEffect(() => {
    const before = document.title;
    document.title = text.title(address);
    return () => {
      document.title = before;
    };
  }, [address, text]);
  switch (result.status) {
    case "loading":
      return (
        <Framed>
          <div className={styles.loading} role="status" aria-label={app.loading}>
            <Skeleton shape="block" />
          </div>
        </Framed>
      );
    case "failed":
      return (
        <Framed>
          <Failed address={address} code={result.failure} onAgain={again} />
        </Framed>
      );
    case "ready":
      return (
        <Framed>
          <CardOf address={address} records={result.value} />
        </Framed>
      );
  }
}

interface FailedProps {
  readonly address: Address;
  readonly code: string;
  readonly onAgain: () => void;
}

function Failed({ address, code, onAgain }: FailedProps) {
  const { app, card: text } = useCardMessages();
  const failure = useFailure();
  switch (code) {
    case "no_such_user":
      return (
        <EmptyState picture={<SearchPicture />} title={text.noneTitle} level={1}>
          {text.none(address)}
        </EmptyState>
      );
    case "not_ready":
      return (
        <EmptyState picture={<SearchPicture />} title={text.notReadyTitle} level={1}>
          {text.notReady(address)}
        </EmptyState>
      );
    case "keys_refused":
      return (
        <ErrorState picture={<BrokenPicture />} title={text.refusedTitle} level={1}>
          {text.refused}
        </ErrorState>
      );
    default:
      return (
        <ErrorState
          picture={<OfflinePicture />}
          title={text.failedTitle}
          level={1}
          action={<Button onClick={onAgain}>{app.retry}</Button>}
        >
          {failure(code)}
        </ErrorState>
      );
  }
}
