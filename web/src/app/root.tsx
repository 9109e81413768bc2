/*
 * What lies around every page: the error boundary, and loading of the page's own code.
 * SPDX-License-Identifier: Apache-2.0
 */
import { Suspense } from "react";
import { Outlet } from "@tanstack/react-router";
import { Loading } from "@/ui/states";
import { ErrorBoundary } from "@/app/error-boundary";

export function Root() {
  return (
    <ErrorBoundary>
      <Suspense fallback={<Loading />}>
        <Outlet />
      </Suspense>
    </ErrorBoundary>
  );
}
