/*
 * The form of a new or an existing record: inputs by groups, the server's faults at their fields, and conflicts.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useEffect, useMemo, useRef, useState, type FormEvent } from "react";
import Button from "antd/es/button";
import { useText } from "@/i18n";
import { freshKey } from "@/lib/id";
import { isProblem, problemsByField } from "@/api/problem";
import { fetchRecord, useCreate, useUpdate, type Values } from "@/api/records";
import { useMe } from "@/api/session";
import type { FieldInfo, RecordContext, RecordData, TypeInfo } from "@/api/types";
import { useFaultText } from "@/ui/states";
import { Words } from "@/ui/words";
import { fieldOf, useCatalog } from "@/record/catalog";
import { ConflictNotice } from "@/record/conflict-notice";
import { faultsOf, FormField } from "@/record/form-field";
import { collect, conflicts, formOf, isWritable, type Conflict, type FormValues } from "@/record/form-values";
import { formGroups } from "@/record/record-view";

export interface RecordFormProps {
  type: TypeInfo;
  /** Absent for a new record. */
  record?: RecordData;
  context?: RecordContext;
  onSaved: (record: RecordData) => void;
  onCancel: () => void;
}

interface Clash {
  theirs: RecordData;
  list: Conflict[];
}

/** A key per distinct body: trying again after a lost connection repeats the key, a corrected form gets a new one. */
function useKey(): (values: Values) => string {
  const last = useRef({ body: "", key: "" });
  return (values) => {
    const body = JSON.stringify(values);
    if (last.current.body !== body) last.current = { body, key: freshKey() };
    return last.current.key;
  };
}

export function RecordForm({ type, record, context, onSaved, onCancel }: RecordFormProps) {
  const { t, lang } = useText();
  const { type: typeOf } = useCatalog();
  const { company } = useMe();
  const faultText = useFaultText();
  const create = useCreate(type.type);
  const update = useUpdate(type.type, record?.id ?? "");
  const keyOf = useKey();
  const form = useRef<HTMLFormElement>(null);
  const formContext = useMemo(() => ({ currency: company.currency, lang, lineType: typeOf }), [company.currency, lang, typeOf]);
  const groups = formGroups(type);
  const names = useMemo(() => formGroups(type).flatMap((group) => group.fields).filter((name) => type.fields[name]), [type]);
  // What was read when the form was opened: later news from the stream must not slip under what a person types.
  const [base, setBase] = useState<RecordData | null>(record ?? null);
  const [values, setValues] = useState<FormValues>(() => formOf(type.fields, names, record ?? null, formContext));
  const [faults, setFaults] = useState<Record<string, string>>({});
  const [general, setGeneral] = useState("");
  const [clash, setClash] = useState<Clash | null>(null);
  const busy = create.isPending || update.isPending;

  const lockOf = (name: string, field: FieldInfo): string | undefined => {
    if (context?.read_only[name] !== undefined) return context.read_only[name];
    return isWritable(field) && name in type.fields ? undefined : "";
  };

  const showFaults = (next: Record<string, string>, sentence: string): void => {
    setFaults(next);
    const homeless = Object.entries(next).filter(([path]) => !names.includes(path.split(".")[0] ?? ""));
    setGeneral([sentence, ...homeless.map(([, detail]) => detail)].filter(Boolean).join(" "));
  };
  useEffect(() => {
    // The first fault is where the reader must look.
    if (Object.keys(faults).length) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [faults]);

  /** Of two writers one is told; what only the other changed is taken over, what both changed is asked about. */
  const meet = async (current: RecordData, mine: Values): Promise<void> => {
    const theirs = await fetchRecord(type.type, current.id);
    const list = conflicts(current, theirs, mine);
    if (list.length) setClash({ theirs, list });
    else await send(mine, theirs);
  };

  const send = async (body: Values, current: RecordData | null): Promise<void> => {
    try {
      if (current) {
        setBase(current);
        onSaved(await update.mutateAsync({ values: body, rev: current.rev }));
      } else onSaved(await create.mutateAsync({ values: body, key: keyOf(body) }));
    } catch (error) {
      if (current && isProblem(error, 412)) {
        try {
          await meet(current, body);
        } catch (again) {
          showFaults({}, faultText(again));
        }
        return;
      }
      const found = problemsByField(error);
      const told = Object.keys(found).some((path) => names.includes(path.split(".")[0] ?? ""));
      showFaults(found, told ? t("form.check") : faultText(error));
    }
  };

  const submit = async (event?: FormEvent): Promise<void> => {
    event?.preventDefault();
    if (busy) return;
    const writable = names.filter((name) => lockOf(name, type.fields[name] as FieldInfo) === undefined);
    const collected = collect(type.fields, writable, values, base, formContext);
    if (Object.keys(collected.faults).length) {
      showFaults(Object.fromEntries(Object.entries(collected.faults).map(([path, key]) => [path, t(key)])), t("form.check"));
      return;
    }
    setFaults({});
    setGeneral("");
    setClash(null);
    if (base && !Object.keys(collected.values).length) onCancel();
    else await send(collected.values, base);
  };

  /** Of each clashing field the chosen side; then what is mine goes out against the newest revision. */
  const settle = async (mineChosen: Set<string>): Promise<void> => {
    if (!clash) return;
    const writable = names.filter((name) => lockOf(name, type.fields[name] as FieldInfo) === undefined);
    const { values: mine } = collect(type.fields, writable, values, base, formContext);
    for (const { field } of clash.list) if (!mineChosen.has(field)) delete mine[field];
    const theirs = clash.theirs;
    const shown = formOf(type.fields, names, theirs, formContext);
    setValues((now) => ({ ...shown, ...Object.fromEntries(Object.keys(mine).map((name) => [name, now[name] ?? null])) }));
    setClash(null);
    if (Object.keys(mine).length) await send(mine, theirs);
    else onSaved(theirs);
  };

  return (
    <form ref={form} noValidate onSubmit={(event) => void submit(event)} className="panel" aria-label={t(record ? "record.edit" : "record.create")}>
      <div className="panel-body">
        {general && (
          <div className="notice notice-fault" role="alert">
            {general}
          </div>
        )}
        {clash && <ConflictNotice type={type} conflicts={clash.list} theirs={clash.theirs} labels={context?.labels} busy={busy} onSettle={(chosen) => void settle(chosen)} />}
        {groups.map((group, index) => {
          const shown = group.fields.filter((name) => record || lockOf(name, fieldOf(type, name) as FieldInfo) === undefined);
          if (!shown.length) return null;
          return (
            <section className="form-group" key={index}>
              {group.label && (
                <h2>
                  <Words label={group.label} />
                </h2>
              )}
              <div className="form-grid">
                {shown.map((name) => {
                  const field = fieldOf(type, name) as FieldInfo;
                  return (
                    <FormField
                      key={name}
                      prefix="field"
                      type={type}
                      name={name}
                      field={field}
                      value={values[name]}
                      onChange={(value) => setValues((now) => ({ ...now, [name]: value }))}
                      labels={context?.labels}
                      faults={faultsOf(faults, name)}
                      locked={lockOf(name, field)}
                      kept={base?.[name]}
                    />
                  );
                })}
              </div>
            </section>
          );
        })}
      </div>
      <div className="form-actions">
        <Button type="primary" htmlType="submit" loading={busy}>
          {t("common.save")}
        </Button>
        <Button onClick={onCancel}>{t("common.cancel")}</Button>
      </div>
    </form>
  );
}
