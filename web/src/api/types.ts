/*
 * The shapes that the server sends and takes (docs/WEB-API.md, API.md).
 * SPDX-License-Identifier: Apache-2.0
 */
import type { Label, Lang } from "@/lib/lang";
import type { Theme } from "@/lib/prefs";

export type FieldKind =
  | "text" | "rich" | "int" | "decimal" | "money" | "percent" | "bool" | "date" | "datetime" | "duration" | "select"
  | "multiselect" | "tags" | "link" | "link_any" | "user" | "lines" | "json" | "secret";

export interface Option {
  value: string;
  label: Label;
  color?: string;
}

export interface FieldInfo {
  type: FieldKind;
  label: Label;
  help?: Label | null;
  required: boolean;
  read_only: boolean;
  derived: boolean;
  secret: boolean;
  filterable: boolean;
  sortable: boolean;
  search: boolean;
  max_length?: number;
  min?: number | string;
  max?: number | string;
  scale?: number;
  multiline?: boolean;
  many?: boolean;
  to?: string | null;
  of?: string | null;
  options?: Option[];
}

export type StateKind = "draft" | "open" | "done" | "cancelled";

export interface StateInfo {
  label: Label;
  kind: StateKind;
}

export interface TransitionInfo {
  label: Label;
  from: string[];
  to: string;
  requires: string[];
  style: "primary" | "default" | "danger";
}

export type MenuGroup = "project" | "operations" | "integration" | "administration";

export interface TypeInfo {
  type: string;
  label: Label;
  plural: Label;
  engine: string;
  title: string;
  /** The naming field of each language, where they differ. */
  title_in?: { en: string; zh: string } | null;
  part_of: string | null;
  ledger: boolean;
  numbered: boolean;
  fields: Record<string, FieldInfo>;
  states: Record<string, StateInfo>;
  initial: string | null;
  transitions: Record<string, TransitionInfo>;
  actions: ("read" | "create" | "update" | "delete")[];
  views: { list: string[]; form: { label: Label | null; fields: string[] }[] };
  menu: { group: MenuGroup; order: number } | null;
}

export interface RecordData {
  id: string;
  rev: number;
  number?: string | null;
  state?: string | null;
  created_at?: string;
  created_by?: string | null;
  changed_at?: string;
  changed_by?: string | null;
  [field: string]: unknown;
}

export interface LinkLabel {
  type: string;
  number: string | null;
  title: string | null;
}
export type Labels = Record<string, LinkLabel>;

export interface Page {
  records: RecordData[];
  next: string | null;
  count: number;
  labels?: Labels;
}

export interface Permission {
  allowed: boolean;
  reason?: string | null;
}

export interface PointingLink {
  type: string;
  field: string;
  label: Label;
  count: number;
}

export interface RecordContext {
  labels: Labels;
  transitions: Record<string, Permission>;
  editable: Permission;
  deletable: Permission;
  read_only: Record<string, string>;
  links: PointingLink[];
}

export interface Person {
  id: string;
  title: string | null;
}

export interface HistoryEntry {
  rev: number;
  at: string;
  type?: string;
  actor: string | Person | null;
  on_behalf_of?: string | Person | null;
  transition?: string | null;
  state_before?: string | null;
  state_after?: string | null;
  source?: string | null;
  cause?: string | null;
  changes: Record<string, { before: unknown; after: unknown }>;
}

export interface SubjectRef {
  type: string;
  id: string;
  number: string | null;
  title: string | null;
}

export interface StoryEvent {
  id: string;
  cause: string | null;
  at: string;
  lag_ms: number | null;
  type: string;
  subject: SubjectRef | null;
  actor: Person | null;
  source: string | null;
  transition: string | null;
  state_before: string | null;
  state_after: string | null;
  here: boolean;
}

export interface Session {
  user: { id: string; name: string; title: string; employee: string | null; roles: string[] };
  company: { id: string; title: string; currency: string; time_zone: string };
  csrf: string;
  lang: Lang | null;
  theme: Theme | null;
  demo: boolean;
  unread: number;
}

export interface LoginInfo {
  demo_logins: { name: string; label: Label; role: Label }[];
  company: string | null;
}

/** A sentence in both languages, since a job fails when nobody has asked in one. */
type Sentence = string | Label;

export interface JobError {
  /** The kind of error by its name in the server. */
  error?: string;
  title?: Sentence;
  detail?: Sentence;
  code?: string;
  status?: number;
  errors?: { pointer?: string; code?: string; detail: Sentence }[];
}

export interface Job {
  seq: number;
  id: string;
  kind: string;
  state: string;
  attempts: number;
  attempts_max: number;
  due_at: string | null;
  created_at: string;
  changed_at: string;
  cause: string | null;
  payload: unknown;
  error: JobError | null;
}

export interface JobPage {
  jobs: Job[];
  next: number | null;
  counts: { waiting: number; leased: number; dead: number };
}

export interface Flow {
  name: string;
  label: Label;
  on: boolean;
  note: string | Label | null;
  trigger: { type: string; entered?: string | null; when?: string | null } | null;
  steps: { name: string; label: Label | null; do: string }[];
  runs: { done: number; failed: number; running: number };
}

export interface DemoAction {
  name: string;
  label: Label;
  note: Label | null;
}

export interface DemoResult {
  status: number;
  delivery: string | null;
  record: { type: string; id: string } | null;
}
