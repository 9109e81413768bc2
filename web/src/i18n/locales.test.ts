/*
 * Both languages hold the same keys and values, every key that the code names is there, and no text stands in the code.
 * SPDX-License-Identifier: Apache-2.0
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const SRC = join(process.cwd(), "src");
const LOCALES = join(SRC, "i18n/locales");

function keysOf(lang: string): Map<string, string> {
  const out = new Map<string, string>();
  for (const file of readdirSync(join(LOCALES, lang)).sort()) {
    const words = JSON.parse(readFileSync(join(LOCALES, lang, file), "utf8")) as Record<string, string>;
    for (const [key, value] of Object.entries(words)) out.set(`${file.replace(".json", "")}.${key}`, value);
  }
  return out;
}

const en = keysOf("en");
const zh = keysOf("zh-CN");
const sources = (readdirSync(SRC, { recursive: true }) as string[]).filter((file) => /\.tsx?$/.test(file) && !file.includes(".test."));
const parse = (file: string): ts.SourceFile => ts.createSourceFile(file, readFileSync(join(SRC, file), "utf8"), ts.ScriptTarget.Latest, true, file.endsWith("x") ? ts.ScriptKind.TSX : ts.ScriptKind.TS);

describe("the locale files", () => {
  it("hold the same keys in both languages", () => {
    expect([...zh.keys()]).toEqual([...en.keys()]);
  });
  it("name the same values in both languages", () => {
    const values = (text: string): string[] => [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] as string).sort();
    for (const [key, text] of en) expect([key, values(zh.get(key) ?? "")]).toEqual([key, values(text)]);
  });
  it("hold each text in its own language", () => {
    const allowed = new Set(["product.chinese", "product.name"]);
    for (const [key, text] of en) if (!allowed.has(key)) expect([key, /\p{Script=Han}/u.test(text)]).toEqual([key, false]);
    for (const [key, text] of zh) if (/[A-Za-z]{2,}/.test(text.replace(/\{\{\w+\}\}|API|AI|JSON|Tandem|English/g, ""))) expect([key, text]).toBe("Chinese");
  });
  it("hold every key that the code names", () => {
    const missing: string[] = [];
    const names = new Set([...en.keys()].map((key) => key.split(".")[0]));
    const events = new Set(["record.derived"]); // An event's type, not a key.
    for (const file of sources) {
      for (const [, key = ""] of readFileSync(join(SRC, file), "utf8").matchAll(/"([a-z_]+\.[a-z_]+)"/g)) {
        if (names.has(key.split(".")[0]) && !events.has(key) && !en.has(key) && !en.has(`${key}_other`)) missing.push(`${file}: ${key}`);
      }
    }
    expect(missing).toEqual([]);
  });
});

/** Attributes whose values a person reads. */
const READ = new Set(["title", "label", "placeholder", "alt", "aria-label", "okText", "fallback"]);

describe("the code", () => {
  it("holds no text for people", () => {
    const found: string[] = [];
    for (const file of sources.filter((name) => name.endsWith(".tsx"))) {
      const visit = (node: ts.Node): void => {
        if (ts.isJsxText(node) && /\p{L}/u.test(node.text)) found.push(`${file}: ${node.text.trim()}`);
        if (ts.isJsxAttribute(node) && READ.has(node.name.getText()) && node.initializer && ts.isStringLiteral(node.initializer) && /\p{L}/u.test(node.initializer.text)) found.push(`${file}: ${node.getText()}`);
        ts.forEachChild(node, visit);
      };
      visit(parse(file));
    }
    expect(found).toEqual([]);
  });
  it("holds no Chinese outside the locale files, but for words that are read or units", () => {
    const allowed = new Set(["lib/format.ts", "record/day-input.tsx"]);
    const found = sources.filter((file) => !allowed.has(file) && /["'`][^"'`\n]*\p{Script=Han}[^"'`\n]*["'`]/u.test(readFileSync(join(SRC, file), "utf8")));
    expect(found).toEqual([]);
  });
});
