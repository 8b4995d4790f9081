import { Link, Navigate } from "@tanstack/react-router";
import { Check, Minus } from "lucide-react";
import type { ReactNode } from "react";
import { isLocal } from "../../engine/engine.ts";
import { useEngine } from "../../engine/use-engine.ts";
import { useSession } from "../../engine/use-session.ts";
import { useMessages } from "../../messages/messages.ts";
import { Button } from "../../ui/button.tsx";
import { Mark } from "../../ui/mark.tsx";
import { KeysPicture, SealedPicture, WorkPicture } from "../../ui/pictures.tsx";
import { ConversationPreview } from "./conversation-preview.tsx";
import styles from "./front-door.module.css";
import { Start } from "./start.tsx";

/** What a stranger sees first: one sentence, an address to choose, and what this is. */
export function FrontDoor(): ReactNode {
  const { app, frontDoor } = useMessages();
  const session = useSession();
  const { domain, title } = useEngine();
  // Whoever is logged in wants to go on.
  if (session.status === "open" || session.status === "locked") {
    return <Navigate to="/messages" replace />;
  }
  return (
    <div className={styles.page}>
      <header className={styles.header}>
        <span className={styles.brand}>
          <Mark size={36} />
          {app.name}
        </span>
        <Button render={<Link to="/login" />}>{frontDoor.logIn}</Button>
      </header>
      <main id="content" tabIndex={-1} className={styles.main}>
        <section className={styles.hero}>
          <div className={styles.pitch}>
            <h1 className={styles.title}>{frontDoor.title}</h1>
            <p className={styles.lead}>{frontDoor.lead}</p>
            <Start />
          </div>
          <ConversationPreview />
        </section>
        <section className={styles.how} aria-labelledby="how">
          <h2 id="how" className={styles.heading}>
            {frontDoor.how}
          </h2>
          <ol className={styles.steps}>
            <Step picture={<KeysPicture />} title={frontDoor.keysTitle} text={frontDoor.keys} />
            <Step
              picture={<SealedPicture />}
              title={frontDoor.sealedTitle}
              text={frontDoor.sealed}
            />
            <Step picture={<WorkPicture />} title={frontDoor.workTitle} text={frontDoor.work} />
          </ol>
        </section>
        <section className={styles.honest}>
          <Claims
            title={frontDoor.protectsTitle}
            claims={frontDoor.protects}
            icon={<Check aria-hidden className={styles.yes} />}
          />
          <Claims
            title={frontDoor.protectsNotTitle}
            claims={frontDoor.protectsNot}
            icon={<Minus aria-hidden className={styles.no} />}
          />
        </section>
      </main>
      <footer className={styles.footer}>
        <p>
          <strong>{title}</strong> {frontDoor.status(domain)}{" "}
          {isLocal(domain) ? frontDoor.local : null}
        </p>
      </footer>
    </div>
  );
}

function Step({ picture, title, text }: { picture: ReactNode; title: string; text: string }) {
  return (
    <li className={styles.step}>
      {picture}
      <h3 className={styles.stepTitle}>{title}</h3>
      <p className={styles.stepText}>{text}</p>
    </li>
  );
}

interface ClaimsProps {
  readonly title: string;
  readonly claims: readonly string[];
  readonly icon: ReactNode;
}

/** Claims whose first sentence carries the weight. */
function Claims({ title, claims, icon }: ClaimsProps) {
  return (
    <div className={styles.claims}>
      <h2 className={styles.heading}>{title}</h2>
      <ul className={styles.list}>
        {claims.map((claim) => {
          const end = claim.indexOf(". ") + 1 || claim.length;
          return (
            <li key={claim} className={styles.claim}>
              {icon}
              <p>
                <strong>{claim.slice(0, end)}</strong>
                {claim.slice(end)}
              </p>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
