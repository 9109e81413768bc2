/*
 * The theme of the page: which one is chosen, and antd set up for it and for the language.
 * SPDX-License-Identifier: Apache-2.0
 */
import { createContext, useCallback, useContext, useLayoutEffect, useMemo, useState, type ReactNode } from "react";
import ConfigProvider from "antd/es/config-provider";
import antdTheme from "antd/es/theme";
import enUS from "antd/es/locale/en_US";
import zhCN from "antd/es/locale/zh_CN";
import dayjs from "dayjs";
import "dayjs/locale/zh-cn";
import { useText } from "@/i18n";
import { initialTheme, storeTheme, type Theme } from "@/lib/prefs";
import { PALETTES, paintRoot } from "@/ui/palette";

interface ThemeState {
  theme: Theme;
  setTheme: (theme: Theme) => void;
}

const ThemeContext = createContext<ThemeState>({ theme: "light", setTheme: () => {} });
export const useTheme = (): ThemeState => useContext(ThemeContext);

function antdConfig(theme: Theme) {
  const p = PALETTES[theme];
  return {
    algorithm: theme === "dark" ? antdTheme.darkAlgorithm : antdTheme.defaultAlgorithm,
    hashed: false,
    token: {
      colorPrimary: p.primary, colorPrimaryHover: p.primaryHover, colorPrimaryActive: p.primaryActive, colorPrimaryText: p.link,
      colorInfo: p.primary, colorLink: p.link, colorLinkHover: p.primaryHover, colorLinkActive: p.primaryActive,
      colorError: p.danger, colorErrorText: p.danger, colorErrorHover: p.dangerHover, colorErrorActive: p.dangerHover,
      colorSuccess: p.ok, colorWarning: p.warn, colorTextLightSolid: p.onPrimary,
      colorText: p.text, colorTextSecondary: p.text2, colorTextTertiary: p.text3, colorTextDescription: p.text3, colorTextPlaceholder: p.text3,
      colorTextHeading: p.text, colorTextLabel: p.text2, colorIcon: p.text3,
      colorBgLayout: p.page, colorBgContainer: p.surface, colorBgElevated: p.raised,
      colorBorder: p.border, colorBorderSecondary: p.line, colorSplit: p.line,
      controlItemBgActive: p.selected, controlItemBgHover: p.hover,
      borderRadius: 4, fontSize: 14, motionDurationFast: "0.01s", motionDurationMid: "0.01s", motionDurationSlow: "0.1s",
      fontFamily: "inherit",
    },
    components: {
      Button: { primaryColor: p.onPrimary, dangerColor: p.onDanger, primaryShadow: "none", defaultShadow: "none", dangerShadow: "none", fontWeight: 500 },
      Tooltip: { colorTextLightSolid: "#ffffff", colorBgSpotlight: "#2b3645" },
      Select: { optionSelectedBg: p.selected, optionSelectedColor: p.onSelected },
      Modal: { contentBg: p.raised, headerBg: p.raised },
    },
  };
}

export function ThemeProvider({ children }: { children: ReactNode }) {
  const { lang } = useText();
  const [theme, set] = useState<Theme>(initialTheme);
  const setTheme = useCallback((next: Theme) => {
    storeTheme(next);
    set(next);
  }, []);
  useLayoutEffect(() => paintRoot(theme), [theme]);
  dayjs.locale(lang === "en" ? "en" : "zh-cn");
  const state = useMemo(() => ({ theme, setTheme }), [theme, setTheme]);
  const config = useMemo(() => antdConfig(theme), [theme]);
  return (
    <ThemeContext.Provider value={state}>
      <ConfigProvider theme={config} locale={lang === "en" ? enUS : zhCN} button={{ autoInsertSpace: false }} wave={{ disabled: true }}>
        {children}
      </ConfigProvider>
    </ThemeContext.Provider>
  );
}
