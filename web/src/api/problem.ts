/*
 * A refusal of the server (RFC 9457) as an exception that a page can show.
 * SPDX-License-Identifier: Apache-2.0
 */
export interface ProblemItem {
  pointer?: string;
  parameter?: string;
  code: string;
  detail: string;
}

export interface Problem {
  status: number;
  code: string;
  title: string;
  detail: string;
  instance?: string;
  errors: ProblemItem[];
}

/** Codes of our own: the server was not reached, or its answer can't be read. */
export const OFFLINE = "offline";
export const UNREADABLE = "unreadable";

export class ApiProblem extends Error implements Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly instance?: string;
  readonly errors: ProblemItem[];

  constructor(problem: Partial<Problem> & { status: number }) {
    super(problem.detail || problem.title || problem.code || String(problem.status));
    this.name = "ApiProblem";
    this.status = problem.status;
    this.code = problem.code ?? "";
    this.title = problem.title ?? "";
    this.detail = problem.detail ?? "";
    this.instance = problem.instance;
    this.errors = Array.isArray(problem.errors) ? problem.errors : [];
  }
}

/** Reads a refusal's body; a body that is no problem document (a proxy's page) leaves the status alone to speak. */
export function toProblem(status: number, body: string): ApiProblem {
  try {
    const json: unknown = JSON.parse(body);
    if (json && typeof json === "object" && ("code" in json || "title" in json)) return new ApiProblem({ ...(json as Partial<Problem>), status });
  } catch {
    // Not JSON.
  }
  return new ApiProblem({ status });
}

export function isProblem(error: unknown, status?: number): error is ApiProblem {
  return error instanceof ApiProblem && (status === undefined || error.status === status);
}

/** The faults of a refusal by path ("amount", "lines.0.item"); what points to no field stands under "". */
export function problemsByField(error: unknown): Record<string, string> {
  const out: Record<string, string> = {};
  if (!(error instanceof ApiProblem)) return out;
  for (const item of error.errors) {
    const path = pointerPath(item.pointer ?? "");
    out[path] = out[path] ? `${out[path]} ${item.detail}` : item.detail;
  }
  return out;
}

/** A JSON pointer as a dotted path; the parts of a money value (/amount/currency) belong to its field. */
export function pointerPath(pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replace(/~1/g, "/").replace(/~0/g, "~"))
    .join(".");
}
