import type { ReactNode } from "react";
import { CSPProvider } from "@base-ui/react/csp-provider";
import { Link, Navigate, Outlet, useLocation } from "@tanstack/react-router";
import { MessageCircle, Settings } from "lucide-react";
import { useEffect } from "react";
import type { Mailbox } from "../../engine/mailbox.ts";
import { useNew } from "../../engine/use-lists.ts";
import { MailboxProvider, useSession } from "../../engine/use-session.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { classes } from "../../ui/classes.ts";
import { Mark } from "../../ui/mark.tsx";
import { Navigation, NavigationItem } from "../../ui/navigation.tsx";
import { ToastProvider } from "../../ui/toast.tsx";
import { Announcer } from "./announcer.tsx";
import { ConnectionBanner } from "./connection-banner.tsx";
import styles from "./shell.module.css";
import { Unlock } from "./unlock.tsx";

/** Everything that needs somebody logged in: the places at the side, and what is in the one that is open. */
export function Shell(): ReactNode {
  const session = useSession();
  switch (session.status) {
    case "opening":
      return null;
    case "none":
      return <Navigate to="/login" search={session.ended ? { ended: true } : {}} replace />;
    case "locked":
      return <Unlock address={session.address} />;
    case "open":
      return <Inside key={session.account.sessionId} mailbox={session.mailbox} />;
  }
}

function Inside({ mailbox }: { mailbox: Mailbox }) {
  const { app } = useInsideMessages();
  const { pathname } = useLocation();
  useEffect(() => {
    function warn(event: BeforeUnloadEvent): void {
      if (mailbox.isSending()) event.preventDefault();
    }
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [mailbox]);
  return (
    <MailboxProvider value={mailbox}>
      {/* The policy allows no style element (spec/8.3). */}
      <CSPProvider disableStyleElements>
        <ToastProvider closeLabel={app.close} regionLabel={app.notifications}>
          <div className={classes(styles.shell, isDetail(pathname) && styles.detail)}>
            <Places />
            <div className={styles.place}>
              <ConnectionBanner />
              <Outlet />
            </div>
          </div>
          <Announcer />
        </ToastProvider>
      </CSPProvider>
    </MailboxProvider>
  );
}

/** Whether one thing of a list is open: on a phone it has all of the screen. */
function isDetail(pathname: string): boolean {
  return /^\/(?:(?:messages|requests)\/.|new$)/.test(pathname);
}

function Places() {
  const { app, navigation, conversations } = useInsideMessages();
  const { pathname } = useLocation();
  const { unread, waiting } = useNew();
  const isInSettings = pathname.startsWith("/settings");
  useEffect(() => {
    document.title = unread > 0 ? `(${unread}) ${app.name}` : app.name;
  }, [unread, app.name]);
  return (
    <Navigation label={navigation.label} start={<Mark size={36} label={app.name} />}>
      <NavigationItem
        label={navigation.messages}
        icon={<MessageCircle aria-hidden />}
        current={!isInSettings}
        count={{
          value: unread + waiting,
          label: [
            unread > 0 ? conversations.unread(unread) : "",
            waiting > 0 ? conversations.requestsWaiting(waiting) : "",
          ]
            .filter(Boolean)
            .join(", "),
        }}
        render={<Link to="/messages" />}
      />
      <NavigationItem
        label={navigation.settings}
        icon={<Settings aria-hidden />}
        current={isInSettings}
        render={<Link to="/settings" />}
      />
    </Navigation>
  );
}
