/*
 * The live stream: what changed is read again by the pages that show it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A browser allows six connections to one server over all its tabs, so only visible tabs listen; a tab that comes back reads afresh.
 */
import { useEffect } from "react";
import { useQueryClient } from "@tanstack/react-query";
import { invalidateRecord } from "@/api/records";

const MERGE_MS = 150;
const RETRY_MS = 5000;

export function useLiveStream(enabled: boolean): void {
  const client = useQueryClient();
  useEffect(() => {
    if (!enabled || typeof EventSource === "undefined") return undefined;
    let source: EventSource | null = null;
    let mergeTimer: ReturnType<typeof setTimeout> | undefined;
    let retryTimer: ReturnType<typeof setTimeout> | undefined;
    let missed = false;
    const told = new Map<string, { type: string; id: string }>();

    const flush = (): void => {
      mergeTimer = undefined;
      const changed = [...told.values()];
      told.clear();
      for (const { type, id } of changed) invalidateRecord(client, type, id);
    };
    const listen = (): void => {
      clearTimeout(retryTimer);
      source?.close();
      source = new EventSource("/api/v1/stream");
      source.addEventListener("open", () => {
        if (missed) void client.invalidateQueries();
        missed = false;
      });
      source.addEventListener("record", (event: MessageEvent<string>) => {
        const { type, id } = JSON.parse(event.data) as { type: string; id: string };
        told.set(`${type}/${id}`, { type, id });
        mergeTimer ??= setTimeout(flush, MERGE_MS);
      });
      source.addEventListener("error", () => {
        // While it reconnects by itself it resumes by Last-Event-ID and misses nothing; a closed one was refused.
        if (source?.readyState !== EventSource.CLOSED) return;
        missed = true;
        void client.invalidateQueries({ queryKey: ["session"] });
        retryTimer = setTimeout(listen, RETRY_MS);
      });
    };
    const onVisibility = (): void => {
      if (document.hidden) {
        clearTimeout(retryTimer);
        source?.close();
        source = null;
        missed = true;
      } else if (!source) listen();
    };

    if (!document.hidden) listen();
    else missed = true;
    document.addEventListener("visibilitychange", onVisibility);
    return () => {
      document.removeEventListener("visibilitychange", onVisibility);
      clearTimeout(mergeTimer);
      clearTimeout(retryTimer);
      source?.close();
    };
  }, [client, enabled]);
}
