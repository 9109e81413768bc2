/*
 * Building one more filter: a field, a way of filtering it, and a value.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState, type FormEvent } from "react";
import Button from "antd/es/button";
import Input from "antd/es/input";
import Select from "antd/es/select";
import { useText } from "@/i18n";
import type { Condition } from "@/lib/query";
import type { FieldInfo, TypeInfo } from "@/api/types";
import { fieldOf, targetOf, useFieldLabel } from "@/record/catalog";
import { DayInput } from "@/record/day-input";
import { filterFields, kindsOf, needsValue, toConditions, type Draft, type FilterKind } from "@/record/filter-kinds";
import { LinkPicker } from "@/record/link-picker";

function emptyDraft(type: TypeInfo, field: string): Draft {
  const info = fieldOf(type, field);
  return { field, kind: (info && kindsOf(info)[0]) ?? "is", values: [], from: "", to: "" };
}

export default function FilterBuilder({ type, onAdd, onCancel }: { type: TypeInfo; onAdd: (conditions: Condition[]) => void; onCancel: () => void }) {
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
