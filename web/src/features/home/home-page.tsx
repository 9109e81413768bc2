/*
 * The home page: what waits for me, what I was told, what changed lately, and in the demo company what can be tried.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useText } from "@/i18n";
import { useMe } from "@/api/session";
import { PageHead } from "@/ui/page";
import { DemoActions } from "@/features/home/demo-actions";
import { Notifications } from "@/features/home/notifications";
import { OpenWork } from "@/features/home/open-work";
import { RecentChanges } from "@/features/home/recent-changes";

export default function HomePage() {
  const { t } = useText();
  const me = useMe();
  return (
    <>
      <PageHead title={t("home.title")} after={<span className="muted">{t("home.hello", { name: me.user.title || me.user.name })}</span>} />
      {me.demo && <DemoActions />}
      <div className="home-grid">
        <div>
          <OpenWork />
          <RecentChanges />
        </div>
        <div>
          <Notifications />
        </div>
      </div>
    </>
  );
}
