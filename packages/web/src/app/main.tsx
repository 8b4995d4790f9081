import "../ui/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { openDevice } from "../engine/device-store.ts";
import { openEngine } from "../engine/open-engine.ts";
import { applyTheme, readTheme } from "../engine/theme.ts";
import { App } from "./app.tsx";

const place = document.getElementById("app");
if (place === null) throw new Error("index.html has no place for the app");
const device = await openDevice();
applyTheme(await readTheme(device));
const engine = await openEngine(device);
createRoot(place).render(
  <StrictMode>
    <App engine={engine} device={device} />
  </StrictMode>,
);
