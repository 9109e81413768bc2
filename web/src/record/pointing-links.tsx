/*
 * Who points at a record: for each field that does, how many and the newest of them.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useText } from "@/i18n";
import { useList } from "@/api/records";
import type { FieldInfo, Labels, PointingLink, RecordContext, RecordData, TypeInfo } from "@/api/types";
import { AppLink, listHref, recordHref } from "@/ui/link";
import { Empty, Fault, Loading } from "@/ui/states";
import { Moment, Words } from "@/ui/words";
import { titleOf, useCatalog } from "@/record/catalog";
import { FieldValue, isEmpty, StateTag } from "@/record/field-value";

const SHOWN = 10;
const GLIMPSE = 3;

/** Of a record that has no name (an entry of a ledger) the first things that its list would show. */
function Glimpse({ type, record, labels }: { type: TypeInfo; record: RecordData; labels?: Labels }) {
  const shown = type.views.list.filter((name) => type.fields[name] && name !== "id" && name !== "created_at" && !isEmpty(record[name])).slice(0, GLIMPSE);
  return shown.map((name) => (
    <span key={name}>
      {" "}
      <FieldValue type={type} name={name} field={type.fields[name] as FieldInfo} value={record[name]} labels={labels} cell />
    </span>
  ));
}

function Pointing({ link, type, id }: { link: PointingLink; type: TypeInfo; id: string }) {
  const { t } = useText();
  const request = new URLSearchParams({ [link.field]: `eq.${id}`, limit: String(SHOWN), order: "changed_at.desc", labels: "true" });
  const { data, error, refetch } = useList(type.type, request);
  return (
    <section className="panel flush">
      <div className="panel-head">
        <h2>
          <Words label={type.plural} fallback={type.type} />
          {t("links.by_field")}
          <Words label={link.label} fallback={link.field} />
          <span className="badge">{link.count}</span>
        </h2>
        <AppLink href={listHref(type.type, `?${link.field}=eq.${id}`)}>{t("links.all")}</AppLink>
      </div>
      <div className="panel-body">
        {error ? (
          <Fault error={error} onRetry={() => void refetch()} />
        ) : !data ? (
          <Loading rows={2} />
        ) : (
          <ul className="plain-list">
            {data.records.map((record) => (
              <li key={record.id} data-record={`${type.type}/${record.id}`}>
                <span className="main">
                  {record.number && <span className="number">{record.number} </span>}
                  <AppLink href={recordHref(type.type, record.id)}>{titleOf(type, record) || t("story.open")}</AppLink>
                  {!titleOf(type, record) && <Glimpse type={type} record={record} labels={data.labels} />}
                </span>
                {record.state && <StateTag type={type} state={record.state} />}
                <span className="muted small">
                  <Moment value={record.changed_at} />
                </span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

export function PointingLinks({ context, id }: { context: RecordContext; id: string }) {
  const { t } = useText();
  const { type: typeOf } = useCatalog();
  const links = context.links.filter((link) => link.count > 0);
  if (!links.length) return <Empty>{t("links.none")}</Empty>;
  return (
    <div>
      {links.map((link) => {
        const type = typeOf(link.type);
        const key = `${link.type}.${link.field}`;
        if (type && !type.part_of) return <Pointing key={key} link={link} type={type} id={id} />;
        return (
          <p key={key} className="panel panel-body">
            <Words label={type?.plural} fallback={link.type} />
            {t("links.by_field")}
            <Words label={link.label} fallback={link.field} />
            <span className="badge">{link.count}</span>
          </p>
        );
      })}
    </div>
  );
}
