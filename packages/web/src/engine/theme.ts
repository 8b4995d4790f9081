/** Light or dark: as the system has it, or as somebody chose on this device. */
import { createContext, use, useState } from "react";
import type { KeptDevice } from "./device-store.ts";

export type Theme = "system" | "light" | "dark";

const PREFERENCE = "theme";

export async function readTheme(device: KeptDevice): Promise<Theme> {
  const kept = await device.readPreference(PREFERENCE);
  return kept === "light" || kept === "dark" ? kept : "system";
}

/** Makes the page look so: tokens.css knows the attribute. */
export function applyTheme(theme: Theme): void {
  const { dataset } = document.documentElement;
  if (theme === "system") delete dataset["theme"];
  else dataset["theme"] = theme;
}

const DeviceContext = createContext<KeptDevice | null>(null);

export const DeviceProvider = DeviceContext.Provider;

/** The theme, and what chooses another one. */
export function useTheme(): readonly [theme: Theme, choose: (theme: Theme) => void] {
  const device = use(DeviceContext);
  const { theme: applied } = document.documentElement.dataset;
  const [theme, setTheme] = useState<Theme>(
    applied === "light" || applied === "dark" ? applied : "system",
  );
  return [
    theme,
    (chosen) => {
      setTheme(chosen);
      applyTheme(chosen);
      void device?.writePreference(PREFERENCE, chosen);
    },
  ];
}
