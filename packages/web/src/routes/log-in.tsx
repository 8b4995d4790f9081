import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "./root.tsx";

const LogIn = lazyRouteComponent(() => import("../features/log-in/log-in.tsx"), "LogIn");

export const logInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  /** Whether one stands here because one's session was ended, and whom one wants to write to. */
  validateSearch: ({
    ended,
    write,
  }: Record<string, unknown>): { ended?: true; write?: string } => ({
    ...(ended === true ? { ended } : {}),
    ...(typeof write === "string" ? { write } : {}),
  }),
  component: function LogInPage() {
    const { ended, write } = logInRoute.useSearch();
    return <LogIn wasEnded={ended === true} peer={write} />;
  },
});
