/*
 * What is built in the filter builder becomes the right conditions.
 * SPDX-License-Identifier: Apache-2.0
 */
import { describe, expect, it } from "vitest";
import type { FieldInfo, FieldKind, TypeInfo } from "@/api/types";
import { conditionText } from "@/lib/query";
import { filterFields, toConditions, type Draft } from "@/record/filter-kinds";

const field = (type: FieldKind, more: Partial<FieldInfo> = {}): FieldInfo => ({
  type, label: {}, required: false, read_only: false, derived: false, secret: false, filterable: true, sortable: true, search: false, ...more,
});
const type = {
  type: "task", title: "subject", numbered: true, part_of: null, states: { todo: { label: {}, kind: "draft" } },
  fields: { subject: field("text"), cost: field("money"), done: field("percent"), due: field("date"), at: field("datetime"), kind: field("select"), urgent: field("bool"), project: field("link", { to: "project" }), hidden: field("secret", { secret: true }), raw: field("json", { filterable: false }) },
} as unknown as TypeInfo;

const built = (draft: Partial<Draft> & { field: string }): string[] =>
  toConditions(type, { kind: "is", values: [], from: "", to: "", ...draft }).map((condition) => `${condition.field}=${conditionText(condition)}`);

describe("the filter builder", () => {
  it("offers every field that can be filtered by, the state first", () => {
    const described = { ...type, fields: { ...type.fields, id: field("text"), rev: field("int"), company: field("link"), state: field("select"), archived: field("bool") } };
    expect(filterFields(described)).toEqual([...filterFields(type), "archived"]);
    expect(filterFields(type)).toEqual(["state", "subject", "cost", "done", "due", "at", "kind", "urgent", "project", "number", "created_at", "created_by", "changed_at", "changed_by"]);
  });
  it("makes conditions of each kind", () => {
    expect(built({ field: "subject", kind: "contains", values: ["评审"] })).toEqual(["subject=ilike.*评审*"]);
    expect(built({ field: "cost", kind: "range", from: "1,000", to: "" })).toEqual(["cost=gte.1000"]);
    expect(built({ field: "done", kind: "range", from: "25", to: "50%" })).toEqual(["done=gte.0.25", "done=lte.0.5"]);
    expect(built({ field: "due", kind: "range", from: "2026-11-01", to: "2026-11-30" })).toEqual(["due=gte.2026-11-01", "due=lte.2026-11-30"]);
    expect(built({ field: "state", kind: "any", values: ["todo"] })).toEqual(["state=eq.todo"]);
    expect(built({ field: "kind", kind: "any", values: ["a", "b"] })).toEqual(["kind=in.(a,b)"]);
    expect(built({ field: "urgent", kind: "yes" })).toEqual(["urgent=eq.true"]);
    expect(built({ field: "project", kind: "empty" })).toEqual(["project=is.null"]);
    expect(built({ field: "project", kind: "filled" })).toEqual(["project=not.is.null"]);
  });
  it("takes the last day of a span of moments whole", () => {
    const start = new Date(2026, 10, 24).toISOString();
    const end = new Date(2026, 10, 25).toISOString();
    expect(built({ field: "at", kind: "range", from: "2026-11-24", to: "2026-11-24" })).toEqual([`at=gte.${start}`, `at=lt.${end}`]);
    expect(built({ field: "at", kind: "is", values: ["2026-11-24"] })).toEqual([`at=gte.${start}`, `at=lt.${end}`]);
  });
  it("makes nothing of what can't be read", () => {
    expect(built({ field: "cost", kind: "range", from: "much", to: "" })).toEqual([]);
    expect(built({ field: "subject", kind: "contains", values: ["  "] })).toEqual([]);
  });
});
