import { useNavigate } from "@tanstack/react-router";
import { ArrowRight } from "lucide-react";
import { useState } from "react";
import { useAvailability } from "../../engine/use-availability.ts";
import { useMessages } from "../../messages/messages.ts";
import { NameField, isNameRefused } from "../../parts/name-field.tsx";
import { Button } from "../../ui/button.tsx";
import styles from "./start.module.css";

/** The address to choose, with live availability, and the one button. */
export function Start() {
  const { frontDoor } = useMessages();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const state = useAvailability(name);

  return (
    <form
      className={styles.start}
      onSubmit={(event) => {
        event.preventDefault();
        if (isNameRefused(state)) return;
        void navigate({ to: "/sign-up", search: state.status === "empty" ? {} : { name } });
      }}
    >
      <div className={styles.field}>
        <NameField value={name} onChange={setName} state={state} large />
      </div>
      <div className={styles.button}>
        <Button type="submit" look="primary" size="large">
          {frontDoor.start}
          <ArrowRight aria-hidden />
        </Button>
      </div>
    </form>
  );
}
