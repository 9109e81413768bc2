/*
 * The list of a type: filters, sorting and paging stand in the address.
 * SPDX-License-Identifier: Apache-2.0
 */
import type { MouseEvent } from "react";
import { useLocation, useParams } from "@tanstack/react-router";
import Button from "antd/es/button";
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import { useText } from "@/i18n";
import { formatDecimal } from "@/lib/format";
import { listRequest, listSearch, parseList, type ListState } from "@/lib/query";
import { useList } from "@/api/records";
import type { TypeInfo } from "@/api/types";
import { AppLink, listHref, useGo, useSearchText } from "@/ui/link";
import { PageHead } from "@/ui/page";
import { Empty, Fault, Loading, NotFound } from "@/ui/states";
import { Words } from "@/ui/words";
import { hasPages, textFields, useCatalog } from "@/record/catalog";
import { FilterBar } from "@/record/filter-bar";
import { RecordTable } from "@/record/record-table";

const PAGE_SIZE = 50;

/** What tells when it came is read from the newest on, unless the reader orders it otherwise. */
function orderOf(type: TypeInfo, state: ListState): ListState {
  return state.order.length || !type.views.list.includes("created_at") ? state : { ...state, order: [{ field: "created_at", desc: true }] };
}

export default function ListPage() {
  const { type: name = "" } = useParams({ strict: false });
  const type = useCatalog().type(name);
  return hasPages(type) ? <List key={name} type={type} /> : <NotFound />;
}

/** The cursors of the pages before this one; an address from elsewhere has none, and its way back is the first page. */
function useStack(): (string | null)[] {
  const state = useLocation({ select: (location) => location.state as { back?: (string | null)[] } });
  return state.back ?? [];
}

function List({ type }: { type: TypeInfo }) {
  const { t, label } = useText();
  const go = useGo();
  const search = useSearchText();
  const back = useStack();
  const state = parseList(search);
  const fields = textFields(type);
  const { data, error, isFetching, isPlaceholderData, refetch } = useList(type.type, listRequest(orderOf(type, state), { fields }, PAGE_SIZE), { keep: true });
  const hrefOf = (next: ListState): string => listHref(type.type, listSearch(next, search));
  const set = (next: ListState): void => go(hrefOf(next));
  const sortHref = (field: string): string => {
    const now = state.order[0];
    // Ascending, descending, and back to the type's own order.
    const order = now?.field !== field ? [{ field, desc: false }] : now.desc ? [] : [{ field, desc: true }];
    return hrefOf({ ...state, order, after: null });
  };
  const create = type.actions.includes("create");
  const filtered = state.conditions.length + state.groups.length > 0 || state.q !== "";
  const title = label(type.plural, label(type.label, type.type));
  return (
    <>
      <PageHead
        title={title}
        after={
          data && (
            <span className="muted" data-testid="count">
              {t("list.count", { count: data.count, shown: formatDecimal(data.count) })}
            </span>
          )
        }
        actions={
          create && (
            <Button type="primary" icon={<PlusOutlined aria-hidden />} href={`/t/${type.type}/new`} onClick={(event) => openInPage(event, () => go(`/t/${type.type}/new`))}>
              {t("list.new")}
            </Button>
          )
        }
      >
        <Words label={type.plural} fallback={title} />
      </PageHead>
      <FilterBar type={type} state={state} labels={data?.labels} onChange={set} />
      {error ? (
        <Fault error={error} onRetry={() => void refetch()} />
      ) : !data ? (
        <Loading rows={8} />
      ) : data.records.length === 0 ? (
        <Empty>
          <p>{t(filtered ? "list.empty_filtered" : "list.empty")}</p>
          {filtered && <AppLink href={listHref(type.type)}>{t("list.clear")}</AppLink>}
        </Empty>
      ) : (
        <RecordTable type={type} records={data.records} labels={data.labels} order={state.order} sortHref={sortHref} busy={isFetching && isPlaceholderData} />
      )}
      {data && (state.after || data.next) && (
        <div className="pager" role="group" aria-label={t("list.pages")}>
          <span className="muted">{t("list.page", { page: back.length + 1, from: formatDecimal(back.length * (state.limit ?? PAGE_SIZE) + 1), to: formatDecimal(back.length * (state.limit ?? PAGE_SIZE) + data.records.length), total: formatDecimal(data.count) })}</span>
          <span className="row">
            <Button disabled={!state.after} onClick={() => go(hrefOf({ ...state, after: back.at(-1) ?? null }), { state: { back: back.slice(0, -1) } })}>
              {t("list.previous")}
            </Button>
            <Button disabled={!data.next || isPlaceholderData} onClick={() => go(hrefOf({ ...state, after: data.next }), { state: { back: [...back, state.after] } })}>
              {t("list.next")}
            </Button>
          </span>
        </div>
      )}
    </>
  );
}

function openInPage(event: MouseEvent, open: () => void): void {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  open();
}
