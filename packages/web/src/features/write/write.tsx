import type { ReactNode } from "react";
import { domainOf, parseAddress } from "@keypears/protocol";
import type { Address } from "@keypears/protocol";
import { Link, useNavigate } from "@tanstack/react-router";
import { ArrowLeft, ArrowRight, Globe } from "lucide-react";
import { useState } from "react";
import { isLocal } from "../../engine/engine.ts";
import { useEngine } from "../../engine/use-engine.ts";
import { useConversation } from "../../engine/use-lists.ts";
import { useContacts, useLookUp } from "../../engine/use-look-up.ts";
import type { LookUp } from "../../engine/use-look-up.ts";
import { useMailbox } from "../../engine/use-session.ts";
import { useSeconds } from "../../engine/use-work-time.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { PeerPage } from "../../parts/peer-page.tsx";
import { useTimes } from "../../parts/use-times.ts";
import { Way, useFault } from "../../parts/way.tsx";
import { Avatar } from "../../ui/avatar.tsx";
import { BackIcon } from "../../ui/back-icon.tsx";
import { Button } from "../../ui/button.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { ApartPicture, OfflinePicture, SearchPicture } from "../../ui/pictures.tsx";
import { Row } from "../../ui/row.tsx";
import { SkeletonRows } from "../../ui/skeleton.tsx";
import { ErrorState } from "../../ui/state.tsx";
import { TextField } from "../../ui/text-field.tsx";
import styles from "./write.module.css";

/** Writing to somebody new: an address, who answers to it, and what a first message costs. */
export function Write(): ReactNode {
  const { write: text, app } = useInsideMessages();
  const { domain } = useEngine();
  const { address: own } = useMailbox();
  const navigate = useNavigate();
  const [typed, setTyped] = useState("");
  const [isLeft, setIsLeft] = useState(false);
  const whole = typed.trim();
  // Whoever types a name alone means somebody of this server; while typing it is not yet clear.
  const address = parseAddress(isLeft && !whole.includes("@") ? `${whole}@${domain}` : whole);
  const isOwn = address === own;
  const [lookUp, again] = useLookUp(isOwn ? null : address, isLeft);
  const contacts = useContacts().filter((contact) => whole === "" || contact.includes(whole));

  async function go(to: Address): Promise<void> {
    await navigate({ to: "/messages/$peer", params: { peer: to } });
  }

  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <span className={styles.back}>
          <IconButton label={app.back} render={<Link to="/messages" />}>
            <BackIcon>
              <ArrowLeft aria-hidden />
            </BackIcon>
          </IconButton>
        </span>
        <h1 className={styles.title}>{text.title}</h1>
      </header>
      <div className={styles.content}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setIsLeft(true);
            if (lookUp.status === "found") void go(lookUp.address);
          }}
        >
          <TextField
            label={text.address}
            value={typed}
            onChange={(next) => {
              setTyped(next);
              setIsLeft(false);
            }}
            onBlur={() => setIsLeft(true)}
            placeholder={text.placeholder}
            mono
            large
            autoFocus
            autoComplete="off"
            inputMode="email"
            help={isLocal(domain) ? text.helpLocal(domain) : text.help}
            error={
              isOwn ? text.own : isLeft && whole !== "" && address === null ? text.form : undefined
            }
          />
        </form>
        <div aria-live="polite">
          <Answer lookUp={lookUp} onGo={go} onAgain={again} />
        </div>
        {lookUp.status === "none" && contacts.length > 0 ? (
          <section>
            <h2 className={styles.heading}>{text.contacts}</h2>
            <ul>
              {contacts.slice(0, 8).map((contact) => (
                <li key={contact}>
                  <Row
                    start={<Avatar address={contact} />}
                    title={contact}
                    mono
                    render={<Link to="/messages/$peer" params={{ peer: contact }} />}
                  />
                </li>
              ))}
            </ul>
          </section>
        ) : null}
      </div>
    </div>
  );
}

interface AnswerProps {
  readonly lookUp: LookUp;
  readonly onGo: (to: Address) => Promise<void>;
  readonly onAgain: () => void;
}

function Answer({ lookUp, onGo, onAgain }: AnswerProps) {
  const { write: text } = useInsideMessages();
  switch (lookUp.status) {
    case "none":
      return null;
    case "looking":
      return <SkeletonRows count={1} label={text.looking} />;
    case "failed":
      return <Failed lookUp={lookUp} onAgain={onAgain} />;
    case "found":
      return <Found lookUp={lookUp} onGo={onGo} />;
  }
}

/** What the domain itself has said: asked once more, it says so again. */
const ANSWERS = new Set(["no_such_user", "not_ready", "same_address"]);

interface FailedProps {
  readonly lookUp: Extract<LookUp, { status: "failed" }>;
  readonly onAgain: () => void;
}

/** Nobody of this name, a domain that cannot be reached, and a server that reaches none: each looks like itself. */
function Failed({ lookUp: { address, failure, fault }, onAgain }: FailedProps) {
  const { app, write: text } = useInsideMessages();
  const faultOf = useFault();
  const { failures } = text;
  const domain = domainOf(address);
  const again = <Button onClick={onAgain}>{app.retry}</Button>;
  if (failure === "domain_unreachable") {
    const { what, todo } = faultOf(fault, domain);
    return (
      <ErrorState picture={<ApartPicture />} title={text.unreachableTitle(domain)} action={again}>
        <p>
          <strong className={styles.what}>{what}</strong> {todo}
        </p>
        <div className={styles.way}>
          <Way domain={domain} fault={fault} />
        </div>
      </ErrorState>
    );
  }
  if (failure === "federation_unavailable") {
    return (
      <ErrorState picture={<ApartPicture />} title={text.localTitle}>
        {failures.federation_unavailable}
      </ErrorState>
    );
  }
  const sentences: Readonly<Record<string, string>> = failures;
  const sentence = sentences[failure] ?? failures.other;
  return ANSWERS.has(failure) ? (
    <ErrorState picture={<SearchPicture />} title={text.noneTitle}>
      {sentence}
    </ErrorState>
  ) : (
    <ErrorState picture={<OfflinePicture />} title={text.failedTitle} action={again}>
      {sentence}
    </ErrorState>
  );
}

interface FoundProps {
  readonly lookUp: Extract<LookUp, { status: "found" }>;
  readonly onGo: (to: Address) => Promise<void>;
}

function Found({ lookUp: { address, contact, quote }, onGo }: FoundProps) {
  const { write: text } = useInsideMessages();
  const times = useTimes();
  const engine = useEngine();
  const seconds = useSeconds(quote?.difficulty ?? null);
  const conversation = useConversation(address);
  const [first] = contact.records;
  const isKnown = conversation?.accepted === true;
  const domain = domainOf(address);
  const isElsewhere = domain !== engine.domain;
  return (
    <section className={styles.card} aria-label={text.found}>
      <Avatar address={address} size="large" />
      <p className={styles.address} dir="ltr">
        {address}
      </p>
      {isElsewhere ? (
        <p className={styles.domain}>
          <Globe aria-hidden />
          <span>{text.elsewhere(domain)}</span>
        </p>
      ) : null}
      {first === undefined ? null : (
        <p className={styles.since}>{text.since(times.date(first.createdAt))}</p>
      )}
      <p className={styles.price}>
        {isKnown ? text.known : quote?.purpose === "first-contact" ? text.stranger(seconds) : null}
      </p>
      <Button look="primary" size="large" onClick={() => void onGo(address)}>
        {text.go}
        <BackIcon>
          <ArrowRight aria-hidden />
        </BackIcon>
      </Button>
      {isElsewhere ? (
        <div className={styles.compare}>
          <PeerPage contact={contact} level={2} />
        </div>
      ) : null}
    </section>
  );
}
