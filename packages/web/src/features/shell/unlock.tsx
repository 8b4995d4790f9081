import type { Address } from "@keypears/protocol";
import { useState } from "react";
import { useEngine } from "../../engine/use-engine.ts";
import { useProving } from "../../engine/use-proving.ts";
import { useFailure } from "../../messages/failures.ts";
import { useMessages } from "../../messages/messages.ts";
import { Entrance } from "../../parts/entrance.tsx";
import { FailedWork } from "../../parts/failed-work.tsx";
import { WorkProgress } from "../../parts/work-progress.tsx";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { PasswordField } from "../../ui/password-field.tsx";
import styles from "./unlock.module.css";

/** Logged in, but the keys are not on this device: the password brings them back. */
export function Unlock({ address }: { address: Address }) {
  const { unlock, logIn, password: passwordText } = useMessages();
  const sentenceOf = useFailure();
  const engine = useEngine();
  const [password, setPassword] = useState("");
  const [isTried, setIsTried] = useState(false);
  const { progress, failure, begin, stop } = useProving();

  function submit(ceiling?: number): void {
    setIsTried(true);
    if (password === "" || progress !== null) return;
    void begin((long) => engine.unlock({ ...long, password }), ceiling);
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
          submit();
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
        {failure === null ? null : failure.difficulty === null ? (
          <Banner look="danger" urgent>
            {sentenceOf(failure.reason)}
          </Banner>
        ) : (
          <FailedWork failure={failure} onAgain={submit} />
        )}
        <Button type="submit" look="primary" size="large" wide busy={progress !== null}>
          {progress === null ? unlock.submit : unlock.busy}
        </Button>
        {progress === null ? null : <WorkProgress progress={progress} onStop={stop} />}
      </form>
    </Entrance>
  );
}
