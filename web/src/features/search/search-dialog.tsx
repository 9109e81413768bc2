/*
 * Searching everything by number or title, and going to a list by its name (Ctrl or Cmd+K).
 * SPDX-License-Identifier: Apache-2.0
 */
import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import Input from "antd/es/input";
import { useText } from "@/i18n";
import { useSearch } from "@/api/records";
import { Dialog } from "@/ui/dialog";
import { AppLink, listHref, recordHref, useGo } from "@/ui/link";
import { useFaultText } from "@/ui/states";
import { Words } from "@/ui/words";
import { hasPages, useCatalog } from "@/record/catalog";

interface Hit {
  key: string;
  href: string;
  number: string | null;
  title: string;
  kind: string;
  record?: string;
}

function useDelayed(text: string): string {
  const [delayed, setDelayed] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setDelayed(text), 180);
    return () => clearTimeout(timer);
  }, [text]);
  return delayed;
}

function useHits(typed: string): { hits: Hit[]; busy: boolean; error: unknown } {
  const { types, type: typeOf } = useCatalog();
  const { label, t } = useText();
  const text = useDelayed(typed.trim());
  const { data, isFetching, error } = useSearch(text);
  const lower = typed.trim().toLowerCase();
  const lists = types
    .filter((type) => hasPages(type) && type.menu && (!lower || [type.label.en, type.label.zh, type.plural.en, type.plural.zh].some((word) => word?.toLowerCase().includes(lower))))
    .slice(0, lower ? 5 : 8)
    .map((type) => ({ key: `list/${type.type}`, href: listHref(type.type), number: null, title: label(type.plural, type.type), kind: t("search.list") }));
  const records = (lower ? (data?.results ?? []) : []).map((item) => ({
    key: `${item.type}/${item.id}`,
    href: recordHref(item.type, item.id),
    number: item.number,
    title: item.title ?? item.number ?? t("record.untitled"),
    kind: label(typeOf(item.type)?.label, item.type),
    record: `${item.type}/${item.id}`,
  }));
  return { hits: [...records, ...lists], busy: isFetching || text !== typed.trim(), error };
}

export default function SearchDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useText();
  return (
    <Dialog open={open} title={t("search.title")} onClose={onClose} closeOnBackdrop width={640}>
      <Search onClose={onClose} />
    </Dialog>
  );
}

function Search({ onClose }: { onClose: () => void }) {
  const { t } = useText();
  const go = useGo();
  const faultText = useFaultText();
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const box = useRef<HTMLDivElement>(null);
  const { hits, busy, error } = useHits(typed);
  const active = Math.min(at, Math.max(0, hits.length - 1));
  const move = (event: KeyboardEvent): void => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) {
      event.preventDefault();
      setAt(Math.max(0, Math.min(hits.length - 1, active + step)));
      box.current?.querySelectorAll("li")[active + step]?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      const hit = hits[active];
      if (hit && !busy) {
        event.preventDefault();
        onClose();
        go(hit.href);
      }
    }
  };
  return (
    <div onKeyDown={move}>
      <Input
        autoFocus
        size="large"
        type="search"
        value={typed}
        placeholder={t("search.placeholder")}
        aria-label={t("search.placeholder")}
        aria-controls="search-results"
        onChange={(event) => {
          setTyped(event.target.value);
          setAt(0);
        }}
      />
      <div className="search-results" id="search-results" ref={box} aria-busy={busy && typed !== ""} aria-live="polite">
        {error ? <p className="empty">{faultText(error)}</p> : null}
        {!hits.length && !busy && <p className="empty">{t("common.nothing_found")}</p>}
        <ul>
          {hits.map((hit, index) => (
            <li key={hit.key} data-record={hit.record}>
              <AppLink href={hit.href} className={index === active ? "active" : undefined} onClick={() => onClose()}>
                {hit.number && hit.number !== hit.title && <span className="number">{hit.number}</span>}
                <span className="grow">{hit.title}</span>
                <span className="muted small">
                  <Words label={undefined} fallback={hit.kind} />
                </span>
              </AppLink>
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}
