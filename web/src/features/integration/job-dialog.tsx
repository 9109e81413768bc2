/*
 * Asking before a dead job runs again, runs with another payload, or is dropped for good.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "react";
import Input from "antd/es/input";
import { useText } from "@/i18n";
import { freshKey } from "@/lib/id";
import { useJobAction } from "@/api/admin";
import type { Job } from "@/api/types";
import { Dialog } from "@/ui/dialog";
import { useFaultText } from "@/ui/states";
import { useToast } from "@/ui/toast";

export interface JobTask {
  kind: "replay" | "edit" | "drop";
  job: Job;
}

/** The payload as typed, or nothing where it is no JSON object. */
export function readPayload(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text);
    return value && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

export function JobDialog({ task, onClose }: { task: JobTask; onClose: () => void }) {
  const { t } = useText();
  const toast = useToast();
  const faultText = useFaultText();
  const action = useJobAction();
  const [payload, setPayload] = useState(() => JSON.stringify(task.job.payload, null, 2));
  const [fault, setFault] = useState("");
  const title = t(`jobs.${task.kind}`);

  const run = async (): Promise<void> => {
    const edited = task.kind === "edit" ? readPayload(payload) : undefined;
    if (edited === null) {
      setFault(t("form.bad_json"));
      return;
    }
    try {
      await action.mutateAsync({ id: task.job.id, action: task.kind === "drop" ? "drop" : "replay", payload: edited, key: freshKey() });
      toast("done", t(task.kind === "drop" ? "jobs.dropped" : "jobs.replayed", { seq: task.job.seq }));
      onClose();
    } catch (error) {
      setFault(faultText(error));
    }
  };
  return (
    <Dialog open title={`${title} ${t("jobs.number", { seq: task.job.seq })}`} okText={title} danger={task.kind === "drop"} busy={action.isPending} width={task.kind === "edit" ? 680 : 480} onClose={onClose} onOk={() => void run()}>
      <div className="stack">
        {fault && (
          <div className="notice notice-fault" role="alert">
            {fault}
          </div>
        )}
        <p>{t(`jobs.ask_${task.kind}`)}</p>
        {task.kind === "edit" && (
          <div className="field">
            <label htmlFor="job-payload">{t("jobs.payload")}</label>
            <Input.TextArea id="job-payload" className="mono" autoFocus autoSize={{ minRows: 8, maxRows: 22 }} spellCheck={false} value={payload} onChange={(event) => setPayload(event.target.value)} />
          </div>
        )}
      </div>
    </Dialog>
  );
}
