/*
 * The types that the reader may see, and the fields that every record has besides its own.
 * SPDX-License-Identifier: Apache-2.0
 */
import { createContext, useContext, useMemo, type ReactNode } from "react";
import { currentLang, useText } from "@/i18n";
import type { Lang } from "@/lib/lang";
import type { FieldInfo, FieldKind, TypeInfo } from "@/api/types";

export interface Catalog {
  types: TypeInfo[];
  type: (name: string) => TypeInfo | undefined;
}

const CatalogContext = createContext<Catalog>({ types: [], type: () => undefined });
export const useCatalog = (): Catalog => useContext(CatalogContext);

export function CatalogProvider({ types, children }: { types: TypeInfo[]; children: ReactNode }) {
  const catalog = useMemo<Catalog>(() => {
    const byName = new Map(types.map((type) => [type.type, type]));
    return { types, type: (name) => byName.get(name) };
  }, [types]);
  return <CatalogContext.Provider value={catalog}>{children}</CatalogContext.Provider>;
}

/** Known of every record, also where a type's description does not repeat them. */
export const SYSTEM_FIELDS: Record<string, FieldKind> = {
  id: "text", rev: "int", number: "text", state: "select", created_at: "datetime", created_by: "user", changed_at: "datetime", changed_by: "user",
};

function systemField(type: TypeInfo, name: string): FieldInfo | undefined {
  const kind = SYSTEM_FIELDS[name];
  if (!kind) return undefined;
  if (name === "state" && !Object.keys(type.states).length) return undefined;
  if (name === "number" && !type.numbered) return undefined;
  const field: FieldInfo = {
    type: kind, label: {}, required: false, read_only: true, derived: false, secret: false, filterable: true, sortable: true, search: name === "number",
  };
  if (name === "state") field.options = Object.entries(type.states).map(([value, state]) => ({ value, label: state.label }));
  if (kind === "user") field.to = "user";
  return field;
}

/** A field by name, the system's among them (their labels are in the locale files). */
export function fieldOf(type: TypeInfo, name: string): FieldInfo | undefined {
  return type.fields[name] ?? systemField(type, name);
}

export function useFieldLabel(): (type: TypeInfo | undefined, name: string) => string {
  const { t, label, has } = useText();
  return (type, name) => {
    const own = type?.fields[name];
    if (own) return label(own.label, name);
    return has(`system_field.${name}`) ? t(`system_field.${name}`) : name;
  };
}

/** The language that a naming field is written in, where there is one for each. */
export function langOfField(type: TypeInfo, name: string): Lang | undefined {
  const { title_in: both } = type;
  if (!both || both.en === both.zh) return undefined;
  if (name === both.en) return "en";
  return name === both.zh ? "zh-CN" : undefined;
}

/** The field that names a record to a reader. */
export function titleField(type: TypeInfo, lang: Lang): string {
  return type.title_in?.[lang === "en" ? "en" : "zh"] ?? type.title;
}

/** The name of a record in words: its title, else its number. */
export function titleOf(type: TypeInfo | undefined, record: Record<string, unknown>): string {
  const title = type ? record[titleField(type, currentLang())] : undefined;
  if (typeof title === "string" && title.trim() && title !== record.id) return title;
  if (typeof title === "number") return String(title);
  return typeof record.number === "string" ? record.number : "";
}

/** A link's target type; users are records as well. */
export const targetOf = (field: FieldInfo): string | undefined => (field.type === "user" ? (field.to ?? "user") : (field.to ?? undefined));

/** Has pages of its own; the lines of a document have not. */
export const hasPages = (type: TypeInfo | undefined): type is TypeInfo => !!type && !type.part_of;

const HIDDEN_SYSTEM: ReadonlySet<string> = new Set(["id", "rev", "company", "origin"]);
const SYSTEM_NAMES: ReadonlySet<string> = new Set([...Object.keys(SYSTEM_FIELDS), "company", "archived", "origin"]);

/** Fields of the type's own, without those that every record has. */
export const ownFields = (type: TypeInfo): string[] => Object.keys(type.fields).filter((name) => !SYSTEM_NAMES.has(name));

/** The system's fields that a person would ask for. */
export const systemFields = (type: TypeInfo): string[] => [...SYSTEM_NAMES].filter((name) => !HIDDEN_SYSTEM.has(name) && (name !== "number" || type.numbered) && fieldOf(type, name));

export const isMany = (field: FieldInfo): boolean => !!field.many || field.type === "multiselect" || field.type === "tags";

export const RIGHT_ALIGNED: ReadonlySet<FieldKind> = new Set<FieldKind>(["int", "decimal", "money", "percent", "duration"]);

const NOWRAP: ReadonlySet<FieldKind> = new Set<FieldKind>(["date", "datetime", "select", "duration"]);

/** How a table's cell of a field is set: numbers to the right, short things on one line. */
export function cellClass(field: FieldInfo): string | undefined {
  if (RIGHT_ALIGNED.has(field.type)) return "num";
  return NOWRAP.has(field.type) ? "nowrap" : undefined;
}

/** Fields that free text is looked for in. */
export function textFields(type: TypeInfo): string[] {
  const fields: string[] = [];
  if (type.numbered) fields.push("number");
  const name = titleField(type, currentLang());
  const title = type.fields[name];
  if (title?.filterable && title.type === "text" && !SYSTEM_NAMES.has(name)) fields.push(name);
  for (const [other, field] of Object.entries(type.fields)) if (field.search && field.filterable && field.type === "text" && !fields.includes(other)) fields.push(other);
  return fields;
}
