/*
 * Jobs, flows and the demo company's actions.
 * SPDX-License-Identifier: Apache-2.0
 */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { call, get, pathOf } from "@/api/client";
import type { DemoAction, DemoResult, Flow, JobPage } from "@/api/types";

export function useJobs(state: string, before: string | null) {
  const query = new URLSearchParams({ limit: "50" });
  if (state) query.set("state", state);
  if (before) query.set("before", before);
  return useQuery({
    queryKey: ["jobs", state, before],
    queryFn: ({ signal }) => get<JobPage>("/jobs", query, signal),
    placeholderData: keepPreviousData,
    // Jobs are no records, so the stream does not tell of them.
    refetchInterval: 5000,
  });
}

export function useJobAction() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, action, payload, key }: { id: string; action: "replay" | "drop"; payload?: unknown; key: string }) =>
      call<void>("POST", `/jobs${pathOf(id, action)}`, { body: payload === undefined ? {} : { payload }, key }),
    onSettled: () => client.invalidateQueries({ queryKey: ["jobs"] }),
  });
}

export function useFlows() {
  return useQuery({ queryKey: ["flows"], queryFn: ({ signal }) => get<{ flows: Flow[] }>("/flows", undefined, signal), select: (data) => data.flows });
}

export function useFlowSwitch() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, on }: { name: string; on: boolean }) => call<void>("POST", `/flows${pathOf(name, on ? "on" : "off")}`, { body: {} }),
    onSettled: () => client.invalidateQueries({ queryKey: ["flows"] }),
  });
}

export function useDemoActions(enabled: boolean) {
  return useQuery({ queryKey: ["demo"], queryFn: ({ signal }) => get<{ actions: DemoAction[] }>("/demo", undefined, signal), enabled, staleTime: 60_000, select: (data) => data.actions });
}

export function useDemoAction() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name }: { name: string }) => call<DemoResult>("POST", `/demo${pathOf(name)}`, { body: {} }),
    onSuccess: () => void client.invalidateQueries({ queryKey: ["list"] }),
  });
}
