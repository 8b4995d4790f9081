import "../ui/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { openDevice } from "../engine/device-store.ts";
import { openEngine } from "../engine/open-engine.ts";
import { applyTheme, readTheme } from "../engine/theme.ts";
import { App } from "./app.tsx";

// The server has a newer build, and what this page still wants is gone: begin anew with that one. Not twice in a row, should it be broken.
addEventListener("vite:preloadError", (event) => {
  const hasWorked = performance.now() > 10_000;
  if (hasWorked) {
    event.preventDefault();
    location.reload();
  }
});

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
