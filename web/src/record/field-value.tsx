/*
 * A field's value as a person reads it, in a table's cell or on a page.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useText } from "@/i18n";
import { formatDecimal, formatDuration, formatInteger, formatMoney, formatPercent, isNegative, type Money } from "@/lib/format";
import type { FieldInfo, Labels, TypeInfo } from "@/api/types";
import { Day, Moment, Tag, Words } from "@/ui/words";
import { cellClass, fieldOf, langOfField, RIGHT_ALIGNED, targetOf, useCatalog, useFieldLabel } from "@/record/catalog";
import { RecordLink } from "@/record/record-link";

export interface FieldValueProps {
  type: TypeInfo;
  name: string;
  field: FieldInfo;
  value: unknown;
  labels?: Labels;
  /** In a cell long text is cut to two lines; on a page it is shown whole. */
  cell?: boolean;
  resolve?: boolean;
}

export function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

export function StateTag({ type, state }: { type: TypeInfo | undefined; state: string }) {
  const info = type?.states[state];
  return (
    <Tag kind={info?.kind}>
      <Words label={info?.label} fallback={state} />
    </Tag>
  );
}

/** From one state to another; nothing where it stayed the same. */
export function StateMove({ type, before, after }: { type: TypeInfo | undefined; before: string | null | undefined; after: string | null | undefined }) {
  const { t } = useText();
  if (!before || !after || before === after) return null;
  return (
    <span className="row">
      <StateTag type={type} state={before} />
      <span aria-hidden>→</span>
      <span className="sr-only">{t("story.to")}</span>
      <StateTag type={type} state={after} />
    </span>
  );
}

function OptionTag({ field, value }: { field: FieldInfo; value: string }) {
  const option = field.options?.find((item) => item.value === value);
  return (
    <Tag color={option?.color}>
      <Words label={option?.label} fallback={value} />
    </Tag>
  );
}

export function MoneyText({ value }: { value: Money }) {
  const { lang } = useText();
  return <span className={isNegative(value.amount) ? "negative" : undefined}>{formatMoney(value, lang)}</span>;
}

function LinesTable({ field, value, labels, resolve }: FieldValueProps) {
  const { type: typeOf } = useCatalog();
  const fieldLabel = useFieldLabel();
  const { t } = useText();
  const line = field.of ? typeOf(field.of) : undefined;
  const rows = value as Record<string, unknown>[];
  if (!line) return <pre>{JSON.stringify(rows, null, 2)}</pre>;
  const columns = lineColumns(line);
  return (
    <div className="table-box" tabIndex={0} role="region" aria-label={t("record.lines")}>
      <table className="data">
        <thead>
          <tr>
            {columns.map((name) => (
              <th key={name} scope="col" className={RIGHT_ALIGNED.has(fieldOf(line, name)?.type ?? "text") ? "num" : undefined}>
                {fieldLabel(line, name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={String(row.id ?? index)}>
              {columns.map((name) => {
                const column = fieldOf(line, name) as FieldInfo;
                return (
                  <td key={name} className={cellClass(column)}>
                    <FieldValue type={line} name={name} field={column} value={row[name]} labels={labels} cell resolve={resolve} />
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

/** The columns of a document's lines: those its type lists, else all its own but the link back. */
export function lineColumns(line: TypeInfo): string[] {
  const listed = line.views.list.filter((name) => line.fields[name]);
  if (listed.length) return listed;
  return Object.keys(line.fields).filter((name) => line.fields[name]?.to !== line.part_of || line.fields[name]?.type !== "link");
}

const ID_OR_HASH = /^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32,128})$/i;

/** A payload that is kept as text, laid out for a person. */
function laidOut(text: string): string | null {
  if (!/^\s*[{[]/.test(text)) return null;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return null;
  }
}

/** Plain words as they are; technical text looks technical. */
function PlainText({ text, cell }: { text: string; cell?: boolean }) {
  if (ID_OR_HASH.test(text)) return <code className={cell ? "clip" : undefined}>{text}</code>;
  if (cell) return <span className="clip">{text}</span>;
  const payload = laidOut(text);
  return payload === null ? text : <pre tabIndex={0}>{payload}</pre>;
}

export function FieldValue(props: FieldValueProps) {
  const { type, name, field, value, labels, cell, resolve } = props;
  const { t, lang } = useText();
  if (field.secret || field.type === "secret") return <span className="muted">{isEmpty(value) ? t("record.secret") : t("record.secret_set")}</span>;
  if (isEmpty(value)) return <span className="muted">{cell ? "" : "—"}</span>;
  if (name === "state") return <StateTag type={type} state={String(value)} />;
  const other = langOfField(type, name);
  if (other && other !== lang) return <span lang={other}>{String(value)}</span>;
  if (name === "id") return <code>{String(value)}</code>;
  switch (field.type) {
    case "money":
      return <MoneyText value={value as Money} />;
    case "int":
      return <span className={isNegative(String(value)) ? "negative" : undefined}>{formatInteger(value as string | number)}</span>;
    case "decimal":
      return <span className={isNegative(String(value)) ? "negative" : undefined}>{formatDecimal(value as string | number)}</span>;
    case "percent":
      return formatPercent(value as string | number);
    case "bool":
      return t(value ? "common.yes" : "common.no");
    case "date":
      return <Day value={String(value)} />;
    case "datetime":
      return <Moment value={String(value)} seconds={!cell} />;
    case "duration":
      return formatDuration(Number(value), lang);
    case "select":
      return <OptionTag field={field} value={String(value)} />;
    case "multiselect":
      return (
        <span className="row">
          {(value as string[]).map((item) => (
            <OptionTag key={item} field={field} value={item} />
          ))}
        </span>
      );
    case "tags":
      return (
        <span className="row">
          {(value as string[]).map((item) => (
            <Tag key={item}>{item}</Tag>
          ))}
        </span>
      );
    case "link":
    case "user":
      return (
        <span className="link-list">
          {[value].flat().map((id) => (
            <RecordLink key={String(id)} type={targetOf(field)} id={String(id)} labels={labels} resolve={resolve} withNumber={!cell && field.type === "link"} />
          ))}
        </span>
      );
    case "link_any": {
      const ref = value as { type: string; id: string };
      return <RecordLink type={ref.type} id={ref.id} labels={labels} resolve={resolve ?? !labels?.[ref.id]} withNumber={!cell} />;
    }
    case "lines":
      return cell ? t("record.line_count", { count: (value as unknown[]).length }) : <LinesTable {...props} />;
    case "json":
      return cell ? <code className="clip">{JSON.stringify(value)}</code> : <pre>{JSON.stringify(value, null, 2)}</pre>;
    default:
      return <PlainText text={String(value)} cell={cell} />;
  }
}
