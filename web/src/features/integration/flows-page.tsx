/*
 * The flows: what starts each, its steps, how its runs went, and the switch that turns it on and off.
 * SPDX-License-Identifier: Apache-2.0
 */
import Switch from "antd/es/switch";
import { useText } from "@/i18n";
import { useFlows, useFlowSwitch } from "@/api/admin";
import type { Flow } from "@/api/types";
import { AppLink, listHref } from "@/ui/link";
import { PageHead } from "@/ui/page";
import { Empty, Fault, Loading, useFaultText } from "@/ui/states";
import { useToast } from "@/ui/toast";
import { Tag, Words } from "@/ui/words";
import { hasPages, useCatalog } from "@/record/catalog";

function Trigger({ flow }: { flow: Flow }) {
  const { t, label } = useText();
  const { type: typeOf } = useCatalog();
  const { trigger } = flow;
  if (!trigger) return null;
  const type = typeOf(trigger.type);
  const name = label(type?.label, trigger.type);
  const state = trigger.entered ? label(type?.states[trigger.entered]?.label, trigger.entered) : "";
  return (
    <p>
      {state ? t("flows.when_entered", { type: name, state }) : t("flows.when_changed", { type: name })}
      {trigger.when && (
        <>
          {" "}
          {t("flows.and_if")} <code>{trigger.when}</code>
        </>
      )}
    </p>
  );
}

function Runs({ flow }: { flow: Flow }) {
  const { t } = useText();
  const { type: typeOf } = useCatalog();
  const runs = [
    { key: "done", count: flow.runs.done, kind: "done" },
    { key: "failed", count: flow.runs.failed, kind: "cancelled" },
    { key: "running", count: flow.runs.running, kind: "open" },
  ];
  const linked = hasPages(typeOf("flow_run"));
  const search = `?flow=eq.${encodeURIComponent(flow.name)}`;
  return (
    <p className="row">
      {runs.map(({ key, count, kind }) => (
        <Tag key={key} kind={count ? kind : "draft"}>
          {t(`flows.runs_${key}`, { count })}
        </Tag>
      ))}
      {linked && (
        <AppLink href={listHref("flow_run", search)}>
          {t("flows.runs")}
          <span className="sr-only"> {flow.name}</span>
        </AppLink>
      )}
    </p>
  );
}

function FlowPanel({ flow }: { flow: Flow }) {
  const { t, label } = useText();
  const toast = useToast();
  const faultText = useFaultText();
  const change = useFlowSwitch();
  const title = label(flow.label, flow.name);
  const note = typeof flow.note === "string" ? flow.note : label(flow.note);
  const set = (on: boolean): void =>
    change.mutate(
      { name: flow.name, on },
      { onError: (error) => toast("fault", faultText(error)), onSuccess: () => toast("done", t(on ? "flows.turned_on" : "flows.turned_off", { name: title })) },
    );
  return (
    <section className="panel" data-flow={flow.name}>
      <div className="panel-head">
        <h2>
          <Words label={flow.label} fallback={flow.name} />
        </h2>
        <span className="row">
          <span className="muted small">{t(flow.on ? "flows.on" : "flows.off")}</span>
          <Switch checked={flow.on} loading={change.isPending} onChange={set} aria-label={t("flows.switch", { name: title })} />
        </span>
      </div>
      <div className="panel-body stack">
        <p className="row">
          <code>{flow.name}</code>
        </p>
        {note && <p>{note}</p>}
        <Trigger flow={flow} />
        <ol className="steps" aria-label={t("flows.steps")}>
          {flow.steps.map((step) => (
            <li key={step.name}>
              <Words label={step.label} fallback={step.name} /> <code className="muted">{step.do}</code>
            </li>
          ))}
        </ol>
        <Runs flow={flow} />
      </div>
    </section>
  );
}

export default function FlowsPage() {
  const { t } = useText();
  const { data, error, refetch } = useFlows();
  return (
    <>
      <PageHead title={t("flows.title")} />
      {error ? <Fault error={error} onRetry={() => void refetch()} /> : !data ? <Loading rows={6} /> : !data.length ? <Empty>{t("flows.none")}</Empty> : data.map((flow) => <FlowPanel key={flow.name} flow={flow} />)}
    </>
  );
}
