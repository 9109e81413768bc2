/*
 * What runs behind the pages: jobs and flows.
 * SPDX-License-Identifier: Apache-2.0
 */
import { lazy } from "react";
import type { Feature } from "@/record/feature";

/** The server lets nobody else look into these. */
const ROLES = ["admin", "process_engineer"];

export const integration: Feature = {
  pages: [
    { path: "/integration/flows", component: lazy(() => import("@/features/integration/flows-page")) },
    { path: "/integration/jobs", component: lazy(() => import("@/features/integration/jobs-page")) },
  ],
  menu: [
    { href: "/integration/flows", label: "flows.title", group: "integration", order: -2, roles: ROLES },
    { href: "/integration/jobs", label: "jobs.title", group: "integration", order: -1, roles: ROLES },
  ],
};
