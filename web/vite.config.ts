/*
 * Builds the interface into hashed files under /assets and runs its unit tests.
 * SPDX-License-Identifier: Apache-2.0
 */
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

/** Libraries that every page needs lie apart from our code, so that a release of ours leaves them in the browser's cache. */
const VENDOR = /node_modules\/(react|react-dom|scheduler|@tanstack|i18next|react-i18next|use-sync-external-store)\//;

export default defineConfig({
  base: "/",
  plugins: [react()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    target: "es2022",
    // Nothing is inlined as data: the content-security policy then needs no exception for it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "vendor", test: VENDOR, priority: 2 }] } } },
  },
  // In development the server's own address is given as TANDEM_URL.
  server: { proxy: { "/api": { target: process.env.TANDEM_URL ?? "http://127.0.0.1:8080" } } },
  test: { environment: "jsdom", include: ["src/**/*.test.ts", "src/**/*.test.tsx"] },
});
