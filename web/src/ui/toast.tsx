/*
 * Short messages about what was done, read out by screen readers and gone by themselves.
 * SPDX-License-Identifier: Apache-2.0
 */
import { createContext, useCallback, useContext, useMemo, useRef, useState, type ReactNode } from "react";
import CloseOutlined from "@ant-design/icons/es/icons/CloseOutlined";
import { useText } from "@/i18n";

type Kind = "done" | "fault";
interface Toast {
  id: number;
  kind: Kind;
  content: ReactNode;
}
type Show = (kind: Kind, content: ReactNode) => void;

const ToastContext = createContext<Show>(() => {});
export const useToast = (): Show => useContext(ToastContext);

const SHOWN_MS = { done: 5000, fault: 12_000 } as const;

export function ToastProvider({ children }: { children: ReactNode }) {
  const { t } = useText();
  const [toasts, setToasts] = useState<Toast[]>([]);
  const last = useRef(0);
  const drop = useCallback((id: number) => setToasts((now) => now.filter((toast) => toast.id !== id)), []);
  const show = useCallback<Show>(
    (kind, content) => {
      last.current += 1;
      const id = last.current;
      setToasts((now) => [...now.slice(-3), { id, kind, content }]);
      setTimeout(() => drop(id), SHOWN_MS[kind]);
    },
    [drop],
  );
  const value = useMemo(() => show, [show]);
  return (
    <ToastContext.Provider value={value}>
      {children}
      <div className="toasts" role="status" aria-live="polite">
        {toasts.map((toast) => (
          <div key={toast.id} className={`toast toast-${toast.kind}`}>
            <span>{toast.content}</span>
            <button type="button" className="icon-button" aria-label={t("common.dismiss")} onClick={() => drop(toast.id)}>
              <CloseOutlined aria-hidden />
            </button>
          </div>
        ))}
      </div>
    </ToastContext.Provider>
  );
}
