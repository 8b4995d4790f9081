import { useTheme } from "../../engine/theme.ts";
import { useInsideMessages } from "../../messages/inside.ts";
import { Card } from "../../ui/card.tsx";
import { Select } from "../../ui/select.tsx";

const THEMES = ["system", "light", "dark"] as const;

/** Light or dark, on this device. */
export function AppearanceCard() {
  const { settings } = useInsideMessages();
  const [theme, choose] = useTheme();
  return (
    <Card title={settings.appearance}>
      <Select
        label={settings.theme}
        value={theme}
        onChange={choose}
        options={THEMES.map((value) => ({ value, label: settings.themes[value] }))}
      />
    </Card>
  );
}
