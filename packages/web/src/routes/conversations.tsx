import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { insideRoute } from "./inside.tsx";

const nothingOpen = lazyRouteComponent(
  () => import("../features/conversations/nothing-open.tsx"),
  "NothingOpen",
);
const conversation = lazyRouteComponent(
  () => import("../features/conversation/conversation.tsx"),
  "Conversation",
);

const layoutRoute = createRoute({
  getParentRoute: () => insideRoute,
  id: "conversations",
  component: lazyRouteComponent(
    () => import("../features/conversations/layout.tsx"),
    "ConversationsLayout",
  ),
});

const listRoute = createRoute({
  getParentRoute: () => layoutRoute,
  path: "/messages",
  component: nothingOpen,
});

const conversationRoute = createRoute({
  getParentRoute: () => layoutRoute,
  path: "/messages/$peer",
  component: conversation,
});

const requestsRoute = createRoute({
  getParentRoute: () => layoutRoute,
  path: "/requests",
  component: nothingOpen,
});

const requestRoute = createRoute({
  getParentRoute: () => layoutRoute,
  path: "/requests/$peer",
  component: conversation,
});

const writeRoute = createRoute({
  getParentRoute: () => layoutRoute,
  path: "/new",
  component: lazyRouteComponent(() => import("../features/write/write.tsx"), "Write"),
});

// Each a name of its own: written within the brackets, their types would be lost.
export const conversationsRoute = layoutRoute.addChildren([
  listRoute,
  conversationRoute,
  requestsRoute,
  requestRoute,
  writeRoute,
]);
