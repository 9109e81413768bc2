/* Opening, switching and listing flows. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "codec/json.h"
#include "flow/flow_internal.h"
#include "flow/flow_sql.h"
#include "meta/describe.h"

const struct db_migration flow_migrations[] = {
    {"flow", 1,
     "CREATE TABLE flow_step (key TEXT PRIMARY KEY, run TEXT NOT NULL, step TEXT NOT NULL, result TEXT NOT NULL, at_ms "
     "BIGINT NOT NULL);\n"
     "CREATE INDEX flow_step_run ON flow_step (run);\n"
     "CREATE TABLE flow_switch (name TEXT PRIMARY KEY, is_on BIGINT NOT NULL, at_ms BIGINT NOT NULL);\n"},
};
const size_t flow_migrations_len = ARRAY_LEN(flow_migrations);

const struct flow *flows_find(const struct flows *f, struct str name)
{
    for (size_t i = 0; i < f->len; i++) {
        if (str_eq(f->flows[i]->name, name))
            return f->flows[i];
    }
    return NULL;
}

static int read_switches(struct db_tx *tx, void *arg)
{
    struct flows *f = arg;
    struct db_stmt *st;
    int err = db_prepare(tx, SQL_FLOW_SWITCH_ALL, &st);
    if (err < 0)
        return err;
    while ((err = db_step(st)) > 0) {
        for (size_t i = 0; i < f->len; i++) {
            if (str_eq(f->flows[i]->name, db_col_str(st, 0)))
                f->on[i] = db_col_i64(st, 1) != 0;
        }
    }
    db_done(st);
    return err;
}

static int load_all(struct flows *f, const struct flows_options *o, struct problem *why)
{
    const struct flow **flows = arena_array(&f->arena, const struct flow *, o->sources_len);
    int first = 0;
    f->flows = flows;
    f->on = arena_array(&f->arena, bool, o->sources_len);
    for (size_t i = 0; i < o->sources_len; i++) {
        const struct flow *flow;
        int err = flow_load(f, &o->sources[i], &flow, why);
        first = first < 0 ? first : err;
        if (err < 0)
            continue;
        const struct flow *other = flows_find(f, flow->name);
        if (other != NULL) {
            struct str place = arena_fmt(&f->arena, "%.*s:1", STR_ARG(flow->file));
            first = PROBLEM_AT(why, WHERE_FILE, place, MODEL_DUPLICATE, ARG("kind", STR("flow")),
                               ARG("name", flow->name), ARG("place", other->file));
            continue;
        }
        f->on[f->len] = flow->on_by_default;
        flows[f->len++] = flow;
    }
    return first;
}

int flows_open(const struct flows_options *o, struct flows **ret, struct problem *why)
{
    struct flows *f = xcalloc(1, sizeof(*f));
    f->records = o->records;
    f->jobs = o->jobs;
    f->db = records_db(o->records);
    f->meta = records_meta(o->records);
    arena_init(&f->arena);
    arena_init(&f->consumer_arena);
    pthread_mutex_init(&f->lock, NULL);
    int err = db_migrate(f->db, flow_migrations, flow_migrations_len, why);
    if (err >= 0)
        err = load_all(f, o, why);
    if (err >= 0)
        err = db_read(f->db, read_switches, f);
    if (err < 0) {
        flows_free(f);
        return err;
    }
    *ret = f;
    return 0;
}

void flows_set_jobs(struct flows *f, struct jobs *jobs)
{
    f->jobs = jobs;
}

int flows_start(struct flows *f)
{
    if (pthread_create(&f->thread, NULL, flows_consume, f) != 0)
        return ERR_UNAVAILABLE;
    f->started = true;
    return 0;
}

void flows_stop(struct flows *f)
{
    if (f == NULL || !f->started)
        return;
    __atomic_store_n(&f->stopping, true, __ATOMIC_RELEASE);
    pthread_join(f->thread, NULL);
    f->started = false;
}

struct flows *flows_free(struct flows *f)
{
    if (f != NULL) {
        flows_stop(f);
        pthread_mutex_destroy(&f->lock);
        arena_release(&f->consumer_arena);
        arena_release(&f->arena);
        free(f);
    }
    return NULL;
}

int64_t flows_lag(struct flows *f)
{
    return event_sealed(records_log(f->records)) - __atomic_load_n(&f->cursor, __ATOMIC_ACQUIRE);
}

struct switching {
    struct flows *f;
    const struct actor *actor;
    struct str name;
    bool on;
};

static int switch_in_tx(struct db_tx *tx, void *arg)
{
    struct switching *s = arg;
    int err =
        db_exec(tx, SQL_FLOW_SWITCH_SET, DB_VALUES(value_str(s->name), value_int(s->on), value_int(clock_now_ms())));
    if (err < 0)
        return err;
    struct event e = {.type = s->on ? STR("flow.on") : STR("flow.off"),
                      .subject_type = STR("flow"),
                      .subject = s->name,
                      .company = s->actor->company,
                      .actor = s->actor->id,
                      .source = STR("api"),
                      .mode = STR("user"),
                      .changes = STR("{}")};
    return event_append(records_log(s->f->records), tx, &e);
}

int flow_switch(struct flows *f, const struct actor *actor, struct str name, bool on, struct problem *why)
{
    struct switching s = {.f = f, .actor = actor, .name = name, .on = on};
    if (flows_find(f, name) == NULL)
        return problem_set(why, MSG_NO_ROUTE, NULL);
    int err = db_write(f->db, switch_in_tx, &s);
    if (err < 0)
        return err;
    pthread_mutex_lock(&f->lock);
    for (size_t i = 0; i < f->len; i++) {
        if (str_eq(f->flows[i]->name, name))
            f->on[i] = on;
    }
    pthread_mutex_unlock(&f->lock);
    return 0;
}

/* ---- The list for people ---- */

static void steps_to_json(const struct flow *flow, struct buf *out)
{
    json_key(out, "steps");
    buf_add_char(out, '[');
    for (size_t i = 0; i < flow->steps_len; i++) {
        const struct flow_step *s = &flow->steps[i];
        json_comma(out);
        buf_add_char(out, '{');
        json_key(out, "name");
        json_write_str(out, s->name);
        label_to_json(out, "label", &s->label);
        json_key(out, "do");
        json_write_str(out, str_of(step_verb_name(s->verb)));
        json_key(out, "type");
        json_write(out, s->type != NULL ? value_str(s->type->name) : value_null());
        json_key(out, "when");
        json_write(out, s->when != NULL ? value_str(expr_text(s->when)) : value_null());
        buf_add_char(out, '}');
    }
    buf_add_char(out, ']');
}

static void trigger_to_json(const struct flow *flow, struct buf *out)
{
    static const char *const kinds[] = {"created", "updated", "entered"};
    json_key(out, "trigger");
    buf_add_char(out, '{');
    json_key(out, "type");
    json_write_str(out, flow->type->name);
    json_key(out, "on");
    json_write_str(out, str_of(kinds[flow->trigger]));
    json_key(out, "entered");
    json_write(out, str_empty(flow->state) ? value_null() : value_str(flow->state));
    json_key(out, "when");
    json_write(out, flow->when != NULL ? value_str(expr_text(flow->when)) : value_null());
    buf_add_char(out, '}');
}

static int runs_to_json(struct flows *f, struct db_tx *tx, const struct actor *actor, const struct flow *flow,
                        struct arena *a, struct buf *out)
{
    static const char *const states[] = {"done", "failed", "running"};
    const struct type *t = meta_type(f->meta, STR("flow_run"));
    json_key(out, "runs");
    buf_add_char(out, '{');
    for (size_t i = 0; i < ARRAY_LEN(states); i++) {
        int64_t count = 0;
        struct problem ignored;
        problem_init(&ignored, a);
        const struct query_param params[] = {{STR("flow"), arena_fmt(a, "eq.%.*s", STR_ARG(flow->name))},
                                             {STR("state"), arena_fmt(a, "eq.%s", states[i])}};
        int err = record_count(f->records, tx, actor, t, params, 2, a, &count, &ignored);
        if (err < 0)
            return err;
        json_key(out, states[i]);
        buf_add_i64(out, count);
    }
    buf_add_char(out, '}');
    return 0;
}

int flows_json(struct flows *f, struct db_tx *tx, const struct actor *actor, struct arena *a, struct buf *out)
{
    buf_add_cstr(out, "{\"flows\":[");
    for (size_t i = 0; i < f->len; i++) {
        const struct flow *flow = f->flows[i];
        json_comma(out);
        buf_add_char(out, '{');
        json_key(out, "name");
        json_write_str(out, flow->name);
        label_to_json(out, "label", &flow->label);
        label_to_json(out, "note", &flow->note);
        json_key(out, "on");
        buf_add_cstr(out, flow_is_on(f, i) ? "true" : "false");
        json_key(out, "version");
        json_write_str(out, flow->version);
        trigger_to_json(flow, out);
        steps_to_json(flow, out);
        int err = runs_to_json(f, tx, actor, flow, a, out);
        if (err < 0)
            return err;
        buf_add_char(out, '}');
    }
    buf_add_cstr(out, "]}");
    return 0;
}
