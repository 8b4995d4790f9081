import type { ReactNode } from "react";
import { Link } from "@tanstack/react-router";
import { ArrowLeft, Gauge, Square } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useStore } from "../../engine/store.ts";
import { useEngine } from "../../engine/use-engine.ts";
import { OLDER_PHONE, USUAL_PRICES } from "../../engine/work-time.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { BackIcon } from "../../ui/back-icon.tsx";
import { Banner } from "../../ui/banner.tsx";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { IconButton } from "../../ui/icon-button.tsx";
import { Slider } from "../../ui/slider.tsx";
import styles from "./settings.module.css";

/** How long is measured, in milliseconds. */
const MEASURED = 4000;

/** How this device works: how fast, with what, what that means in time, and above what its user is asked first. */
export function Work(): ReactNode {
  const { settings: text } = useInsideMessages();
  return (
    <main id="content" tabIndex={-1} className={styles.page}>
      <div className={styles.content}>
        <div className={styles.head}>
          <IconButton label={text.workBack} render={<Link to="/settings" />}>
            <BackIcon>
              <ArrowLeft aria-hidden />
            </BackIcon>
          </IconButton>
          <h1 className={styles.title}>{text.work}</h1>
        </div>
        <p className={styles.lead}>{text.workHelp}</p>
        <SpeedCard />
        <TimesCard />
        <PatienceCard />
      </div>
    </main>
  );
}

function SpeedCard() {
  const { settings: text, failures } = useInsideMessages();
  const { work } = useEngine();
  const speed = useStore(work.speed);
  const path = useStore(work.path);
  const [isFailed, setIsFailed] = useState(false);
  const [isMeasuring, setIsMeasuring] = useState(false);
  const stop = useRef<AbortController | null>(null);
  useEffect(() => () => stop.current?.abort(), []);

  async function measure(): Promise<void> {
    const own = new AbortController();
    stop.current = own;
    setIsFailed(false);
    setIsMeasuring(true);
    try {
      await work.measure(AbortSignal.any([own.signal, AbortSignal.timeout(MEASURED)]));
    } catch {
      // Whatever keeps the workers from working, it is said in one sentence.
      setIsFailed(true);
    }
    setIsMeasuring(false);
  }

  return (
    <Card title={text.speed}>
      <div className={styles.line}>
        <p className={styles.figure} aria-live="polite">
          {speed === null ? text.speedUnknown : text.speedValue(speed)}
        </p>
        {isMeasuring ? (
          <Button size="small" icon={<Square aria-hidden />} onClick={() => stop.current?.abort()}>
            {text.stop}
          </Button>
        ) : (
          <Button size="small" icon={<Gauge aria-hidden />} onClick={() => void measure()}>
            {speed === null ? text.measure : text.measureAgain}
          </Button>
        )}
      </div>
      {isFailed ? (
        <Banner look="danger" urgent>
          {failures.mining_failed}
        </Banner>
      ) : null}
      {path === null ? null : (
        <dl className={styles.facts}>
          <div>
            <dt>{text.path}</dt>
            <dd>{path.kind === "gpu" ? text.pathGpu : text.pathCpu(path.threads)}</dd>
          </div>
        </dl>
      )}
      {path?.kind === "gpu" ? null : <p className={styles.label}>{text.pathHelp}</p>}
    </Card>
  );
}

/** What the usual prices mean: here where the speed is known, and on an older phone. */
function TimesCard() {
  const { settings: text } = useInsideMessages();
  const speed = useStore(useEngine().work.speed);
  const { message, firstContact } = USUAL_PRICES;
  return (
    <Card title={text.times} description={text.timesHelp(message, firstContact)}>
      <dl className={styles.facts}>
        {(["message", "firstContact"] as const).map((what) => (
          <div key={what} className={styles.fact}>
            <dt>{text.timesOf[what]}</dt>
            <dd>
              {speed === null ? null : <strong>{text.roughly(USUAL_PRICES[what] / speed)}</strong>}
              <span className={styles.label}>
                {text.timePhone(USUAL_PRICES[what] / OLDER_PHONE)}
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

/** What the slider offers, in seconds. */
const PATIENCES = [5, 10, 20, 30, 45, 60, 120, 180, 300, 600, 1200, 1800, 3600] as const;

/** Above so much work one is asked first. */
function PatienceCard() {
  const { settings: text } = useInsideMessages();
  const { work, patience } = useEngine();
  const speed = useStore(work.speed);
  const kept = useStore(patience);
  const [wanted, setWanted] = useState<number | null>(null);
  const shown = wanted ?? kept;
  return (
    <Card>
      <Slider
        label={text.patience}
        value={stepOf(shown)}
        min={0}
        max={PATIENCES.length - 1}
        onChange={(step) => setWanted(PATIENCES[step] ?? shown)}
        onCommit={(step) => {
          patience.set(PATIENCES[step] ?? shown);
          setWanted(null);
        }}
        valueText={text.roughly(shown)}
        help={text.patienceHelp(speed === null ? null : Math.round(shown * speed))}
      />
    </Card>
  );
}

/** The place on the slider that is nearest above. */
function stepOf(seconds: number): number {
  const step = PATIENCES.findIndex((one) => one >= seconds);
  return step < 0 ? PATIENCES.length - 1 : step;
}
