/* History and story: the event log read by subject, and by cause. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "codec/json.h"
#include "codec/text.h"
#include "record/record_internal.h"

enum { HISTORY_MAX = 10000, STORY_MAX = 200, STORY_UP_MAX = 32 };

struct history {
    const struct actor *actor;
    const struct type *type;
    int level;
    struct arena *a;
    struct buf *out;
    size_t len;
};

static void key_str_or_null(struct buf *out, const char *key, struct str s)
{
    json_key(out, key);
    if (str_empty(s))
        buf_add_cstr(out, "null");
    else
        json_write_str(out, s);
}

static void key_time(struct buf *out, const char *key, int64_t ms)
{
    json_key(out, key);
    buf_add_char(out, '"');
    time_format_ms(ms, out);
    buf_add_char(out, '"');
}

/* Lines with those of their fields that the reader may see. */
static void lines_to_json(struct history *h, const struct type *line, struct value lines)
{
    buf_add_char(h->out, '[');
    for (size_t i = 0; i < lines.list.len; i++) {
        struct value v = lines.list.items[i];
        json_comma(h->out);
        buf_add_char(h->out, '{');
        for (size_t k = 0; v.kind == VALUE_MAP && k < v.map.len; k++) {
            const struct field *f = type_field(line, v.map.keys[k].s);
            if (f == NULL || !record_field_shown(line, f, h->level))
                continue;
            json_key_str(h->out, v.map.keys[k].s);
            json_write(h->out, v.map.values[k]);
        }
        buf_add_char(h->out, '}');
    }
    buf_add_char(h->out, ']');
}

/* {"before": …, "after": …} of one field. */
static void change_to_json(struct history *h, const struct field *f, struct value change)
{
    if (f == NULL || f->kind != FIELD_LINES || f->to == NULL || change.kind != VALUE_MAP) {
        json_write(h->out, change);
        return;
    }
    buf_add_char(h->out, '{');
    for (size_t i = 0; i < change.map.len; i++) {
        json_key_str(h->out, change.map.keys[i].s);
        if (change.map.values[i].kind == VALUE_LIST)
            lines_to_json(h, f->to, change.map.values[i]);
        else
            json_write(h->out, change.map.values[i]);
    }
    buf_add_char(h->out, '}');
}

/* The changes of fields that the reader may see. Of a field that is no more, nobody knows any longer who may. */
static void changes_to_json(struct history *h, struct str changes)
{
    struct value v;
    buf_add_char(h->out, '{');
    if (!str_empty(changes) && json_parse(h->a, changes, 64, &v, NULL) == 0 && v.kind == VALUE_MAP) {
        for (size_t i = 0; i < v.map.len; i++) {
            struct str name = v.map.keys[i].s;
            const struct field *f = type_field(h->type, name);
            if (f != NULL ? !record_field_shown(h->type, f, h->level) : !str_is(name, "note"))
                continue;
            json_key_str(h->out, name);
            change_to_json(h, f, v.map.values[i]);
        }
    }
    buf_add_char(h->out, '}');
}

static int history_event(void *arg, const struct event *e)
{
    struct history *h = arg;
    struct buf *out = h->out;
    json_comma(out);
    buf_add_char(out, '{');
    json_key(out, "rev");
    buf_add_i64(out, e->rev);
    key_time(out, "at", e->at_ms);
    json_key(out, "type");
    json_write_str(out, e->type);
    json_key(out, "actor");
    json_write_str(out, e->actor);
    key_str_or_null(out, "on_behalf_of", e->on_behalf_of);
    key_str_or_null(out, "source", e->source);
    key_str_or_null(out, "mode", e->mode);
    key_str_or_null(out, "transition", e->transition);
    key_str_or_null(out, "state_before", e->state_before);
    key_str_or_null(out, "state_after", e->state_after);
    json_key(out, "changes");
    changes_to_json(h, e->changes);
    json_key(out, "event");
    json_write_str(out, e->id);
    key_str_or_null(out, "cause", e->cause);
    buf_add_char(out, '}');
    h->len++;
    return 0;
}

struct deleted {
    const struct actor *actor;
    const struct type *type;
};

/* 1 where the record was of that type, and of the reader's company or of any for an administrator. */
static int deleted_fits(void *arg, const struct event *e)
{
    const struct deleted *d = arg;
    return str_eq(e->subject_type, d->type->name) && (d->actor->admin || str_eq(e->company, d->actor->company));
}

/* A deleted record has no row to check; whoever may read every row of the type in its company may read what it was. */
static int may_read_history(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct type *type,
                            struct str id)
{
    int64_t there;
    struct deleted deleted = {.actor = actor, .type = type};
    int err = access_check(rs, tx, type, actor, RIGHT_READ, id);
    if (err != ERR_NOT_FOUND)
        return err;
    CLEANUP(arena_release) struct arena a = {0};
    CLEANUP(buf_release) struct buf sql = {0};
    arena_init(&a);
    buf_init(&sql, 1000);
    buf_addf(&sql, "SELECT 1 FROM %.*s t WHERE t.\"id\" = ?", STR_ARG(type_sql(rs, type)->table));
    err = db_query_i64(tx, buf_str(&sql), DB_VALUES(value_str(id)), 0, &there);
    if (err < 0)
        return err;
    if (there == 1 || !record_may_all(actor, type, RIGHT_READ))
        return ERR_NOT_FOUND; /* it is there, and not to be seen; or it may have been */
    err = event_read_subject(tx, &a, id, 0, 1, deleted_fits, &deleted);
    return err < 0 ? err : err > 0 ? 0 : ERR_NOT_FOUND;
}

int record_history(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct type *type,
                   struct str id, struct arena *a, struct buf *out, struct problem *why)
{
    struct history h = {.actor = actor, .type = type, .level = record_level(actor, type), .a = a, .out = out};
    int err = id_valid(id) ? may_read_history(rs, tx, actor, type, id) : ERR_NOT_FOUND;
    if (err == 0) {
        buf_add_cstr(out, "{\"history\":[");
        err = event_read_subject(tx, a, id, 0, HISTORY_MAX, history_event, &h);
        buf_add_cstr(out, "]}");
    }
    if (err == 0 && h.len == 0)
        err = ERR_NOT_FOUND;
    return err == ERR_NOT_FOUND ? PROBLEM(why, NO_RECORD) : err;
}

/* ---- The story: up along causes to the root, then everything that came of it ---- */

struct story {
    struct records *rs;
    struct db_tx *tx;
    const struct actor *actor;
    struct arena *a;
    struct map *seen;
    struct event *events;
    size_t len, cap;
};

static struct event event_copy(struct arena *a, const struct event *e)
{
    struct event c = *e;
    struct str *texts[] = {&c.id,     &c.type,  &c.subject_type, &c.subject,      &c.actor,      &c.on_behalf_of,
                           &c.source, &c.cause, &c.transition,   &c.state_before, &c.state_after};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        *texts[i] = arena_str(a, *texts[i]);
    c.changes = STR_NULL;
    return c;
}

/* Derived figures follow from their entries; they would only repeat them here. */
static int story_add(void *arg, const struct event *e)
{
    struct story *s = arg;
    if (map_get(s->seen, e->id) != NULL || s->len >= STORY_MAX)
        return 0;
    struct event c = event_copy(s->a, e);
    map_put(s->seen, c.id, s);
    if (s->len == s->cap)
        s->events = vec_grow(s->a, s->events, s->len, &s->cap, sizeof(s->events[0]));
    s->events[s->len++] = c;
    return 0;
}

static int story_root(struct story *s, const struct event *from, struct event *ret)
{
    *ret = *from;
    for (int i = 0; i < STORY_UP_MAX && !str_empty(ret->cause); i++) {
        struct event up;
        int err = event_by_id(s->tx, s->a, ret->cause, &up);
        if (err == ERR_NOT_FOUND)
            return 0;
        if (err < 0)
            return err;
        *ret = event_copy(s->a, &up);
    }
    return 0;
}

struct own_events {
    struct story *s;
    struct event items[64];
    size_t len;
};

static int own_event(void *arg, const struct event *e)
{
    struct own_events *own = arg;
    if (own->len < ARRAY_LEN(own->items))
        own->items[own->len++] = event_copy(own->s->a, e);
    return 0;
}

/* Every root that the record's own events lead to, and all that followed from each, breadth first. Of a record with
 * many events its beginning and what happened last. */
static int story_collect(struct story *s, struct str id)
{
    struct own_events *own = arena_new(s->a, struct own_events);
    own->s = s;
    int err = event_read_subject(s->tx, s->a, id, 0, 1, own_event, own);
    if (err == 0)
        err = event_read_subject_last(s->tx, s->a, id, ARRAY_LEN(own->items) - 1, own_event, own);
    for (size_t i = 0; err == 0 && i < own->len; i++) {
        struct event root;
        err = story_root(s, &own->items[i], &root);
        if (err == 0)
            err = story_add(s, &root);
    }
    for (size_t i = 0; err == 0 && i < s->len; i++) {
        struct str cause = s->events[i].id;
        err = event_by_cause(s->tx, s->a, cause, STORY_MAX, story_add, s);
    }
    return err;
}

static int by_seq(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

static int64_t lag_of(const struct story *s, const struct event *e)
{
    for (size_t i = 0; i < s->len; i++) {
        if (str_eq(s->events[i].id, e->cause))
            return e->at_ms - s->events[i].at_ms;
    }
    return 0;
}

/* False, and null, where the reader may not see it. */
static bool ref_to_json(struct story *s, const char *key, struct str type, struct str id, struct buf *out)
{
    const struct type *t = meta_type(s->rs->meta, type);
    struct record *r;
    json_key(out, key);
    if (t == NULL || str_empty(id) || !record_may(s->actor, t, RIGHT_READ) ||
        record_get(s->rs, s->tx, s->actor, t, id, s->a, &r) < 0) {
        buf_add_cstr(out, "null");
        return false;
    }
    buf_add_char(out, '{');
    json_key(out, "type");
    json_write_str(out, type);
    json_key(out, "id");
    json_write_str(out, id);
    json_key(out, "number");
    json_write(out, r->values[SYS_NUMBER]);
    json_key(out, "title");
    json_write_str(out, record_title_for(r, s->actor, s->a));
    buf_add_char(out, '}');
    return true;
}

/* Of a record that the reader may not see he learns that something happened, and neither what it is nor its state. */
static void story_event_to_json(struct story *s, const struct event *e, struct str here, struct buf *out)
{
    json_comma(out);
    buf_add_char(out, '{');
    json_key(out, "id");
    json_write_str(out, e->id);
    key_str_or_null(out, "cause", e->cause);
    key_time(out, "at", e->at_ms);
    json_key(out, "lag_ms");
    buf_add_i64(out, lag_of(s, e));
    json_key(out, "type");
    json_write_str(out, e->type);
    bool seen = ref_to_json(s, "subject", e->subject_type, e->subject, out) || str_eq(e->subject, here);
    (void)ref_to_json(s, "actor", STR("user"), e->actor, out);
    json_key(out, "source");
    json_write_str(out, e->source);
    key_str_or_null(out, "transition", seen ? e->transition : STR_NULL);
    key_str_or_null(out, "state_before", seen ? e->state_before : STR_NULL);
    key_str_or_null(out, "state_after", seen ? e->state_after : STR_NULL);
    json_key(out, "here");
    buf_add_cstr(out, str_eq(e->subject, here) ? "true" : "false");
    buf_add_char(out, '}');
}

int record_story(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct type *type,
                 struct str id, struct arena *a, struct buf *out, struct problem *why)
{
    struct story s = {.rs = rs, .tx = tx, .actor = actor, .a = a, .seen = map_new(a)};
    int err = id_valid(id) ? may_read_history(rs, tx, actor, type, id) : ERR_NOT_FOUND;
    if (err == 0)
        err = story_collect(&s, id);
    if (err == 0 && s.len == 0)
        err = ERR_NOT_FOUND;
    if (err == ERR_NOT_FOUND)
        return PROBLEM(why, NO_RECORD);
    if (err < 0)
        return err;
    if (s.len > 1)
        qsort(s.events, s.len, sizeof(s.events[0]), by_seq);
    buf_add_cstr(out, "{\"events\":[");
    for (size_t i = 0; i < s.len; i++) {
        if (!str_is(s.events[i].type, "record.derived"))
            story_event_to_json(&s, &s.events[i], id, out);
    }
    buf_add_cstr(out, "]}");
    return 0;
}
