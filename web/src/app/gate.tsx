/*
 * Whoever is not logged in sees the log-in form at the address he asked for, and the page itself afterwards.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useEffect, useState, type ComponentType } from "react";
import { useText, setLang } from "@/i18n";
import { storedLang, storedTheme } from "@/lib/prefs";
import { useTypesQuery } from "@/api/records";
import { SessionContext, useSession } from "@/api/session";
import { useLiveStream } from "@/api/stream";
import type { Session } from "@/api/types";
import { Fault, Loading } from "@/ui/states";
import { useTheme } from "@/ui/theme";
import { CatalogProvider } from "@/record/catalog";
import { LoginPage } from "@/features/login";
import { Shell } from "@/app/shell";

export function Gate({ page: Page }: { page: ComponentType }) {
  const { data: session, error, refetch } = useSession();
  if (session) return <Inside session={session} page={Page} />;
  if (session === null) return <LoginPage />;
  return <Waiting error={error} onRetry={() => void refetch()} />;
}

function Waiting({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const { t } = useText();
  return (
    <main className="waiting">
      <h1 className="sr-only">{t("product.name")}</h1>
      {error ? <Fault error={error} onRetry={onRetry} /> : <Loading />}
    </main>
  );
}

/** The wishes kept with the user hold where this browser has none of its own. */
function useKeptWishes(session: Session): void {
  const { setTheme } = useTheme();
  const [kept] = useState({ lang: session.lang, theme: session.theme });
  useEffect(() => {
    if (kept.lang && !storedLang()) setLang(kept.lang);
    if (kept.theme && !storedTheme()) setTheme(kept.theme);
  }, [kept, setTheme]);
}

function Inside({ session, page: Page }: { session: Session; page: ComponentType }) {
  const { data: types, error, refetch } = useTypesQuery();
  useKeptWishes(session);
  useLiveStream(true);
  if (!types) return <Waiting error={error} onRetry={() => void refetch()} />;
  return (
    <SessionContext value={session}>
      <CatalogProvider types={types}>
        <Shell>
          <Page />
        </Shell>
      </CatalogProvider>
    </SessionContext>
  );
}
