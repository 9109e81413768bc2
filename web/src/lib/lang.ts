/*
 * The two languages of the interface and the labels that come in both.
 * SPDX-License-Identifier: Apache-2.0
 */
export type Lang = "zh-CN" | "en";
export const LANGS: readonly Lang[] = ["zh-CN", "en"];

/** A label as the server sends it; either language may be missing where an organisation filled in only one. */
export interface Label {
  en?: string | null;
  zh?: string | null;
}

export interface Word {
  text: string;
  /** Set when the text is not in the language of the page, so that it is read aloud rightly. */
  lang?: Lang;
}

export function isLang(value: unknown): value is Lang {
  return value === "zh-CN" || value === "en";
}

export function word(label: Label | null | undefined, lang: Lang, fallback = ""): Word {
  const zh = label?.zh?.trim();
  const en = label?.en?.trim();
  const own = lang === "en" ? en : zh;
  if (own) return { text: own };
  const other = lang === "en" ? zh : en;
  if (other) return { text: other, lang: lang === "en" ? "zh-CN" : "en" };
  return { text: fallback };
}

export function wordText(label: Label | null | undefined, lang: Lang, fallback = ""): string {
  return word(label, lang, fallback).text;
}

/** The first of the browser's languages that we speak; Chinese of any kind is read as simplified Chinese. */
export function pickLang(wanted: readonly string[]): Lang {
  for (const tag of wanted) {
    const lower = tag.toLowerCase();
    if (lower === "zh" || lower.startsWith("zh-")) return "zh-CN";
    if (lower === "en" || lower.startsWith("en-")) return "en";
  }
  return "zh-CN";
}
