import type { ReactNode } from "react";
import { Link, Navigate } from "@tanstack/react-router";
import { useState } from "react";
import { CANCELLED } from "../../engine/failure.ts";
import { useAvailability } from "../../engine/use-availability.ts";
import { usePassphrase } from "../../engine/use-passphrase.ts";
import { useSignUp } from "../../engine/use-sign-up.ts";
import { useStrength } from "../../engine/use-strength.ts";
import { useSession } from "../../engine/use-session.ts";
import { useFailure } from "../../messages/failures.ts";
import { useMessages } from "../../messages/messages.ts";
import { Entrance } from "../../parts/entrance.tsx";
import { FailedWork } from "../../parts/failed-work.tsx";
import { NameField, isNameRefused } from "../../parts/name-field.tsx";
import { WorkProgress } from "../../parts/work-progress.tsx";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Checkbox } from "../../ui/checkbox.tsx";
import { ChosenPassword } from "./chosen-password.tsx";
import { OfferedPassphrase } from "./offered-passphrase.tsx";
import styles from "./sign-up.module.css";

/** The zxcvbn score of six random words. */
const OFFERED_STRENGTH = 4;

/** A new account on one page: the work runs while its owner types. */
export function SignUp({ typedBefore }: { typedBefore: string }): ReactNode {
  const { signUp } = useMessages();
  const failure = useFailure();
  const session = useSession();

  const [name, setName] = useState(typedBefore);
  const nameState = useAvailability(name);
  const address = "address" in nameState && !isNameRefused(nameState) ? nameState.address : null;
  const settled = nameState.status === "available" ? address : null;
  const { progress, failure: failedWork, again, stop, finish } = useSignUp(settled);

  const [offered, drawAnother] = usePassphrase();
  const [isOwn, setIsOwn] = useState(false);
  const [own, setOwn] = useState("");
  const [repeated, setRepeated] = useState("");
  const strength = useStrength(isOwn ? own : "", address);
  const [isKept, setIsKept] = useState(false);

  const [isTried, setIsTried] = useState(false);
  const [isBusy, setIsBusy] = useState(false);
  const [reason, setReason] = useState<string | null>(null);

  const isOwnGood = strength?.fault === null && repeated === own;
  const password = isOwn ? (isOwnGood ? own : null) : offered;

  async function submit(): Promise<void> {
    setIsTried(true);
    if (address === null || password === null || !isKept || isBusy) return;
    setIsBusy(true);
    setReason(null);
    const outcome = await finish(
      address,
      password,
      isOwn ? (strength?.score ?? 0) : OFFERED_STRENGTH,
    );
    setIsBusy(false);
    // What became of the work is told beside it.
    if (!outcome.ok && outcome.reason !== CANCELLED && outcome.difficulty === null) {
      setReason(outcome.reason);
    }
  }

  if (session.status === "opening") return null;
  if (session.status !== "none") return <Navigate to="/messages" replace />;

  return (
    <Entrance
      title={signUp.title}
      lead={signUp.lead}
      other={
        <>
          {signUp.haveAccount} <Link to="/login">{signUp.logIn}</Link>
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
        <NameField
          value={name}
          onChange={setName}
          state={nameState}
          autoFocus={typedBefore === ""}
          missing={isTried && nameState.status === "empty"}
        />
        {isOwn ? (
          <ChosenPassword
            value={own}
            onChange={setOwn}
            repeated={repeated}
            onRepeat={setRepeated}
            strength={strength}
            isTried={isTried}
            onOffer={() => setIsOwn(false)}
          />
        ) : (
          <OfferedPassphrase
            passphrase={offered}
            onAnother={() => {
              drawAnother();
              setIsKept(false);
            }}
            onOwn={() => setIsOwn(true)}
          />
        )}
        <Checkbox
          label={signUp.kept}
          help={signUp.noReset}
          checked={isKept}
          onChange={setIsKept}
          error={isTried && !isKept ? signUp.keptMissing : undefined}
        />
        {reason === null ? null : (
          <Banner look="danger" urgent>
            {failure(reason)}
          </Banner>
        )}
        <div className={styles.end}>
          {failedWork === null || failedWork.reason === reason ? (
            <WorkProgress progress={progress} idle={signUp.idle} onStop={stop} />
          ) : (
            <FailedWork failure={failedWork} onAgain={again} />
          )}
          <Button type="submit" look="primary" size="large" wide busy={isBusy}>
            {isBusy ? signUp.busy : signUp.submit}
          </Button>
        </div>
      </form>
    </Entrance>
  );
}
