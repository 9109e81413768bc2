/*
 * The moves that a record can make from its state: a button each, the reason where one is not allowed, a dialog for what it needs.
 * SPDX-License-Identifier: Apache-2.0
 */
import { lazy, Suspense, useState } from "react";
import Button from "antd/es/button";
import Tooltip from "antd/es/tooltip";
import { useText } from "@/i18n";
import { freshKey } from "@/lib/id";
import { isProblem, problemsByField } from "@/api/problem";
import { useTransition, type Values } from "@/api/records";
import type { RecordContext, RecordData, TransitionInfo, TypeInfo } from "@/api/types";
import { useFaultText } from "@/ui/states";
import { useToast } from "@/ui/toast";
import { Words } from "@/ui/words";
import { isEmpty } from "@/record/field-value";

const TransitionDialog = lazy(() => import("@/record/transition-dialog"));

const STYLE_ORDER = { primary: 0, default: 1, danger: 2 } as const;

export interface TransitionBarProps {
  type: TypeInfo;
  record: RecordData;
  context: RecordContext | undefined;
}

export interface Asked {
  name: string;
  info: TransitionInfo;
}

/** The transitions that start at the record's state, the main one first. */
export function movesFrom(type: TypeInfo, state: string | null | undefined): [string, TransitionInfo][] {
  return Object.entries(type.transitions)
    .filter(([, info]) => !!state && info.from.includes(state))
    .sort(([, a], [, b]) => (STYLE_ORDER[a.style] ?? 1) - (STYLE_ORDER[b.style] ?? 1));
}

export function TransitionBar({ type, record, context }: TransitionBarProps) {
  const { t, label } = useText();
  const toast = useToast();
  const faultText = useFaultText();
  const transition = useTransition(type.type, record.id);
  const [asked, setAsked] = useState<Asked | null>(null);
  const [running, setRunning] = useState<string | null>(null);

  const run = async (name: string, info: TransitionInfo, values: Values, key: string): Promise<void> => {
    setRunning(name);
    try {
      await transition.mutateAsync({ name, values, rev: record.rev, key });
      setAsked(null);
      toast("done", t("transition.done", { name: label(info.label, name), state: label(type.states[info.to]?.label, info.to) }));
    } finally {
      setRunning(null);
    }
  };
  const press = async (name: string, info: TransitionInfo): Promise<void> => {
    // What is missing is asked for; what can't easily be taken back is asked about.
    if (info.style === "danger" || info.requires.some((field) => isEmpty(record[field]))) {
      setAsked({ name, info });
      return;
    }
    try {
      await run(name, info, {}, freshKey());
    } catch (error) {
      // The server may know of more that is needed: then the dialog asks for it.
      if (Object.keys(problemsByField(error)).some((path) => type.fields[path])) setAsked({ name, info: { ...info, requires: [...new Set([...info.requires, ...Object.keys(problemsByField(error))])].filter((path) => type.fields[path]) } });
      toast("fault", isProblem(error, 412) ? t("transition.stale") : faultText(error));
    }
  };

  return (
    <>
      {movesFrom(type, record.state).map(([name, info]) => {
        const permission = context?.transitions[name];
        // Until the server has said what is allowed, nothing is offered.
        if (!permission) return null;
        const reason = permission.reason ?? "";
        const text = <Words label={info.label} fallback={name} />;
        if (!permission.allowed) {
          return (
            <Tooltip key={name} title={reason}>
              <Button aria-disabled="true" className="locked-transition" data-transition={name} aria-describedby={`why-${name}`} onClick={() => reason && toast("fault", reason)}>
                {text}
                <span id={`why-${name}`} hidden>
                  {reason}
                </span>
              </Button>
            </Tooltip>
          );
        }
        return (
          <Button key={name} data-transition={name} type={info.style === "primary" ? "primary" : "default"} danger={info.style === "danger"} disabled={running !== null && running !== name} loading={running === name} onClick={() => void press(name, info)}>
            {text}
          </Button>
        );
      })}
      <Suspense fallback={null}>{asked && <TransitionDialog type={type} record={record} context={context} asked={asked} busy={running !== null} onClose={() => setAsked(null)} onRun={run} />}</Suspense>
    </>
  );
}
