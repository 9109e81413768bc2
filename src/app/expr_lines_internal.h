/*
 * Between expr_lines.c and expr_lines_value.c: values and types in the notation of CEL's conformance tests.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_APP_EXPR_LINES_INTERNAL_H
#define TANDEM_APP_EXPR_LINES_INTERNAL_H

#include <jansson.h>

#include "expr/expr.h"

enum { EXPR_LINES_DEPTH_MAX = 64 };

/* {"int64_value": "1"} → a value; ERR_INVALID where the notation is not known. */
MUST_CHECK int notation_to_value(struct arena *a, const json_t *j, int depth, struct value *ret);
/* {"primitive": "INT64"} → a type; dyn where it is not known. */
struct expr_type notation_to_type(struct arena *a, const json_t *j, int depth);
/* A new reference. */
json_t *value_to_notation(struct arena *a, const struct value *v, int depth);

#endif
