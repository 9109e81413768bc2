/*
 * Whether the window is as narrow as a phone (below 768 px).
 * SPDX-License-Identifier: Apache-2.0
 */
import { useSyncExternalStore } from "react";

const NARROW = "(max-width: 767.98px)";

function subscribe(fn: () => void): () => void {
  const query = globalThis.matchMedia?.(NARROW);
  query?.addEventListener("change", fn);
  return () => query?.removeEventListener("change", fn);
}

export function useNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => globalThis.matchMedia?.(NARROW).matches ?? false);
}
