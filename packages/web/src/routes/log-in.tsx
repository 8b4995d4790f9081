import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "./root.tsx";

const LogIn = lazyRouteComponent(() => import("../features/log-in/log-in.tsx"), "LogIn");

export const logInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/login",
  /** Whether one stands here because one's session was ended. */
  validateSearch: ({ ended }: Record<string, unknown>): { ended?: true } =>
    ended === true ? { ended } : {},
  component: function LogInPage() {
    const { ended } = logInRoute.useSearch();
    return <LogIn wasEnded={ended === true} />;
  },
});
