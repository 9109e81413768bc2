/*
 * Two people changed the same fields: both values are shown, and a person chooses.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState } from "react";
import Button from "antd/es/button";
import { useText } from "@/i18n";
import type { Labels, RecordData, TypeInfo } from "@/api/types";
import { Moment } from "@/ui/words";
import { fieldOf, useFieldLabel } from "@/record/catalog";
import { FieldValue } from "@/record/field-value";
import type { Conflict } from "@/record/form-values";
import { RecordLink } from "@/record/record-link";

export interface ConflictNoticeProps {
  type: TypeInfo;
  conflicts: Conflict[];
  theirs: RecordData;
  labels?: Labels;
  busy: boolean;
  onSettle: (mine: Set<string>) => void;
}

export function ConflictNotice({ type, conflicts, theirs, labels, busy, onSettle }: ConflictNoticeProps) {
  const { t } = useText();
  const fieldLabel = useFieldLabel();
  const all = conflicts.map((item) => item.field);
  const [mine, setMine] = useState<ReadonlySet<string>>(new Set(all));
  const choose = (field: string, own: boolean): void =>
    setMine((now) => {
      const next = new Set(now);
      if (own) next.add(field);
      else next.delete(field);
      return next;
    });
  const side = (item: Conflict, own: boolean) => {
    const field = fieldOf(type, item.field);
    return (
      <label className="row">
        <input type="radio" name={`conflict-${item.field}`} checked={mine.has(item.field) === own} onChange={() => choose(item.field, own)} />
        <span>{field && <FieldValue type={type} name={item.field} field={field} value={own ? item.mine : item.theirs} labels={labels} cell resolve />}</span>
      </label>
    );
  };
  return (
    <div className="notice notice-warn" role="alert" data-testid="conflict">
      <div className="stack grow">
        <strong>{t("conflict.title")}</strong>
        <div>
          {t("conflict.text")}{" "}
          {theirs.changed_by && <RecordLink type="user" id={theirs.changed_by} labels={labels} resolve />} <Moment value={theirs.changed_at} seconds />
        </div>
        <div className="table-box" tabIndex={0} role="region" aria-label={t("conflict.title")}>
          <table className="data conflict-table">
            <thead>
              <tr>
                <th scope="col">{t("conflict.field")}</th>
                <th scope="col">{t("conflict.theirs")}</th>
                <th scope="col">{t("conflict.mine")}</th>
              </tr>
            </thead>
            <tbody>
              {conflicts.map((item) => (
                <tr key={item.field}>
                  <th scope="row">{fieldLabel(type, item.field)}</th>
                  <td>{side(item, false)}</td>
                  <td>{side(item, true)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <div className="row">
          <Button type="primary" loading={busy} onClick={() => onSettle(new Set(mine))}>
            {t("conflict.save_chosen")}
          </Button>
          <Button disabled={busy} onClick={() => onSettle(new Set(all))}>
            {t("conflict.all_mine")}
          </Button>
          <Button disabled={busy} onClick={() => onSettle(new Set())}>
            {t("conflict.all_theirs")}
          </Button>
        </div>
      </div>
    </div>
  );
}
