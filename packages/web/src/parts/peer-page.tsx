import type { Contact } from "@keypears/client";
import { domainOf } from "@keypears/protocol";
import { ExternalLink } from "lucide-react";
import { useId } from "react";
import { useInsideMessages } from "../messages/inside.ts";
import { VisuallyHidden } from "../ui/visually-hidden.tsx";
import { Fingerprint } from "./fingerprint.tsx";
import styles from "./peer-page.module.css";

/**
 * The fingerprint of somebody at another domain, and the way to the page where that domain shows it itself. This app asks its own server
 * alone (spec/8.3): two answers that come by different ways are the user's to compare.
 */
export function PeerPage({ contact, level }: { contact: Contact; level: 2 | 3 }) {
  const { fingerprint: text } = useInsideMessages();
  const title = useId();
  const Heading = level === 2 ? "h2" : "h3";
  const { address, newest } = contact;
  const domain = domainOf(address);
  const name = address.slice(0, address.indexOf("@"));
  return (
    <section className={styles.page} aria-labelledby={title}>
      <Heading id={title} className={styles.title}>
        {text.title}
      </Heading>
      <p className={styles.help}>{text.elsewhere(domain)}</p>
      <Fingerprint hash={newest.hash} />
      <a
        className={styles.link}
        href={`https://${domain}/@${encodeURIComponent(name)}`}
        target="_blank"
        rel="noopener noreferrer"
      >
        <ExternalLink aria-hidden />
        <span className={styles.text}>{text.open(address)}</span>
        <VisuallyHidden>, {text.newTab}</VisuallyHidden>
      </a>
    </section>
  );
}
