/*
 * The search dialog, which is not part of the first load.
 * SPDX-License-Identifier: Apache-2.0
 */
import { lazy } from "react";

const load = () => import("@/features/search/search-dialog");

export const SearchDialog = lazy(load);

/** Fetched in a quiet moment, so that the first letters typed after Ctrl+K are not lost. */
export function preloadSearch(): void {
  void load().catch(() => undefined);
}
