/*
 * Choosing a record by searching for its number or title.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useEffect, useState } from "react";
import Select from "antd/es/select";
import { useText } from "@/i18n";
import { quote } from "@/lib/query";
import { useList, useSearch } from "@/api/records";
import type { Labels, LinkLabel, TypeInfo } from "@/api/types";
import { textFields, titleOf, useCatalog } from "@/record/catalog";
import { useRecordTitle } from "@/record/record-link";

export interface LinkPickerProps {
  id?: string;
  to: string | undefined;
  value: string | string[] | null;
  many?: boolean;
  onChange: (value: string | string[] | null) => void;
  labels?: Labels;
  invalid?: boolean;
  label?: string;
  describedBy?: string;
  required?: boolean;
  disabled?: boolean;
}

function useDelayed(text: string, ms: number): string {
  const [delayed, setDelayed] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setDelayed(text), ms);
    return () => clearTimeout(timer);
  }, [text, ms]);
  return delayed;
}

interface Choice {
  id: string;
  number: string | null;
  title: string;
}

/** The records that fit what was typed: by the type's own list where its title can be filtered by, else by the general search. */
function useChoices(type: TypeInfo | undefined, text: string, open: boolean): { choices: Choice[]; busy: boolean } {
  const fields = type ? textFields(type) : [];
  const byList = !text || fields.length > 0;
  const request = new URLSearchParams({ limit: "20", order: "changed_at.desc", count: "none" });
  if (text) request.set("or", `(${fields.map((field) => `${field}.ilike.${quote(`*${text}*`)}`).join(",")})`);
  const list = useList(type?.type ?? "", request, { enabled: open && !!type && byList, keep: true });
  const search = useSearch(open && !byList ? text : "");
  if (byList) return { choices: (list.data?.records ?? []).map((record) => ({ id: record.id, number: record.number ?? null, title: titleOf(type, record) })), busy: list.isFetching };
  const found = (search.data?.results ?? []).filter((item) => item.type === type?.type);
  return { choices: found.map((item) => ({ id: item.id, number: item.number, title: item.title ?? "" })), busy: search.isFetching };
}

const choiceText = (choice: { number: string | null; title: string | null }): string => [choice.number, choice.title].filter(Boolean).join(" ");

export function LinkPicker({ id, to, value, many, onChange, labels, invalid, label, describedBy, required, disabled }: LinkPickerProps) {
  const { t } = useText();
  const { type: typeOf } = useCatalog();
  const type = to ? typeOf(to) : undefined;
  const [typed, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  const [picked, setPicked] = useState<Record<string, LinkLabel>>({});
  const text = useDelayed(typed.trim(), 200);
  const { choices, busy } = useChoices(type, text, open);
  const chosen = [value ?? []].flat();
  const single = chosen.length === 1 ? (chosen[0] as string) : "";
  const found = useRecordTitle(to, single, !!single && !labels?.[single] && !picked[single]);

  const options = choices.map((choice) => ({ value: choice.id, label: choiceText(choice) || t("record.untitled") }));
  for (const item of chosen) {
    if (options.some((option) => option.value === item)) continue;
    const known = picked[item] ?? labels?.[item] ?? (item === single ? found : undefined);
    // What is chosen must have a name in the box, but only shows in the list when nothing is searched for.
    options.push({ value: item, label: known ? choiceText(known) : t("record.hidden_link") });
  }
  const choose = (next: string | string[] | null | undefined): void => {
    for (const item of [next ?? []].flat()) {
      const choice = choices.find((one) => one.id === item);
      if (choice && to) setPicked((now) => ({ ...now, [item]: { type: to, number: choice.number, title: choice.title } }));
    }
    setTyped("");
    onChange(next ?? null);
  };
  return (
    <Select
      id={id}
      className="control"
      mode={many ? "multiple" : undefined}
      value={many ? chosen : (value as string | null)}
      options={typed ? options.filter((option) => choices.some((choice) => choice.id === option.value) || (many && chosen.includes(option.value))) : options}
      onChange={choose}
      showSearch={{ filterOption: false, searchValue: typed, onSearch: setTyped }}
      onOpenChange={setOpen}
      allowClear
      loading={busy}
      disabled={disabled || !type}
      virtual={false}
      status={invalid ? "error" : undefined}
      placeholder={t(type ? "record.pick" : to ? "record.pick_none" : "form.link_type_first")}
      notFoundContent={busy ? t("common.loading") : t("common.nothing_found")}
      aria-label={label}
      aria-describedby={describedBy}
      aria-required={required || undefined}
      aria-invalid={invalid || undefined}
    />
  );
}
