/* From a stored message to record changes under the mapping, in one transaction with the end of its job. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"
#include "hub/hub_internal.h"
#include "hub/hub_sql.h"

struct process {
    struct hub *h;
    const struct job *job;
    struct db_tx *tx;
    struct arena *a;
    struct problem *why;
    struct str delivery; /* id */
    struct str body, body_hash, event;
    struct connection connection;
    struct inbound message;
    struct actor actor;
    struct str source;
    int64_t sent_ms;
    struct str *records; /* by entity: the record that this message made or found, or empty */
    bool acted, stale;
};

static struct plan process_plan(struct process *p, const struct change *change, enum plan_mode mode)
{
    return (struct plan){.actor = &p->actor,
                         .mode = mode,
                         .source = p->source,
                         .cause = p->job->cause,
                         .hops = 1,
                         .changes = change,
                         .changes_len = 1};
}

static int write_change(struct process *p, const struct change *change, enum plan_mode mode, struct write_item *ret)
{
    struct write_result result;
    struct plan plan = process_plan(p, change, mode);
    int err = record_write_in(p->h->records, p->tx, &plan, p->a, &result, p->why);
    if (err < 0)
        return err;
    p->acted = p->acted || result.items[0].changed;
    if (ret != NULL)
        *ret = result.items[0];
    return 0;
}

/* ---- People: an account outside is a person through the identity map ---- */

static int person_text(struct process *p, const struct expr *e, struct value person, struct str *ret)
{
    static const struct expr_var names[] = {{.name = "person", .type = {.kind = TYPE_DYN}}};
    struct record_scope scope = {.rs = p->h->records, .names = names, .values = &person, .len = 1};
    struct value v;
    int err = record_eval(&scope, e, p->a, &v, p->why);
    if (err == ERR_NOT_FOUND) {
        problem_clear(p->why);
        return 0;
    }
    if (err == 0 && v.kind == VALUE_STRING)
        *ret = utf8_cut(v.s, 200);
    return err;
}

/* An account that was never seen is noted with nobody behind it: the process engineer says who it is. */
static int identity_make(struct process *p, struct str account, struct str title)
{
    const struct value keys[] = {value_str(STR("connection")), value_str(STR("account")), value_str(STR("title"))};
    const struct value values[] = {value_str(p->connection.id), value_str(account),
                                   value_str(str_empty(title) ? account : title)};
    struct change change = {
        .op = CHANGE_CREATE,
        .type = STR("identity"),
        .values = {.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = ARRAY_LEN(keys)}}};
    return write_change(p, &change, MODE_FLOW, NULL);
}

static int person_employee(struct process *p, struct value person, struct value *ret)
{
    struct str account = STR_NULL, title = STR_NULL;
    struct db_stmt *st;
    const struct mapping *m = p->connection.mapping;
    *ret = value_null();
    if (person.kind == VALUE_NULL || m->account == NULL)
        return 0;
    int err = person_text(p, m->account, person, &account);
    if (err == 0)
        err = person_text(p, m->account_title, person, &title);
    if (err < 0 || str_empty(account))
        return err;
    err = db_prepare(p->tx, SQL_HUB_IDENTITY_GET, &st);
    if (err < 0)
        return err;
    db_bind_str(st, 1, p->connection.id);
    db_bind_str(st, 2, account);
    err = db_step(st);
    bool known = err > 0;
    if (known && !db_col_null(st, 1))
        *ret = value_str(db_col_copy(st, 1, p->a));
    db_done(st);
    if (err < 0)
        return err;
    return known ? 0 : identity_make(p, account, title);
}

/* ---- Rows ---- */

struct mapped {
    struct value *keys, *values;
    size_t len;
    struct str state;
    bool entered;
};

/* 1: a value; 0: the payload does not hold it. */
static int row_source(struct process *p, const struct mapping_row *r, struct value *ret)
{
    const struct mapping *m = p->connection.mapping;
    if (!str_empty(r->entity)) {
        const struct mapping_entity *e = mapping_entity(m, r->entity);
        struct str id = e != NULL ? p->records[e - m->entities] : STR_NULL;
        *ret = value_str(id);
        return !str_empty(id);
    }
    int err = inbound_eval(&p->message, r->from != NULL ? r->from : r->person, ret, p->why);
    if (err == ERR_NOT_FOUND)
        return 0;
    if (err == 0 && r->person != NULL)
        err = person_employee(p, *ret, ret);
    return err < 0 ? err : 1;
}

static struct value row_mapped(const struct mapping_row *r, struct value v)
{
    if (r->map_len == 0 || v.kind != VALUE_STRING)
        return v.kind == VALUE_NULL && r->has_else ? r->otherwise : v;
    for (size_t i = 0; i < r->map_len; i++) {
        if (str_eq(r->map[i].from, v.s))
            return r->map[i].to;
    }
    return r->has_else ? r->otherwise : v;
}

static int map_state(struct process *p, const struct mapping_row *r, struct value v, struct mapped *m)
{
    struct value entered = value_bool(false);
    if (v.kind != VALUE_STRING)
        return 0;
    m->state = v.s;
    if (r->entered == NULL)
        return 0;
    int err = inbound_eval(&p->message, r->entered, &entered, p->why);
    if (err == ERR_NOT_FOUND)
        return 0;
    m->entered = err == 0 && entered.kind == VALUE_BOOL && entered.b;
    return err;
}

static int map_row(struct process *p, const struct mapping_row *r, bool make, struct mapped *m)
{
    struct value v;
    if (r->once && !make)
        return 0;
    int err = row_source(p, r, &v);
    if (err <= 0)
        return err;
    v = row_mapped(r, v);
    if (r->is_state)
        return map_state(p, r, v, m);
    m->keys[m->len] = value_str(r->field->name);
    m->values[m->len++] = v;
    return 0;
}

static int map_rows(struct process *p, const struct mapping_entity *e, bool make, struct mapped *m)
{
    *m = (struct mapped){.keys = arena_array(p->a, struct value, e->rows_len),
                         .values = arena_array(p->a, struct value, e->rows_len)};
    for (size_t i = 0; i < e->rows_len; i++) {
        int err = map_row(p, &e->rows[i], make, m);
        if (err < 0) {
            LOG(WARN, "a mapping row failed", ARG("mapping", p->connection.mapping->name), ARG("entity", e->name),
                ARG("line", arena_fmt(p->a, "%d", e->rows[i].line)));
            return err;
        }
    }
    return 0;
}

static struct value mapped_map(const struct mapped *m)
{
    return (struct value){.kind = VALUE_MAP, .map = {.keys = m->keys, .values = m->values, .len = m->len}};
}

static struct str mapped_json(struct process *p, const struct mapped *m)
{
    CLEANUP(buf_release) struct buf json = {0};
    buf_init(&json, 1 << 20);
    json_write(&json, mapped_map(m));
    return arena_str(p->a, buf_str(&json));
}

/* ---- Entities ---- */

static int entity_create(struct process *p, const struct mapping_entity *e, struct str outside_id, struct str *ret)
{
    struct mapped m;
    struct write_item item;
    int err = map_rows(p, e, true, &m);
    if (err < 0)
        return err;
    struct str pair_id = id_new_str(p->a);
    struct change change = {.op = CHANGE_CREATE,
                            .type = e->type->name,
                            .state = m.state,
                            .values = mapped_map(&m),
                            .origin = arena_fmt(p->a, "%.*s:%.*s:%.*s", STR_ARG(p->connection.mapping->name),
                                                STR_ARG(e->name), STR_ARG(pair_id))};
    err = write_change(p, &change, m.entered ? MODE_FLOW : MODE_ADOPT, &item);
    if (err < 0)
        return err;
    struct pair_row row = {.pair = {.id = pair_id,
                                    .connection = p->connection.id,
                                    .entity = e->name,
                                    .outside_id = outside_id,
                                    .type = e->type->name,
                                    .record = item.id},
                           .sent_ms = p->sent_ms,
                           .base = mapped_json(p, &m)};
    *ret = item.id;
    return pair_insert(p->tx, &row);
}

/* Whether the same bytes were processed before under another id of the sender: then they are no news. */
static int was_processed(struct process *p, bool *ret)
{
    int64_t count = 0;
    int err = db_query_i64(p->tx, SQL_HUB_PROCESSED_BEFORE,
                           DB_VALUES(value_str(p->body_hash), value_str(p->connection.id), value_str(p->delivery)), 0,
                           &count);
    *ret = count > 0;
    return err;
}

/*
 * A message come late enters a state that newer ones have left, or that they only told of. That it was entered counts,
 * once; where the record stands is what the newest message told.
 */
static int enter_late(struct process *p, struct change *change, const struct mapping_entity *e)
{
    struct record *r;
    bool before;
    int err = was_processed(p, &before);
    if (err < 0 || before)
        return err;
    err = record_get(p->h->records, p->tx, NULL, e->type, change->id, p->a, &r);
    if (err == 0)
        err = write_change(p, change, MODE_FLOW, NULL);
    if (err < 0 || str_eq(record_value(r, SYS_STATE).s, change->state))
        return err;
    change->state = record_value(r, SYS_STATE).s;
    return write_change(p, change, MODE_ADOPT, NULL);
}

/* A state that the message's own change list enters is a true transition; any other is only noted. */
static int entity_state(struct process *p, const struct mapping_entity *e, const struct mapped *m, struct str record,
                        bool stale)
{
    struct change change = {.op = CHANGE_UPDATE, .type = e->type->name, .id = record, .state = m->state};
    if (str_empty(m->state))
        return 0;
    if (stale)
        return m->entered ? enter_late(p, &change, e) : 0;
    return write_change(p, &change, m->entered ? MODE_FLOW : MODE_ADOPT, NULL);
}

/* Values follow the newest message. */
static int entity_update(struct process *p, const struct mapping_entity *e, const struct pair_row *pair)
{
    struct mapped m;
    int err = map_rows(p, e, false, &m);
    if (err < 0)
        return err;
    bool stale = p->sent_ms < pair->sent_ms;
    p->stale = p->stale || stale;
    if (!stale) {
        struct change change = {
            .op = CHANGE_UPDATE, .type = e->type->name, .id = pair->pair.record, .values = mapped_map(&m)};
        err = write_change(p, &change, MODE_FLOW, NULL);
    }
    if (err == 0)
        err = entity_state(p, e, &m, pair->pair.record, stale);
    if (err == 0 && !stale)
        err = pair_agree(p->tx, pair->pair.id, p->sent_ms, mapped_json(p, &m));
    return err;
}

static int entity_upsert(struct process *p, const struct mapping_entity *e)
{
    struct str outside_id, record = STR_NULL;
    struct pair_row pair;
    int err = inbound_text(&p->message, e->id, &outside_id, p->why);
    if (err < 0 || str_empty(outside_id))
        return err; /* the message does not hold this entity */
    outside_id = utf8_cut(outside_id, 200);
    err = pair_find(p->tx, p->connection.id, e->name, outside_id, p->a, &pair);
    if (err == ERR_NOT_FOUND)
        err = entity_create(p, e, outside_id, &record);
    else if (err == 0) {
        record = pair.pair.record;
        err = entity_update(p, e, &pair);
    }
    p->records[e - p->connection.mapping->entities] = record;
    return err;
}

static int entity_archive(struct process *p, const struct mapping_entity *e)
{
    struct str outside_id;
    struct pair_row pair;
    int err = inbound_text(&p->message, e->id, &outside_id, p->why);
    if (err < 0 || str_empty(outside_id))
        return err;
    err = pair_find(p->tx, p->connection.id, e->name, outside_id, p->a, &pair);
    if (err == ERR_NOT_FOUND)
        return 0; /* never seen here: nothing to archive */
    if (err < 0)
        return err;
    struct change change = {.op = CHANGE_ARCHIVE,
                            .type = e->type->name,
                            .id = pair.pair.record,
                            .note =
                                arena_fmt(p->a, "deleted in %.*s (%.*s)",
                                          STR_ARG(p->connection.connector->label.text[LANG_EN]), STR_ARG(p->event))};
    return write_change(p, &change, MODE_FLOW, NULL);
}

/* ---- The whole message ---- */

static int event_rule(struct process *p, const struct mapping_event **ret)
{
    const struct mapping *m = p->connection.mapping;
    *ret = NULL;
    for (size_t i = 0; m != NULL && i < m->events_len; i++) {
        struct value fits = value_bool(true);
        if (!str_eq(m->events[i].event, p->event))
            continue;
        if (m->events[i].when != NULL) {
            int err = inbound_eval(&p->message, m->events[i].when, &fits, p->why);
            if (err < 0 && err != ERR_NOT_FOUND)
                return err;
            if (err == ERR_NOT_FOUND)
                continue;
        }
        if (fits.kind == VALUE_BOOL && fits.b) {
            *ret = &m->events[i];
            return 0;
        }
    }
    return 0;
}

static int apply_rule(struct process *p, const struct mapping_event *rule)
{
    int err = 0;
    p->records = arena_array(p->a, struct str, p->connection.mapping->entities_len);
    for (size_t i = 0; err == 0 && i < rule->upsert_len; i++)
        err = entity_upsert(p, rule->upsert[i]);
    for (size_t i = 0; err == 0 && i < rule->archive_len; i++)
        err = entity_archive(p, rule->archive[i]);
    return err;
}

static int mark_delivery(struct process *p, const char *transition, struct str reason)
{
    const struct value key = value_str(STR("reason")), value = value_str(reason);
    struct change change = {
        .op = CHANGE_TRANSITION, .type = STR("hook_delivery"), .id = p->delivery, .transition = str_of(transition)};
    if (!str_empty(reason))
        change.values = (struct value){.kind = VALUE_MAP, .map = {.keys = &key, .values = &value, .len = 1}};
    return write_change(p, &change, MODE_FLOW, NULL);
}

static struct str text_of(const struct record *r, const char *name)
{
    const struct field *f = type_field(r->type, str_of(name));
    return f != NULL && r->values[f->index].kind == VALUE_STRING ? r->values[f->index].s : STR_NULL;
}

static int read_delivery(struct process *p)
{
    struct record *r, *connection;
    const struct meta *meta = p->h->meta;
    int err = record_get(p->h->records, p->tx, NULL, meta_type(meta, STR("hook_delivery")), p->delivery, p->a, &r);
    if (err == 0)
        err = record_get(p->h->records, p->tx, NULL, meta_type(meta, STR("connection")), text_of(r, "connection"), p->a,
                         &connection);
    if (err == 0)
        err = connection_get(p->h, p->tx, text_of(connection, "name"), false, p->a, &p->connection, p->why);
    if (err < 0)
        return err;
    p->body = text_of(r, "body");
    p->body_hash = text_of(r, "body_hash");
    p->event = text_of(r, "event");
    p->source = arena_fmt(p->a, "hook:%.*s", STR_ARG(p->connection.name));
    return 0;
}

static int company_currency(struct process *p)
{
    struct record *company;
    int err = record_get(p->h->records, p->tx, NULL, meta_type(p->h->meta, STR("company")), p->connection.company, p->a,
                         &company);
    if (err == ERR_NOT_FOUND)
        return 0;
    if (err == 0 && !str_empty(text_of(company, "currency")))
        p->message.currency = text_of(company, "currency");
    return err;
}

static int open_message(struct process *p)
{
    struct value sent;
    int err = inbound_open(p->h, p->body, p->a, &p->message, p->why);
    if (err == 0)
        err = company_currency(p);
    if (err < 0)
        return err;
    if (p->connection.connector->sent_at != NULL &&
        inbound_eval(&p->message, p->connection.connector->sent_at, &sent, NULL) == 0 && sent.kind == VALUE_INT &&
        sent.i < p->sent_ms) /* one from a clock that ran ahead would make all that follow look old */
        p->sent_ms = sent.i;
    return 0;
}

/* What can be read and parsed before the transaction keeps the writer free. */
static int open_in_tx(struct db_tx *tx, void *arg)
{
    struct process *p = arg;
    p->tx = tx;
    int err = read_delivery(p);
    return err == 0 ? open_message(p) : err;
}

static int process_in_tx(struct db_tx *tx, void *arg)
{
    struct process *p = arg;
    const struct mapping_event *rule;
    p->tx = tx;
    p->stale = false;
    problem_clear(p->why);
    int err = event_rule(p, &rule);
    if (err < 0)
        return err;
    if (rule == NULL)
        err = mark_delivery(p, "keep", STR("no rule of the mapping takes this event"));
    else {
        err = apply_rule(p, rule);
        if (err == 0)
            err = mark_delivery(p, "process",
                                p->stale ? STR("older than what is known: only its own transition counted") : STR_NULL);
    }
    return err < 0 ? err : job_finish(tx, p->job);
}

static int fail_in_tx(struct db_tx *tx, void *arg)
{
    struct process *p = arg;
    CLEANUP(buf_release) struct buf text = {0};
    p->tx = tx;
    buf_init(&text, 4096);
    if (p->why->message != MSG_NONE)
        message_render(p->why->message, p->why->args, LANG_EN, &text);
    for (struct problem_item *i = p->why->items; i != NULL; i = i->next) {
        buf_addf(&text, "%s%.*s: ", text.len > 0 ? " " : "", STR_ARG(i->place));
        message_render(i->message, i->args, LANG_EN, &text);
    }
    struct problem ignored;
    struct problem *why = p->why;
    problem_init(&ignored, p->a);
    p->why = &ignored;
    int err = mark_delivery(p, "fail", utf8_cut(buf_str(&text), 900));
    p->why = why;
    return err;
}

static bool is_final(int err)
{
    return err != ERR_UNAVAILABLE && err != ERR_TIMEOUT && err != ERR_CONFLICT && err != ERR_INTERNAL &&
           err != ERR_DISK_FULL && err != ERR_TOO_MANY;
}

int hub_process_job(void *ctx, const struct job *job, struct arena *a, struct problem *why)
{
    struct value payload;
    struct process p = {.h = ctx, .job = job, .a = a, .why = why, .sent_ms = clock_now_ms()};
    int err = json_parse(a, job->payload, 8, &payload, why);
    const struct value *delivery = err == 0 ? value_map_get(payload, STR("delivery")) : NULL;
    if (delivery == NULL || delivery->kind != VALUE_STRING)
        return PROBLEM(why, YAML_MISSING, ARG("key", STR("delivery")));
    p.delivery = delivery->s;
    err = db_read(p.h->db, open_in_tx, &p);
    if (err == 0)
        err = record_service_actor(p.h->records, STR("sync"), p.connection.company, a, &p.actor);
    if (err == 0)
        err = db_write(p.h->db, process_in_tx, &p);
    if (err < 0 && is_final(err) && !str_empty(p.source))
        (void)db_write(p.h->db, fail_in_tx, &p); /* the job keeps the reason too */
    return err;
}
