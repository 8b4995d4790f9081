import { Outlet, createRootRoute, lazyRouteComponent } from "@tanstack/react-router";

export const rootRoute = createRootRoute({
  component: Outlet,
  notFoundComponent: lazyRouteComponent(() => import("../parts/not-found.tsx"), "NotFound"),
});
