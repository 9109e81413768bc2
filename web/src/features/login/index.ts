/*
 * Logging in: by password, in one click in the demo company, by one-time link.
 * SPDX-License-Identifier: Apache-2.0
 */
import { lazy } from "react";
import type { Feature } from "@/record/feature";

export const LoginPage = lazy(() => import("@/features/login/login-page"));

export const login: Feature = {
  pages: [{ path: "/welcome/$token", component: lazy(() => import("@/features/login/welcome-page")), open: true }],
  menu: [],
};
