/*
 * The language and theme switches, which act at once and without a reload.
 * SPDX-License-Identifier: Apache-2.0
 */
import { setLang, useText } from "@/i18n";
import type { Lang } from "@/lib/lang";
import type { Theme } from "@/lib/prefs";
import { useTheme } from "@/ui/theme";

interface Wish {
  lang?: Lang;
  theme?: Theme;
}

export function Switches({ onWish }: { onWish?: (wish: Wish) => void }) {
  const { t, lang } = useText();
  const { theme, setTheme } = useTheme();
  const langs: { value: Lang; key: string }[] = [
    { value: "zh-CN", key: "product.chinese" },
    { value: "en", key: "product.english" },
  ];
  const themes: { value: Theme; key: string }[] = [
    { value: "light", key: "product.light" },
    { value: "dark", key: "product.dark" },
  ];
  return (
    <div className="switches">
      <div className="segmented" role="group" aria-label={t("product.language")}>
        {langs.map(({ value, key }) => (
          <button
            key={value}
            type="button"
            lang={value === lang ? undefined : value}
            aria-pressed={value === lang}
            onClick={() => {
              setLang(value);
              onWish?.({ lang: value });
            }}
          >
            {t(key)}
          </button>
        ))}
      </div>
      <div className="segmented" role="group" aria-label={t("product.theme")}>
        {themes.map(({ value, key }) => (
          <button
            key={value}
            type="button"
            aria-pressed={value === theme}
            onClick={() => {
              setTheme(value);
              onWish?.({ theme: value });
            }}
          >
            {t(key)}
          </button>
        ))}
      </div>
    </div>
  );
}
