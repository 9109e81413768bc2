/*
 * The job queue and its dead letters: what failed, why in words, and running it again, changed or not, or dropping it.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "react";
import Button from "antd/es/button";
import { useText } from "@/i18n";
import { formatDecimal } from "@/lib/format";
import { withParam } from "@/lib/query";
import { useJobs } from "@/api/admin";
import type { Job, JobError, JobPage } from "@/api/types";
import { AppLink, useGo, useSearchText } from "@/ui/link";
import { PageHead } from "@/ui/page";
import { Empty, Fault, Loading } from "@/ui/states";
import { Moment, Tag } from "@/ui/words";
import { JobDialog, type JobTask } from "@/features/integration/job-dialog";

const STATES = ["dead", "waiting", "leased", ""] as const;
const KIND: Record<string, string> = { dead: "cancelled", waiting: "draft", leased: "open", done: "done" };

function StateTabs({ state, counts }: { state: string; counts: JobPage["counts"] | undefined }) {
  const { t } = useText();
  const search = useSearchText();
  return (
    <ul className="tiles small" aria-label={t("jobs.states")}>
      {STATES.map((value) => (
        <li className="tile" key={value || "all"}>
          <AppLink href={`/integration/jobs${withParam(withParam(search, "before", null), "state", value || "all")}`} aria-current={value === state ? "true" : undefined}>
            {t(`jobs.state_${value || "all"}`)}
          </AppLink>
          {value && <span className="figure">{counts ? formatDecimal(counts[value]) : "…"}</span>}
        </li>
      ))}
    </ul>
  );
}

/** Why it failed, in sentences; its code and status for whoever asks further. */
function WhyFailed({ error }: { error: JobError }) {
  const { label } = useText();
  const say = (sentence: JobError["detail"]): string => (typeof sentence === "string" ? sentence : label(sentence));
  const title = say(error.title);
  const detail = say(error.detail);
  const codes = [error.code ?? error.errors?.[0]?.code ?? error.error, error.status].filter(Boolean);
  return (
    <div>
      {title && <strong>{title}</strong>}
      {detail && detail !== title && <div>{detail}</div>}
      {error.errors?.map((item, index) => (
        <div key={index}>
          {item.pointer && <code>{item.pointer}</code>} {say(item.detail)}
        </div>
      ))}
      {codes.length > 0 && (
        <div className="muted small">
          <code>{codes.join(" · ")}</code>
        </div>
      )}
    </div>
  );
}

function JobPanel({ job, onTask }: { job: Job; onTask: (task: JobTask) => void }) {
  const { t, has } = useText();
  const kind = job.kind.replace(/\./g, "_");
  return (
    <section className="panel" data-job={job.id} aria-labelledby={`job-${job.id}`}>
      <div className="panel-head">
        <h2 id={`job-${job.id}`} className="row">
          <span>{has(`job_kind.${kind}`) ? t(`job_kind.${kind}`) : <code>{job.kind}</code>}</span>
          <span className="number">{t("jobs.number", { seq: job.seq })}</span>
          <Tag kind={KIND[job.state]}>{has(`jobs.state_${job.state}`) ? t(`jobs.state_${job.state}`) : job.state}</Tag>
        </h2>
        {job.state === "dead" && (
          <span className="row">
            <Button type="primary" onClick={() => onTask({ kind: "replay", job })}>
              {t("jobs.replay")}
            </Button>
            <Button onClick={() => onTask({ kind: "edit", job })}>{t("jobs.edit")}</Button>
            <Button danger onClick={() => onTask({ kind: "drop", job })}>
              {t("jobs.drop")}
            </Button>
          </span>
        )}
      </div>
      <div className="panel-body stack">
        {job.error && <WhyFailed error={job.error} />}
        <dl className="row small muted">
          <div>
            <dt className="sr-only">{t("jobs.attempts_label")}</dt>
            <dd>{t("jobs.attempts", { done: job.attempts, max: job.attempts_max })}</dd>
          </div>
          <div className="row">
            <dt>{t("jobs.created")}</dt>
            <dd>
              <Moment value={job.created_at} seconds />
            </dd>
          </div>
          <div className="row">
            <dt>{t(job.state === "waiting" ? "jobs.due" : "jobs.changed")}</dt>
            <dd>
              <Moment value={job.state === "waiting" ? job.due_at : job.changed_at} seconds />
            </dd>
          </div>
        </dl>
        <details open={job.state === "dead"}>
          <summary>{t("jobs.payload")}</summary>
          <pre tabIndex={0} aria-label={t("jobs.payload")}>{JSON.stringify(job.payload, null, 2)}</pre>
        </details>
      </div>
    </section>
  );
}

export default function JobsPage() {
  const { t } = useText();
  const go = useGo();
  const search = useSearchText();
  const params = new URLSearchParams(search);
  const asked = params.get("state") ?? "dead";
  const state = asked === "all" ? "" : asked;
  const before = params.get("before");
  const { data, error, refetch } = useJobs(state, before);
  const [task, setTask] = useState<JobTask | null>(null);
  return (
    <>
      <PageHead title={t("jobs.title")} />
      <StateTabs state={state} counts={data?.counts} />
      <div className="panel-gap" aria-busy={!data && !error}>
        {error ? (
          <Fault error={error} onRetry={() => void refetch()} />
        ) : !data ? (
          <Loading rows={6} />
        ) : !data.jobs.length ? (
          <Empty>{t(state === "dead" ? "jobs.none_dead" : "jobs.none")}</Empty>
        ) : (
          data.jobs.map((job) => <JobPanel key={job.id} job={job} onTask={setTask} />)
        )}
      </div>
      {data && (before || data.next !== null) && (
        <div className="pager">
          <Button disabled={!before} onClick={() => go(`/integration/jobs${withParam(search, "before", null)}`)}>
            {t("jobs.newest")}
          </Button>
          <Button disabled={data.next === null} onClick={() => go(`/integration/jobs${withParam(search, "before", String(data.next))}`)}>
            {t("list.next")}
          </Button>
        </div>
      )}
      {task && <JobDialog task={task} onClose={() => setTask(null)} />}
    </>
  );
}
