/*
 * The home page (工作台).
 * SPDX-License-Identifier: Apache-2.0
 */
import { lazy } from "react";
import type { Feature } from "@/record/feature";

export const home: Feature = {
  pages: [{ path: "/", component: lazy(() => import("@/features/home/home-page")) }],
  menu: [{ href: "/", label: "home.title", group: null, order: 0 }],
};
