/*
 * Every folder imports only what LAYERS allows it, and every file begins with what it is for.
 * SPDX-License-Identifier: Apache-2.0
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const SRC = join(process.cwd(), "src");
const layers = new Map(
  readFileSync(join(SRC, "LAYERS"), "utf8")
    .split("\n")
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => {
      const [name = "", rest = ""] = line.split(":");
      return [name, rest.trim().split(/\s+/).filter(Boolean)] as const;
    }),
);
const files = (readdirSync(SRC, { recursive: true }) as string[]).filter((file) => /\.tsx?$/.test(file));
const layerOf = (path: string): string | undefined => [...layers.keys()].filter((name) => path === name || path.startsWith(`${name}/`)).sort((a, b) => b.length - a.length)[0];

describe("the layers", () => {
  it("name only layers above them", () => {
    const above: string[] = [];
    for (const [name, allowed] of layers) {
      for (const other of allowed) expect(above).toContain(other);
      above.push(name);
    }
  });
  it("are kept by every import", () => {
    const broken: string[] = [];
    for (const file of files.filter((name) => name.includes("/"))) {
      const own = layerOf(file) ?? "";
      if (!own) broken.push(`${file} lies in no layer`);
      const text = readFileSync(join(SRC, file), "utf8");
      if (/(?:from|import\()\s*["']\.\.?\//.test(text)) broken.push(`${file} imports by a relative path`);
      for (const [, path = ""] of text.matchAll(/(?:from|import|import\()\s*["']@\/([^"']+)["']/g)) {
        const other = layerOf(path);
        if (!other || (other !== own && !layers.get(own)?.includes(other))) broken.push(`${file} imports ${path}`);
      }
    }
    expect(broken).toEqual([]);
  });
  it("hold files that say what they are for", () => {
    for (const file of files) expect([file, /^\/\*\n \* [^\n]+[.:].*?SPDX-License-Identifier: Apache-2\.0\n/s.test(readFileSync(join(SRC, file), "utf8").slice(0, 600))]).toEqual([file, true]);
  });
});
