import type { ReactNode } from "react";
import { Link, Navigate } from "@tanstack/react-router";
import { parseAddress } from "@keypears/protocol";
import { useState } from "react";
import { useEngine } from "../../engine/use-engine.ts";
import { useProving } from "../../engine/use-proving.ts";
import { useSession } from "../../engine/use-session.ts";
import { useFailure } from "../../messages/failures.ts";
import { useMessages } from "../../messages/messages.ts";
import { Entrance } from "../../parts/entrance.tsx";
import { FailedWork } from "../../parts/failed-work.tsx";
import { WorkProgress } from "../../parts/work-progress.tsx";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { PasswordField } from "../../ui/password-field.tsx";
import { TextField } from "../../ui/text-field.tsx";
import styles from "./log-in.module.css";

interface LogInProps {
  readonly wasEnded: boolean;
  /** Whom one wants to write to, if anybody. */
  readonly peer: string | undefined;
}

/** Address and password, and one ring for derivation and work. */
export function LogIn({ wasEnded, peer }: LogInProps): ReactNode {
  const { logIn: text, password: passwordText, ended: endedText } = useMessages();
  const sentenceOf = useFailure();
  const engine = useEngine();
  const { domain } = engine;
  const session = useSession();
  const { progress, failure, begin, stop } = useProving();
  const [typed, setTyped] = useState("");
  const [password, setPassword] = useState("");
  const [isTried, setIsTried] = useState(false);

  // A name alone is one of this server's own.
  const whole = typed.trim();
  const address = parseAddress(whole.includes("@") ? whole : `${whole}@${domain}`);

  function submit(ceiling?: number): void {
    setIsTried(true);
    if (address === null || password === "" || progress !== null) return;
    void begin((long) => engine.logIn({ ...long, address, password }), ceiling);
  }

  if (session.status === "opening") return null;
  if (session.status !== "none") {
    return peer === undefined ? (
      <Navigate to="/messages" replace />
    ) : (
      <Navigate to="/messages/$peer" params={{ peer }} replace />
    );
  }

  return (
    <Entrance
      title={text.title}
      other={
        <>
          {text.noAccount} <Link to="/sign-up">{text.signUp}</Link>
        </>
      }
    >
      <form
        className={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
      >
        <TextField
          label={text.address}
          value={typed}
          onChange={setTyped}
          name="username"
          autoComplete="username"
          inputMode="email"
          placeholder={text.placeholder(domain)}
          mono
          autoFocus
          error={isTried && address === null && text.addressMissing}
        />
        <PasswordField
          label={text.password}
          labels={passwordText}
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
          error={isTried && password === "" && text.passwordMissing}
        />
        {wasEnded && failure === null && progress === null ? (
          <Banner look="notice">{endedText}</Banner>
        ) : null}
        {failure === null ? null : failure.difficulty === null ? (
          <Banner look="danger" urgent>
            {sentenceOf(failure.reason)}
          </Banner>
        ) : (
          <FailedWork failure={failure} onAgain={submit} />
        )}
        <Button type="submit" look="primary" size="large" wide busy={progress !== null}>
          {progress === null ? text.submit : text.busy}
        </Button>
        {progress === null ? null : <WorkProgress progress={progress} onStop={stop} />}
      </form>
    </Entrance>
  );
}
