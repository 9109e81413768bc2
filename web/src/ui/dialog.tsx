/*
 * A dialog: named, closed by Escape, the focus back where it was; and asking before something that can't be taken back.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useEffect, useRef, type ReactNode } from "react";
import Button from "antd/es/button";
import Modal from "antd/es/modal";
import { useText } from "@/i18n";

export interface DialogProps {
  open: boolean;
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** The main button; without one the dialog has no footer. */
  okText?: string;
  danger?: boolean;
  busy?: boolean;
  onOk?: () => void;
  width?: number;
  closeOnBackdrop?: boolean;
}

/** The focus goes back to where it was, also where the whole dialog is taken away at once. */
function useFocusBack(open: boolean): void {
  const opener = useRef<Element | null>(null);
  // Read while drawing: once the dialog is there, what it holds has taken the focus.
  if (open) opener.current ??= document.activeElement;
  useEffect(() => {
    if (!open) return undefined;
    return () => {
      const { current } = opener;
      opener.current = null;
      requestAnimationFrame(() => {
        const nowhere = !document.activeElement || document.activeElement === document.body;
        if (nowhere && current instanceof HTMLElement && current.isConnected) current.focus();
      });
    };
  }, [open]);
}

export function Dialog({ open, title, onClose, children, okText, danger, busy, onOk, width = 520, closeOnBackdrop = false }: DialogProps) {
  const { t } = useText();
  useFocusBack(open);
  return (
    <Modal
      open={open}
      title={title}
      onCancel={onClose}
      width={width}
      destroyOnHidden
      mask={{ closable: closeOnBackdrop }}
      closable={{ "aria-label": t("common.close") }}
      footer={
        okText
          ? [
              <Button key="cancel" onClick={onClose}>
                {t("common.cancel")}
              </Button>,
              <Button key="ok" type="primary" danger={danger} loading={busy} onClick={onOk}>
                {okText}
              </Button>,
            ]
          : null
      }
    >
      {children}
    </Modal>
  );
}
