import { Outlet, createRootRoute } from "@tanstack/react-router";
import { NotFound } from "../parts/not-found.tsx";

export const rootRoute = createRootRoute({ component: Outlet, notFoundComponent: NotFound });
