/*
 * The records that changed last, over all types of the menu.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useQueries } from "@tanstack/react-query";
import { useText } from "@/i18n";
import { listQuery } from "@/api/records";
import { AppLink, recordHref } from "@/ui/link";
import { Panel } from "@/ui/page";
import { Empty, Loading } from "@/ui/states";
import { Moment, Words } from "@/ui/words";
import { hasPages, titleOf, useCatalog } from "@/record/catalog";
import { StateTag } from "@/record/field-value";

const SHOWN = 12;
const PER_TYPE = 5;

export function RecentChanges() {
  const { t } = useText();
  const { types } = useCatalog();
  const shown = types.filter((type) => hasPages(type) && !type.ledger && (type.menu?.group === "project" || type.menu?.group === "operations"));
  const answers = useQueries({
    queries: shown.map((type) => listQuery(type.type, new URLSearchParams({ order: "changed_at.desc", limit: String(PER_TYPE), count: "none" }))),
  });
  const rows = shown
    .flatMap((type, index) => (answers[index]?.data?.records ?? []).map((record) => ({ type, record })))
    .sort((a, b) => String(b.record.changed_at).localeCompare(String(a.record.changed_at)))
    .slice(0, SHOWN);
  return (
    <div className="panel-gap">
      <Panel title={t("home.recent")} flush>
        {!rows.length ? (
          answers.some((answer) => answer.isPending) ? (
            <Loading rows={4} />
          ) : (
            <Empty>{t("home.recent_none")}</Empty>
          )
        ) : (
          <ul className="plain-list">
            {rows.map(({ type, record }) => (
              <li key={record.id} data-record={`${type.type}/${record.id}`}>
                <span className="main">
                  <span className="muted small">
                    <Words label={type.label} fallback={type.type} />{" "}
                  </span>
                  {record.number && <span className="number">{record.number} </span>}
                  <AppLink href={recordHref(type.type, record.id)}>{titleOf(type, record) || t("record.untitled")}</AppLink>
                </span>
                {record.state && <StateTag type={type} state={record.state} />}
                <span className="muted small">
                  <Moment value={record.changed_at} />
                </span>
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </div>
  );
}
