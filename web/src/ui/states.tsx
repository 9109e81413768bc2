/*
 * What a page shows while it loads, when it failed, when nothing is there.
 * SPDX-License-Identifier: Apache-2.0
 */
import type { ReactNode } from "react";
import Button from "antd/es/button";
import { useText } from "@/i18n";
import { AppLink } from "@/ui/link";
import { PageHead } from "@/ui/page";

export function Loading({ rows = 4 }: { rows?: number }) {
  const { t } = useText();
  return (
    <div className="loading" aria-busy="true" role="status">
      <span className="sr-only">{t("common.loading")}</span>
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} className="skeleton" />
      ))}
    </div>
  );
}

export interface FaultLike {
  status?: number;
  code?: string;
  title?: string;
  detail?: string;
  instance?: string;
}

/** The sentence of a refusal; where the server sent none, our own by kind. */
export function useFaultText(): (error: unknown) => string {
  const { t } = useText();
  return (error) => {
    const fault = error as FaultLike;
    if (fault?.detail) return fault.detail;
    if (fault?.title) return fault.title;
    if (fault?.status === 0) return t("error.offline");
    if (fault?.code === "unreadable") return t("error.unreadable");
    if (fault?.status === 401) return t("error.logged_out");
    if (fault?.status) return t("error.status", { status: fault.status });
    return t("error.unexpected");
  };
}

export function Fault({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const { t } = useText();
  const faultText = useFaultText();
  const { code, instance } = error as FaultLike;
  return (
    <div className="notice notice-fault" role="alert">
      <div>
        <strong>{t("error.title")}</strong>
        <div>{faultText(error)}</div>
        {(code || instance) && (
          <div className="muted small">
            <code>{[code, instance].filter(Boolean).join(" · ")}</code>
          </div>
        )}
      </div>
      {onRetry && <Button onClick={onRetry}>{t("common.retry")}</Button>}
    </div>
  );
}

export function Empty({ children }: { children: ReactNode }) {
  return <div className="empty">{children}</div>;
}

export function NotFound({ detail }: { detail?: string }) {
  const { t } = useText();
  return (
    <div data-testid="not-found" className="not-found">
      <PageHead title={t("not_found.title")} />
      <p>{detail || t("not_found.text")}</p>
      <p>
        <AppLink href="/">{t("not_found.home")}</AppLink>
      </p>
    </div>
  );
}
