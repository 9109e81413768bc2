/*
 * The user's menu: who is logged in, language and theme, log out.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useEffect, useRef, useState } from "react";
import Button from "antd/es/button";
import LogoutOutlined from "@ant-design/icons/es/icons/LogoutOutlined";
import UserOutlined from "@ant-design/icons/es/icons/UserOutlined";
import { useText } from "@/i18n";
import { saveWish, useLogout, useMe } from "@/api/session";
import { Switches } from "@/ui/switches";
import { useNarrow } from "@/ui/use-narrow";

const keep = (wish: Parameters<typeof saveWish>[0]): void => void saveWish(wish);

/** Beside the user's menu where there is room, in it on a phone. */
export function HeadSwitches() {
  return useNarrow() ? null : <Switches onWish={keep} />;
}

export function UserMenu() {
  const { t } = useText();
  const { user } = useMe();
  const logout = useLogout();
  const narrow = useNarrow();
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!open) return undefined;
    const onKey = (event: KeyboardEvent): void => {
      if (event.key !== "Escape") return;
      setOpen(false);
      button.current?.focus();
    };
    const onPointer = (event: PointerEvent): void => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    globalThis.addEventListener("keydown", onKey);
    globalThis.addEventListener("pointerdown", onPointer);
    return () => {
      globalThis.removeEventListener("keydown", onKey);
      globalThis.removeEventListener("pointerdown", onPointer);
    };
  }, [open]);
  return (
    <div className="user-menu" ref={box} data-testid="user-menu">
      <button ref={button} type="button" className="user-button" aria-expanded={open} aria-controls="user-panel" onClick={() => setOpen(!open)}>
        <UserOutlined aria-hidden />
        <span className="name">{user.title || user.name}</span>
      </button>
      {open && (
        <div className="user-panel" id="user-panel" role="group" aria-label={t("shell.user_menu")}>
          <div>
            <strong>{user.title || user.name}</strong>
            <div className="muted small">
              <code>{user.name}</code>
            </div>
          </div>
          {narrow && <Switches onWish={keep} />}
          <Button icon={<LogoutOutlined aria-hidden />} loading={logout.isPending} onClick={() => logout.mutate()}>
            {t("shell.logout")}
          </Button>
        </div>
      )}
    </div>
  );
}
