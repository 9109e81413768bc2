/*
 * The command `tandem expr`: expressions in, values out, one JSON object a line.
 * SPDX-License-Identifier: Apache-2.0
 *
 * In:  {"expr", "bindings": [{"key", "value": {"value": {"int64_value": "1"}}}], "container", "type_env": [{"name",
 * "ident": {"type"}}], "disable_check", "disable_macros"}; values and types as the conformance tests of CEL write them
 * in JSON. Out: {"value": …} or {"error": "…"}, flushed line by line. Errors of a line do not end the run.
 */
#ifndef TANDEM_APP_EXPR_LINES_H
#define TANDEM_APP_EXPR_LINES_H

#include <stdio.h>

/* Reads until the end of `in`; 0, or 1 when `out` can't be written. */
int expr_lines_run(FILE *in, FILE *out);

#endif
