import { createRoute } from "@tanstack/react-router";
import { FrontDoor } from "../features/front-door/front-door.tsx";
import { rootRoute } from "./root.tsx";

export const frontDoorRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  component: FrontDoor,
});
