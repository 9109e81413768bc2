/*
 * The features of the interface, in one array.
 * SPDX-License-Identifier: Apache-2.0
 */
import { home } from "@/features/home";
import { integration } from "@/features/integration";
import { login } from "@/features/login";
import { records } from "@/features/records";
import type { Feature } from "@/record/feature";

export const FEATURES: readonly Feature[] = [login, home, records, integration];
