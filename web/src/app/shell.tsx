/*
 * The frame of every page: head with search, bell and user menu; the main menu, a drawer on a phone; the page itself.
 * SPDX-License-Identifier: Apache-2.0
 */
import { Suspense, useEffect, useRef, useState, type ReactNode } from "react";
import BellOutlined from "@ant-design/icons/es/icons/BellOutlined";
import MenuOutlined from "@ant-design/icons/es/icons/MenuOutlined";
import SearchOutlined from "@ant-design/icons/es/icons/SearchOutlined";
import { useText } from "@/i18n";
import { useMe } from "@/api/session";
import { AppLink, usePath } from "@/ui/link";
import { Loading } from "@/ui/states";
import { preloadSearch, SearchDialog } from "@/features/search";
import { ErrorBoundary } from "@/app/error-boundary";
import { Menu } from "@/app/menu";
import { HeadSwitches, UserMenu } from "@/app/user-menu";

const isMac = (): boolean => /Mac|iPhone|iPad/.test(navigator.userAgent);

function useSearchKey(open: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      open();
    };
    globalThis.addEventListener("keydown", listen);
    return () => globalThis.removeEventListener("keydown", listen);
  }, [open]);
}

function Bell() {
  const { t } = useText();
  const { unread } = useMe();
  return (
    <AppLink href="/t/notification" className="bell" title={t("shell.notifications")}>
      <BellOutlined aria-hidden />
      <span className="sr-only">{t("shell.unread", { count: unread })}</span>
      {unread > 0 && (
        <span className="count" aria-hidden data-testid="unread">
          {unread > 99 ? "99+" : unread}
        </span>
      )}
    </AppLink>
  );
}

export function Shell({ children }: { children: ReactNode }) {
  const { t } = useText();
  const me = useMe();
  const path = usePath();
  const [menuOpen, setMenuOpen] = useState(false);
  const [searching, setSearching] = useState(false);
  const openSearch = useRef(() => setSearching(true)).current;
  const menuButton = useRef<HTMLButtonElement>(null);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useSearchKey(openSearch);
  useEffect(() => {
    const timer = setTimeout(preloadSearch, 200);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    setMenuOpen(false);
    // A new page is read out from its beginning; the very first one keeps the browser's own focus.
    if (!first.current && !main.current?.contains(document.activeElement)) main.current?.focus();
    first.current = false;
  }, [path]);
  useEffect(() => {
    if (!menuOpen) return undefined;
    const listen = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      setMenuOpen(false);
      menuButton.current?.focus();
    };
    globalThis.addEventListener("keydown", listen);
    return () => globalThis.removeEventListener("keydown", listen);
  }, [menuOpen]);
  return (
    <div className="shell">
      <a className="skip-link" href="#main">
        {t("shell.skip")}
      </a>
      <header>
        <button ref={menuButton} type="button" className="icon-button nav-button" aria-label={t("shell.open_menu")} aria-expanded={menuOpen} aria-controls="menu" onClick={() => setMenuOpen(!menuOpen)}>
          <MenuOutlined aria-hidden />
        </button>
        <AppLink href="/" className="brand">
          <img src="/favicon.svg" alt="" width="24" height="24" />
          {t("product.short")}
        </AppLink>
        <span className="company">{me.company.title}</span>
        <div className="head-right">
          <button type="button" className="search-button" onClick={() => setSearching(true)} aria-keyshortcuts="Control+K Meta+K">
            <SearchOutlined aria-hidden />
            <span>{t("search.button")}</span>
            <kbd aria-hidden>{isMac() ? "⌘K" : "Ctrl K"}</kbd>
          </button>
          <Bell />
          <HeadSwitches />
          <UserMenu />
        </div>
      </header>
      <button type="button" className={`nav-veil${menuOpen ? " open" : ""}`} aria-label={t("shell.close_menu")} tabIndex={menuOpen ? 0 : -1} onClick={() => setMenuOpen(false)} />
      <nav id="menu" className={menuOpen ? "open" : undefined} aria-label={t("shell.main_menu")}>
        <Menu onGo={() => setMenuOpen(false)} />
      </nav>
      <main id="main" ref={main} tabIndex={-1}>
        <ErrorBoundary resetKey={path}>
          <Suspense fallback={<Loading rows={6} />}>{children}</Suspense>
        </ErrorBoundary>
      </main>
      <Suspense fallback={null}>{searching && <SearchDialog open onClose={() => setSearching(false)} />}</Suspense>
    </div>
  );
}
