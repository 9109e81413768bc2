/*
 * The input for a day or a moment, by calendar or typed.
 * SPDX-License-Identifier: Apache-2.0
 */
import DatePicker from "antd/es/date-picker";
import dayjs from "dayjs";
import customParseFormat from "dayjs/plugin/customParseFormat";
import { useText } from "@/i18n";

dayjs.extend(customParseFormat);

/** How a day is written; what is typed may always be the ISO form too. */
function useDayFormats(): { day: string[]; moment: string[] } {
  const { lang } = useText();
  return lang === "en"
    ? { day: ["D MMM YYYY", "YYYY-MM-DD"], moment: ["D MMM YYYY HH:mm", "YYYY-MM-DD HH:mm"] }
    : { day: ["YYYY-MM-DD", "YYYY/M/D", "YYYY年M月D日"], moment: ["YYYY-MM-DD HH:mm", "YYYY/M/D HH:mm"] };
}

export interface DayInputProps {
  value: string | null;
  onChange: (value: string | null) => void;
  /** With the time of day: a moment, as UTC. */
  moment?: boolean;
  id?: string;
  label?: string;
  invalid?: boolean;
  describedBy?: string;
  required?: boolean;
}

export function DayInput({ value, onChange, moment, id, label, invalid, describedBy, required }: DayInputProps) {
  const formats = useDayFormats();
  const { t } = useText();
  const parsed = value ? dayjs(value) : null;
  return (
    <DatePicker
      id={id}
      className="control"
      value={parsed?.isValid() ? parsed : null}
      format={moment ? formats.moment : formats.day}
      showTime={moment ? { format: "HH:mm" } : undefined}
      needConfirm={false}
      status={invalid ? "error" : undefined}
      placeholder={t(moment ? "form.pick_time" : "form.pick_day")}
      aria-label={label}
      aria-describedby={describedBy}
      aria-required={required || undefined}
      // Enter takes over what was typed; it must not send the form as well.
      onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
      onChange={(next) => onChange(next ? (moment ? next.toDate().toISOString() : next.format("YYYY-MM-DD")) : null)}
    />
  );
}
