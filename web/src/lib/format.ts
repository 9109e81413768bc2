/*
 * Numbers, money, dates and durations in the reader's format; a stored value is never rounded for showing.
 * SPDX-License-Identifier: Apache-2.0
 */
import type { Lang } from "@/lib/lang";

export interface Money {
  amount: string;
  currency: string;
}

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d+))?$/;

/** Groups the digits of a decimal text by thousands; a text that is no number comes back unchanged. */
export function formatDecimal(value: string | number): string {
  const match = DECIMAL.exec(String(value));
  if (!match) return String(value);
  const [, sign, whole = "", fraction] = match;
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${sign === "-" ? "-" : ""}${grouped}${fraction ? `.${fraction}` : ""}`;
}

/** A whole number; up to four digits stay together, since years and codes are numbers too. */
export const formatInteger = (value: string | number): string => (/^-?\d{1,4}$/.test(String(value)) ? String(value) : formatDecimal(value));

const symbols = new Map<string, string>();

/** The sign before an amount: ¥ for CNY, the code itself where no short sign is common. */
export function currencySymbol(currency: string, lang: Lang): string {
  const key = `${lang} ${currency}`;
  let symbol = symbols.get(key);
  if (symbol === undefined) {
    try {
      const parts = new Intl.NumberFormat(lang, { style: "currency", currency, currencyDisplay: "symbol" }).formatToParts(0);
      symbol = parts.find((part) => part.type === "currency")?.value ?? currency;
    } catch {
      symbol = currency;
    }
    // A bare letter code needs a space before the digits, a sign does not.
    if (/[A-Za-z]$/.test(symbol)) symbol += "\u00a0";
    symbols.set(key, symbol);
  }
  return symbol;
}

export function formatMoney(money: Money, lang: Lang): string {
  const text = formatDecimal(money.amount);
  const symbol = currencySymbol(money.currency, lang);
  return text.startsWith("-") ? `-${symbol}${text.slice(1)}` : `${symbol}${text}`;
}

export function isNegative(amount: string): boolean {
  return amount.startsWith("-") && /[1-9]/.test(amount);
}

export function currencyDigits(currency: string): number {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    return 2;
  }
}

export function currencies(): string[] {
  const supported = (Intl as { supportedValuesOf?: (key: "currency") => string[] }).supportedValuesOf;
  return supported ? supported("currency") : ["CNY", "EUR", "GBP", "HKD", "JPY", "USD"];
}

const two = (n: number): string => String(n).padStart(2, "0");

/** A calendar day "2026-11-24": as it stands in Chinese, "24 Nov 2026" in English. It has no time zone. */
export function formatDate(value: string, lang: Lang): string {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(value);
  if (!match) return value;
  if (lang === "zh-CN") return value;
  const day = new Date(Date.UTC(Number(match[1]), Number(match[2]) - 1, Number(match[3])));
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }).format(day);
}

export interface TimeOptions {
  seconds?: boolean;
  /** Milliseconds too: the story of a record is read by them. */
  millis?: boolean;
}

/** A moment in the reader's own time zone. */
export function formatTime(value: string | number | Date, lang: Lang, options: TimeOptions = {}): string {
  const at = new Date(value);
  if (Number.isNaN(at.getTime())) return String(value);
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  let clock = `${two(at.getHours())}:${two(at.getMinutes())}`;
  if (options.seconds || options.millis) clock += `:${two(at.getSeconds())}`;
  if (options.millis) clock += `.${String(at.getMilliseconds()).padStart(3, "0")}`;
  return `${formatDate(day, lang)} ${clock}`;
}

interface Unit {
  ms: number;
  zh: string;
  en: string;
}
const UNITS: readonly Unit[] = [
  { ms: 3_600_000, zh: "小时", en: "h" },
  { ms: 60_000, zh: "分钟", en: "min" },
  { ms: 1000, zh: "秒", en: "s" },
  { ms: 1, zh: "毫秒", en: "ms" },
];

/** "2 h 30 min", "2 小时 30 分钟": hours are the largest unit, since a working day is not 24 of them. */
export function formatDuration(ms: number, lang: Lang): string {
  if (!Number.isFinite(ms)) return String(ms);
  let rest = Math.abs(Math.trunc(ms));
  const parts: string[] = [];
  for (const unit of UNITS) {
    const count = Math.floor(rest / unit.ms);
    rest -= count * unit.ms;
    if (count) parts.push(`${formatDecimal(count)} ${lang === "en" ? unit.en : unit.zh}`);
  }
  if (!parts.length) return lang === "en" ? "0 min" : "0 分钟";
  return (ms < 0 ? "-" : "") + parts.join(" ");
}

const DURATION_PART = /([\d.]+)\s*(小时|时|h(?:ours?|rs?)?|分钟|分|min(?:utes?)?|m(?!s)|毫秒|ms|秒|s(?:ec(?:onds?)?)?)/giy;

/** Reads "2h 30m", "2 小时 30 分钟", "90m", "1.5" (hours); null where it can't. */
export function parseDuration(text: string): number | null {
  const trimmed = text.trim();
  if (/^-?\d+(\.\d+)?$/.test(trimmed)) return Math.round(Number(trimmed) * 3_600_000);
  let total = 0;
  let at = 0;
  while (at < trimmed.length) {
    DURATION_PART.lastIndex = at;
    const match = DURATION_PART.exec(trimmed);
    if (!match || Number.isNaN(Number(match[1]))) return null;
    const unit = (match[2] ?? "").toLowerCase();
    const factor = unit === "ms" || unit === "毫秒" ? 1 : /^(s|秒)/.test(unit) ? 1000 : /^(m|分)/.test(unit) ? 60_000 : 3_600_000;
    total += Number(match[1]) * factor;
    at = DURATION_PART.lastIndex;
    while (trimmed[at] === " ") at += 1;
  }
  return at ? Math.round(total) : null;
}

/** How long after its cause something came: "+120 ms", "+5.4 s", "+3 min 20 s". */
export function formatLag(ms: number, lang: Lang): string {
  if (ms < 1000) return `+${ms} ms`;
  if (ms < 60_000) return `+${(ms / 1000).toFixed(1).replace(/\.0$/, "")} s`;
  return `+${formatDuration(Math.round(ms / 1000) * 1000, lang)}`;
}

/** Turns what a person types for a number (full-width digits, thousands commas, spaces) into plain digits. */
export function plainNumber(text: string): string {
  return text
    .normalize("NFKC")
    .trim()
    .replace(/[,\s\u00a0']/g, "")
    .replace(/^\+/, "")
    .replace(/^(-?)\./, "$10.");
}

/** Moves the decimal point by some places, exactly: "0.25" by 2 is "25", "12.5" by -2 is "0.125". */
export function shiftPoint(value: string, places: number): string {
  const match = DECIMAL.exec(value);
  if (!match) return value;
  const [, sign, whole = "", fraction = ""] = match;
  const point = whole.length + places;
  const digits = point > 0 ? (whole + fraction).padEnd(point, "0") : "0".repeat(1 - point) + whole + fraction;
  const at = Math.max(point, 1);
  const left = digits.slice(0, at).replace(/^0+(?=\d)/, "");
  const right = digits.slice(at).replace(/0+$/, "");
  return `${sign === "-" ? "-" : ""}${left}${right ? `.${right}` : ""}`;
}

/** A share is kept as a fraction ("0.25") and read as a percentage ("25%"). */
export const formatPercent = (value: string | number): string => `${formatDecimal(shiftPoint(String(value), 2))}%`;

export function isPlainNumber(text: string): boolean {
  return /^-?\d+(\.\d+)?$/.test(text);
}
