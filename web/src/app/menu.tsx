/*
 * The main menu: the types by group, with the features' own pages among them.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useText } from "@/i18n";
import { useMe } from "@/api/session";
import type { MenuGroup } from "@/api/types";
import { AppLink, listHref, usePath } from "@/ui/link";
import { Words } from "@/ui/words";
import { hasPages, useCatalog } from "@/record/catalog";
import { FEATURES } from "@/app/features";
import type { Label } from "@/lib/lang";

const GROUPS: readonly MenuGroup[] = ["project", "operations", "integration", "administration"];

interface Entry {
  href: string;
  order: number;
  key?: string;
  label?: Label;
  name: string;
}

function useEntries(): Map<MenuGroup | null, Entry[]> {
  const { types } = useCatalog();
  const { user } = useMe();
  const out = new Map<MenuGroup | null, Entry[]>();
  const put = (group: MenuGroup | null, entry: Entry): void => void out.set(group, [...(out.get(group) ?? []), entry]);
  const entries = FEATURES.flatMap((feature) => feature.menu).filter(({ roles }) => !roles || roles.some((role) => user.roles.includes(role)));
  for (const { href, label, group, order } of entries) put(group, { href, order, key: label, name: href });
  for (const type of types) if (type.menu && hasPages(type)) put(type.menu.group, { href: listHref(type.type), order: type.menu.order, label: type.plural, name: type.type });
  for (const group of out.values()) group.sort((a, b) => a.order - b.order || a.name.localeCompare(b.name));
  return out;
}

export function Menu({ onGo }: { onGo: () => void }) {
  const { t } = useText();
  const path = usePath();
  const entries = useEntries();
  const isHere = (href: string): boolean => (href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`));
  const list = (group: MenuGroup | null) => (
    <ul className="menu">
      {(entries.get(group) ?? []).map((entry) => (
        <li key={entry.href}>
          <AppLink href={entry.href} aria-current={isHere(entry.href) ? "page" : undefined} onClick={onGo}>
            {entry.key ? t(entry.key) : <Words label={entry.label} fallback={entry.name} />}
          </AppLink>
        </li>
      ))}
    </ul>
  );
  return (
    <>
      {list(null)}
      {GROUPS.filter((group) => entries.get(group)?.length).map((group) => (
        <section className="menu-group" key={group}>
          <h2>{t(`menu.${group}`)}</h2>
          {list(group)}
        </section>
      ))}
    </>
  );
}
