/*
 * What a feature hands to the app: its pages and its menu entries, as data.
 * SPDX-License-Identifier: Apache-2.0
 */
import type { ComponentType, LazyExoticComponent } from "react";
import type { MenuGroup } from "@/api/types";

export interface FeaturePage {
  /** A path with $names, as the router reads it. */
  path: string;
  component: LazyExoticComponent<ComponentType>;
  /** Shown to someone who is not logged in, too. */
  open?: boolean;
}

export interface FeatureMenu {
  href: string;
  /** A key of the locale files. */
  label: string;
  group: MenuGroup | null;
  order: number;
  /** Shown only to people with one of these roles; absent: to everyone. */
  roles?: string[];
}

export interface Feature {
  pages: FeaturePage[];
  menu: FeatureMenu[];
}
