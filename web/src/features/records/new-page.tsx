/*
 * A new record.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useParams } from "@tanstack/react-router";
import { useText } from "@/i18n";
import type { TypeInfo } from "@/api/types";
import { AppLink, listHref, recordHref, useGo } from "@/ui/link";
import { PageHead } from "@/ui/page";
import { NotFound } from "@/ui/states";
import { useToast } from "@/ui/toast";
import { Words } from "@/ui/words";
import { hasPages, titleOf, useCatalog } from "@/record/catalog";
import { RecordForm } from "@/record/record-form";

export default function NewPage() {
  const { type: name = "" } = useParams({ strict: false });
  const type = useCatalog().type(name);
  const { t } = useText();
  if (!hasPages(type)) return <NotFound />;
  if (!type.actions.includes("create")) return <NotFound detail={t("record.no_create")} />;
  return <New key={name} type={type} />;
}

function New({ type }: { type: TypeInfo }) {
  const { t, label } = useText();
  const go = useGo();
  const toast = useToast();
  return (
    <>
      <p className="small">
        <AppLink href={listHref(type.type)}>
          <Words label={type.plural} fallback={type.type} />
        </AppLink>
      </p>
      <PageHead title={t("record.new_title", { type: label(type.label, type.type) })} />
      <RecordForm
        type={type}
        onSaved={(record) => {
          toast("done", t("record.created_toast", { name: record.number ?? titleOf(type, record) }));
          go(recordHref(type.type, record.id), { replace: true });
        }}
        onCancel={() => go(listHref(type.type))}
      />
    </>
  );
}
