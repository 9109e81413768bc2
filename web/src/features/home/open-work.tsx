/*
 * Lists that wait for me: per type how many records are in open states that I can move on, each number opening its list.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useQueries } from "@tanstack/react-query";
import { useText } from "@/i18n";
import { formatDecimal } from "@/lib/format";
import { listQuery } from "@/api/records";
import type { TypeInfo } from "@/api/types";
import { AppLink, listHref } from "@/ui/link";
import { Panel } from "@/ui/page";
import { Empty, Loading } from "@/ui/states";
import { Words } from "@/ui/words";
import { hasPages, useCatalog } from "@/record/catalog";
import { StateTag } from "@/record/field-value";

interface Watched {
  type: TypeInfo;
  state: string;
}

/** Open and draft states that somebody can move a record on from. */
export function watchedStates(types: TypeInfo[]): Watched[] {
  const out: Watched[] = [];
  for (const type of types) {
    if (!hasPages(type) || !type.menu || !type.actions.includes("update")) continue;
    if (type.menu.group !== "project" && type.menu.group !== "operations") continue;
    const left = new Set(Object.values(type.transitions).flatMap((transition) => transition.from));
    for (const [state, info] of Object.entries(type.states)) if (left.has(state) && (info.kind === "open" || info.kind === "draft")) out.push({ type, state });
  }
  return out;
}

export function OpenWork() {
  const { t } = useText();
  const { types } = useCatalog();
  const watched = watchedStates(types);
  const answers = useQueries({
    queries: watched.map(({ type, state }) => listQuery(type.type, new URLSearchParams({ state: `eq.${state}`, limit: "1" }))),
  });
  const counts = watched.map((item, index) => ({ ...item, count: answers[index]?.data?.count ?? 0 })).filter((item) => item.count > 0);
  const byType = types.map((type) => ({ type, states: counts.filter((item) => item.type === type) })).filter((item) => item.states.length);
  const busy = answers.some((answer) => answer.isPending);
  return (
    <Panel title={t("home.open_work")}>
      {busy && !byType.length ? (
        <Loading rows={3} />
      ) : !byType.length ? (
        <Empty>{t("home.open_none")}</Empty>
      ) : (
        <ul className="tiles">
          {byType.map(({ type, states }) => (
            <li className="tile" key={type.type}>
              <strong>
                <AppLink href={listHref(type.type)}>
                  <Words label={type.plural} fallback={type.type} />
                </AppLink>
              </strong>
              {states.map(({ state, count }) => (
                <AppLink key={state} href={listHref(type.type, `?state=eq.${state}`)} className="row">
                  <span className="figure">{formatDecimal(count)}</span>
                  <StateTag type={type} state={state} />
                </AppLink>
              ))}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
