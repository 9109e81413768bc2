/*
 * The filters of a list: free text, what is filtered by now, and a builder for one more.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useEffect, useState, type FormEvent } from "react";
import Button from "antd/es/button";
import Input from "antd/es/input";
import Select from "antd/es/select";
import CloseOutlined from "@ant-design/icons/es/icons/CloseOutlined";
import FilterOutlined from "@ant-design/icons/es/icons/FilterOutlined";
import { useText } from "@/i18n";
import { formatDate, formatDecimal, formatDuration, formatPercent, formatTime } from "@/lib/format";
import { conditionText, type Condition, type ListState } from "@/lib/query";
import type { FieldInfo, Labels, TypeInfo } from "@/api/types";
import { fieldOf, targetOf, textFields, useFieldLabel } from "@/record/catalog";
import { DayInput } from "@/record/field-input";
import { filterFields, kindsOf, needsValue, toConditions, type Draft, type FilterKind } from "@/record/filter-kinds";
import { LinkPicker } from "@/record/link-picker";
import { useRecordTitle } from "@/record/record-link";

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
        <Builder
          type={type}
          onAdd={(added) => {
            // A field is filtered by one way at a time: the new one takes the old one's place.
            change({ conditions: [...state.conditions.filter((item) => item.field !== added[0]?.field), ...added] });
            setOpen(false);
          }}
          onCancel={() => setOpen(false)}
        />
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

function emptyDraft(type: TypeInfo, field: string): Draft {
  const info = fieldOf(type, field);
  return { field, kind: (info && kindsOf(info)[0]) ?? "is", values: [], from: "", to: "" };
}

function Builder({ type, onAdd, onCancel }: { type: TypeInfo; onAdd: (conditions: Condition[]) => void; onCancel: () => void }) {
  const { t } = useText();
  const fieldLabel = useFieldLabel();
  const fields = filterFields(type);
  const [draft, setDraft] = useState<Draft>(() => emptyDraft(type, fields[0] ?? "number"));
  const field = fieldOf(type, draft.field);
  const conditions = toConditions(type, draft);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (conditions.length) onAdd(conditions);
  };
  return (
    <form className="builder" onSubmit={submit} aria-label={t("list.add_filter")}>
      <div>
        <label htmlFor="filter-field">{t("list.field")}</label>
        <Select
          id="filter-field"
          className="control"
          value={draft.field}
          virtual={false}
          showSearch={{ optionFilterProp: "label" }}
          options={fields.map((name) => ({ value: name, label: fieldLabel(type, name) }))}
          onChange={(name: string) => setDraft(emptyDraft(type, name))}
        />
      </div>
      <div>
        <label htmlFor="filter-kind">{t("list.operator")}</label>
        <Select
          id="filter-kind"
          className="control"
          value={draft.kind}
          virtual={false}
          options={(field ? kindsOf(field) : []).map((kind) => ({ value: kind, label: t(`filter.${kind}`) }))}
          onChange={(kind: FilterKind) => setDraft({ ...emptyDraft(type, draft.field), kind })}
        />
      </div>
      <div>{field && needsValue(draft.kind) && <ValueInput field={field} draft={draft} onChange={setDraft} />}</div>
      <div className="row">
        <Button type="primary" htmlType="submit" disabled={!conditions.length}>
          {t("list.apply")}
        </Button>
        <Button onClick={onCancel}>{t("common.cancel")}</Button>
      </div>
    </form>
  );
}

function ValueInput({ field, draft, onChange }: { field: FieldInfo; draft: Draft; onChange: (draft: Draft) => void }) {
  const { t, label } = useText();
  const day = field.type === "date" || field.type === "datetime";
  const one = (value: string): void => onChange({ ...draft, values: value ? [value] : [] });
  if (draft.kind === "range") {
    const end = (key: "from" | "to") => (
      <div>
        <label htmlFor={`filter-${key}`}>{t(`list.${key}`)}</label>
        {day ? (
          <DayInput id={`filter-${key}`} value={draft[key] || null} onChange={(value) => onChange({ ...draft, [key]: value ?? "" })} />
        ) : (
          <Input id={`filter-${key}`} inputMode="decimal" value={draft[key]} onChange={(event) => onChange({ ...draft, [key]: event.target.value })} />
        )}
      </div>
    );
    return (
      <div className="range">
        {end("from")}
        {end("to")}
      </div>
    );
  }
  return (
    <>
      <label htmlFor="filter-value">{t("list.value")}</label>
      {draft.kind === "any" ? (
        <Select
          id="filter-value"
          className="control"
          mode="multiple"
          virtual={false}
          value={draft.values}
          showSearch={{ optionFilterProp: "label" }}
          options={field.options?.map((option) => ({ value: option.value, label: label(option.label, option.value) })) ?? []}
          onChange={(values: string[]) => onChange({ ...draft, values })}
        />
      ) : field.type === "link" || field.type === "user" ? (
        <LinkPicker id="filter-value" to={targetOf(field)} value={draft.values[0] ?? null} onChange={(value) => one((value as string | null) ?? "")} />
      ) : day ? (
        <DayInput id="filter-value" value={draft.values[0] ?? null} onChange={(value) => one(value ?? "")} />
      ) : (
        <Input id="filter-value" autoFocus value={draft.values[0] ?? ""} onChange={(event) => one(event.target.value)} />
      )}
    </>
  );
}
