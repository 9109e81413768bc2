/*
 * What a transition asks for before it happens: the fields it requires, or only that it is meant.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "react";
import { useText } from "@/i18n";
import { freshKey } from "@/lib/id";
import { isProblem, problemsByField } from "@/api/problem";
import type { Values } from "@/api/records";
import { useMe } from "@/api/session";
import type { FieldInfo, TransitionInfo } from "@/api/types";
import { Dialog } from "@/ui/dialog";
import { useFaultText } from "@/ui/states";
import { useCatalog } from "@/record/catalog";
import { isEmpty } from "@/record/field-value";
import { faultsOf, FormField } from "@/record/form-field";
import { collect, formOf, type FormValues } from "@/record/form-values";
import type { Asked, TransitionBarProps } from "@/record/transition-bar";

interface TransitionDialogProps extends TransitionBarProps {
  asked: Asked;
  busy: boolean;
  onClose: () => void;
  onRun: (name: string, info: TransitionInfo, values: Values, key: string) => Promise<void>;
}

export default function TransitionDialog({ type, record, context, asked, busy, onClose, onRun }: TransitionDialogProps) {
  const { t, label, lang } = useText();
  const { type: typeOf } = useCatalog();
  const { company } = useMe();
  const faultText = useFaultText();
  const formContext = { currency: company.currency, lang, lineType: typeOf };
  const { name, info } = asked;
  const names = info.requires.filter((field) => type.fields[field]);
  const [values, setValues] = useState<FormValues>(() => formOf(type.fields, names, record, formContext));
  const [faults, setFaults] = useState<Record<string, string>>({});
  const [general, setGeneral] = useState("");
  const title = label(info.label, name);

  const submit = async (): Promise<void> => {
    const collected = collect(type.fields, names, values, record, formContext);
    const missing = names.filter((field) => isEmpty(collected.values[field] ?? record[field]) || (field in collected.values && isEmpty(collected.values[field])));
    const found: Record<string, string> = Object.fromEntries(missing.map((field) => [field, t("form.required")]));
    for (const [path, key] of Object.entries(collected.faults)) found[path] = t(key);
    setFaults(found);
    setGeneral("");
    if (Object.keys(found).length) return;
    try {
      await onRun(name, info, collected.values, freshKey());
    } catch (error) {
      setFaults(problemsByField(error));
      setGeneral(isProblem(error, 412) ? t("transition.stale") : faultText(error));
    }
  };
  return (
    <Dialog open title={title} onClose={onClose} okText={title} danger={info.style === "danger"} busy={busy} onOk={() => void submit()}>
      <form
        className="stack"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {general && (
          <div className="notice notice-fault" role="alert">
            {general}
          </div>
        )}
        <p>{t("transition.ask", { name: title, state: label(type.states[info.to]?.label, info.to) })}</p>
        {names.map((field, index) => (
          <FormField
            key={field}
            prefix="transition"
            type={type}
            name={field}
            field={type.fields[field] as FieldInfo}
            value={values[field]}
            onChange={(value) => setValues((now) => ({ ...now, [field]: value }))}
            labels={context?.labels}
            faults={faultsOf(faults, field)}
            required
            autoFocus={index === 0}
          />
        ))}
      </form>
    </Dialog>
  );
}
