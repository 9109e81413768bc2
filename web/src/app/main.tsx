/*
 * The start of the interface.
 * SPDX-License-Identifier: Apache-2.0
 */
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { initI18n, onLang } from "@/i18n";
import { initialLang, initialTheme } from "@/lib/prefs";
import { setApiLang, setOnLoggedOut } from "@/api/client";
import { isProblem } from "@/api/problem";
import { loggedOut } from "@/api/session";
import { paintRoot } from "@/ui/palette";
import { ThemeProvider } from "@/ui/theme";
import { ToastProvider } from "@/ui/toast";
import { router } from "@/app/router";
import "@/ui/base.css";
import "@/ui/record.css";

const lang = initialLang();
paintRoot(initialTheme());
initI18n(lang);
setApiLang(lang);

/** A refusal is final; what failed on the way or for load is worth two more tries. */
const worthRetry = (count: number, error: unknown): boolean => count < 2 && (!isProblem(error) || error.status === 0 || error.status === 503 || error.status === 429);

const client = new QueryClient({
  defaultOptions: { queries: { retry: worthRetry, staleTime: 5000, refetchOnWindowFocus: false }, mutations: { retry: false } },
});

setOnLoggedOut(() => loggedOut(client));
onLang((next) => {
  setApiLang(next);
  // Sentences of the server (reasons, refusals) come in the language they were asked in.
  void client.invalidateQueries();
});

const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <ThemeProvider>
          <ToastProvider>
            <RouterProvider router={router} />
          </ToastProvider>
        </ThemeProvider>
      </QueryClientProvider>
    </StrictMode>,
  );
}
