/* The one write path's door: a plan in one transaction, all or nothing, with its idempotency key and its answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/write.h"
#include "record/record_internal.h"

enum { RESPONSE_BYTES_MAX = 16 << 20 };

const char *plan_mode_name(enum plan_mode m)
{
    static const char *const names[] = {[MODE_USER] = "user",   [MODE_FLOW] = "flow",     [MODE_IMPORT] = "import",
                                        [MODE_ADOPT] = "adopt", [MODE_REPLAY] = "replay", [MODE_REPAIR] = "repair"};
    assert((size_t)m < ARRAY_LEN(names));
    return names[m];
}

static int respond(const struct record *r, const struct actor *actor, struct arena *a, struct str *ret)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, RESPONSE_BYTES_MAX);
    record_to_json(r, actor, &b);
    if (buf_failed(&b))
        return ERR_TOO_LARGE;
    *ret = arena_str(a, buf_str(&b));
    return 0;
}

/*
 * The first change's record as its writer sees it, after everything that the plan brought about. Only what is kept with
 * a key must be written out in the transaction; else the caller's thread does it, and the writer is free sooner.
 */
static int answer(struct write *w, const struct op *first, struct write_result *result)
{
    struct record *fresh;
    w->answer = first->after;
    if (w->answer == NULL || (str_empty(w->plan->key) && w->plan->mode != MODE_USER)) {
        w->answer = NULL;
        return 0;
    }
    if (w->dirty) {
        int err = record_load(w->rs, w->tx, first->type, result->items[0].id, w->a, &fresh);
        w->answer = err < 0 ? NULL : fresh;
        if (err < 0)
            return err == ERR_NOT_FOUND ? 0 : err;
    }
    result->response_rev = w->answer->values[SYS_REV].i;
    return str_empty(w->plan->key) ? 0 : respond(w->answer, w->plan->actor, w->a, &result->response);
}

static int run_changes(struct write *w, struct write_result *result)
{
    const struct plan *plan = w->plan;
    struct op *ops = arena_array(w->a, struct op, plan->changes_len);
    result->items = arena_array(w->a, struct write_item, plan->changes_len);
    result->len = plan->changes_len;
    for (size_t i = 0; i < plan->changes_len; i++) {
        ops[i] = (struct op){.w = w, .change = &plan->changes[i], .cause = plan->cause, .hops = plan->hops};
        w->dirty = w->dirty || i > 0;
        int err = op_run(&ops[i], &result->items[i]);
        if (err < 0)
            return err;
    }
    return plan->changes_len == 0 ? 0 : answer(w, &ops[0], result);
}

static int run_plan(struct write *w, struct write_result *ret)
{
    const struct plan *plan = w->plan;
    struct write_result result = {0};
    int err = 0;
    if (!str_empty(plan->key)) {
        err = idempotency_find(w, &result);
        int may = err == 1 && plan->changes_len > 0 ? change_may(w, &plan->changes[0]) : 0;
        if (err < 0 || may < 0)
            return err < 0 ? err : may;
    }
    if (err == 0) {
        err = run_changes(w, &result);
        if (err == 0 && !str_empty(plan->key))
            err = idempotency_keep(w, &result);
        if (err == 0 && plan->also != NULL)
            err = plan->also(w->tx, plan->arg);
        if (err < 0)
            return err;
    }
    *ret = result;
    return 0;
}

struct closure {
    struct records *rs;
    const struct plan *plan;
    struct arena *a;
    struct write_result *ret;
    struct problem *why;
    const struct record *answer; /* still to be written out, or NULL */
};

/* May run twice, so it begins by forgetting what the last run found. */
static int closure_run(struct db_tx *tx, void *arg)
{
    struct closure *c = arg;
    problem_clear(c->why);
    struct write w = {.rs = c->rs, .tx = tx, .plan = c->plan, .a = c->a, .why = c->why, .now_ms = clock_now_ms()};
    c->answer = NULL;
    int err = run_plan(&w, c->ret);
    if (err == 0 && str_empty(c->ret->response))
        c->answer = w.answer;
    return err;
}

static int closure_answer(struct closure *c)
{
    return c->answer != NULL ? respond(c->answer, c->plan->actor, c->a, &c->ret->response) : 0;
}

static int check_plan(const struct plan *plan, struct problem *why)
{
    assert(plan->actor != NULL);
    if (plan->changes_len > RECORD_PLAN_CHANGES_MAX)
        return PROBLEM(why, TOO_MANY_ITEMS, ARG("field", STR("changes")), ARG("max", STR("1000")));
    return 0;
}

/* The words for what the database itself refused; what a step said before stays. */
static int explain(int err, struct problem *why)
{
    if (err >= 0 || why->err != 0)
        return err;
    if (err == ERR_DISK_FULL)
        return PROBLEM(why, DISK_FULL);
    if (err == ERR_UNAVAILABLE)
        return PROBLEM(why, OVERLOADED);
    return err;
}

int record_write(struct records *rs, const struct plan *plan, struct arena *a, struct write_result *ret,
                 struct problem *why)
{
    struct problem unheard;
    problem_init(&unheard, a);
    struct closure c = {.rs = rs, .plan = plan, .a = a, .ret = ret, .why = why != NULL ? why : &unheard};
    int err = check_plan(plan, c.why);
    if (err == 0)
        err = explain(db_write(rs->db, closure_run, &c), c.why);
    return err < 0 ? err : closure_answer(&c);
}

int record_write_in(struct records *rs, struct db_tx *tx, const struct plan *plan, struct arena *a,
                    struct write_result *ret, struct problem *why)
{
    struct problem unheard;
    problem_init(&unheard, a);
    struct closure c = {.rs = rs, .plan = plan, .a = a, .ret = ret, .why = why != NULL ? why : &unheard};
    int err = check_plan(plan, c.why);
    if (err == 0)
        err = explain(db_savepoint(tx, closure_run, &c), c.why);
    return err < 0 ? err : closure_answer(&c);
}
