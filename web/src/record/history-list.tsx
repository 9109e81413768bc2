/*
 * The history of a record: who changed what when, from what to what, and by which way.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useText } from "@/i18n";
import { useHistory } from "@/api/records";
import type { HistoryEntry, Labels, Person, TypeInfo } from "@/api/types";
import { Empty, Fault, Loading } from "@/ui/states";
import { Moment, Tag, Words } from "@/ui/words";
import { fieldOf, useFieldLabel } from "@/record/catalog";
import { FieldValue, StateMove } from "@/record/field-value";
import { RecordLink } from "@/record/record-link";
import { Source } from "@/record/source";

export function PersonName({ person, labels }: { person: string | Person | null | undefined; labels?: Labels }) {
  const { t } = useText();
  if (!person) return <span className="muted">{t("history.system")}</span>;
  const id = typeof person === "string" ? person : person.id;
  const known = typeof person === "string" ? labels : { ...labels, ...(person.title ? { [id]: { type: "user", number: null, title: person.title } } : {}) };
  return <RecordLink type="user" id={id} labels={known} resolve />;
}

function Changes({ type, changes, labels }: { type: TypeInfo; changes: HistoryEntry["changes"]; labels?: Labels }) {
  const fieldLabel = useFieldLabel();
  const { t } = useText();
  const value = (name: string, raw: unknown) => {
    const field = fieldOf(type, name);
    if (field) return <FieldValue type={type} name={name} field={field} value={raw} labels={labels} cell resolve />;
    return raw === null || raw === undefined ? null : <code>{typeof raw === "string" ? raw : JSON.stringify(raw)}</code>;
  };
  const none = (raw: unknown): boolean => raw === null || raw === undefined || raw === "" || (Array.isArray(raw) && !raw.length);
  return (
    <div className="changes">
      {Object.entries(changes).map(([name, { before, after }]) => (
        <div className="change" key={name}>
          <span className="name">{fieldLabel(type, name)}</span>
          <span className="before">
            <span className="sr-only">{t("history.before")} </span>
            {none(before) ? t("history.empty") : value(name, before)}
          </span>
          <span className="arrow" aria-hidden>
            →
          </span>
          <span className="after">
            <span className="sr-only">{t("history.after")} </span>
            {none(after) ? t("history.empty") : value(name, after)}
          </span>
        </div>
      ))}
    </div>
  );
}

export function HistoryList({ type, id, labels }: { type: TypeInfo; id: string; labels?: Labels }) {
  const { t } = useText();
  const { data, error, refetch } = useHistory(type.type, id);
  if (error) return <Fault error={error} onRetry={() => void refetch()} />;
  if (!data) return <Loading />;
  const known = { ...labels, ...data.labels };
  const entries = [...data.history].sort((a, b) => b.rev - a.rev);
  if (!entries.length) return <Empty>{t("history.none")}</Empty>;
  return (
    <ol className="entries">
      {entries.map((entry, index) => (
        <li className="entry" key={`${entry.rev}-${entry.at}-${index}`}>
          <div className="entry-head">
            <strong>
              <PersonName person={entry.actor} labels={known} />
            </strong>
            {entry.on_behalf_of && (
              <span>
                {t("history.for")} <PersonName person={entry.on_behalf_of} labels={known} />
              </span>
            )}
            {entry.transition ? (
              <Tag kind="open">
                <Words label={type.transitions[entry.transition]?.label} fallback={entry.transition} />
              </Tag>
            ) : (
              <span>{t(entry.type === "record.derived" ? "event.record_derived" : entry.rev === 1 ? "history.created" : "history.changed")}</span>
            )}
            {!entry.changes?.state && <StateMove type={type} before={entry.state_before} after={entry.state_after} />}
            <Source value={entry.source} />
            <span className="muted">
              <Moment value={entry.at} seconds />
            </span>
            <span className="muted">{t("record.revision", { rev: entry.rev })}</span>
          </div>
          <Changes type={type} changes={entry.changes ?? {}} labels={known} />
        </li>
      ))}
    </ol>
  );
}
