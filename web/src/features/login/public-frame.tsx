/*
 * The frame of pages for people who are not logged in.
 * SPDX-License-Identifier: Apache-2.0
 */
import type { ReactNode } from "react";
import { useText } from "@/i18n";
import { AppLink } from "@/ui/link";
import { Switches } from "@/ui/switches";

export function PublicFrame({ children }: { children: ReactNode }) {
  const { t } = useText();
  return (
    <div className="public">
      <header>
        <nav aria-label={t("shell.main_menu")}>
          <AppLink href="/" className="brand">
            <img src="/favicon.svg" alt="" width="24" height="24" />
            {t("product.name")}
          </AppLink>
        </nav>
        <Switches />
      </header>
      <main>{children}</main>
    </div>
  );
}
