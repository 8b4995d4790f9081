import type { Settings } from "@keypears/client";
import { useState } from "react";
import { failureOf } from "../../engine/failure.ts";
import { useEngine } from "../../engine/use-engine.ts";
import { useRead } from "../../engine/use-read.ts";
import { useSeconds } from "../../engine/use-work-time.ts";
import { OLDER_PHONE } from "../../engine/work-time.ts";
import { useFailure } from "../../messages/failures.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { Card } from "../../ui/card.tsx";
import { Slider } from "../../ui/slider.tsx";
import { useToast } from "../../ui/toast.tsx";
import { STEPS, scaleOf, toPrice, toStep } from "./price-scale.ts";
import { ReadCard } from "./read-card.tsx";

/** What others' devices have to spend to write to one, in seconds rather than in hashes. */
export function PricesCard() {
  const { settings: text } = useInsideMessages();
  const engine = useEngine();
  const [read, again] = useRead(engine.getSettings);
  return (
    <Card title={text.prices} description={text.pricesHelp}>
      <ReadCard read={read} onAgain={again}>
        {(value) => <Prices settings={value} />}
      </ReadCard>
    </Card>
  );
}

function Prices({ settings }: { settings: Settings }) {
  const { settings: text } = useInsideMessages();
  const failure = useFailure();
  const engine = useEngine();
  const toast = useToast();
  const [saved, setSaved] = useState(settings);

  async function save(change: { firstContact?: number; message?: number }): Promise<boolean> {
    try {
      setSaved(await engine.setSettings(change));
      toast(text.saved);
      return true;
    } catch (error) {
      toast(failure(failureOf(error)), { error: true });
      return false;
    }
  }

  return (
    <>
      <Price
        label={text.firstContact}
        minimum={saved.minimum}
        price={saved.firstContact}
        onSave={(firstContact) => save({ firstContact })}
      />
      <Price
        label={text.message}
        minimum={saved.minimum}
        price={saved.message}
        onSave={(message) => save({ message })}
      />
    </>
  );
}

interface PriceProps {
  readonly label: string;
  readonly minimum: number;
  readonly price: number;
  readonly onSave: (price: number) => Promise<boolean>;
}

function Price({ label, minimum, price, onSave }: PriceProps) {
  const { settings: text } = useInsideMessages();
  const scale = scaleOf(minimum, price);
  // While the thumb is held, and until the server has taken it, what is shown is what is wanted.
  const [wanted, setWanted] = useState<number | null>(null);
  const shown = wanted ?? price;
  const seconds = useSeconds(shown);
  const phone = shown / OLDER_PHONE;
  return (
    <Slider
      label={label}
      value={toStep(scale, shown)}
      min={0}
      max={STEPS}
      onChange={(step) => setWanted(toPrice(scale, step))}
      onCommit={(step) => {
        void onSave(toPrice(scale, step)).then(() => setWanted(null));
      }}
      valueText={text.priceValue(seconds ?? phone)}
      help={text.priceHelp(seconds, phone, shown)}
    />
  );
}
