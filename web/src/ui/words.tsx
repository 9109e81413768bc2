/*
 * Small pieces of text: labels in a language other than the page's, moments, state tags, codes.
 * SPDX-License-Identifier: Apache-2.0
 */
import type { ReactNode } from "react";
import { useText } from "@/i18n";
import { formatDate, formatTime, type TimeOptions } from "@/lib/format";
import type { Label } from "@/lib/lang";

/** A label from the server; where only the other language has it, it says so to screen readers. */
export function Words({ label, fallback }: { label: Label | null | undefined; fallback?: string }) {
  const { word } = useText();
  const { text, lang } = word(label, fallback);
  return lang ? <span lang={lang}>{text}</span> : text;
}

export function Moment({ value, ...options }: { value: string | null | undefined } & TimeOptions) {
  const { lang } = useText();
  if (!value) return null;
  return (
    <time dateTime={value} title={value}>
      {formatTime(value, lang, options)}
    </time>
  );
}

export function Day({ value }: { value: string }) {
  const { lang } = useText();
  return <time dateTime={value}>{formatDate(value, lang)}</time>;
}

const KIND_COLOUR: Record<string, string> = { draft: "grey", open: "blue", done: "green", cancelled: "red" };
const COLOURS: Record<string, string> = {
  grey: "grey", gray: "grey", blue: "blue", cyan: "blue", teal: "green", green: "green", lime: "green", red: "red", magenta: "red", pink: "red",
  volcano: "red", orange: "amber", gold: "amber", amber: "amber", yellow: "amber", purple: "purple", violet: "purple",
};

/** A coloured tag; the word always stands in it, so the colour only repeats it. */
export function Tag({ color, kind, children }: { color?: string; kind?: string; children: ReactNode }) {
  const colour = (color && COLOURS[color]) ?? (kind && KIND_COLOUR[kind]) ?? "grey";
  return <span className={`tag tag-${colour}`}>{children}</span>;
}

export function VisuallyHidden({ children }: { children: ReactNode }) {
  return <span className="sr-only">{children}</span>;
}
