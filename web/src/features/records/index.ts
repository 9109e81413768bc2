/*
 * Lists and records of every type.
 * SPDX-License-Identifier: Apache-2.0
 */
import { lazy } from "react";
import type { Feature } from "@/record/feature";

export const records: Feature = {
  pages: [
    { path: "/t/$type", component: lazy(() => import("@/features/records/list-page")) },
    { path: "/t/$type/new", component: lazy(() => import("@/features/records/new-page")) },
    { path: "/t/$type/$id", component: lazy(() => import("@/features/records/record-page")) },
  ],
  menu: [],
};
