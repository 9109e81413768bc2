/*
 * The state of a list in the address: the API's own filter words, so that an address reads like the request it makes.
 * SPDX-License-Identifier: Apache-2.0
 */

export const OPERATORS = ["eq", "neq", "gt", "gte", "lt", "lte", "in", "like", "ilike", "is"] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Condition {
  field: string;
  not: boolean;
  op: Operator;
  /** One value, several for `in`, none for `is` (null). */
  values: string[];
}

export interface Order {
  field: string;
  desc: boolean;
}

export interface ListState {
  conditions: Condition[];
  /** or=(…) and and=(…) as they stand in the address: kept and shown, edited only there. */
  groups: { kind: "or" | "and"; text: string }[];
  order: Order[];
  after: string | null;
  /** Free text over number and title. */
  q: string;
  limit: number | null;
}

/** Words of the interface's own in the address; every other one is a field. */
const RESERVED = new Set(["order", "after", "limit", "q", "view", "tab", "record", "or", "and", "edit", "labels", "select", "count"]);

const SPECIAL = /[,()"\\]/;

export function quote(value: string): string {
  return SPECIAL.test(value) ? `"${value.replace(/["\\]/g, "\\$&")}"` : value;
}

export function unquote(text: string): string {
  return text.length > 1 && text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1).replace(/\\(["\\])/g, "$1") : text;
}

/** Splits "a,\"b,c\",d" at the commas that stand outside quotes. */
export function splitValues(text: string): string[] {
  const out: string[] = [];
  let current = "";
  let quoted = false;
  for (let i = 0; i < text.length; i += 1) {
    const ch = text[i] as string;
    if (quoted && ch === "\\" && i + 1 < text.length) {
      current += ch + text[i + 1];
      i += 1;
      continue;
    }
    if (ch === '"') quoted = !quoted;
    if (ch === "," && !quoted) {
      out.push(unquote(current));
      current = "";
    } else current += ch;
  }
  if (current || out.length) out.push(unquote(current));
  return out;
}

export function conditionText(condition: Condition): string {
  const not = condition.not ? "not." : "";
  if (condition.op === "is") return `${not}is.null`;
  if (condition.op === "in") return `${not}in.(${condition.values.map(quote).join(",")})`;
  return `${not}${condition.op}.${quote(condition.values[0] ?? "")}`;
}

export function parseCondition(field: string, text: string): Condition | null {
  const not = text.startsWith("not.");
  const rest = not ? text.slice(4) : text;
  const dot = rest.indexOf(".");
  if (dot < 0) return null;
  const op = rest.slice(0, dot) as Operator;
  const value = rest.slice(dot + 1);
  if (!OPERATORS.includes(op)) return null;
  if (op === "is") return value === "null" ? { field, not, op, values: [] } : null;
  if (op === "in") {
    if (!value.startsWith("(") || !value.endsWith(")")) return null;
    return { field, not, op, values: splitValues(value.slice(1, -1)) };
  }
  return { field, not, op, values: [unquote(value)] };
}

function parseOrder(text: string | null): Order[] {
  if (!text) return [];
  return text
    .split(",")
    .filter(Boolean)
    .map((part) => {
      const dot = part.lastIndexOf(".");
      const word = dot < 0 ? "" : part.slice(dot + 1);
      return word === "desc" || word === "asc" ? { field: part.slice(0, dot), desc: word === "desc" } : { field: part, desc: false };
    });
}

export function orderText(order: Order[]): string {
  return order.map((item) => `${item.field}.${item.desc ? "desc" : "asc"}`).join(",");
}

export function parseList(search: string): ListState {
  const params = new URLSearchParams(search);
  const state: ListState = { conditions: [], groups: [], order: parseOrder(params.get("order")), after: params.get("after"), q: params.get("q") ?? "", limit: null };
  const limit = Number(params.get("limit"));
  if (Number.isInteger(limit) && limit >= 1 && limit <= 200) state.limit = limit;
  for (const [key, value] of params) {
    if (key === "or" || key === "and") state.groups.push({ kind: key, text: value });
    else if (!RESERVED.has(key)) {
      // What is no condition at all is handed to the server as it stands: its refusal names the fault.
      state.conditions.push(parseCondition(key, value) ?? { field: key, not: false, op: "eq", values: [value] });
    }
  }
  return state;
}

/** The address of a list state, keeping the interface's other words (view, tab, …) of `previous`. */
export function listSearch(state: ListState, previous = ""): string {
  const params = new URLSearchParams();
  for (const [key, value] of new URLSearchParams(previous)) if (["view", "tab", "record"].includes(key)) params.append(key, value);
  if (state.q) params.set("q", state.q);
  for (const condition of state.conditions) params.append(condition.field, conditionText(condition));
  for (const group of state.groups) params.append(group.kind, group.text);
  if (state.order.length) params.set("order", orderText(state.order));
  if (state.limit) params.set("limit", String(state.limit));
  if (state.after) params.set("after", state.after);
  return searchText(params);
}

/** Percent-encodes only what must be, so that an address stays readable. */
export function searchText(params: URLSearchParams): string {
  const parts: string[] = [];
  const encode = (text: string): string =>
    encodeURIComponent(text)
      .replace(/%2C/g, ",")
      .replace(/%3A/g, ":")
      .replace(/%22/g, '"')
      .replace(/"/g, "%22");
  for (const [key, value] of params) parts.push(`${encode(key)}=${encode(value)}`);
  return parts.length ? `?${parts.join("&")}` : "";
}

export interface TextSearch {
  /** Fields that the free text is looked for in. */
  fields: string[];
}

/** The request of a list state. Several conditions on one field go into one and=(…), since a parameter may stand only once. */
export function listRequest(state: ListState, text: TextSearch, pageSize: number): URLSearchParams {
  const params = new URLSearchParams();
  const byField = new Map<string, Condition[]>();
  for (const condition of state.conditions) byField.set(condition.field, [...(byField.get(condition.field) ?? []), condition]);
  const ands = state.groups.filter((group) => group.kind === "and").map((group) => group.text);
  const ors = state.groups.filter((group) => group.kind === "or").map((group) => group.text);
  const inner: string[] = [];
  for (const [field, conditions] of byField) {
    if (conditions.length === 1) params.append(field, conditionText(conditions[0] as Condition));
    else inner.push(...conditions.map((condition) => `${condition.field}.${conditionText(condition)}`));
  }
  if (state.q.trim() && text.fields.length) {
    const value = quote(`*${state.q.trim()}*`);
    ors.push(`(${text.fields.map((field) => `${field}.ilike.${value}`).join(",")})`);
  }
  inner.push(...ands.map((group) => `and${group}`));
  // One group may stand as a parameter of its own; more are nested in one and=(…).
  if (ors.length === 1) params.append("or", ors[0] as string);
  else inner.push(...ors.map((group) => `or${group}`));
  if (inner.length === 1 && ands.length === 1) params.append("and", ands[0] as string);
  else if (inner.length) params.append("and", `(${inner.join(",")})`);
  if (state.order.length) params.set("order", orderText(state.order));
  params.set("limit", String(state.limit ?? pageSize));
  if (state.after) params.set("after", state.after);
  params.set("labels", "true");
  return params;
}

/** A query with one word changed, or taken away by null. */
export function withParam(search: string, key: string, value: string | null): string {
  const params = new URLSearchParams(search);
  if (value === null) params.delete(key);
  else params.set(key, value);
  return searchText(params);
}
