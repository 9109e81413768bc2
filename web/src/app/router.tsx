/*
 * The routes, made from what the features declare. The query of an address is passed on as it stands.
 * SPDX-License-Identifier: Apache-2.0
 */
import { createRootRoute, createRoute, createRouter } from "@tanstack/react-router";
import { NotFound } from "@/ui/states";
import { FEATURES } from "@/app/features";
import { Gate } from "@/app/gate";
import { Root } from "@/app/root";

const root = createRootRoute({ component: Root, notFoundComponent: () => <Gate page={NotFound} /> });

const routes = FEATURES.flatMap((feature) => feature.pages).map(({ path, component: Page, open }) =>
  createRoute({ getParentRoute: () => root, path, component: () => (open ? <Page /> : <Gate page={Page} />) }),
);

export const router = createRouter({
  routeTree: root.addChildren(routes),
  // Filters are written in the API's own words, which the router's JSON reading would change.
  parseSearch: (text) => ({ raw: text.replace(/^\?/, "") }),
  stringifySearch: (search) => (search.raw ? `?${String(search.raw)}` : ""),
  scrollRestoration: true,
  defaultStructuralSharing: true,
});
