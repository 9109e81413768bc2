/*
 * A link to a record by its label; what the reader may not see shows no label.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useQuery } from "@tanstack/react-query";
import { useText } from "@/i18n";
import { fetchRecord } from "@/api/records";
import type { Labels, LinkLabel } from "@/api/types";
import { AppLink, recordHref } from "@/ui/link";
import { hasPages, titleOf, useCatalog } from "@/record/catalog";

export interface RecordLinkProps {
  type: string | undefined;
  id: string;
  labels?: Labels;
  /** Ask the server where the page's labels do not hold it. */
  resolve?: boolean;
  withNumber?: boolean;
}

export function useRecordTitle(type: string | undefined, id: string, enabled: boolean): LinkLabel | undefined {
  const { type: typeOf } = useCatalog();
  const info = type ? typeOf(type) : undefined;
  const { data } = useQuery({
    queryKey: ["title", type, id],
    queryFn: async () => {
      const record = await fetchRecord(type as string, id);
      return { type: type as string, number: record.number ?? null, title: titleOf(info, record) };
    },
    enabled: enabled && hasPages(info) && !!id,
    staleTime: 60_000,
    retry: false,
  });
  return data;
}

/** Who acts when no person does: the server itself, which is no record. */
const SYSTEM = "system";

export function RecordLink({ type, id, labels, resolve, withNumber }: RecordLinkProps) {
  const { t } = useText();
  const { type: typeOf } = useCatalog();
  const known = labels?.[id];
  const found = useRecordTitle(type, id, !!resolve && !known && id !== SYSTEM);
  const label = known ?? found;
  if (id === SYSTEM) return <span>{t("history.system")}</span>;
  if (!label) return <span className="muted">{t("record.hidden_link")}</span>;
  // A record without a name is told by its id, which says nothing to a person.
  const text = (label.title !== id && label.title) || label.number || t("record.untitled");
  const content = (
    <>
      {withNumber && label.number && label.title ? <span className="number">{label.number} </span> : null}
      {text}
    </>
  );
  const target = label.type || type;
  return target && hasPages(typeOf(target)) ? (
    <AppLink href={recordHref(target, id)} title={label.number ?? undefined}>
      {content}
    </AppLink>
  ) : (
    <span>{content}</span>
  );
}
