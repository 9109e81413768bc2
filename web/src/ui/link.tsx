/*
 * Links that are real <a href> and stay inside the page, and moving about by address.
 * SPDX-License-Identifier: Apache-2.0
 */
import type { AnchorHTMLAttributes, MouseEvent, Ref } from "react";
import { useLocation, useRouter } from "@tanstack/react-router";

export interface GoOptions {
  replace?: boolean;
  /** Kept with the entry of the browser's history. */
  state?: Record<string, unknown>;
}

/** Goes to an address of ours. */
export function useGo(): (href: string, options?: GoOptions) => void {
  const { history } = useRouter();
  return (href, { replace, state } = {}) => (replace ? history.replace(href, state) : history.push(href, state));
}

/** The query of the address as it stands, with its question mark. */
export function useSearchText(): string {
  return useLocation({ select: (location) => location.searchStr });
}

export function usePath(): string {
  return useLocation({ select: (location) => location.pathname });
}

export interface AppLinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  href: string;
  replace?: boolean;
  ref?: Ref<HTMLAnchorElement>;
}

export function AppLink({ href, replace, onClick, target, ...rest }: AppLinkProps) {
  const go = useGo();
  const handle = (event: MouseEvent<HTMLAnchorElement>): void => {
    onClick?.(event);
    // Opening in a new tab or window is the browser's own affair.
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || target) return;
    event.preventDefault();
    go(href, { replace });
  };
  return <a href={href} target={target} onClick={handle} {...rest} />;
}

export const recordHref = (type: string, id: string): string => `/t/${encodeURIComponent(type)}/${encodeURIComponent(id)}`;
export const listHref = (type: string, search = ""): string => `/t/${encodeURIComponent(type)}${search}`;
