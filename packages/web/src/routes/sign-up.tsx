import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "./root.tsx";

const SignUp = lazyRouteComponent(() => import("../features/sign-up/sign-up.tsx"), "SignUp");

export const signUpRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-up",
  /** The name that was typed at the front door. */
  validateSearch: ({ name }: Record<string, unknown>): { name?: string } =>
    typeof name === "string" ? { name } : {},
  component: function SignUpPage() {
    const { name } = signUpRoute.useSearch();
    return <SignUp typedBefore={name ?? ""} />;
  },
});
