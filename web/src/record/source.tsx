/*
 * By which way a change came: the web, the API, a flow, an outside system's message.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useText } from "@/i18n";

/** "hook:jira" is the kind "hook" and the name "jira". */
export function Source({ value }: { value: string | null | undefined }) {
  const { t, has } = useText();
  if (!value) return null;
  const colon = value.indexOf(":");
  const kind = colon < 0 ? value : value.slice(0, colon);
  const name = colon < 0 ? "" : value.slice(colon + 1);
  if (!has(`source.${kind}`)) return <code>{value}</code>;
  return (
    <span>
      {t(`source.${kind}`)}
      {name && (
        <>
          {" "}
          <code>{name}</code>
        </>
      )}
    </span>
  );
}
