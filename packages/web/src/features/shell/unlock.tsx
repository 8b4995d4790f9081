import type { Progress } from "@keypears/client";
import type { Address } from "@keypears/protocol";
import { useEffect, useRef, useState } from "react";
import { useEngine } from "../../engine/use-engine.ts";
import { useFailure } from "../../messages/failures.ts";
import { useMessages } from "../../messages/messages.ts";
import { Entrance } from "../../parts/entrance.tsx";
import { WorkProgress } from "../../parts/work-progress.tsx";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { PasswordField } from "../../ui/password-field.tsx";
import styles from "./unlock.module.css";

/** Logged in, but the keys are not on this device: the password brings them back. */
export function Unlock({ address }: { address: Address }) {
  const { unlock, logIn, password: passwordText } = useMessages();
  const failure = useFailure();
  const engine = useEngine();
  const [password, setPassword] = useState("");
  const [isTried, setIsTried] = useState(false);
  const [progress, setProgress] = useState<Progress | null>(null);
  const [reason, setReason] = useState<string | null>(null);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(new Error("the page was left")), []);

  async function submit(): Promise<void> {
    setIsTried(true);
    if (password === "" || progress !== null) return;
    setReason(null);
    const controller = new AbortController();
    stop.current = controller;
    const outcome = await engine.unlock({
      password,
      signal: controller.signal,
      onProgress: setProgress,
    });
    setProgress(null);
    if (!outcome.ok) setReason(outcome.reason);
  }

  return (
    <Entrance
      title={unlock.title}
      lead={unlock.lead(address)}
      other={
        <>
          {unlock.other}{" "}
          <button type="button" className={styles.link} onClick={() => void engine.logOut()}>
            {unlock.logOut}
          </button>
        </>
      }
    >
      <form
        className={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <input type="hidden" name="username" autoComplete="username" value={address} readOnly />
        <PasswordField
          label={logIn.password}
          labels={passwordText}
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={setPassword}
          autoFocus
          error={isTried && password === "" && logIn.passwordMissing}
        />
        {reason === null ? null : (
          <Banner look="danger" urgent>
            {failure(reason)}
          </Banner>
        )}
        <Button type="submit" look="primary" size="large" wide busy={progress !== null}>
          {progress === null ? unlock.submit : unlock.busy}
        </Button>
        {progress === null ? null : <WorkProgress progress={progress} />}
      </form>
    </Entrance>
  );
}
