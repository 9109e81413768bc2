/*
 * One field of a form: its label, input or locked value with the reason, help and fault.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useText } from "@/i18n";
import type { FieldInfo, Labels, TypeInfo } from "@/api/types";
import { Words } from "@/ui/words";
import { useFieldLabel } from "@/record/catalog";
import { FieldInput } from "@/record/field-input";
import { FieldValue } from "@/record/field-value";
import type { FormValue } from "@/record/form-values";
import { isWide, LockedReason } from "@/record/record-view";

export interface FormFieldProps {
  type: TypeInfo;
  name: string;
  field: FieldInfo;
  value: FormValue | undefined;
  onChange: (value: FormValue) => void;
  labels?: Labels;
  /** Sentences by path below the field: "" for the field itself. */
  faults: Record<string, string>;
  /** Why it can't be written; its value is then shown as it is kept. */
  locked?: string;
  kept?: unknown;
  required?: boolean;
  prefix: string;
  autoFocus?: boolean;
}

export function FormField({ type, name, field, value, onChange, labels, faults, locked, kept, required, prefix, autoFocus }: FormFieldProps) {
  const fieldLabel = useFieldLabel();
  const { label } = useText();
  const id = `${prefix}-${name}`;
  const help = label(field.help);
  const own = [faults[""], faults.amount, faults.currency, faults.id, faults.type].filter(Boolean).join(" ");
  const describedBy = [help && `${id}-help`, own && `${id}-fault`].filter(Boolean).join(" ") || undefined;
  if (locked !== undefined) {
    return (
      <div className={`field locked${isWide(field) ? " wide" : ""}`} data-field={name}>
        <span className="field-label">{fieldLabel(type, name)}</span>
        <div className="value">
          <FieldValue type={type} name={name} field={field} value={kept} labels={labels} />
        </div>
        {locked && <LockedReason reason={locked} />}
        {own && (
          <span className="fault" role="alert">
            {own}
          </span>
        )}
      </div>
    );
  }
  const caption = (
    <>
      {fieldLabel(type, name)}
      {(required ?? field.required) && (
        <span className="required" aria-hidden>
          *
        </span>
      )}
    </>
  );
  return (
    <div className={`field${isWide(field) ? " wide" : ""}`} data-field={name}>
      {field.type === "lines" ? <span className="field-label">{caption}</span> : <label htmlFor={id}>{caption}</label>}
      <FieldInput id={id} field={required ? { ...field, required } : field} value={value} onChange={onChange} labels={labels} invalid={!!own} describedBy={describedBy} faults={faults} autoFocus={autoFocus} />
      {help && (
        <span className="help" id={`${id}-help`}>
          <Words label={field.help} />
        </span>
      )}
      {own && (
        <span className="fault" id={`${id}-fault`} role="alert">
          {own}
        </span>
      )}
    </div>
  );
}

/** The faults below one field, by the rest of their path. */
export function faultsOf(faults: Record<string, string>, name: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [path, detail] of Object.entries(faults)) {
    if (path === name) out[""] = detail;
    else if (path.startsWith(`${name}.`)) out[path.slice(name.length + 1)] = detail;
  }
  return out;
}
