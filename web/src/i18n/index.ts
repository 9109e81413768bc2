/*
 * The texts of the interface in both languages, and the language that is chosen now.
 * SPDX-License-Identifier: Apache-2.0
 */
import i18next from "i18next";
import { initReactI18next, useTranslation } from "react-i18next";
import { word, wordText, type Label, type Lang, type Word } from "@/lib/lang";
import { storeLang } from "@/lib/prefs";

const files = import.meta.glob<Record<string, unknown>>("./locales/*/*.json", { eager: true, import: "default" });

/** locales/en/list.json becomes the keys list.… */
function resources(): Record<string, { translation: Record<string, unknown> }> {
  const out: Record<string, { translation: Record<string, unknown> }> = {};
  for (const [path, content] of Object.entries(files)) {
    const [, lang = "", name = ""] = /locales\/([^/]+)\/([^/]+)\.json$/.exec(path) ?? [];
    (out[lang] ??= { translation: {} }).translation[name] = content;
  }
  return out;
}

export function initI18n(lang: Lang): void {
  void i18next.use(initReactI18next).init({
    resources: resources(),
    lng: lang,
    fallbackLng: false,
    supportedLngs: ["zh-CN", "en"],
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  document.documentElement.lang = lang;
}

const listeners = new Set<(lang: Lang) => void>();

export function onLang(fn: (lang: Lang) => void): () => void {
  listeners.add(fn);
  return () => listeners.delete(fn);
}

export function setLang(lang: Lang): void {
  storeLang(lang);
  if (currentLang() === lang) return;
  document.documentElement.lang = lang;
  for (const fn of listeners) fn(lang);
  void i18next.changeLanguage(lang);
}

export function currentLang(): Lang {
  return i18next.language === "en" ? "en" : "zh-CN";
}

/** A text for a message that is made outside a component. */
export const text = (key: string, values?: Record<string, unknown>): string => i18next.t(key, values ?? {});

export interface Translator {
  t: (key: string, values?: Record<string, unknown>) => string;
  /** Whether there is a text for words that the server made up (an event's type, a source). */
  has: (key: string) => boolean;
  lang: Lang;
  label: (label: Label | null | undefined, fallback?: string) => string;
  word: (label: Label | null | undefined, fallback?: string) => Word;
}

export function useText(): Translator {
  const { t, i18n } = useTranslation();
  const lang = i18n.language === "en" ? "en" : "zh-CN";
  return {
    t: (key, values) => t(key, values ?? {}),
    has: (key) => i18n.exists(key),
    lang,
    label: (label, fallback) => wordText(label, lang, fallback),
    word: (label, fallback) => word(label, lang, fallback),
  };
}
