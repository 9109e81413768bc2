/*
 * The state of a list survives the way into the address and back, and makes the right request.
 * SPDX-License-Identifier: Apache-2.0
 */
import { describe, expect, it } from "vitest";
import { conditionText, listRequest, listSearch, parseCondition, parseList, withParam } from "@/lib/query";

const NAMES = { fields: ["number", "subject"] };

describe("conditions", () => {
  it("are read and written in the API's words", () => {
    for (const text of ["eq.draft", "not.eq.draft", "is.null", "not.is.null", "in.(a,b)", "gte.12.50", "ilike.*评审*"]) {
      const condition = parseCondition("x", text);
      expect(condition).not.toBeNull();
      expect(condition && conditionText(condition)).toBe(text);
    }
  });
  it("quote what would be read as punctuation", () => {
    const condition = { field: "x", not: false, op: "in" as const, values: ['a,b', '(c)', 'say "hi"', "back\\slash", "plain"] };
    const text = conditionText(condition);
    expect(text).toBe('in.("a,b","(c)","say \\"hi\\"","back\\\\slash",plain)');
    expect(parseCondition("x", text)).toEqual(condition);
  });
  it("are refused where they are none", () => {
    for (const text of ["draft", "foo.bar", "is.maybe", "in.a"]) expect(parseCondition("x", text)).toBeNull();
  });
});

describe("the address of a list", () => {
  it("keeps filters, groups, order, page and free text", () => {
    const search = "?q=newsletter&state=in.(draft,submitted)&total=gte.100&total=lte.500&or=(a.eq.1,b.eq.2)&order=total.desc,number.asc&limit=20&after=abc";
    const state = parseList(search);
    expect(state.conditions).toHaveLength(3);
    expect(state.order).toEqual([{ field: "total", desc: true }, { field: "number", desc: false }]);
    expect(parseList(listSearch(state))).toEqual(state);
  });
  it("survives texts of every kind", () => {
    for (const value of ["a&b=c", "100%", "+1", "评审 & 采购", 'q"q', "#x", "a,b"]) {
      const state = { ...parseList(""), conditions: [{ field: "subject", not: false, op: "eq" as const, values: [value] }] };
      expect(parseList(listSearch(state)).conditions[0]?.values).toEqual([value]);
    }
  });
  it("keeps the page's own words and ignores limits that are none", () => {
    expect(listSearch(parseList("?view=list&limit=9999"), "?view=list&limit=9999")).toBe("?view=list");
    expect(withParam("?a=1&b=2", "a", null)).toBe("?b=2");
    expect(withParam("", "tab", "story")).toBe("?tab=story");
  });
});

describe("the request of a list", () => {
  const request = (search: string): Record<string, string> => Object.fromEntries(listRequest(parseList(search), NAMES, 50));
  it("asks for labels and a page", () => {
    expect(request("?state=eq.draft&order=total.desc")).toEqual({ state: "eq.draft", order: "total.desc", limit: "50", labels: "true" });
  });
  it("joins two conditions on one field", () => {
    expect(request("?total=gte.100&total=lte.500")).toMatchObject({ and: "(total.gte.100,total.lte.500)" });
  });
  it("looks for free text in number and title", () => {
    expect(request("?q=评审")).toMatchObject({ or: "(number.ilike.*评审*,subject.ilike.*评审*)" });
    expect(request("?q=a,b")).toMatchObject({ or: '(number.ilike."*a,b*",subject.ilike."*a,b*")' });
  });
  it("nests several groups, since a parameter stands only once", () => {
    expect(request("?q=x&or=(a.eq.1,b.eq.2)")).toMatchObject({ and: "(or(a.eq.1,b.eq.2),or(number.ilike.*x*,subject.ilike.*x*))" });
    expect(request("?and=(a.eq.1,b.eq.2)")).toMatchObject({ and: "(a.eq.1,b.eq.2)" });
  });
  it("hands on what is no condition, for the server to name the fault", () => {
    expect(request("?state=draft")).toMatchObject({ state: "eq.draft" });
  });
});
