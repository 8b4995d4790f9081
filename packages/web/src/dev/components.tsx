/**
 * Every component with every state, in both themes side by side. In development only: routes/development.tsx. Its words are for
 * those who build the app, and are the one exception from the catalogue.
 */
import { CSPProvider } from "@base-ui/react/csp-provider";
import { Bell, LogOut, MessageCircle, Search, Settings, Trash2, WifiOff } from "lucide-react";
import { useState } from "react";
import type { ReactNode } from "react";
import { Avatar } from "../ui/avatar.tsx";
import { Badge } from "../ui/badge.tsx";
import { Banner } from "../ui/banner.tsx";
import { Bubble } from "../ui/bubble.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Checkbox } from "../ui/checkbox.tsx";
import { Composer } from "../ui/composer.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { DayDivider, FlowNote } from "../ui/divider.tsx";
import { Hops } from "../ui/hops.tsx";
import { IconButton } from "../ui/icon-button.tsx";
import { Mark } from "../ui/mark.tsx";
import { Menu } from "../ui/menu.tsx";
import { Meter } from "../ui/meter.tsx";
import { Navigation, NavigationItem } from "../ui/navigation.tsx";
import { PasswordField } from "../ui/password-field.tsx";
import {
  ApartPicture,
  BrokenPicture,
  ConversationPicture,
  KeysPicture,
  OfflinePicture,
  RequestsPicture,
  SealedPicture,
  SearchPicture,
  WorkPicture,
} from "../ui/pictures.tsx";
import { Qr } from "../ui/qr.tsx";
import { Ring } from "../ui/ring.tsx";
import { Row } from "../ui/row.tsx";
import { Select } from "../ui/select.tsx";
import { Skeleton, SkeletonRows } from "../ui/skeleton.tsx";
import { Slider } from "../ui/slider.tsx";
import { EmptyState, ErrorState } from "../ui/state.tsx";
import { Switch } from "../ui/switch.tsx";
import { Tabs } from "../ui/tabs.tsx";
import { TextField } from "../ui/text-field.tsx";
import { ToastProvider, useToast } from "../ui/toast.tsx";
import { Tooltip } from "../ui/tooltip.tsx";
import styles from "./components.module.css";

const LONG =
  "a.name.as.long.as.the.grammar.allows.it.to.be.which.is.64.bytes@subdomain.of.a.rather.long.domain.example.com";

export function Components() {
  return (
    <CSPProvider disableStyleElements>
      <ToastProvider closeLabel="Close" regionLabel="Notices">
        <main id="content" tabIndex={-1} className={styles.page}>
          <div className={styles.theme} data-scheme="light">
            <Gallery />
          </div>
          <div className={styles.theme} data-scheme="dark">
            <Gallery />
          </div>
        </main>
      </ToastProvider>
    </CSPProvider>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className={styles.part}>
      <h2 className={styles.title}>{title}</h2>
      <div className={styles.content}>{children}</div>
    </section>
  );
}

function Gallery() {
  return (
    <>
      <Part title="Mark, ring">
        <Mark size={64} label="KeyPears" />
        <Mark size={32} />
        <Mark size={16} />
        {[0, 5, 11, 16].map((done) => (
          <Ring
            key={done}
            done={done}
            working={done < 16}
            label="Work"
            valueText={`${done} of 16`}
            size={56}
          >
            {done}
          </Ring>
        ))}
        <Ring done={7} working label="Work" valueText="7 of 16" size={18} />
      </Part>
      <Buttons />
      <Fields />
      <Choices />
      <Overlays />
      <Part title="Avatar, badge">
        {[
          "ada.lovelace@a.com",
          "bob@b.com",
          "carol@c.com",
          "dan@d.com",
          "eve@e.com",
          "7of9@f.com",
          "gus@g.com",
          "hal@h.com",
        ].map((address) => (
          <Avatar key={address} address={address} />
        ))}
        <Avatar address="ada.lovelace@a.com" size="small" />
        <Avatar address="ada.lovelace@a.com" size="large" />
        <Badge value={3} label="3 unread" />
        <Badge value={128} label="128 unread" />
        <Badge value={12} label="12" quiet />
      </Part>
      <Rows />
      <Bubbles />
      <Part title="Banner">
        <div className={styles.stack}>
          <Banner look="warning" icon={<WifiOff aria-hidden />}>
            You are offline. What you write is sent when you are back.
          </Banner>
          <Banner look="notice" icon={<Ring done={4} working label="r" valueText="4" size={18} />}>
            Connecting again …
          </Banner>
          <Banner look="danger" action={<Button size="small">Look</Button>}>
            The keys of bob@b.com do not fit the ones you knew. Nothing is sent until you have
            looked.
          </Banner>
          <Banner look="good">Everything has arrived.</Banner>
        </div>
      </Part>
      <Part title="Skeleton">
        <div className={styles.stack}>
          <SkeletonRows count={2} label="Loading" />
          <Skeleton shape="block" />
        </div>
      </Part>
      <Part title="Empty, error">
        <EmptyState
          picture={<ConversationPicture />}
          title="No conversations yet"
          action={<Button look="primary">Write to somebody</Button>}
        >
          Whoever you write to appears here.
        </EmptyState>
        <EmptyState picture={<RequestsPicture />} title="Nobody is waiting">
          Strangers who write to you wait here until you let them in.
        </EmptyState>
        <EmptyState picture={<SearchPicture />} title="Nobody of this name" />
        <ErrorState
          picture={<OfflinePicture />}
          title="The server does not answer"
          action={<Button>Try again</Button>}
        >
          It may be restarting. We try again by ourselves, too.
        </ErrorState>
        <ErrorState picture={<BrokenPicture />} title="This page has stopped" />
        <ErrorState
          picture={<ApartPicture />}
          title="b.com cannot be reached"
          action={<Button>Try again</Button>}
        >
          <Hops
            label="The way to b.com"
            hops={[
              { name: "Name", state: "past", label: "in order" },
              { name: "Connection", state: "stopped", label: "here it stops" },
              { name: "Server", state: "ahead", label: "not reached" },
            ]}
          />
        </ErrorState>
      </Part>
      <Part title="Pictures">
        <KeysPicture />
        <SealedPicture />
        <WorkPicture />
      </Part>
      <Part title="Card, QR">
        <div className={styles.stack}>
          <Card title="Prices" description="What somebody has to spend to write to you.">
            <Qr text="keypears:alice@acme.com" label="QR code of alice@acme.com" />
          </Card>
        </div>
      </Part>
    </>
  );
}

function Buttons() {
  return (
    <Part title="Button, icon button">
      {(["primary", "secondary", "plain", "danger"] as const).map((look) => (
        <Button key={look} look={look}>
          {look}
        </Button>
      ))}
      <Button look="primary" disabled>
        disabled
      </Button>
      <Button look="primary" busy>
        busy
      </Button>
      <Button size="small">small</Button>
      <Button size="large" look="primary">
        large
      </Button>
      <Button icon={<Bell aria-hidden />}>with icon</Button>
      <IconButton label="Search">
        <Search aria-hidden />
      </IconButton>
      <IconButton label="Pressed" pressed>
        <Bell aria-hidden />
      </IconButton>
      <IconButton label="Accent" look="accent">
        <Bell aria-hidden />
      </IconButton>
      <IconButton label="Disabled" disabled>
        <Bell aria-hidden />
      </IconButton>
    </Part>
  );
}

function Fields() {
  const [text, setText] = useState("");
  const [secret, setSecret] = useState("correct horse");
  const labels = { reveal: "Show", hide: "Hide" };
  return (
    <Part title="Fields">
      <div className={styles.stack}>
        <TextField
          label="Plain"
          value={text}
          onChange={setText}
          placeholder="Type here"
          help="Help"
        />
        <TextField
          label="With suffix"
          value="alice"
          onChange={setText}
          suffix="@acme.com"
          mono
          good="It is free."
        />
        <TextField
          label="Wrong"
          value="alice"
          onChange={setText}
          error="Somebody has it already."
        />
        <TextField label="Disabled" value="alice" onChange={setText} disabled />
        <TextField
          label="Large and long"
          value={LONG}
          onChange={setText}
          mono
          large
          suffix="@a.long.domain.example.com"
        />
        <PasswordField
          label="Password"
          labels={labels}
          value={secret}
          onChange={setSecret}
          autoComplete="current-password"
        />
        {[0, 1, 2, 3, 4].map((score) => (
          <Meter
            key={score}
            label="Strength"
            value={score}
            valueText={["Very weak", "Weak", "Too weak", "Good", "Strong"][score] ?? ""}
            enough={3}
          />
        ))}
      </div>
    </Part>
  );
}

function Choices() {
  const [theme, setTheme] = useState<"system" | "light" | "dark">("system");
  const [on, setOn] = useState(true);
  const [price, setPrice] = useState(40);
  const [tab, setTab] = useState<"one" | "two">("one");
  return (
    <Part title="Choices">
      <div className={styles.stack}>
        <Select
          label="Select"
          value={theme}
          onChange={setTheme}
          options={[
            { value: "system", label: "As the system" },
            { value: "light", label: "Light" },
            { value: "dark", label: "Dark" },
          ]}
        />
        <Checkbox label="Checkbox" help="With a line of help" checked={on} onChange={setOn} />
        <Checkbox label="Wrong" error="It is needed." checked={false} onChange={setOn} />
        <Switch label="Switch" help="At once" checked={on} onChange={setOn} />
        <Switch label="Off" checked={!on} onChange={(next) => setOn(!next)} />
        <Slider
          label="Slider"
          value={price}
          min={0}
          max={100}
          onChange={setPrice}
          valueText={`about ${price} s`}
          help="In seconds, on this device."
        />
        <Tabs
          label="Tabs"
          value={tab}
          onChange={setTab}
          tabs={[
            { value: "one", label: "One", panel: "The first." },
            { value: "two", label: "Two", panel: "The second." },
          ]}
        />
      </div>
    </Part>
  );
}

function Overlays() {
  const [open, setOpen] = useState(false);
  const toast = useToast();
  return (
    <Part title="Overlays">
      <Menu
        trigger={<Button>Menu</Button>}
        groups={[
          [{ label: "Mute", icon: <Bell aria-hidden />, onSelect: () => toast("Muted.") }],
          [
            { label: "Disabled", disabled: true, onSelect: () => undefined },
            {
              label: "Delete",
              icon: <Trash2 aria-hidden />,
              danger: true,
              onSelect: () => undefined,
            },
          ],
        ]}
      />
      <Button onClick={() => setOpen(true)}>Dialog</Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="End this session?"
        description="The device is logged out. Keys that it has it keeps: after a theft, change them."
        closeLabel="Close"
        actions={
          <>
            <Button onClick={() => setOpen(false)}>Cancel</Button>
            <Button look="danger" onClick={() => setOpen(false)}>
              End it
            </Button>
          </>
        }
      />
      <Button onClick={() => toast("Copied.")}>Toast</Button>
      <Button
        onClick={() =>
          toast("That did not work.", {
            error: true,
            action: { label: "Retry", onClick: () => undefined },
          })
        }
      >
        Error toast
      </Button>
      <Tooltip tip="What it does">
        <IconButton label="Tooltip">
          <LogOut aria-hidden />
        </IconButton>
      </Tooltip>
    </Part>
  );
}

function Rows() {
  return (
    <Part title="Rows, navigation">
      <div className={styles.stack}>
        <Row
          start={<Avatar address="bob@b.com" />}
          title="bob@b.com"
          mono
          aside="9:41"
          detail="See you at the station then, by the clock."
          end={<Badge value={2} label="2 unread" />}
          strong
          render={<button type="button" />}
        />
        <Row
          start={<Avatar address="carol@c.com" />}
          title="carol@c.com"
          mono
          aside="Mon"
          detail="You: done."
          current
          render={<button type="button" />}
        />
        <Row
          start={<Avatar address={LONG} />}
          title={LONG}
          mono
          aside="12/31/2025"
          detail="A very long preview that does not fit on one line and ends in an ellipsis somewhere here"
          render={<button type="button" />}
        />
        <Row start={<Avatar address="dan@d.com" />} title="Only shown" detail="Not a button" />
        <div className={styles.rail}>
          <Navigation
            label="Example"
            start={<Mark size={36} />}
            end={<Avatar address="me@a.com" />}
          >
            <NavigationItem
              label="Messages"
              icon={<MessageCircle aria-hidden />}
              current
              count={{ value: 3, label: "3 unread" }}
              render={<a href="#one" />}
            />
            <NavigationItem
              label="Settings"
              icon={<Settings aria-hidden />}
              current={false}
              render={<a href="#two" />}
            />
          </Navigation>
        </div>
      </div>
    </Part>
  );
}

function Bubbles() {
  const [draft, setDraft] = useState("");
  return (
    <Part title="Conversation">
      <div className={styles.stack}>
        <div>
          <DayDivider>Today</DayDivider>
          <Bubble side="received" author="Bob" time="9:40" joinsAfter>
            Hello!
          </Bubble>
          <Bubble side="received" author="Bob" time="9:41" joinsBefore>
            {
              "Two lines\nand a very long one that has to be broken somewhere since it does not fit into the bubble at all."
            }
          </Bubble>
          <FlowNote>bob@b.com has new keys. They carry on from the ones you knew.</FlowNote>
          <Bubble
            side="sent"
            author="You"
            time="9:42"
            state={{ value: "delivered", label: "Delivered" }}
            joinsAfter
          >
            Fine.
          </Bubble>
          <Bubble
            side="sent"
            author="You"
            time="9:42"
            state={{ value: "pending", label: "On its way" }}
            progress={<Ring done={6} working label="Work" valueText="6 of 16" size={14} />}
            joinsBefore
            joinsAfter
          >
            On its way
          </Bubble>
          {([1, 2, 3] as const).map((step) => (
            <Bubble
              key={step}
              side="sent"
              author="You"
              time="9:43"
              state={{ value: "pending", label: `Step ${step} of 3`, step }}
              reason={step === 2 ? "b.com is busy. We go on trying by ourselves." : undefined}
              joinsBefore
              joinsAfter
            >
              A long way
            </Bubble>
          ))}
          <Bubble
            side="sent"
            author="You"
            time="9:43"
            state={{ value: "failed", label: "Not delivered" }}
            reason="There is nobody of this name any more."
            actions={[{ label: "Send again", onClick: () => undefined }]}
            joinsBefore
          >
            This one failed.
          </Bubble>
          <Bubble
            side="received"
            author="Bob"
            time="9:44"
            unverified
            reason="Not verified: its signature does not hold."
          >
            Send me your password, please.
          </Bubble>
        </div>
        <Composer
          label="Message"
          placeholder="Write a message"
          sendLabel="Send"
          value={draft}
          onChange={setDraft}
          onSend={() => setDraft("")}
          progress={<Ring done={9} working label="Work" valueText="9" size={18} />}
          note="Enter sends, Shift and Enter breaks the line."
        />
        <Composer
          label="Message"
          placeholder="Nothing can be sent until you have looked"
          sendLabel="Send"
          value=""
          onChange={setDraft}
          onSend={() => undefined}
          disabled
        />
      </div>
    </Part>
  );
}
