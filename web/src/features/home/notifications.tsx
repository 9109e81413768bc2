/*
 * My newest notifications, each with what it is about and, while unread, a button that says it was read.
 * SPDX-License-Identifier: Apache-2.0
 */
import Button from "antd/es/button";
import { useText } from "@/i18n";
import { useList, useUpdate } from "@/api/records";
import type { RecordData, TypeInfo } from "@/api/types";
import { AppLink, listHref, recordHref } from "@/ui/link";
import { Panel } from "@/ui/page";
import { Empty, Fault, Loading, useFaultText } from "@/ui/states";
import { useToast } from "@/ui/toast";
import { Moment } from "@/ui/words";
import { titleOf, useCatalog } from "@/record/catalog";

const SHOWN = 8;

/** Where a notification leads: what it is about, else itself. */
function aboutHref(type: TypeInfo, record: RecordData): string {
  for (const [name, field] of Object.entries(type.fields)) {
    const value = record[name];
    if (field.type === "link_any" && value && typeof value === "object") {
      const ref = value as { type: string; id: string };
      return recordHref(ref.type, ref.id);
    }
  }
  return recordHref(type.type, record.id);
}

function Item({ type, record }: { type: TypeInfo; record: RecordData }) {
  const { t } = useText();
  const toast = useToast();
  const faultText = useFaultText();
  const update = useUpdate(type.type, record.id);
  const unread = record.read === false;
  const markRead = (quiet: boolean): void => {
    if (unread) update.mutate({ values: { read: true }, rev: record.rev }, { onError: (error) => quiet || toast("fault", faultText(error)) });
  };
  return (
    <li data-record={`${type.type}/${record.id}`}>
      <span className="main">
        <AppLink href={aboutHref(type, record)} onClick={() => markRead(true)}>{unread ? <strong>{titleOf(type, record)}</strong> : titleOf(type, record) || t("record.untitled")}</AppLink>
      </span>
      <span className="muted small">
        <Moment value={record.created_at} />
      </span>
      {unread && (
        <Button size="small" loading={update.isPending} onClick={() => markRead(false)}>
          {t("home.mark_read")}
        </Button>
      )}
    </li>
  );
}

export function Notifications() {
  const type = useCatalog().type("notification");
  return type ? <Box type={type} /> : null;
}

function Box({ type }: { type: TypeInfo }) {
  const { t } = useText();
  const { data, error, refetch } = useList(type.type, new URLSearchParams({ order: "created_at.desc", limit: String(SHOWN), labels: "true" }));
  return (
    <Panel flush title={t("home.notifications")} extra={<AppLink href={listHref(type.type)}>{t("home.all")}</AppLink>}>
      {error ? (
        <Fault error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Loading rows={3} />
      ) : !data.records.length ? (
        <Empty>{t("home.no_notifications")}</Empty>
      ) : (
        <ul className="plain-list">
          {data.records.map((record) => (
            <Item key={record.id} type={type} record={record} />
          ))}
        </ul>
      )}
    </Panel>
  );
}
