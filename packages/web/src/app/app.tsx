import { RouterProvider } from "@tanstack/react-router";
import { EngineProvider } from "../engine/use-engine.ts";
import type { KeptDevice } from "../engine/device-store.ts";
import type { Engine } from "../engine/engine.ts";
import { DeviceProvider } from "../engine/theme.ts";
import { useMessages } from "../messages/messages.ts";
import { router } from "./router.ts";
import { SkipLink } from "../ui/skip-link.tsx";

/** The whole app around an engine. */
export function App({ engine, device }: { engine: Engine; device: KeptDevice }) {
  const { app } = useMessages();
  return (
    <DeviceProvider value={device}>
      <EngineProvider value={engine}>
        <SkipLink to="content">{app.skip}</SkipLink>
        <RouterProvider router={router} />
      </EngineProvider>
    </DeviceProvider>
  );
}
