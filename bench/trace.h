/*
 * The trace of what the server's writer runs for creates, statement by statement with its values.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_BENCH_TRACE_H
#define TANDEM_BENCH_TRACE_H

#include "base/base.h"
#include "base/value.h"

struct trace_statement {
    struct str sql;
    struct value *values; /* NULL, INT, STRING or BYTES, one for each ? */
    size_t len;
};

struct trace_create {
    struct trace_statement *statements;
    size_t len;
};

enum { TRACE_CREATES = 2 };

/* Opens the data folder, makes creates through the one write path as a user of the API does, and keeps the last ones.
 */
void trace_creates(const char *dir, struct arena *a, struct trace_create ret[TRACE_CREATES]);

/* The body of the n-th create, the same over HTTP and in the trace. */
void create_body(struct buf *out, int64_t n);
#define CREATE_TYPE "task"
#define CREATE_USER "bench"

#endif
