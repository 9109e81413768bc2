/*
 * Who is logged in: asking, logging in by password, demo button or one-time link, logging out, wishes kept with the user.
 * SPDX-License-Identifier: Apache-2.0
 */
import { createContext, useContext } from "react";
import { useMutation, useQuery, useQueryClient, type QueryClient } from "@tanstack/react-query";
import type { Lang } from "@/lib/lang";
import type { Theme } from "@/lib/prefs";
import { call, setCsrf } from "@/api/client";
import { isProblem } from "@/api/problem";
import type { LoginInfo, Session } from "@/api/types";

export const SESSION_KEY = ["session"] as const;

async function fetchSession(signal?: AbortSignal): Promise<Session | null> {
  try {
    const session = await call<Session>("GET", "/session", { quiet: true, signal });
    setCsrf(session.csrf);
    return session;
  } catch (error) {
    if (!isProblem(error, 401)) throw error;
    setCsrf(null);
    return null;
  }
}

/** The session, or null when nobody is logged in. */
export function useSession() {
  return useQuery({ queryKey: SESSION_KEY, queryFn: ({ signal }) => fetchSession(signal), staleTime: 60_000 });
}

/** Given to the pages by the gate, so that none of them is drawn again in the moment of logging out. */
export const SessionContext = createContext<Session | null>(null);

/** The session inside pages that are only shown to someone who is logged in. */
export function useMe(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("a page for people who are logged in was drawn for nobody");
  return session;
}

export function useLoginInfo() {
  return useQuery({ queryKey: ["login"], queryFn: ({ signal }) => call<LoginInfo>("GET", "/login", { quiet: true, signal }), staleTime: 60_000 });
}

export type LoginRequest =
  | { kind: "password"; name: string; password: string }
  | { kind: "demo"; name: string }
  | { kind: "link"; token: string; password: string };

const LOGIN_PATH = { password: "/login", demo: "/login/demo", link: "/login/link" } as const;

export function useLogin() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ kind, ...body }: LoginRequest) => call<Session>("POST", LOGIN_PATH[kind], { body, quiet: true }),
    onSuccess: (session) => {
      setCsrf(session.csrf);
      forgetAll(client);
      client.setQueryData(SESSION_KEY, session);
    },
  });
}

export function useLogout() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call<void>("POST", "/logout", { quiet: true }),
    onSettled: () => loggedOut(client),
  });
}

/** Nothing that one person saw may be left for the next. */
function forgetAll(client: QueryClient): void {
  client.removeQueries({ predicate: (query) => query.queryKey[0] !== SESSION_KEY[0] });
}

export function loggedOut(client: QueryClient): void {
  setCsrf(null);
  client.setQueryData(SESSION_KEY, null);
  forgetAll(client);
}

/** Keeps a wish with the user; a failure leaves it in this browser only, which is no reason to disturb. */
export async function saveWish(wish: { lang?: Lang; theme?: Theme }): Promise<void> {
  try {
    await call<void>("PATCH", "/session", { body: wish, quiet: true });
  } catch {
    // Kept in localStorage already.
  }
}
