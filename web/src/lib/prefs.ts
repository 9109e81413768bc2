/*
 * The reader's language and theme: their own choice, else the browser's.
 * SPDX-License-Identifier: Apache-2.0
 */
import { isLang, pickLang, type Lang } from "@/lib/lang";

export type Theme = "light" | "dark";

const LANG_KEY = "tandem.lang";
const THEME_KEY = "tandem.theme";

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // Storage can be switched off; the browser's wishes then decide.
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // The choice then lasts as long as the page.
  }
}

export function isTheme(value: unknown): value is Theme {
  return value === "light" || value === "dark";
}

export function storedLang(): Lang | null {
  const value = read(LANG_KEY);
  return isLang(value) ? value : null;
}

export function storedTheme(): Theme | null {
  const value = read(THEME_KEY);
  return isTheme(value) ? value : null;
}

export function initialLang(): Lang {
  return storedLang() ?? pickLang(navigator.languages?.length ? navigator.languages : [navigator.language]);
}

export function initialTheme(): Theme {
  const stored = storedTheme();
  if (stored) return stored;
  return globalThis.matchMedia?.("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export const storeLang = (lang: Lang): void => write(LANG_KEY, lang);
export const storeTheme = (theme: Theme): void => write(THEME_KEY, theme);
