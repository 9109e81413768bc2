/*
 * The one door to the server: JSON in and out, the session's CSRF word, the reader's language, refusals as ApiProblem.
 * SPDX-License-Identifier: Apache-2.0
 */
import { freshKey } from "@/lib/id";
import type { Lang } from "@/lib/lang";
import { ApiProblem, OFFLINE, toProblem, UNREADABLE } from "@/api/problem";

const BASE = "/api/v1";

/** Kept in memory only: nothing of a session is to be found in storage. */
let csrf: string | null = null;
let lang: Lang = "zh-CN";
let onLoggedOut: () => void = () => {};

export const setCsrf = (word: string | null): void => void (csrf = word);
export const setApiLang = (value: Lang): void => void (lang = value);
export const setOnLoggedOut = (fn: () => void): void => void (onLoggedOut = fn);

export interface CallOptions {
  query?: URLSearchParams;
  body?: unknown;
  rev?: number;
  /** The key of a POST; the same one is given again when a person tries again, so that nothing happens twice. */
  key?: string;
  signal?: AbortSignal;
  /** A log-in page asks who is there without being sent to itself. */
  quiet?: boolean;
}

export async function call<T>(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, options: CallOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json", "Accept-Language": lang };
  if (options.body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET" && csrf) headers["X-CSRF-Token"] = csrf;
  if (options.rev !== undefined) headers["If-Match"] = `"${options.rev}"`;
  if (method === "POST") headers["Idempotency-Key"] = options.key ?? freshKey();
  const query = options.query?.toString();
  let response: Response;
  try {
    response = await fetch(`${BASE}${path}${query ? `?${query}` : ""}`, {
      method,
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      signal: options.signal,
      credentials: "same-origin",
      cache: "no-store",
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiProblem({ status: 0, code: OFFLINE });
  }
  const text = await response.text();
  if (!response.ok) {
    const problem = toProblem(response.status, text);
    if (response.status === 401 && !options.quiet) onLoggedOut();
    throw problem;
  }
  if (!text) return undefined as T;
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new ApiProblem({ status: response.status, code: UNREADABLE });
  }
}

export const get = <T>(path: string, query?: URLSearchParams, signal?: AbortSignal): Promise<T> => call<T>("GET", path, { query, signal });

/** Joins a path from parts, each encoded. */
export function pathOf(...parts: string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join("");
}
