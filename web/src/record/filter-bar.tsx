/*
 * The filters of a list: free text, what is filtered by now, and a builder for one more.
 * SPDX-License-Identifier: Apache-2.0
 */
import { lazy, Suspense, useEffect, useState, type FormEvent } from "react";
import Button from "antd/es/button";
import Input from "antd/es/input";
import CloseOutlined from "@ant-design/icons/es/icons/CloseOutlined";
import FilterOutlined from "@ant-design/icons/es/icons/FilterOutlined";
import { useText } from "@/i18n";
import { formatDate, formatDecimal, formatDuration, formatInteger, formatPercent, formatTime } from "@/lib/format";
import { conditionText, type Condition, type ListState } from "@/lib/query";
import type { FieldInfo, Labels, TypeInfo } from "@/api/types";
import { Loading } from "@/ui/states";
import { fieldOf, targetOf, textFields, useFieldLabel } from "@/record/catalog";
import { useRecordTitle } from "@/record/record-link";

/** Its inputs are heavy and seldom needed. */
const FilterBuilder = lazy(() => import("@/record/filter-builder"));

export interface FilterBarProps {
  type: TypeInfo;
  state: ListState;
  labels?: Labels;
  onChange: (state: ListState) => void;
}

function LinkedName({ to, id, labels }: { to: string | undefined; id: string; labels?: Labels }) {
  const known = labels?.[id];
  const found = useRecordTitle(to, id, !known);
  const label = known ?? found;
  return <>{label?.title || label?.number || id}</>;
}

/** One value of a condition as a person reads it. */
function ValueText({ field, value, op, labels }: { field: FieldInfo; value: string; op: string; labels?: Labels }) {
  const { t, lang, label } = useText();
  switch (field.type) {
    case "select":
    case "multiselect":
      return <>{label(field.options?.find((option) => option.value === value)?.label, value)}</>;
    case "link":
    case "user":
      return <LinkedName to={targetOf(field)} id={value} labels={labels} />;
    case "bool":
      return <>{t(value === "true" ? "common.yes" : "common.no")}</>;
    case "date":
      return <>{formatDate(value, lang)}</>;
    case "datetime":
      return <>{formatTime(value, lang)}</>;
    case "int":
      return <>{formatInteger(value)}</>;
    case "decimal":
    case "money":
      return <>{formatDecimal(value)}</>;
    case "percent":
      return <>{formatPercent(value)}</>;
    case "duration":
      return <>{formatDuration(Number(value), lang)}</>;
    default:
      return <>{op === "ilike" || op === "like" ? value.replace(/^\*|\*$/g, "") : value}</>;
  }
}

function Chip({ type, condition, labels, onRemove }: { type: TypeInfo; condition: Condition; labels?: Labels; onRemove: () => void }) {
  const { t } = useText();
  const fieldLabel = useFieldLabel();
  const field = fieldOf(type, condition.field);
  const name = fieldLabel(type, condition.field);
  const word = t(`op.${condition.not ? "not_" : ""}${condition.op}`);
  return (
    <li className="chip">
      <span>
        {name} {word}{" "}
        {field ? (
          condition.values.map((value, index) => (
            <span key={value}>
              {index > 0 && t("list.or")}
              <ValueText field={field} value={value} op={condition.op} labels={labels} />
            </span>
          ))
        ) : (
          <code>{conditionText(condition)}</code>
        )}
      </span>
      <button type="button" className="icon-button" aria-label={t("list.remove_filter", { name })} onClick={onRemove}>
        <CloseOutlined aria-hidden />
      </button>
    </li>
  );
}

export function FilterBar({ type, state, labels, onChange }: FilterBarProps) {
  const { t } = useText();
  const [open, setOpen] = useState(false);
  const [quick, setQuick] = useState(state.q);
  useEffect(() => setQuick(state.q), [state.q]);
  // A filter leads to another list, so paging begins anew.
  const change = (part: Partial<ListState>): void => onChange({ ...state, ...part, after: null });
  const search = (event: FormEvent): void => {
    event.preventDefault();
    if (quick !== state.q) change({ q: quick.trim() });
  };
  const active = state.conditions.length + state.groups.length + (state.q ? 1 : 0);
  return (
    <div role="search" aria-label={t("list.filters")}>
      <div className="filter-bar">
        {textFields(type).length > 0 && (
          <form className="quick" onSubmit={search}>
            <Input
              allowClear
              value={quick}
              placeholder={t("list.quick")}
              aria-label={t("list.quick")}
              onChange={(event) => {
                setQuick(event.target.value);
                if (!event.target.value && state.q) change({ q: "" });
              }}
              onBlur={() => quick.trim() !== state.q && change({ q: quick.trim() })}
            />
          </form>
        )}
        <Button icon={<FilterOutlined aria-hidden />} aria-expanded={open} onClick={() => setOpen(!open)}>
          {t("list.add_filter")}
        </Button>
        {active > 0 && (
          <Button type="link" onClick={() => change({ conditions: [], groups: [], q: "" })}>
            {t("list.clear")}
          </Button>
        )}
      </div>
      {open && (
        <Suspense fallback={<Loading rows={1} />}>
          <FilterBuilder
            type={type}
            onAdd={(added) => {
              // A field is filtered by one way at a time: the new one takes the old one's place.
              change({ conditions: [...state.conditions.filter((item) => item.field !== added[0]?.field), ...added] });
              setOpen(false);
            }}
            onCancel={() => setOpen(false)}
          />
        </Suspense>
      )}
      {(state.conditions.length > 0 || state.groups.length > 0) && (
        <ul className="filter-bar" aria-label={t("list.active_filters")}>
          {state.conditions.map((condition, index) => (
            <Chip key={`${condition.field}-${index}`} type={type} condition={condition} labels={labels} onRemove={() => change({ conditions: state.conditions.filter((item) => item !== condition) })} />
          ))}
          {state.groups.map((group) => (
            <li className="chip" key={group.kind + group.text}>
              <code>{`${group.kind}=${group.text}`}</code>
              <button type="button" className="icon-button" aria-label={t("list.remove_filter", { name: group.kind })} onClick={() => change({ groups: state.groups.filter((item) => item !== group) })}>
                <CloseOutlined aria-hidden />
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
