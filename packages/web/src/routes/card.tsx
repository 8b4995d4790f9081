import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { rootRoute } from "./root.tsx";

const Card = lazyRouteComponent(() => import("../features/card/card.tsx"), "Card");

export const cardRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/@{$name}",
  component: function CardPage() {
    const { name } = cardRoute.useParams();
    return <Card name={name} />;
  },
});
