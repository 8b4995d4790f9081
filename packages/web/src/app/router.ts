import { createRouter } from "@tanstack/react-router";
import { Crashed } from "../parts/crashed.tsx";
import { cardRoute } from "../routes/card.tsx";
import { conversationsRoute } from "../routes/conversations.tsx";
import { developmentRoutes } from "../routes/development.tsx";
import { frontDoorRoute } from "../routes/front-door.tsx";
import { insideRoute } from "../routes/inside.tsx";
import { logInRoute } from "../routes/log-in.tsx";
import { rootRoute } from "../routes/root.tsx";
import { settingsRoute, workRoute } from "../routes/settings.tsx";
import { signUpRoute } from "../routes/sign-up.tsx";

export const router = createRouter({
  routeTree: rootRoute.addChildren([
    frontDoorRoute,
    signUpRoute,
    logInRoute,
    cardRoute,
    insideRoute.addChildren([conversationsRoute, settingsRoute, workRoute]),
    ...developmentRoutes,
  ]),
  defaultPreload: "intent",
  defaultErrorComponent: Crashed,
  scrollRestoration: true,
  // An address in a path stays readable.
  pathParamsAllowedCharacters: ["@"],
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
