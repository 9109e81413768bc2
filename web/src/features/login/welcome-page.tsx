/*
 * The one-time link: choosing a password, which logs in.
 * SPDX-License-Identifier: Apache-2.0
 */
import { useState, type FormEvent } from "react";
import { useParams } from "@tanstack/react-router";
import Button from "antd/es/button";
import Input from "antd/es/input";
import { useText } from "@/i18n";
import { useLogin } from "@/api/session";
import { useGo } from "@/ui/link";
import { PageHead } from "@/ui/page";
import { useFaultText } from "@/ui/states";
import { PublicFrame } from "@/features/login/public-frame";

export default function WelcomePage() {
  const { token = "" } = useParams({ strict: false });
  const { t } = useText();
  const go = useGo();
  const login = useLogin();
  const faultText = useFaultText();
  const [password, setPassword] = useState("");
  const [again, setAgain] = useState("");
  const [wrong, setWrong] = useState("");
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const fault = !password ? t("login.missing_password") : password !== again ? t("login.differ") : "";
    setWrong(fault);
    if (!fault) login.mutate({ kind: "link", token, password }, { onSuccess: () => go("/", { replace: true }) });
  };
  const details = login.error && "errors" in login.error ? (login.error.errors as { detail: string }[]).map((item) => item.detail).join(" ") : "";
  const fault = wrong || (login.error ? details || faultText(login.error) : "");
  return (
    <PublicFrame>
      <div className="login-box">
        <form onSubmit={submit} noValidate>
          <PageHead title={t("login.welcome_title")} />
          <p className="muted">{t("login.welcome_text")}</p>
          {fault && (
            <div className="notice notice-fault" role="alert">
              {fault}
            </div>
          )}
          <div className="field">
            <label htmlFor="welcome-password">{t("login.new_password")}</label>
            <Input id="welcome-password" name="password" type="password" size="large" autoComplete="new-password" autoFocus value={password} onChange={(event) => setPassword(event.target.value)} />
          </div>
          <div className="field">
            <label htmlFor="welcome-again">{t("login.again")}</label>
            <Input id="welcome-again" name="password_again" type="password" size="large" autoComplete="new-password" value={again} onChange={(event) => setAgain(event.target.value)} />
          </div>
          <Button type="primary" htmlType="submit" size="large" block loading={login.isPending}>
            {t("login.welcome_submit")}
          </Button>
        </form>
      </div>
    </PublicFrame>
  );
}
