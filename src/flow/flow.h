/*
 * Flows: what happens by itself. Triggered by events, run as jobs, journalled step by step.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A flow is a file in packs/<pack>/flows/<name>.yaml; docs/FLOWS.md is the manual. A consumer reads the event log by
 * cursor; an event that fits a trigger makes one run per (flow, record, occurrence), whatever is repeated. A run is a
 * record of type flow_run and a job of kind "flow.run" in the lane of its record; its local steps, their journal and
 * the job's end are one transaction, so that a crash leaves all of it or nothing. Errors in a file: ERR_INVALID with
 * file, line and what to do. Threads: struct flows from any.
 */
#ifndef TANDEM_FLOW_FLOW_H
#define TANDEM_FLOW_FLOW_H

#include "record/record.h"

enum { FLOWS_MAX = 1000, FLOW_STEPS_MAX = 100, FLOW_FIND_MAX = 200 };

struct flows;
extern const struct db_migration flow_migrations[];
extern const size_t flow_migrations_len;

struct flows_options {
    struct records *records;
    struct jobs *jobs; /* may be set later */
    const struct meta_source *sources;
    size_t sources_len;
};
MUST_CHECK int flows_open(const struct flows_options *o, struct flows **ret, struct problem *why);
void flows_set_jobs(struct flows *f, struct jobs *jobs);
MUST_CHECK int flows_start(struct flows *f); /* the consumer of the log */
void flows_stop(struct flows *f);
struct flows *flows_free(struct flows *f);

/* The handler of jobs of kind "flow.run"; ctx is the flows. */
int flow_run_job(void *ctx, const struct job *job, struct arena *a, struct problem *why);

/* ERR_NOT_FOUND for an unknown name. Off: its trigger makes no runs any more; events that pass meanwhile are not caught
 * up. */
MUST_CHECK int flow_switch(struct flows *f, const struct actor *actor, struct str name, bool on, struct problem *why);
/* docs/WEB-API.md, GET /api/v1/flows. */
MUST_CHECK int flows_json(struct flows *f, struct db_tx *tx, const struct actor *actor, struct arena *a,
                          struct buf *out);
/* How far the consumer is behind the log, in events: the backlog. */
int64_t flows_lag(struct flows *f);

#endif
