/*
 * The input for each kind of field.
 * SPDX-License-Identifier: Apache-2.0
 */
import Checkbox from "antd/es/checkbox";
import Input from "antd/es/input";
import Select from "antd/es/select";
import { useText } from "@/i18n";
import { currencies, type Money } from "@/lib/format";
import type { FieldInfo, Labels } from "@/api/types";
import { hasPages, isMany, targetOf, useCatalog } from "@/record/catalog";
import { DayInput } from "@/record/day-input";
import type { AnyRef, FormValue, LineForm } from "@/record/form-values";
import { LinesInput } from "@/record/lines-input";
import { LinkPicker } from "@/record/link-picker";

export interface FieldInputProps {
  /** The id that a <label> points to. */
  id: string;
  field: FieldInfo;
  value: FormValue | undefined;
  onChange: (value: FormValue) => void;
  labels?: Labels;
  invalid?: boolean;
  describedBy?: string;
  /** Where no <label> stands beside it (a table's cell). */
  label?: string;
  /** Faults of a line's cells by "index.field". */
  faults?: Record<string, string>;
  autoFocus?: boolean;
}

const COMMON = ["CNY", "USD", "EUR", "HKD", "JPY", "GBP"];
const currencyOptions = [...COMMON, ...currencies().filter((code) => !COMMON.includes(code))].map((code) => ({ value: code, label: code }));

function MoneyInput({ id, value, onChange, invalid, describedBy, label, required }: { id: string; value: Money; onChange: (value: Money) => void; invalid?: boolean; describedBy?: string; label?: string; required?: boolean }) {
  const { t } = useText();
  return (
    <div className="money-input">
      <Input
        id={id}
        inputMode="decimal"
        autoComplete="off"
        value={value.amount}
        status={invalid ? "error" : undefined}
        aria-label={label}
        aria-describedby={describedBy}
        aria-invalid={invalid || undefined}
        aria-required={required || undefined}
        onChange={(event) => onChange({ ...value, amount: event.target.value })}
      />
      <Select value={value.currency} options={currencyOptions} showSearch aria-label={label ? `${label} ${t("form.currency")}` : t("form.currency")} onChange={(currency: string) => onChange({ ...value, currency })} />
    </div>
  );
}

function AnyLinkInput({ id, value, onChange, labels, invalid, describedBy }: { id: string; value: AnyRef | null; onChange: (value: AnyRef | null) => void; labels?: Labels; invalid?: boolean; describedBy?: string }) {
  const { types } = useCatalog();
  const { t, label } = useText();
  return (
    <div className="two-inputs">
      <Select
        aria-label={t("form.link_type")}
        placeholder={t("form.link_type")}
        value={value?.type ?? null}
        allowClear
        showSearch={{ optionFilterProp: "label" }}
        virtual={false}
        options={types.filter(hasPages).map((type) => ({ value: type.type, label: label(type.label, type.type) }))}
        onChange={(type: string | undefined) => onChange(type ? { type, id: "" } : null)}
      />
      <LinkPicker id={id} to={value?.type} value={value?.id || null} labels={labels} invalid={invalid} describedBy={describedBy} onChange={(next) => value && onChange(next ? { type: value.type, id: next as string } : { type: value.type, id: "" })} />
    </div>
  );
}

export function FieldInput(props: FieldInputProps) {
  const { id, field, value, onChange, labels, invalid, describedBy, label, autoFocus } = props;
  const { t, label: words } = useText();
  const aria = { "aria-label": label, "aria-describedby": describedBy, "aria-invalid": invalid || undefined, "aria-required": field.required || undefined };
  const status = invalid ? ("error" as const) : undefined;
  switch (field.type) {
    case "lines":
      return <LinesInput {...props} value={(value as LineForm[] | undefined) ?? []} />;
    case "money":
      return <MoneyInput id={id} value={value as Money} onChange={onChange} invalid={invalid} describedBy={describedBy} label={label} required={field.required} />;
    case "bool":
      return (
        <Checkbox id={id} checked={value === true} onChange={(event) => onChange(event.target.checked)} aria-label={label} aria-describedby={describedBy}>
          {label ? null : t("common.yes")}
        </Checkbox>
      );
    case "date":
    case "datetime":
      return <DayInput id={id} value={value as string | null} moment={field.type === "datetime"} onChange={onChange} invalid={invalid} describedBy={describedBy} label={label} required={field.required} />;
    case "select":
    case "multiselect":
    case "tags":
      return (
        <Select
          id={id}
          className="control"
          mode={field.type === "tags" ? "tags" : isMany(field) ? "multiple" : undefined}
          value={value as string | string[] | null}
          allowClear
          showSearch={{ optionFilterProp: "label" }}
          virtual={false}
          status={status}
          placeholder={t(field.type === "tags" ? "form.type_tags" : "form.choose")}
          options={field.options?.map((option) => ({ value: option.value, label: words(option.label, option.value) })) ?? []}
          onChange={(next: string | string[] | undefined) => onChange(next ?? null)}
          {...aria}
        />
      );
    case "link":
    case "user":
      return <LinkPicker id={id} to={targetOf(field)} many={isMany(field)} value={(value as string | string[] | null) ?? null} onChange={onChange} labels={labels} invalid={invalid} describedBy={describedBy} label={label} required={field.required} />;
    case "link_any":
      return <AnyLinkInput id={id} value={(value as AnyRef | null) ?? null} onChange={onChange} labels={labels} invalid={invalid} describedBy={describedBy} />;
    case "secret":
      return <Input.Password id={id} autoComplete="new-password" value={value as string} status={status} placeholder={t("form.secret")} onChange={(event) => onChange(event.target.value)} {...aria} />;
    case "json":
    case "rich":
      return <Input.TextArea id={id} autoSize={{ minRows: 4, maxRows: 18 }} className={field.type === "json" ? "mono" : undefined} value={value as string} status={status} onChange={(event) => onChange(event.target.value)} {...aria} />;
    case "text":
      if (field.multiline && !label) return <Input.TextArea id={id} autoFocus={autoFocus} autoSize={{ minRows: 3, maxRows: 12 }} maxLength={field.max_length} value={value as string} status={status} onChange={(event) => onChange(event.target.value)} {...aria} />;
      return <Input id={id} autoFocus={autoFocus} autoComplete="off" maxLength={field.max_length} value={value as string} status={status} onChange={(event) => onChange(event.target.value)} {...aria} />;
    default:
      return (
        <Input
          id={id}
          className={label ? "num-input" : undefined}
          inputMode={field.type === "duration" ? "text" : "decimal"}
          autoComplete="off"
          value={(value as string | undefined) ?? ""}
          status={status}
          suffix={field.type === "percent" ? "%" : undefined}
          placeholder={field.type === "duration" ? t("form.duration_hint") : undefined}
          onChange={(event) => onChange(event.target.value)}
          {...aria}
        />
      );
  }
}
