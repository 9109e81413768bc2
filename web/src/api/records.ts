/*
 * Queries and changes of records, keyed so that the live stream can say which of them are out of date.
 * SPDX-License-Identifier: Apache-2.0
 */
import { keepPreviousData, useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import { call, get, pathOf } from "@/api/client";
import type { HistoryEntry, Labels, Page, RecordContext, RecordData, StoryEvent, SubjectRef, TypeInfo } from "@/api/types";

const records = (...parts: string[]): string => `/records${pathOf(...parts)}`;

/** Keys: [operation, type, id or request]. */
export const keys = {
  list: (type: string, request: string) => ["list", type, request] as const,
  record: (type: string, id: string) => ["record", type, id] as const,
  context: (type: string, id: string) => ["context", type, id] as const,
  history: (type: string, id: string) => ["history", type, id] as const,
  story: (type: string, id: string) => ["story", type, id] as const,
};

export function useTypesQuery() {
  return useQuery({ queryKey: ["types"], queryFn: ({ signal }) => get<{ types: TypeInfo[] }>("/types", undefined, signal), staleTime: 5 * 60_000, select: (data) => data.types });
}

/** A list as one of several queries of a page. */
export function listQuery(type: string, request: URLSearchParams) {
  const text = request.toString();
  return { queryKey: keys.list(type, text), queryFn: ({ signal }: { signal: AbortSignal }) => get<Page>(records(type), new URLSearchParams(text), signal) };
}

export function useList(type: string, request: URLSearchParams, options: { enabled?: boolean; keep?: boolean } = {}) {
  return useQuery({
    ...listQuery(type, request),
    enabled: options.enabled ?? true,
    // The old page stays while the next one comes, unless another type is asked for.
    placeholderData: options.keep ? (previous, query) => (query?.queryKey[1] === type ? keepPreviousData(previous) : undefined) : undefined,
  });
}

export function useRecord(type: string, id: string, enabled = true) {
  return useQuery({ queryKey: keys.record(type, id), queryFn: ({ signal }) => get<RecordData>(records(type, id), undefined, signal), enabled });
}

export const fetchRecord = (type: string, id: string): Promise<RecordData> => get<RecordData>(records(type, id));

export function useContextOf(type: string, id: string) {
  return useQuery({ queryKey: keys.context(type, id), queryFn: ({ signal }) => get<RecordContext>(`${records(type, id)}/context`, undefined, signal) });
}

export function useHistory(type: string, id: string) {
  return useQuery({ queryKey: keys.history(type, id), queryFn: ({ signal }) => get<{ history: HistoryEntry[]; labels?: Labels }>(`${records(type, id)}/history`, undefined, signal) });
}

export function useStory(type: string, id: string) {
  return useQuery({ queryKey: keys.story(type, id), queryFn: ({ signal }) => get<{ events: StoryEvent[] }>(`${records(type, id)}/story`, undefined, signal) });
}

export function useSearch(text: string) {
  return useQuery({
    queryKey: ["search", text],
    queryFn: ({ signal }) => get<{ results: SubjectRef[] }>("/search", new URLSearchParams({ q: text }), signal),
    enabled: text.length > 0,
    placeholderData: keepPreviousData,
    staleTime: 10_000,
  });
}

/** What must be read again after a record changed: itself, its lists, and what other pages tell about it. */
export function invalidateRecord(client: QueryClient, type: string, id?: string): void {
  void client.invalidateQueries({
    predicate: ({ queryKey: [operation, of, which] }) => {
      if (operation === "context" || operation === "story") return true;
      if (operation === "list") return of === type;
      return (operation === "record" || operation === "history" || operation === "title") && of === type && (id === undefined || which === id);
    },
  });
  if (type === "notification") void client.invalidateQueries({ queryKey: ["session"] });
  if (type === "flow_run") void client.invalidateQueries({ queryKey: ["flows"] });
}

export type Values = Record<string, unknown>;

export function useCreate(type: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ values, key }: { values: Values; key: string }) => call<RecordData>("POST", records(type), { body: values, key }),
    onSuccess: () => invalidateRecord(client, type),
  });
}

export function useUpdate(type: string, id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ values, rev }: { values: Values; rev: number }) => call<RecordData>("PATCH", records(type, id), { body: values, rev }),
    onSuccess: (record) => {
      if (record?.id === id) client.setQueryData(keys.record(type, id), record);
      invalidateRecord(client, type, id);
    },
  });
}

export function useTransition(type: string, id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, values, rev, key }: { name: string; values: Values; rev: number; key: string }) =>
      call<RecordData>("POST", `${records(type, id)}/transitions${pathOf(name)}`, { body: values, rev, key }),
    // A refusal can mean that what the page shows is old, so both ends read again.
    onSettled: () => invalidateRecord(client, type, id),
  });
}

export function useDelete(type: string, id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ rev }: { rev: number }) => call<void>("DELETE", records(type, id), { rev }),
    onSuccess: () => {
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[1] === type && queryKey[2] === id });
      void client.invalidateQueries({ queryKey: ["list", type] });
    },
  });
}
