/*
 * The usual small company with flows of a test's own, run by their consumer and workers.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_TEST_UNIT_FLOW_RUNNER_H
#define TANDEM_TEST_UNIT_FLOW_RUNNER_H

#include "flow/flow.h"
#include "unit/record/read.h"

enum { RUNNER_WAIT_MS = 20000 };

static const char *const runner_types[] = {
    "type: flow_run\nengine: integration\ntitle: flow\nfields:\n"
    "  flow: {type: text, required: true, read_only: true}\n"
    "  key: {type: text, required: true, unique: true, read_only: true}\n"
    "  trigger_event: {type: text, read_only: true}\n"
    "  record: {type: link_any, read_only: true}\n"
    "  version: {type: text, read_only: true}\n"
    "  step: {type: text, read_only: true}\n"
    "  error: {type: text, max_length: 4000, read_only: true}\n"
    "states:\n  running: {kind: open}\n  done: {kind: done}\n  failed: {kind: cancelled}\n"
    "transitions:\n  finish: {from: [running, failed], to: done, who: [flow]}\n"
    "  fail: {from: running, to: failed, who: [flow]}\n"
    "rights:\n  - {role: flow, may: [read, create, update]}\n  - {role: boss, may: [read]}\n",

    "type: errand\nengine: project\ntitle: subject\nfields:\n"
    "  subject: {type: text, required: true, max_length: 10}\n"
    "  reason: {type: text}\n"
    "  about: {type: link, to: note}\n"
    "states:\n  open: {kind: draft}\n  done: {kind: done}\n"
    "transitions:\n  finish: {from: open, to: done, who: [flow], requires: [reason]}\n"
    "rights:\n  - {role: flow, may: [read, create, update]}\n",
};

struct runner {
    struct world *w;
    struct jobs *jobs;
    struct flows *flows;
    struct job_kind kinds[1];
    struct problem why;
};

static inline int runner_open_flows(struct runner *r, const char *const texts[], size_t len)
{
    struct world *w = r->w;
    struct meta_source *sources = arena_array(&w->a, struct meta_source, len);
    for (size_t i = 0; i < len; i++)
        sources[i] = (struct meta_source){arena_fmt(&w->a, "f%zu.yaml", i), str_of(texts[i])};
    struct flows_options o = {.records = w->rs, .sources = sources, .sources_len = len};
    problem_init(&r->why, &w->a);
    return flows_open(&o, &r->flows, &r->why);
}

static inline void runner_start(struct runner *r, const char *const texts[], size_t len)
{
    if (runner_open_flows(r, texts, len) < 0)
        fail_msg("flows: %s", problem_text(r->w, &r->why));
    r->kinds[0] = (struct job_kind){.kind = "flow.run", .run = flow_run_job, .ctx = r->flows};
    assert_return_code(jobs_open(r->w->db, r->kinds, 1, &r->jobs, &r->why), 0);
    flows_set_jobs(r->flows, r->jobs);
    assert_return_code(jobs_start(r->jobs, 2), 0);
    assert_return_code(flows_start(r->flows), 0);
}

static inline void runner_stop(struct runner *r)
{
    flows_stop(r->flows);
    if (r->jobs != NULL)
        jobs_stop(r->jobs);
    r->jobs = jobs_free(r->jobs);
    r->flows = flows_free(r->flows);
}

static inline int runner_setup(void **state)
{
    struct runner *r = xcalloc(1, sizeof(*r));
    r->w = world_new_with(runner_types, ARRAY_LEN(runner_types));
    problem_init(&r->why, &r->w->a);
    assert_return_code(db_migrate(r->w->db, job_migrations, job_migrations_len, &r->why), 0);
    *state = r;
    return 0;
}

static inline int runner_teardown(void **state)
{
    struct runner *r = *state;
    runner_stop(r);
    world_free(r->w);
    free(r);
    return 0;
}

/* Until every event has been looked at and every run has ended. */
UNUSED static void settle(struct runner *r)
{
    int quiet = 0;
    for (int ms = 0; ms < RUNNER_WAIT_MS && quiet < 3; ms += 5) {
        bool busy =
            flows_lag(r->flows) > 0 || query(r->w, "SELECT count(*) FROM job WHERE state IN ('waiting', 'leased')") > 0;
        quiet = busy ? 0 : quiet + 1;
        (void)usleep(5000);
    }
    assert_int_equal(quiet, 3);
}

UNUSED static int64_t runs(struct runner *r, const char *state)
{
    return count_as(r->w, &r->w->admin, "flow_run", arena_fmt(&r->w->a, "state=eq.%s", state).ptr);
}

#endif
