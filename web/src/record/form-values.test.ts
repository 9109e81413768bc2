/*
 * Values go into a form and come back the same; only what was changed is sent.
 * SPDX-License-Identifier: Apache-2.0
 */
import { describe, expect, it } from "vitest";
import type { FieldInfo, FieldKind, TypeInfo } from "@/api/types";
import { collect, conflicts, formOf, newLine, sameValue, toForm, toWire, type FormContext, type FormValue } from "@/record/form-values";

const field = (type: FieldKind, more: Partial<FieldInfo> = {}): FieldInfo => ({
  type, label: {}, required: false, read_only: false, derived: false, secret: false, filterable: true, sortable: true, search: false, ...more,
});
const lineType = { type: "line", fields: { item: field("text", { required: true }), amount: field("money"), total: field("money", { derived: true }) } } as unknown as TypeInfo;
const context: FormContext = { currency: "CNY", lang: "en", lineType: () => lineType };
const wire = (info: FieldInfo, form: FormValue): unknown => toWire(info, form, context);

describe("values", () => {
  it("come back as they went in", () => {
    const cases: [FieldInfo, unknown][] = [
      [field("text"), "评审"], [field("text"), null], [field("int"), 42], [field("decimal"), "1.50"], [field("percent"), "0.25"],
      [field("money"), { amount: "12.50", currency: "USD" }], [field("money"), null], [field("bool"), true], [field("date"), "2026-11-24"],
      [field("datetime"), "2026-11-24T01:00:00Z"], [field("duration"), 9_000_000], [field("select"), "a"], [field("multiselect"), ["a", "b"]],
      [field("tags"), []], [field("link"), "id1"], [field("link", { many: true }), ["id1"]], [field("link_any"), { type: "task", id: "id1" }],
      [field("json"), { a: [1, 2] }],
    ];
    for (const [info, value] of cases) expect(wire(info, toForm(info, value, context))).toEqual({ value });
  });
  it("are read as people type them", () => {
    expect(wire(field("money"), { amount: "35,000", currency: "CNY" })).toEqual({ value: { amount: "35000", currency: "CNY" } });
    expect(wire(field("percent"), "12.5 %")).toEqual({ value: "0.125" });
    expect(wire(field("int"), "１２")).toEqual({ value: 12 });
  });
  it("that can't be read are said to be so", () => {
    expect(wire(field("money"), { amount: "much", currency: "CNY" })).toEqual({ fault: "form.bad_number" });
    expect(wire(field("int"), "1.5")).toEqual({ fault: "form.bad_integer" });
    expect(wire(field("duration"), "long")).toEqual({ fault: "form.bad_duration" });
    expect(wire(field("json"), "{")).toEqual({ fault: "form.bad_json" });
  });
  it("are the same whatever the order of keys and trailing zeros of an amount", () => {
    expect(sameValue({ amount: "12.50", currency: "CNY" }, { currency: "CNY", amount: "12.5" })).toBe(true);
    expect(sameValue({ amount: "10", currency: "CNY" }, { currency: "CNY", amount: "1" })).toBe(false);
    expect(sameValue(null, undefined)).toBe(true);
    expect(sameValue("12.50", "12.5")).toBe(false);
  });
});

describe("what is sent", () => {
  const fields = { subject: field("text", { required: true }), cost: field("money"), done: field("bool"), key: field("secret"), sum: field("money", { derived: true }), lines: field("lines", { of: "line" }) };
  const names = Object.keys(fields);
  const record = { subject: "A", cost: { amount: "1.00", currency: "CNY" }, done: false, key: null, sum: null, lines: [{ id: "l1", item: "x", amount: { amount: "1.00", currency: "CNY" }, total: null }] };

  it("is nothing when nothing was changed", () => {
    expect(collect(fields, names, formOf(fields, names, record, context), record, context)).toEqual({ values: {}, faults: {} });
  });
  it("is only what was changed", () => {
    const form = formOf(fields, names, record, context);
    form.subject = "B";
    form.cost = { amount: "", currency: "CNY" };
    expect(collect(fields, names, form, record, context).values).toEqual({ subject: "B", cost: null });
  });
  it("of a new record is what is filled in", () => {
    const form = formOf(fields, names, null, context);
    form.subject = "B";
    expect(collect(fields, names, form, null, context).values).toEqual({ subject: "B" });
  });
  it("names the line and cell of a fault, and leaves derived cells out", () => {
    const form = formOf(fields, names, record, context);
    const line = newLine();
    line.values = { item: "y", amount: { amount: "?", currency: "CNY" } };
    form.lines = [...(form.lines as []), line];
    expect(collect(fields, names, form, record, context).faults).toEqual({ "lines.1.amount": "form.bad_number" });
    line.values.amount = { amount: "2", currency: "CNY" };
    expect(collect(fields, names, form, record, context).values.lines).toEqual([
      { id: "l1", item: "x", amount: { amount: "1.00", currency: "CNY" } },
      { item: "y", amount: { amount: "2", currency: "CNY" } },
    ]);
  });
});

describe("a conflict", () => {
  it("is a field that both sides changed to different values", () => {
    const base = { a: "1", b: "1", c: "1", d: "1" };
    const theirs = { a: "2", b: "2", c: "1", d: "3" };
    expect(conflicts(base, theirs, { a: "3", b: "2", c: "5" })).toEqual([{ field: "a", theirs: "2", mine: "3" }]);
  });
});
