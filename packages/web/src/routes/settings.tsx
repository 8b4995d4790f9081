import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { insideRoute } from "./inside.tsx";

export const settingsRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/settings",
  component: lazyRouteComponent(() => import("../features/settings/settings.tsx"), "Settings"),
});

export const workRoute = createRoute({
  getParentRoute: () => insideRoute,
  path: "/settings/work",
  component: lazyRouteComponent(() => import("../features/settings/work.tsx"), "Work"),
});
