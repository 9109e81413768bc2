/*
 * A record's fields in the groups of its form view, to read.
 * SPDX-License-Identifier: Apache-2.0
 */
import LockOutlined from "@ant-design/icons/es/icons/LockOutlined";
import { useText } from "@/i18n";
import type { FieldInfo, Labels, RecordData, TypeInfo } from "@/api/types";
import { Moment, Words } from "@/ui/words";
import { fieldOf, ownFields, useFieldLabel } from "@/record/catalog";
import { FieldValue } from "@/record/field-value";
import { RecordLink } from "@/record/record-link";

export interface FormGroup {
  label: TypeInfo["views"]["form"][number]["label"];
  fields: string[];
}

/** The groups to show: those of the description, and what no group names at the end. */
export function formGroups(type: TypeInfo): FormGroup[] {
  const groups = type.views.form.map((group) => ({ label: group.label, fields: group.fields.filter((name) => fieldOf(type, name)) })).filter((group) => group.fields.length);
  if (groups.length) return groups;
  return [{ label: null, fields: ownFields(type) }];
}

const TALL = new Set(["rich", "json", "lines"]);
export const isWide = (field: FieldInfo): boolean => TALL.has(field.type) || !!field.multiline;

export function LockedReason({ reason, id }: { reason: string; id?: string }) {
  return (
    <span className="reason" id={id}>
      <LockOutlined aria-hidden />
      <span>{reason}</span>
    </span>
  );
}

export interface RecordViewProps {
  type: TypeInfo;
  record: RecordData;
  labels?: Labels;
  /** Reasons by field. What nobody may ever write needs no words here; what another system keeps, or the state forbids, does. */
  readOnly?: Record<string, string>;
}

export function RecordView({ type, record, labels, readOnly = {} }: RecordViewProps) {
  const fieldLabel = useFieldLabel();
  const { t } = useText();
  return (
    <div>
      {formGroups(type).map((group, index) => (
        <section className="form-group" key={index}>
          {group.label && (
            <h2>
              <Words label={group.label} />
            </h2>
          )}
          <dl className="form-grid">
            {group.fields.map((name) => {
              const field = fieldOf(type, name) as FieldInfo;
              return (
                <div className={`field${isWide(field) ? " wide" : ""}`} key={name} data-field={name}>
                  <dt className="field-label">{fieldLabel(type, name)}</dt>
                  <dd>
                    <div className={`value${field.type === "json" ? " tall" : ""}`}>
                      <FieldValue type={type} name={name} field={field} value={record[name]} labels={labels} />
                    </div>
                    {readOnly[name] && !field.derived && !field.read_only && <LockedReason reason={readOnly[name]} />}
                  </dd>
                </div>
              );
            })}
          </dl>
        </section>
      ))}
      <p className="muted small form-group">
        {t("record.created")} <Moment value={record.created_at} />
        {record.created_by && (
          <>
            {" "}
            <RecordLink type="user" id={record.created_by} labels={labels} resolve />
          </>
        )}
        {" · "}
        {t("record.changed")} <Moment value={record.changed_at} />
        {record.changed_by && (
          <>
            {" "}
            <RecordLink type="user" id={record.changed_by} labels={labels} resolve />
          </>
        )}
        {" · "}
        {t("record.revision", { rev: record.rev })}
      </p>
    </div>
  );
}
