import { useEngine } from "../engine/use-engine.ts";
import type { NameState } from "../engine/use-availability.ts";
import { useMessages } from "../messages/messages.ts";
import { TextField } from "../ui/text-field.tsx";

interface NameFieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly state: NameState;
  readonly large?: boolean;
  readonly autoFocus?: boolean;
  /** Whether somebody has tried to go on without one. */
  readonly missing?: boolean;
  readonly onBlur?: () => void;
}

/** The name that somebody wants at this server's domain, with live availability. */
export function NameField({ state, missing, ...rest }: NameFieldProps) {
  const { frontDoor, availability } = useMessages();
  const { domain } = useEngine();
  const { status } = state;
  const isRefused = isNameRefused(state);
  return (
    <TextField
      {...rest}
      label={frontDoor.address}
      placeholder={frontDoor.placeholder}
      suffix={`@${domain}`}
      mono
      name="username"
      autoComplete="username"
      maxLength={254}
      help={status === "empty" ? availability.help : availability[status]}
      good={status === "available" && availability.available}
      error={
        missing ? availability.missing : isRefused && status !== "empty" && availability[status]
      }
    />
  );
}

/** Whether there is no going on with this name. */
export function isNameRefused({ status }: NameState): boolean {
  return ["taken", "form", "reserved", "closed"].includes(status);
}
