/*
 * The colours of both themes, in one place: antd's tokens and our own style sheet both take them from here.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Every text colour has at least 4.5:1 on every surface that it is used on; antd's defaults for links, descriptions and placeholders have not.
 */
import type { Theme } from "@/lib/prefs";

export interface Palette {
  page: string;
  surface: string;
  raised: string;
  subtle: string;
  hover: string;
  border: string;
  line: string;
  text: string;
  text2: string;
  text3: string;
  primary: string;
  primaryHover: string;
  primaryActive: string;
  onPrimary: string;
  link: string;
  selected: string;
  onSelected: string;
  head: string;
  onHead: string;
  danger: string;
  dangerHover: string;
  onDanger: string;
  ok: string;
  warn: string;
  tagGrey: string;
  onTagGrey: string;
  tagBlue: string;
  onTagBlue: string;
  tagGreen: string;
  onTagGreen: string;
  tagRed: string;
  onTagRed: string;
  tagAmber: string;
  onTagAmber: string;
  tagPurple: string;
  onTagPurple: string;
  shadow: string;
}

export const PALETTES: Record<Theme, Palette> = {
  light: {
    page: "#f3f5f8",
    surface: "#ffffff",
    raised: "#ffffff",
    subtle: "#f7f8fa",
    hover: "#eef3fb",
    border: "#c9d0da",
    line: "#e3e7ed",
    text: "#1b2430",
    text2: "#465262",
    text3: "#5a6677",
    primary: "#1d4e9e",
    primaryHover: "#2a60b8",
    primaryActive: "#163d7e",
    onPrimary: "#ffffff",
    link: "#1a4f9f",
    selected: "#e4edfa",
    onSelected: "#173f80",
    head: "#ffffff",
    onHead: "#1b2430",
    danger: "#b3261e",
    dangerHover: "#8f1d17",
    onDanger: "#ffffff",
    ok: "#1c6b3a",
    warn: "#8a5300",
    tagGrey: "#e9ecf0",
    onTagGrey: "#3d4855",
    tagBlue: "#dfeafb",
    onTagBlue: "#173f80",
    tagGreen: "#dcf1e3",
    onTagGreen: "#145a2e",
    tagRed: "#fbe1df",
    onTagRed: "#8c1c15",
    tagAmber: "#fdeccd",
    onTagAmber: "#6d4100",
    tagPurple: "#ebe3fa",
    onTagPurple: "#53308f",
    shadow: "0 6px 24px rgba(16, 32, 56, 0.14)",
  },
  dark: {
    page: "#11161d",
    surface: "#1a212b",
    raised: "#222b37",
    subtle: "#1f2733",
    hover: "#263242",
    border: "#475466",
    line: "#303b4a",
    text: "#e7ebf1",
    text2: "#bcc6d3",
    text3: "#a3afbe",
    primary: "#8ab4f8",
    primaryHover: "#a9c8fb",
    primaryActive: "#6f9fec",
    onPrimary: "#0c1a30",
    link: "#8ab4f8",
    selected: "#25395a",
    onSelected: "#cfe0fc",
    head: "#161c25",
    onHead: "#e7ebf1",
    danger: "#f2938c",
    dangerHover: "#f7b3ae",
    onDanger: "#2b0906",
    ok: "#7fd19a",
    warn: "#f0bf6c",
    tagGrey: "#333e4c",
    onTagGrey: "#d5dce5",
    tagBlue: "#213a61",
    onTagBlue: "#bcd6ff",
    tagGreen: "#1c4029",
    onTagGreen: "#a9e6bd",
    tagRed: "#532522",
    onTagRed: "#ffc4bf",
    tagAmber: "#4b3713",
    onTagAmber: "#f8d79b",
    tagPurple: "#3d2f5c",
    onTagPurple: "#dccbff",
    shadow: "0 6px 24px rgba(0, 0, 0, 0.5)",
  },
};

/** Hands the colours to the style sheet as custom properties (--page, --text-2, …). */
export function paintRoot(theme: Theme): void {
  const root = document.documentElement;
  for (const [name, value] of Object.entries(PALETTES[theme])) {
    root.style.setProperty(`--${name.replace(/[A-Z]/g, (ch) => `-${ch.toLowerCase()}`).replace(/\d/, "-$&")}`, value);
  }
  root.style.colorScheme = theme;
  root.dataset.theme = theme;
}
