/*
 * Numbers, money, dates and durations read right in both languages.
 * SPDX-License-Identifier: Apache-2.0
 */
import { describe, expect, it } from "vitest";
import { formatDate, formatDecimal, formatDuration, formatInteger, formatLag, formatMoney, formatPercent, formatTime, parseDuration, plainNumber, shiftPoint } from "@/lib/format";
import { pickLang, word } from "@/lib/lang";

describe("decimals and money", () => {
  it("groups thousands and keeps every digit", () => {
    expect(formatDecimal("1234567890123456.7800")).toBe("1,234,567,890,123,456.7800");
    expect(formatDecimal("-1000")).toBe("-1,000");
    expect(formatDecimal("no number")).toBe("no number");
    expect(formatInteger(2026)).toBe("2026");
    expect(formatInteger(12026)).toBe("12,026");
  });
  it("puts the sign of the currency before the amount and the minus before both", () => {
    expect(formatMoney({ amount: "35000.00", currency: "CNY" }, "zh-CN")).toBe("¥35,000.00");
    expect(formatMoney({ amount: "-12.50", currency: "CNY" }, "zh-CN")).toBe("-¥12.50");
    expect(formatMoney({ amount: "12.50", currency: "USD" }, "en")).toBe("$12.50");
    expect(formatMoney({ amount: "5", currency: "XXQ" }, "en")).toBe("XXQ\u00a05");
  });
  it("reads what a person types", () => {
    expect(plainNumber(" １２，３４５．６０ ")).toBe("12345.60");
    expect(plainNumber("+1,000")).toBe("1000");
    expect(plainNumber("-.5")).toBe("-0.5");
    expect(plainNumber("12a")).toBe("12a");
  });
  it("moves the decimal point exactly", () => {
    expect(shiftPoint("0.25", 2)).toBe("25");
    expect(shiftPoint("0.1234", 2)).toBe("12.34");
    expect(shiftPoint("12.5", -2)).toBe("0.125");
    expect(shiftPoint("100", -2)).toBe("1");
    expect(shiftPoint("0", -2)).toBe("0");
    expect(shiftPoint("-0.07", 2)).toBe("-7");
    expect(formatPercent("0.2500")).toBe("25%");
  });
});

describe("dates and times", () => {
  it("writes a day in the reader's way", () => {
    expect(formatDate("2026-11-24", "zh-CN")).toBe("2026-11-24");
    expect(formatDate("2026-11-24", "en")).toBe("24 Nov 2026");
    expect(formatDate("soon", "en")).toBe("soon");
  });
  it("writes a moment of the reader's own time zone", () => {
    const at = new Date(2026, 10, 24, 9, 5, 7, 42);
    expect(formatTime(at.toISOString(), "zh-CN")).toBe("2026-11-24 09:05");
    expect(formatTime(at.toISOString(), "en", { millis: true })).toBe("24 Nov 2026 09:05:07.042");
    expect(formatTime("nonsense", "en")).toBe("nonsense");
  });
  it("writes and reads durations", () => {
    expect(formatDuration(9_000_000, "en")).toBe("2 h 30 min");
    expect(formatDuration(9_000_000, "zh-CN")).toBe("2 小时 30 分钟");
    expect(formatDuration(0, "en")).toBe("0 min");
    expect(formatDuration(250, "zh-CN")).toBe("250 毫秒");
    for (const text of ["2h 30m", "2 h 30 min", "2小时30分钟", "2.5", "150 min"]) expect(parseDuration(text)).toBe(9_000_000);
    expect(parseDuration("250ms")).toBe(250);
    expect(parseDuration("soon")).toBeNull();
    expect(parseDuration("2 h soon")).toBeNull();
  });
  it("reads back what it writes", () => {
    for (const ms of [1, 999, 61_000, 3_600_000, 90_061_001]) for (const lang of ["en", "zh-CN"] as const) expect(parseDuration(formatDuration(ms, lang).replaceAll(",", ""))).toBe(ms);
  });
  it("writes a lag", () => {
    expect(formatLag(120, "en")).toBe("+120 ms");
    expect(formatLag(5400, "zh-CN")).toBe("+5.4 s");
    expect(formatLag(200_000, "en")).toBe("+3 min 20 s");
  });
});

describe("languages", () => {
  it("picks the first that is spoken here", () => {
    expect(pickLang(["fr", "en-GB", "zh"])).toBe("en");
    expect(pickLang(["zh-Hans-CN"])).toBe("zh-CN");
    expect(pickLang([])).toBe("zh-CN");
  });
  it("marks a label that is only there in the other language", () => {
    expect(word({ en: "Task", zh: "任务" }, "zh-CN")).toEqual({ text: "任务" });
    expect(word({ zh: "台账" }, "en")).toEqual({ text: "台账", lang: "zh-CN" });
    expect(word(null, "en", "task")).toEqual({ text: "task" });
  });
});
