/*
 * One record: its title, number and state, the moves it can make, and its details, history, links and story in tabs.
 * SPDX-License-Identifier: Apache-2.0
 */
import { lazy, Suspense, useState } from "react";
import { useParams } from "@tanstack/react-router";
import Button from "antd/es/button";
import Tooltip from "antd/es/tooltip";
import { useText } from "@/i18n";
import { withParam } from "@/lib/query";
import { isProblem } from "@/api/problem";
import { useContextOf, useDelete, useRecord } from "@/api/records";
import type { RecordContext, RecordData, TypeInfo } from "@/api/types";
import { Dialog } from "@/ui/dialog";
import { AppLink, listHref, recordHref, useGo, useSearchText } from "@/ui/link";
import { PageHead, Panel } from "@/ui/page";
import { Fault, Loading, NotFound, useFaultText } from "@/ui/states";
import { Tabs } from "@/ui/tabs";
import { useToast } from "@/ui/toast";
import { Words } from "@/ui/words";
import { hasPages, titleOf, useCatalog } from "@/record/catalog";
import { StateTag } from "@/record/field-value";
import { HistoryList } from "@/record/history-list";
import { PointingLinks } from "@/record/pointing-links";
import { RecordView } from "@/record/record-view";
import { Story } from "@/record/story";
import { TransitionBar } from "@/record/transition-bar";

/** The inputs of a form are heavy, and most records are only read. */
const RecordForm = lazy(() => import("@/record/record-form").then((module) => ({ default: module.RecordForm })));

const TABS = ["details", "history", "links", "story"] as const;
type TabKey = (typeof TABS)[number];

export default function RecordPage() {
  const { type: name = "", id = "" } = useParams({ strict: false });
  const type = useCatalog().type(name);
  return hasPages(type) ? <One key={`${name}/${id}`} type={type} id={id} /> : <NotFound />;
}

function One({ type, id }: { type: TypeInfo; id: string }) {
  const { data: record, error, refetch } = useRecord(type.type, id);
  const { data: context, error: contextError, refetch: readContext } = useContextOf(type.type, id);
  if (error && !record) {
    // An id that is none is refused as a bad request; to a person both mean that nothing is there.
    if (isProblem(error, 404) || isProblem(error, 400)) return <NotFound detail={isProblem(error, 404) ? error.detail : undefined} />;
    return (
      <>
        <PageHead title={id} />
        <Fault error={error} onRetry={() => void refetch()} />
      </>
    );
  }
  if (!record) return <LoadingPage type={type} />;
  if (error && isProblem(error, 404)) return <NotFound detail={error.detail} />;
  return (
    <>
      {!context && contextError && <Fault error={contextError} onRetry={() => void readContext()} />}
      <Loaded type={type} record={record} context={context} broken={!!contextError} />
    </>
  );
}

function LoadingPage({ type }: { type: TypeInfo }) {
  const { label } = useText();
  return (
    <>
      <PageHead title={label(type.label, type.type)} />
      <Loading rows={8} />
    </>
  );
}

interface LoadedProps {
  type: TypeInfo;
  record: RecordData;
  context: RecordContext | undefined;
}

function Loaded({ type, record, context, broken }: LoadedProps & { broken: boolean }) {
  const { t, label } = useText();
  const go = useGo();
  const toast = useToast();
  const search = useSearchText();
  const params = new URLSearchParams(search);
  const wanted = params.get("tab") as TabKey;
  const tab: TabKey = TABS.includes(wanted) ? wanted : "details";
  const editing = params.get("edit") === "1" && tab === "details" && !!context?.editable.allowed;
  const here = recordHref(type.type, record.id);
  const href = (key: TabKey): string => here + withParam(withParam(search, "edit", null), "tab", key === "details" ? null : key);
  const title = titleOf(type, record) || label(type.label, type.type);
  const links = context?.links.reduce((sum, link) => sum + link.count, 0) ?? 0;
  const endEdit = (): void => go(here + withParam(search, "edit", null), { replace: true });
  return (
    <article data-record={`${type.type}/${record.id}`}>
      <p className="small">
        <AppLink href={listHref(type.type)}>
          <Words label={type.plural} fallback={type.type} />
        </AppLink>
      </p>
      <PageHead
        title={title}
        after={
          <>
            {record.number && record.number !== title && <span className="number">{record.number}</span>}
            {record.state && <StateTag type={type} state={record.state} />}
          </>
        }
        actions={
          !editing && (
            <>
              <TransitionBar type={type} record={record} context={context} />
              <EditButton type={type} context={context} href={here + withParam(withParam(search, "tab", null), "edit", "1")} />
              <DeleteButton type={type} record={record} context={context} />
            </>
          )
        }
      />
      <Tabs
        active={tab}
        label={t("record.tabs")}
        tabs={TABS.map((key) => ({
          key,
          href: href(key),
          label: (
            <>
              {t(`record.tab_${key}`)}
              {key === "links" && links > 0 && <span className="badge">{links}</span>}
            </>
          ),
        }))}
      >
        {tab === "details" &&
          (editing ? (
            <Suspense fallback={<Loading rows={8} />}>
              <RecordForm
                type={type}
                record={record}
                context={context}
                onSaved={() => {
                  toast("done", t("record.saved"));
                  endEdit();
                }}
                onCancel={endEdit}
              />
            </Suspense>
          ) : (
            <Panel>
              <RecordView type={type} record={record} labels={context?.labels} readOnly={context?.read_only} />
            </Panel>
          ))}
        {tab === "history" && <HistoryList type={type} id={record.id} labels={context?.labels} />}
        {tab === "links" && (context ? <PointingLinks context={context} id={record.id} /> : !broken && <Loading />)}
        {tab === "story" && <Story type={type.type} id={record.id} />}
      </Tabs>
    </article>
  );
}

function EditButton({ type, context, href }: { type: TypeInfo; context: RecordContext | undefined; href: string }) {
  const { t } = useText();
  const go = useGo();
  const toast = useToast();
  if (!type.actions.includes("update") || !context) return null;
  if (context.editable.allowed) return <Button onClick={() => go(href)}>{t("record.edit")}</Button>;
  const reason = context.editable.reason ?? "";
  return (
    <Tooltip title={reason}>
      <Button aria-disabled="true" className="locked-transition" aria-describedby="why-edit" onClick={() => reason && toast("fault", reason)}>
        {t("record.edit")}
        <span id="why-edit" hidden>
          {reason}
        </span>
      </Button>
    </Tooltip>
  );
}

function DeleteButton({ type, record, context }: LoadedProps) {
  const { t } = useText();
  const go = useGo();
  const toast = useToast();
  const faultText = useFaultText();
  const remove = useDelete(type.type, record.id);
  const [asking, setAsking] = useState(false);
  if (!context?.deletable.allowed) return null;
  const name = titleOf(type, record) || record.number || "";
  const run = async (): Promise<void> => {
    try {
      await remove.mutateAsync({ rev: record.rev });
      toast("done", t("record.deleted", { name }));
      go(listHref(type.type), { replace: true });
    } catch (error) {
      setAsking(false);
      toast("fault", faultText(error));
    }
  };
  return (
    <>
      <Button danger onClick={() => setAsking(true)}>
        {t("record.delete")}
      </Button>
      <Dialog open={asking} title={t("record.delete")} okText={t("record.delete")} danger busy={remove.isPending} onClose={() => setAsking(false)} onOk={() => void run()}>
        <p>{t("record.delete_ask", { name })}</p>
      </Dialog>
    </>
  );
}
