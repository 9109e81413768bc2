/*
 * The head of a page: its one <h1>, the window's title, and what can be done there.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useEffect, type ReactNode } from "react";
import { useText } from "@/i18n";

export interface PageHeadProps {
  title: string;
  /** Shown instead of the plain title where it needs marking up. */
  children?: ReactNode;
  before?: ReactNode;
  after?: ReactNode;
  actions?: ReactNode;
}

export function PageHead({ title, children, before, after, actions }: PageHeadProps) {
  const { t } = useText();
  useEffect(() => {
    document.title = `${title} · ${t("product.name")}`;
  }, [title, t]);
  return (
    <div className="page-head">
      <div className="page-title">
        {before}
        <h1>{children ?? title}</h1>
        {after}
      </div>
      {actions && <div className="page-actions">{actions}</div>}
    </div>
  );
}

export interface PanelProps {
  title?: ReactNode;
  extra?: ReactNode;
  children: ReactNode;
  /** Without padding, for lists and tables that reach the edges. */
  flush?: boolean;
}

export function Panel({ title, extra, children, flush }: PanelProps) {
  return (
    <section className={`panel${flush ? " flush" : ""}`}>
      {title && (
        <div className="panel-head">
          <h2>{title}</h2>
          {extra}
        </div>
      )}
      <div className="panel-body">{children}</div>
    </section>
  );
}
