/*
 * Which ways of filtering each kind of field has, and how they become conditions.
 * SPDX-License-Identifier: Apache-2.0
 */
import { isPlainNumber, parseDuration, plainNumber, shiftPoint } from "@/lib/format";
import type { Condition } from "@/lib/query";
import type { FieldInfo, TypeInfo } from "@/api/types";
import { fieldOf, ownFields, systemFields } from "@/record/catalog";

export type FilterKind = "contains" | "is" | "not" | "any" | "range" | "empty" | "filled" | "yes" | "no";

export interface Draft {
  field: string;
  kind: FilterKind;
  /** One value, or several for `any`. */
  values: string[];
  from: string;
  to: string;
}

/** Fields that a person can filter a type's list by, the state first. */
export function filterFields(type: TypeInfo): string[] {
  const system = systemFields(type);
  const own = ownFields(type).filter((name) => {
    const field = type.fields[name];
    return field?.filterable && !field.secret && kindsOf(field).length > 0;
  });
  return [...system.filter((name) => name === "state"), ...own, ...system.filter((name) => name !== "state")];
}

export function kindsOf(field: FieldInfo): FilterKind[] {
  switch (field.type) {
    case "text":
    case "rich":
      return ["contains", "is", "empty", "filled"];
    case "select":
    case "multiselect":
      return ["any", "empty", "filled"];
    case "tags":
      return ["is", "empty", "filled"];
    case "int":
    case "decimal":
    case "money":
    case "percent":
    case "duration":
    case "date":
    case "datetime":
      return ["range", "is", "empty", "filled"];
    case "link":
    case "user":
      return ["is", "empty", "filled"];
    case "bool":
      return ["yes", "no"];
    default:
      return [];
  }
}

export const needsValue = (kind: FilterKind): boolean => !["empty", "filled", "yes", "no"].includes(kind);

function wireValue(field: FieldInfo, text: string): string | null {
  const trimmed = text.trim();
  if (!trimmed) return null;
  if (field.type === "duration") {
    const ms = parseDuration(trimmed);
    return ms === null ? null : String(ms);
  }
  if (["int", "decimal", "money", "percent"].includes(field.type)) {
    const digits = plainNumber(trimmed.replace(/[%％]$/, ""));
    if (!isPlainNumber(digits)) return null;
    return field.type === "percent" ? shiftPoint(digits, -2) : digits;
  }
  return trimmed;
}

/** The first moment of a day in the reader's own time zone, as UTC. */
function dayStart(day: string, plusDays = 0): string {
  const [year = 0, month = 1, date = 1] = day.split("-").map(Number);
  return new Date(year, month - 1, date + plusDays).toISOString();
}

/** The conditions of what was built; empty where something can't be read. */
export function toConditions(type: TypeInfo, draft: Draft): Condition[] {
  const field = fieldOf(type, draft.field);
  if (!field) return [];
  const make = (op: Condition["op"], values: string[], not = false): Condition => ({ field: draft.field, not, op, values });
  switch (draft.kind) {
    case "empty":
      return [make("is", [])];
    case "filled":
      return [make("is", [], true)];
    case "yes":
      return [make("eq", ["true"])];
    case "no":
      return [make("eq", ["false"])];
    case "contains":
      return draft.values[0]?.trim() ? [make("ilike", [`*${draft.values[0].trim()}*`])] : [];
    case "any":
      if (!draft.values.length) return [];
      return draft.values.length === 1 ? [make("eq", draft.values)] : [make("in", draft.values)];
    case "range":
      return range(field, draft, make);
    default: {
      if (field.type === "datetime" && draft.values[0]) return [make("gte", [dayStart(draft.values[0])]), make("lt", [dayStart(draft.values[0], 1)])];
      const value = wireValue(field, draft.values[0] ?? "");
      return value === null ? [] : [make("eq", [value], draft.kind === "not")];
    }
  }
}

function range(field: FieldInfo, draft: Draft, make: (op: Condition["op"], values: string[]) => Condition): Condition[] {
  if (field.type === "datetime") {
    const out: Condition[] = [];
    if (draft.from) out.push(make("gte", [dayStart(draft.from)]));
    // "Until the 24th" means to the end of that day.
    if (draft.to) out.push(make("lt", [dayStart(draft.to, 1)]));
    return out;
  }
  const from = wireValue(field, draft.from);
  const to = wireValue(field, draft.to);
  return [...(from === null ? [] : [make("gte", [from])]), ...(to === null ? [] : [make("lte", [to])])];
}
