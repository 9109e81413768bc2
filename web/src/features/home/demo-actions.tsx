/*
 * What can be tried in the demo company: each button plays an outside system's part over the real interface.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "react";
import Button from "antd/es/button";
import { useText } from "@/i18n";
import { useDemoAction, useDemoActions } from "@/api/admin";
import type { DemoAction, DemoResult } from "@/api/types";
import { AppLink, recordHref } from "@/ui/link";
import { Panel } from "@/ui/page";
import { Fault, useFaultText } from "@/ui/states";
import { Words } from "@/ui/words";
import { RecordLink } from "@/record/record-link";

type Outcome = { result: DemoResult } | { fault: string };

function Told({ outcome }: { outcome: Outcome }) {
  const { t } = useText();
  if ("fault" in outcome) return <div className="notice notice-fault">{outcome.fault}</div>;
  const { status, record, delivery } = outcome.result;
  return (
    <div className={`notice ${status < 300 ? "notice-info" : "notice-warn"}`} data-testid="demo-result">
      <span className="row">
        <span>{t("home.demo_status", { status })}</span>
        {record && (
          <span data-record={`${record.type}/${record.id}`}>
            <RecordLink type={record.type} id={record.id} resolve withNumber />
          </span>
        )}
        {record && <AppLink href={`${recordHref(record.type, record.id)}?tab=story`}>{t("home.demo_story")}</AppLink>}
        {delivery && <AppLink href={recordHref("hook_delivery", delivery)}>{t("home.demo_delivery")}</AppLink>}
      </span>
    </div>
  );
}

export function DemoActions() {
  const { t, label } = useText();
  const { data, error, refetch } = useDemoActions(true);
  const run = useDemoAction();
  const faultText = useFaultText();
  const [outcomes, setOutcomes] = useState<Record<string, Outcome>>({});
  if (error) return <Fault error={error} onRetry={() => void refetch()} />;
  if (!data?.length) return null;
  const press = (action: DemoAction): void =>
    run.mutate(
      { name: action.name },
      {
        onSuccess: (result) => setOutcomes((now) => ({ ...now, [action.name]: { result } })),
        onError: (fault) => setOutcomes((now) => ({ ...now, [action.name]: { fault: faultText(fault) } })),
      },
    );
  return (
    <div className="demo">
      <Panel title={t("home.demo")}>
        <div className="action-list" aria-live="polite">
          {data.map((action, place) => {
            const outcome = outcomes[action.name];
            return (
              <div key={action.name} className="stack">
                <div className="action">
                  <Button type={place === 0 ? "primary" : "default"} data-action={action.name} loading={run.isPending && run.variables?.name === action.name} disabled={run.isPending} onClick={() => press(action)}>
                    <Words label={action.label} fallback={action.name} />
                  </Button>
                  <span className="muted small">{label(action.note)}</span>
                </div>
                {outcome && <Told outcome={outcome} />}
              </div>
            );
          })}
        </div>
      </Panel>
    </div>
  );
}
