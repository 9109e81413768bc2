/*
 * A list of records: a dense table where there is room, cards on a phone.
 * SPDX-License-Identifier: Apache-2.0
 */
import type { MouseEvent } from "react";
import CaretDownOutlined from "@ant-design/icons/es/icons/CaretDownOutlined";
import CaretUpOutlined from "@ant-design/icons/es/icons/CaretUpOutlined";
import { useText } from "@/i18n";
import type { Lang } from "@/lib/lang";
import type { Order } from "@/lib/query";
import type { FieldInfo, Labels, RecordData, TypeInfo } from "@/api/types";
import { AppLink, recordHref, useGo } from "@/ui/link";
import { useNarrow } from "@/ui/use-narrow";
import { cellClass, fieldOf, langOfField, RIGHT_ALIGNED, titleField, titleOf, useFieldLabel } from "@/record/catalog";
import { FieldValue, isEmpty, StateTag } from "@/record/field-value";

export interface RecordTableProps {
  type: TypeInfo;
  records: RecordData[];
  labels?: Labels;
  order: Order[];
  /** The address that sorts by a field. */
  sortHref: (field: string) => string;
  busy?: boolean;
}

/** The columns of the list view; the title is always among them, since it is the way in. */
export function listColumns(type: TypeInfo, lang: Lang): string[] {
  const title = titleField(type, lang);
  // Of naming fields in two languages only the reader's is shown, in the place of the first.
  const listed = type.views.list.map((name) => (langOfField(type, name) ? title : name));
  const columns = [...new Set(listed)].filter((name) => fieldOf(type, name));
  if (!columns.includes(title) && title !== "id" && type.fields[title]) columns.splice(columns.includes("number") ? 1 : 0, 0, title);
  if (!columns.length) columns.push("id");
  return columns;
}

const LEADS: ReadonlySet<string> = new Set(["link", "user", "link_any"]);

/** A click anywhere on a row opens it, unless it was meant for something in the row or to mark text. */
function useRowOpen(type: TypeInfo): (event: MouseEvent, id: string) => void {
  const go = useGo();
  return (event, id) => {
    if ((event.target as HTMLElement).closest("a,button,input,label")) return;
    if (globalThis.getSelection?.()?.toString()) return;
    go(recordHref(type.type, id));
  };
}

export function RecordTable(props: RecordTableProps) {
  return useNarrow() ? <Cards {...props} /> : <Table {...props} />;
}

function ColumnHead({ type, name, order, sortHref }: { type: TypeInfo; name: string; order: Order[]; sortHref: (field: string) => string }) {
  const fieldLabel = useFieldLabel();
  const { t } = useText();
  const field = fieldOf(type, name) as FieldInfo;
  const sorted = order.find((item) => item.field === name);
  const text = fieldLabel(type, name);
  return (
    <th scope="col" className={RIGHT_ALIGNED.has(field.type) ? "num" : undefined} aria-sort={sorted ? (sorted.desc ? "descending" : "ascending") : undefined}>
      {field.sortable ? (
        <AppLink href={sortHref(name)} className="sort-link" title={t("list.sort")}>
          {text}
          {sorted ? sorted.desc ? <CaretDownOutlined aria-hidden /> : <CaretUpOutlined aria-hidden /> : null}
        </AppLink>
      ) : (
        text
      )}
    </th>
  );
}

function Table({ type, records, labels, order, sortHref, busy }: RecordTableProps) {
  const { label, t, lang } = useText();
  const open = useRowOpen(type);
  const title = titleField(type, lang);
  const columns = listColumns(type, lang);
  return (
    <div className="table-box" tabIndex={0} role="region" aria-label={label(type.plural, type.type)} aria-busy={busy || undefined}>
      <table className="data">
        <thead>
          <tr>
            {columns.map((name) => (
              <ColumnHead key={name} type={type} name={name} order={order} sortHref={sortHref} />
            ))}
          </tr>
        </thead>
        <tbody>
          {records.map((record) => (
            <tr key={record.id} data-record={`${type.type}/${record.id}`} onClick={(event) => open(event, record.id)}>
              {columns.map((name, index) => {
                const field = fieldOf(type, name) as FieldInfo;
                const value = record[name];
                // The title leads to the record, and so does the first cell where it leads nowhere else.
                const linked = name === title || (index === 0 && !LEADS.has(field.type) && !isEmpty(value));
                return (
                  <td key={name} className={name === "number" ? "nowrap" : cellClass(field)}>
                    {linked ? (
                      <AppLink href={recordHref(type.type, record.id)}>{isEmpty(value) ? t("record.untitled") : <FieldValue type={type} name={name} field={field} value={value} labels={labels} cell />}</AppLink>
                    ) : (
                      <FieldValue type={type} name={name} field={field} value={value} labels={labels} cell />
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cards({ type, records, labels, busy }: RecordTableProps) {
  const { t, lang } = useText();
  const fieldLabel = useFieldLabel();
  const open = useRowOpen(type);
  const columns = listColumns(type, lang).filter((name) => name !== "number" && name !== "state" && name !== titleField(type, lang));
  return (
    <ul className="cards" aria-busy={busy || undefined}>
      {records.map((record) => (
        <li className="card" key={record.id} data-record={`${type.type}/${record.id}`} onClick={(event) => open(event, record.id)}>
          <div className="card-head">
            <AppLink href={recordHref(type.type, record.id)}>{titleOf(type, record) || t("record.untitled")}</AppLink>
            {record.state && <StateTag type={type} state={record.state} />}
          </div>
          {record.number && <span className="number">{record.number}</span>}
          <dl>
            {columns
              .filter((name) => !isEmpty(record[name]))
              .map((name) => [
                <dt key={`${name}-name`}>{fieldLabel(type, name)}</dt>,
                <dd key={name}>
                  <FieldValue type={type} name={name} field={fieldOf(type, name) as FieldInfo} value={record[name]} labels={labels} cell />
                </dd>,
              ])}
          </dl>
        </li>
      ))}
    </ul>
  );
}
