/*
 * Refusals of the server become sentences at the right fields.
 * SPDX-License-Identifier: Apache-2.0
 */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { call, setApiLang, setCsrf } from "@/api/client";
import { ApiProblem, OFFLINE, pointerPath, problemsByField, toProblem } from "@/api/problem";

describe("problem documents", () => {
  it("are read with their faults by field", () => {
    const problem = toProblem(422, JSON.stringify({ type: "x", title: "Invalid", status: 422, code: "invalid", detail: "See errors.", errors: [
      { pointer: "/subject", code: "required", detail: "Subject is required." },
      { pointer: "/lines/0/amount", code: "wrong_type", detail: "Not an amount." },
      { pointer: "/subject", code: "too_long", detail: "Too long." },
    ] }));
    expect(problem).toMatchObject({ status: 422, code: "invalid", detail: "See errors." });
    expect(problemsByField(problem)).toEqual({ subject: "Subject is required. Too long.", "lines.0.amount": "Not an amount." });
  });
  it("need not be JSON", () => {
    expect(toProblem(502, "<html>")).toMatchObject({ status: 502, code: "", errors: [] });
    expect(toProblem(500, "")).toMatchObject({ status: 500 });
    expect(toProblem(500, "[1]")).toMatchObject({ status: 500 });
  });
  it("unescape pointers", () => {
    expect(pointerPath("/a~1b/~0c")).toBe("a/b.~c");
    expect(pointerPath("")).toBe("");
    expect(problemsByField(new Error("x"))).toEqual({});
  });
});

describe("a call", () => {
  const fetched = vi.fn();
  beforeEach(() => vi.stubGlobal("fetch", fetched));
  afterEach(() => {
    vi.unstubAllGlobals();
    fetched.mockReset();
    setCsrf(null);
  });
  const headersOf = (): Record<string, string> => (fetched.mock.calls[0]?.[1] as { headers: Record<string, string> }).headers;

  it("carries the revision, the CSRF word, the language and a key", async () => {
    fetched.mockResolvedValue(new Response('{"ok":true}'));
    setCsrf("word");
    setApiLang("en");
    await expect(call("POST", "/records/task", { body: { a: 1 }, rev: 3, key: "k1" })).resolves.toEqual({ ok: true });
    expect(headersOf()).toMatchObject({ "If-Match": '"3"', "X-CSRF-Token": "word", "Accept-Language": "en", "Idempotency-Key": "k1", "Content-Type": "application/json" });
  });
  it("sends no CSRF word and no key when it only reads", async () => {
    fetched.mockResolvedValue(new Response("{}"));
    setCsrf("word");
    await call("GET", "/types");
    expect(headersOf()).not.toHaveProperty("X-CSRF-Token");
    expect(headersOf()).not.toHaveProperty("Idempotency-Key");
  });
  it("answers nothing for 204 and a problem for a refusal", async () => {
    fetched.mockResolvedValueOnce(new Response(null, { status: 204 }));
    await expect(call("DELETE", "/records/task/1", { rev: 1 })).resolves.toBeUndefined();
    fetched.mockResolvedValueOnce(new Response('{"code":"revision_stale","title":"Stale"}', { status: 412 }));
    await expect(call("PATCH", "/records/task/1", { body: {}, rev: 1 })).rejects.toMatchObject({ status: 412, code: "revision_stale" });
  });
  it("says that an answer can't be read", async () => {
    fetched.mockResolvedValue(new Response('{"a":1,,}'));
    await expect(call("GET", "/types")).rejects.toMatchObject({ status: 200, code: "unreadable" });
  });
  it("says that the server can't be reached", async () => {
    fetched.mockRejectedValue(new TypeError("failed"));
    await expect(call("GET", "/types")).rejects.toSatisfy((error: ApiProblem) => error instanceof ApiProblem && error.code === OFFLINE);
  });
});
