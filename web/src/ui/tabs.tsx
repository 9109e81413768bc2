/*
 * Tabs whose choice stands in the address: each is a link, arrow keys move between them.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useRef, type KeyboardEvent, type ReactNode } from "react";
import { AppLink } from "@/ui/link";

export interface Tab {
  key: string;
  label: ReactNode;
  href: string;
}

export function Tabs({ tabs, active, label, children }: { tabs: Tab[]; active: string; label: string; children: ReactNode }) {
  const list = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    event.preventDefault();
    const links = [...(list.current?.querySelectorAll<HTMLAnchorElement>("[role=tab]") ?? [])];
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    const next = links[(at + step + links.length) % links.length];
    next?.focus();
    next?.click();
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={move}>
        {tabs.map((tab) => (
          <AppLink
            key={tab.key}
            role="tab"
            id={`tab-${tab.key}`}
            href={tab.href}
            replace
            aria-selected={tab.key === active}
            aria-controls={tab.key === active ? `panel-${tab.key}` : undefined}
            tabIndex={tab.key === active ? 0 : -1}
            className="tab"
          >
            {tab.label}
          </AppLink>
        ))}
      </div>
      <div role="tabpanel" id={`panel-${active}`} aria-labelledby={`tab-${active}`}>
        {children}
      </div>
    </>
  );
}
