/* The consumer of the log: an event that fits a trigger makes one run per flow, record and occurrence. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/flow_internal.h"
#include "flow/flow_sql.h"

enum { CONSUME_BATCH = 200, CONSUME_WAIT_MS = 250, KEY_BYTES_MAX = 300 };
static const char consumer[] = "flow";

bool flow_is_on(struct flows *f, size_t index)
{
    pthread_mutex_lock(&f->lock);
    bool on = f->on[index];
    pthread_mutex_unlock(&f->lock);
    return on;
}

static void map_put_str(struct value *keys, struct value *values, size_t *n, const char *key, struct value v)
{
    keys[*n] = value_str(str_of(key));
    values[(*n)++] = v;
}

struct value flow_event_value(const struct event *e, struct arena *a)
{
    struct value *keys = arena_array(a, struct value, 12), *values = arena_array(a, struct value, 12);
    size_t n = 0;
    map_put_str(keys, values, &n, "id", value_str(e->id));
    map_put_str(keys, values, &n, "type", value_str(e->type));
    map_put_str(keys, values, &n, "transition", value_str(e->transition));
    map_put_str(keys, values, &n, "state_before", value_str(e->state_before));
    map_put_str(keys, values, &n, "state_after", value_str(e->state_after));
    map_put_str(keys, values, &n, "entered", value_int(e->entered));
    map_put_str(keys, values, &n, "rev", value_int(e->rev));
    map_put_str(keys, values, &n, "actor", value_str(e->actor));
    map_put_str(keys, values, &n, "source", value_str(e->source));
    map_put_str(keys, values, &n, "at", value_time_ms(e->at_ms));
    return (struct value){.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = n}};
}

/* Only true changes trigger: what was adopted, imported or repaired has happened before. */
static bool is_true_change(const struct event *e)
{
    return str_is(e->mode, "user") || str_is(e->mode, "flow");
}

static bool trigger_fits(const struct flow *flow, const struct event *e)
{
    if (!str_eq(e->subject_type, flow->type->name) || !is_true_change(e) || e->hops >= EVENT_HOPS_MAX)
        return false;
    switch (flow->trigger) {
    case TRIGGER_CREATED:
        return str_is(e->type, "record.created");
    case TRIGGER_UPDATED:
        return str_is(e->type, "record.updated") || str_is(e->type, "record.transitioned");
    default:
        return e->entered > 0 && str_eq(e->state_after, flow->state);
    }
}

struct found {
    const struct flow *flow;
    struct event event;
    struct str key;
};

struct consume {
    struct flows *f;
    struct db_tx *tx;
    struct arena a;
    VEC(struct found) found;
    int64_t last;
    size_t count;
    bool *on; /* by flow, as it was when the event happened */
};

static int evaluate(struct consume *c, const struct flow *flow, const struct event *e, struct str *ret_key)
{
    struct record *r;
    struct value occurrence;
    bool fits = true;
    struct problem why;
    problem_init(&why, &c->a);
    int err = record_get(c->f->records, c->tx, NULL, flow->type, e->subject, &c->a, &r);
    if (err < 0)
        return err == ERR_NOT_FOUND ? 0 : err;
    const struct value values[FLOW_VARS] = {record_object(c->f->records, c->tx, r, &c->a), flow_event_value(e, &c->a),
                                            value_null(), value_null()};
    struct record_scope scope = {
        .rs = c->f->records, .tx = c->tx, .record = NULL, .names = flow_vars, .values = values, .len = FLOW_VARS};
    if (flow->when != NULL)
        err = record_eval_bool(&scope, flow->when, &c->a, &fits, &why);
    if (err == 0 && fits)
        err = record_eval(&scope, flow->occurrence, &c->a, &occurrence, &why);
    if (err < 0) { /* a trigger that can't be computed fits nothing; it is said in the log, the feed goes on */
        LOG(ERROR, "a trigger could not be computed", ARG("flow", flow->name), ARG("record", e->subject));
        return 0;
    }
    if (!fits)
        return 0;
    struct str text = occurrence.kind == VALUE_INT      ? arena_fmt(&c->a, "%lld", (long long)occurrence.i)
                      : occurrence.kind == VALUE_STRING ? utf8_cut(occurrence.s, 100)
                                                        : STR("1");
    *ret_key = arena_fmt(&c->a, "%.*s/%.*s/%.*s", STR_ARG(flow->name), STR_ARG(e->subject), STR_ARG(text));
    return 1;
}

/* Switching stands in the log too. So what counts is whether the flow was on when the event happened, and not when it
 * is read. */
static void note_switch(const struct flows *f, bool *on, const struct event *e)
{
    bool is_on = str_is(e->type, "flow.on");
    if (!is_on && !str_is(e->type, "flow.off"))
        return;
    for (size_t i = 0; i < f->len; i++) {
        if (str_eq(f->flows[i]->name, e->subject))
            on[i] = is_on;
    }
}

static int consume_event(void *arg, const struct event *e)
{
    struct consume *c = arg;
    c->last = e->seq;
    c->count++;
    note_switch(c->f, c->on, e);
    for (size_t i = 0; i < c->f->len; i++) {
        struct str key;
        if (!c->on[i] || !trigger_fits(c->f->flows[i], e))
            continue;
        int err = evaluate(c, c->f->flows[i], e, &key);
        if (err < 0)
            return err;
        if (err > 0)
            vec_push(&c->a, &c->found, (struct found){.flow = c->f->flows[i], .event = *e, .key = key});
    }
    return 0;
}

static int consume_read(struct db_tx *tx, void *arg)
{
    struct consume *c = arg;
    c->tx = tx;
    return event_read(tx, &c->a, c->last, CONSUME_BATCH, consume_event, c);
}

/* The run's record and its job. A key that is known already has had its run. */
static int make_run(struct consume *c, struct db_tx *tx, const struct found *found)
{
    struct actor actor;
    struct write_result result;
    int64_t known;
    const struct event *e = &found->event;
    struct problem why;
    problem_init(&why, &c->a);
    int err = db_query_i64(tx, SQL_FLOW_RUN_KNOWN, DB_VALUES(value_str(found->key)), 0, &known);
    if (err < 0 || known > 0)
        return err;
    err = record_service_actor(c->f->records, STR("flow"), e->company, &c->a, &actor);
    if (err < 0)
        return err;
    const struct value link_keys[] = {value_str(STR("type")), value_str(STR("id"))},
                       link_values[] = {value_str(e->subject_type), value_str(e->subject)};
    const struct value keys[] = {value_str(STR("flow")), value_str(STR("key")), value_str(STR("trigger_event")),
                                 value_str(STR("record")), value_str(STR("version"))};
    const struct value values[] = {value_str(found->flow->name),
                                   value_str(found->key),
                                   value_str(e->id),
                                   {.kind = VALUE_MAP, .map = {.keys = link_keys, .values = link_values, .len = 2}},
                                   value_str(found->flow->version)};
    struct change change = {
        .op = CHANGE_CREATE,
        .type = STR("flow_run"),
        .values = {.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = ARRAY_LEN(keys)}}};
    struct plan plan = {.actor = &actor,
                        .mode = MODE_FLOW,
                        .source = arena_fmt(&c->a, "flow:%.*s", STR_ARG(found->flow->name)),
                        .cause = e->id,
                        .hops = e->hops + 1,
                        .on_behalf_of = e->on_behalf_of,
                        .changes = &change,
                        .changes_len = 1};
    err = record_write_in(c->f->records, tx, &plan, &c->a, &result, &why);
    if (err < 0)
        return err;
    struct job_spec job = {.kind = STR("flow.run"),
                           .lane = e->subject,
                           .key = found->key,
                           .payload =
                               arena_fmt(&c->a, "{\"run\":\"%.*s\",\"flow\":\"%.*s\",\"event\":\"%.*s\"}",
                                         STR_ARG(result.items[0].id), STR_ARG(found->flow->name), STR_ARG(e->id)),
                           .cause = result.items[0].event_id};
    err = job_enqueue(c->f->jobs, tx, &job);
    return err < 0 ? err : 0;
}

/* Runs and cursor move together, so that nothing is skipped and nothing made twice. */
static int consume_write(struct db_tx *tx, void *arg)
{
    struct consume *c = arg;
    for (size_t i = 0; i < c->found.len; i++) {
        int err = make_run(c, tx, &c->found.items[i]);
        if (err < 0)
            return err;
    }
    return event_cursor_set(tx, str_of(consumer), c->last);
}

/* A service user that is not there yet is made in a transaction of its own, so before the one of the runs. */
static int know_actors(struct consume *c)
{
    int err = 0;
    struct actor actor;
    for (size_t i = 0; err == 0 && i < c->found.len; i++)
        err = record_service_actor(c->f->records, STR("flow"), c->found.items[i].event.company, &c->a, &actor);
    return err;
}

static bool is_stopping(struct flows *f)
{
    return __atomic_load_n(&f->stopping, __ATOMIC_ACQUIRE);
}

/* One batch; returns how many events it read. */
static int consume_batch(struct flows *f, int64_t *cursor, int64_t *saved, bool *on)
{
    struct consume c = {.f = f, .last = *cursor};
    arena_init(&c.a);
    c.on = arena_array(&c.a, bool, f->len);
    for (size_t i = 0; i < f->len; i++)
        c.on[i] = on[i];
    int err = db_read(f->db, consume_read, &c);
    /* A cursor that lags a little only reads again what fits nothing, now as then; it is kept when there is time. */
    bool idle = c.found.len == 0 && c.last - *saved < CONSUME_BATCH;
    if (err == 0)
        err = know_actors(&c);
    if (err == 0 && !idle) {
        err = db_write(f->db, consume_write, &c);
        if (err >= 0)
            *saved = c.last;
    }
    if (err >= 0) {
        *cursor = c.last;
        for (size_t i = 0; i < f->len; i++)
            on[i] = c.on[i];
        __atomic_store_n(&f->cursor, c.last, __ATOMIC_RELEASE);
    }
    arena_release(&c.a);
    return err < 0 ? err : (int)c.count;
}

static int cursor_keep(struct db_tx *tx, void *arg)
{
    return event_cursor_set(tx, str_of(consumer), *(const int64_t *)arg);
}

/* What was read is not read again after a restart: a flow that is new or on again then begins with what is new. */
static void keep_cursor(struct flows *f, int64_t cursor, int64_t *saved)
{
    if (cursor > *saved && db_write(f->db, cursor_keep, &cursor) >= 0)
        *saved = cursor;
}

struct position {
    struct flows *f;
    struct arena *a;
    int64_t cursor;
    bool *on;
};

static int switched_before(void *arg, const struct event *e)
{
    struct position *p = arg;
    if (e->seq <= p->cursor)
        note_switch(p->f, p->on, e);
    return 0;
}

/* Where the consumer stood, and which flows were on there. */
static int position_load(struct db_tx *tx, void *arg)
{
    struct position *p = arg;
    int err = event_cursor_get(tx, str_of(consumer), 0, &p->cursor);
    for (size_t i = 0; err >= 0 && i < p->f->len; i++) {
        p->on[i] = p->f->flows[i]->on_by_default;
        err = event_read_subject(tx, p->a, p->f->flows[i]->name, 0, SIZE_MAX >> 1, switched_before, p);
    }
    return err;
}

void *flows_consume(void *arg)
{
    struct flows *f = arg;
    struct event_log *log = records_log(f->records);
    struct position at = {.f = f, .a = &f->consumer_arena, .on = arena_array(&f->consumer_arena, bool, f->len)};
    while (db_read(f->db, position_load, &at) < 0 && !is_stopping(f))
        (void)event_wait(log, INT64_MAX, CONSUME_WAIT_MS);
    int64_t cursor = at.cursor;
    int64_t saved = cursor;
    __atomic_store_n(&f->cursor, cursor, __ATOMIC_RELEASE);
    while (!is_stopping(f)) {
        if (event_wait(log, cursor, CONSUME_WAIT_MS) <= cursor) {
            keep_cursor(f, cursor, &saved);
            continue;
        }
        int n = consume_batch(f, &cursor, &saved, at.on);
        if (n < 0) {
            LOG(WARN, "flows could not read the log", ARG("error", str_of(err_name(n))));
            (void)event_wait(log, INT64_MAX, CONSUME_WAIT_MS);
        }
    }
    keep_cursor(f, cursor, &saved);
    return NULL;
}
