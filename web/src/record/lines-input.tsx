/*
 * The lines of a document as an editable table.
 * SPDX-License-Identifier: Apache-2.0
 */
import Button from "antd/es/button";
import DeleteOutlined from "@ant-design/icons/es/icons/DeleteOutlined";
import PlusOutlined from "@ant-design/icons/es/icons/PlusOutlined";
import { useText } from "@/i18n";
import { useMe } from "@/api/session";
import type { FieldInfo } from "@/api/types";
import { RIGHT_ALIGNED, useCatalog, useFieldLabel } from "@/record/catalog";
import { FieldInput, type FieldInputProps } from "@/record/field-input";
import { lineColumns } from "@/record/field-value";
import { isWritable, newLine, toForm, type LineForm } from "@/record/form-values";

export function LinesInput({ id, field, value, onChange, labels, faults }: FieldInputProps & { value: LineForm[] }) {
  const { t, lang } = useText();
  const { type: typeOf } = useCatalog();
  const fieldLabel = useFieldLabel();
  const { company } = useMe();
  const line = field.of ? typeOf(field.of) : undefined;
  if (!line) return null;
  const columns = lineColumns(line).filter((name) => isWritable(line.fields[name] as FieldInfo));
  const context = { currency: company.currency, lang, lineType: typeOf };
  const put = (index: number, name: string, next: LineForm["values"][string]): void =>
    onChange(value.map((row, at) => (at === index ? { ...row, values: { ...row.values, [name]: next } } : row)));
  const cell = (row: LineForm, index: number, name: string) => {
    const column = line.fields[name] as FieldInfo;
    const fault = faults?.[`${index}.${name}`] ?? faults?.[`${index}.${name}.amount`];
    const cellId = `${id}-${index}-${name}`;
    return (
      <td key={name}>
        <FieldInput
          id={cellId}
          field={column}
          value={row.values[name] === undefined ? toForm(column, undefined, context) : row.values[name]}
          onChange={(next) => put(index, name, next)}
          labels={labels}
          label={t("form.line_cell", { field: fieldLabel(line, name), line: index + 1 })}
          invalid={!!fault}
          describedBy={fault ? `${cellId}-fault` : undefined}
        />
        {fault && (
          <div className="cell-fault" id={`${cellId}-fault`}>
            {fault}
          </div>
        )}
      </td>
    );
  };
  return (
    <div id={id} className="lines-box">
      <div className="table-box" tabIndex={0} role="region" aria-label={t("record.lines")}>
        <table className="data lines">
          <thead>
            <tr>
              {columns.map((name) => (
                <th key={name} scope="col" className={RIGHT_ALIGNED.has((line.fields[name] as FieldInfo).type) ? "num" : undefined}>
                  {fieldLabel(line, name)}
                  {line.fields[name]?.required && (
                    <span className="required" aria-hidden>
                      {" *"}
                    </span>
                  )}
                </th>
              ))}
              <th scope="col">
                <span className="sr-only">{t("form.line_actions")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {value.map((row, index) => (
              <tr key={row.key}>
                {columns.map((name) => cell(row, index, name))}
                <td className="narrow">
                  <Button type="text" icon={<DeleteOutlined aria-hidden />} aria-label={t("form.line_remove", { line: index + 1 })} onClick={() => onChange(value.filter((_, at) => at !== index))} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="lines-foot">
        <Button size="small" icon={<PlusOutlined aria-hidden />} onClick={() => onChange([...value, newLine()])}>
          {t("form.line_add")}
        </Button>
      </div>
    </div>
  );
}
