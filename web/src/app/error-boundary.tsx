/*
 * A fault of ours must not leave an empty window: it says so and offers to load the page again.
 * SPDX-License-Identifier: Apache-2.0
 */
import { Component, type ReactNode } from "react";
import { text } from "@/i18n";

interface State {
  error: Error | null;
}

export class ErrorBoundary extends Component<{ children: ReactNode; resetKey?: string }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: Error): State {
    return { error };
  }

  override componentDidUpdate(previous: { resetKey?: string }): void {
    // Going to another page is a new chance.
    if (this.state.error && previous.resetKey !== this.props.resetKey) this.setState({ error: null });
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) return this.props.children;
    return (
      <div role="alert" className="not-found" data-testid="page-error">
        <h1>{text("error.broken")}</h1>
        <p>{text("error.broken_text")}</p>
        <p>
          <code>{error.message}</code>
        </p>
        <p>
          <button type="button" onClick={() => globalThis.location.reload()}>
            {text("error.reload")}
          </button>
        </p>
      </div>
    );
  }
}
