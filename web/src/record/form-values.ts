/*
 * Between what the server holds and what a form's inputs hold: pure conversions, and what of it was changed.
 * SPDX-License-Identifier: Apache-2.0
 */
import { formatDuration, isPlainNumber, parseDuration, plainNumber, shiftPoint, type Money } from "@/lib/format";
import type { Lang } from "@/lib/lang";
import type { FieldInfo, TypeInfo } from "@/api/types";
import { isMany } from "@/record/catalog";

export interface AnyRef {
  type: string;
  id: string;
}
export interface LineForm {
  key: string;
  id?: string;
  values: FormValues;
}
export type FormValue = string | boolean | string[] | Money | AnyRef | LineForm[] | null;
export type FormValues = Record<string, FormValue>;

export interface FormContext {
  currency: string;
  lang: Lang;
  lineType: (name: string) => TypeInfo | undefined;
}

/** Keys of locale sentences for what can't be read at all; everything else the server judges. */
export type FormFault = "form.bad_number" | "form.bad_integer" | "form.bad_duration" | "form.bad_json";
export type Wire = { value: unknown } | { fault: FormFault } | { faults: Record<string, FormFault> };

let lineCount = 0;
export function newLine(): LineForm {
  lineCount += 1;
  return { key: `new-${lineCount}`, values: {} };
}

/** May be written by a person at all. */
export const isWritable = (field: FieldInfo): boolean => !field.read_only && !field.derived;

export function toForm(field: FieldInfo, value: unknown, context: FormContext): FormValue {
  if (field.type === "lines") {
    const line = field.of ? context.lineType(field.of) : undefined;
    return ((value as Record<string, unknown>[] | null) ?? []).map((row) => ({
      key: String(row.id),
      id: row.id as string,
      values: Object.fromEntries(Object.entries(line?.fields ?? {}).map(([name, info]) => [name, toForm(info, row[name], context)])),
    }));
  }
  if (isMany(field)) return ((value as string[] | null) ?? []).map(String);
  switch (field.type) {
    case "money":
      return value ? { ...(value as Money) } : { amount: "", currency: context.currency };
    case "bool":
      return value === true;
    case "duration":
      return value === null || value === undefined ? "" : formatDuration(Number(value), context.lang);
    case "json":
      return value === null || value === undefined ? "" : JSON.stringify(value, null, 2);
    case "secret":
      return "";
    case "percent":
      return value === null || value === undefined ? "" : shiftPoint(String(value), 2);
    case "link_any":
      return (value as AnyRef | null) ?? null;
    case "select":
    case "link":
    case "user":
    case "date":
    case "datetime":
      return value ? String(value) : null;
    default:
      return value === null || value === undefined ? "" : String(value);
  }
}

export function toWire(field: FieldInfo, form: FormValue | undefined, context: FormContext): Wire {
  if (form === undefined || form === null) return { value: field.type === "lines" || isMany(field) ? [] : null };
  switch (field.type) {
    case "lines":
      return linesToWire(field, form as LineForm[], context);
    case "money": {
      const money = form as Money;
      const amount = plainNumber(money.amount);
      if (!amount) return { value: null };
      return isPlainNumber(amount) ? { value: { amount, currency: money.currency } } : { fault: "form.bad_number" };
    }
    case "int": {
      const digits = plainNumber(form as string);
      if (!digits) return { value: null };
      return /^-?\d+$/.test(digits) && Number.isSafeInteger(Number(digits)) ? { value: Number(digits) } : { fault: "form.bad_integer" };
    }
    case "percent": {
      const digits = plainNumber((form as string).replace(/[%％]\s*$/, ""));
      if (!digits) return { value: null };
      return isPlainNumber(digits) ? { value: shiftPoint(digits, -2) } : { fault: "form.bad_number" };
    }
    case "decimal": {
      const digits = plainNumber(form as string);
      if (!digits) return { value: null };
      return isPlainNumber(digits) ? { value: digits } : { fault: "form.bad_number" };
    }
    case "duration": {
      if (!(form as string).trim()) return { value: null };
      const ms = parseDuration(form as string);
      return ms === null ? { fault: "form.bad_duration" } : { value: ms };
    }
    case "json": {
      if (!(form as string).trim()) return { value: null };
      try {
        return { value: JSON.parse(form as string) as unknown };
      } catch {
        return { fault: "form.bad_json" };
      }
    }
    case "text":
    case "rich":
    case "secret":
      return { value: form === "" ? null : form };
    default:
      return { value: form };
  }
}

function linesToWire(field: FieldInfo, lines: LineForm[], context: FormContext): Wire {
  const type = field.of ? context.lineType(field.of) : undefined;
  const faults: Record<string, FormFault> = {};
  const out = lines.map((line, index) => {
    const row: Record<string, unknown> = line.id ? { id: line.id } : {};
    for (const [name, info] of Object.entries(type?.fields ?? {})) {
      if (!isWritable(info)) continue;
      const wire = toWire(info, line.values[name], context);
      if ("fault" in wire) faults[`${index}.${name}`] = wire.fault;
      // A new line leaves out what was not filled in, so that defaults apply; an old one says what was emptied.
      else if ("value" in wire && (line.id || !isBlank(wire.value))) row[name] = wire.value;
    }
    return row;
  });
  return Object.keys(faults).length ? { faults } : { value: out };
}

const isBlank = (value: unknown): boolean => value === null || (Array.isArray(value) && !value.length);

export function formOf(fields: Record<string, FieldInfo>, names: string[], record: Record<string, unknown> | null, context: FormContext): FormValues {
  const out: FormValues = {};
  for (const name of names) {
    const field = fields[name];
    if (field) out[name] = toForm(field, record?.[name], context);
  }
  return out;
}

export interface Collected {
  values: Record<string, unknown>;
  faults: Record<string, FormFault>;
}

/** What is sent: of a new record everything that is filled in, of an old one what differs from what was read. */
export function collect(fields: Record<string, FieldInfo>, names: string[], form: FormValues, record: Record<string, unknown> | null, context: FormContext): Collected {
  const out: Collected = { values: {}, faults: {} };
  for (const name of names) {
    const field = fields[name];
    if (!field || !isWritable(field)) continue;
    if (field.type === "secret" && form[name] === "") continue;
    const wire = toWire(field, form[name], context);
    if ("fault" in wire) out.faults[name] = wire.fault;
    else if ("faults" in wire) for (const [path, fault] of Object.entries(wire.faults)) out.faults[`${name}.${path}`] = fault;
    else if (!record) {
      if (!isBlank(wire.value) && !(field.type === "bool" && wire.value === false && !field.required)) out.values[name] = wire.value;
    } else if (!sameValue(wire.value, wireOf(field, record[name], context))) out.values[name] = wire.value;
  }
  return out;
}

function wireOf(field: FieldInfo, value: unknown, context: FormContext): unknown {
  const wire = toWire(field, toForm(field, value, context), context);
  return "value" in wire ? wire.value : undefined;
}

/** The same content; the order of an object's keys does not count, "12.50" and "12.5" are the same amount. */
export function sameValue(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (value && typeof value === "object") {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${key === "amount" && typeof item === "string" ? trimZeros(item) : canonical(item)}`).join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}

const trimZeros = (amount: string): string => (amount.includes(".") ? amount.replace(/0+$/, "").replace(/\.$/, "") : amount);

export interface Conflict {
  field: string;
  theirs: unknown;
  mine: unknown;
}

/** Fields that both sides changed to different values since `base` was read. */
export function conflicts(base: Record<string, unknown>, theirs: Record<string, unknown>, mine: Record<string, unknown>): Conflict[] {
  return Object.entries(mine)
    .filter(([name, value]) => !sameValue(base[name], theirs[name]) && !sameValue(theirs[name], value))
    .map(([field, value]) => ({ field, theirs: theirs[field], mine: value }));
}
