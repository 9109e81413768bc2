/*
 * Fresh keys for requests that must not run twice.
 * SPDX-License-Identifier: Apache-2.0
 */

/** A random key; crypto.randomUUID is missing on plain HTTP beyond loopback, getRandomValues is not. */
export function freshKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
