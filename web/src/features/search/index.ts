/*
 * The search dialog, loaded when it is first opened.
 * SPDX-License-Identifier: Apache-2.0
 */
import { lazy } from "react";

export const SearchDialog = lazy(() => import("@/features/search/search-dialog"));
