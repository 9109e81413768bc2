/*
 * The log-in form, and in the demo company a button for each of its people.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState, type FormEvent } from "react";
import Button from "antd/es/button";
import Input from "antd/es/input";
import { useText } from "@/i18n";
import { useLogin, useLoginInfo } from "@/api/session";
import { PageHead } from "@/ui/page";
import { useFaultText } from "@/ui/states";
import { Words } from "@/ui/words";
import { PublicFrame } from "@/features/login/public-frame";

export default function LoginPage() {
  const { t } = useText();
  const { data: info } = useLoginInfo();
  const login = useLogin();
  const faultText = useFaultText();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [missing, setMissing] = useState(false);
  const demo = info?.demo_logins ?? [];
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const empty = !name.trim() || !password;
    setMissing(empty);
    if (!empty) login.mutate({ kind: "password", name: name.trim(), password });
  };
  const fault = missing ? t("login.missing") : login.error ? faultText(login.error) : "";
  return (
    <PublicFrame>
      <div className={`login-box${demo.length ? " wide" : ""}`}>
        <form onSubmit={submit} noValidate>
          <PageHead title={t("login.title")} />
          {info?.company && <p className="muted">{info.company}</p>}
          {fault && (
            <div className="notice notice-fault" role="alert">
              {fault}
            </div>
          )}
          <div className="field">
            <label htmlFor="login-name">{t("login.name")}</label>
            <Input id="login-name" name="username" size="large" autoComplete="username" autoCapitalize="none" autoFocus value={name} onChange={(event) => setName(event.target.value)} />
          </div>
          <div className="field">
            <label htmlFor="login-password">{t("login.password")}</label>
            <Input id="login-password" name="password" type="password" size="large" autoComplete="current-password" value={password} onChange={(event) => setPassword(event.target.value)} />
          </div>
          <Button type="primary" htmlType="submit" size="large" block loading={login.isPending && login.variables?.kind === "password"}>
            {t("login.submit")}
          </Button>
          <p className="muted small">{t("login.link_hint")}</p>
        </form>
        {demo.length > 0 && (
          <section className="login-side" aria-labelledby="demo-title">
            <h2 id="demo-title">{t("login.demo_title")}</h2>
            <p className="muted small">{t("login.demo_text")}</p>
            <div className="demo-list">
              {demo.map((person) => (
                <button key={person.name} type="button" className="demo-login" data-demo={person.name} disabled={login.isPending} onClick={() => login.mutate({ kind: "demo", name: person.name })}>
                  <strong>
                    <Words label={person.label} fallback={person.name} />
                  </strong>
                  <span className="muted">
                    <Words label={person.role} />
                  </span>
                </button>
              ))}
            </div>
          </section>
        )}
      </div>
    </PublicFrame>
  );
}
