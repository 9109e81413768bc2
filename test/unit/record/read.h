/*
 * Asking as somebody: lists, counts, pages, histories, searches, and what they refuse.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_TEST_UNIT_RECORD_READ_H
#define TANDEM_TEST_UNIT_RECORD_READ_H

#include "unit/record/claims.h"

enum door { DOOR_LIST, DOOR_COUNT, DOOR_GET, DOOR_CONTEXT, DOOR_HISTORY, DOOR_STORY, DOOR_SEARCH };

struct ask {
    struct world *w;
    enum door door;
    const struct actor *who;
    const struct type *type;
    struct str id, text;
    struct query_param params[16];
    size_t len;
    int64_t count;
    struct value answer;
    struct problem why;
};

static inline int ask_in(struct db_tx *tx, void *arg)
{
    struct ask *q = arg;
    struct world *w = q->w;
    CLEANUP(buf_release) struct buf out = {0};
    struct record *r;
    int err = 0;
    buf_init(&out, 4 << 20);
    switch (q->door) {
    case DOOR_LIST:
        err = record_list(w->rs, tx, q->who, q->type, q->params, q->len, &w->a, &out, &q->why);
        break;
    case DOOR_COUNT:
        return record_count(w->rs, tx, q->who, q->type, q->params, q->len, &w->a, &q->count, &q->why);
    case DOOR_GET:
        err = record_get(w->rs, tx, q->who, q->type, q->id, &w->a, &r);
        if (err == 0)
            record_to_json(r, q->who, &out);
        break;
    case DOOR_CONTEXT:
        err = record_context(w->rs, tx, q->who, q->type, q->id, &w->a, &out, &q->why);
        break;
    case DOOR_HISTORY:
        err = record_history(w->rs, tx, q->who, q->type, q->id, &w->a, &out, &q->why);
        break;
    case DOOR_STORY:
        err = record_story(w->rs, tx, q->who, q->type, q->id, &w->a, &out, &q->why);
        break;
    case DOOR_SEARCH:
        err = record_search(w->rs, tx, q->who, q->text, &w->a, &out);
        break;
    }
    if (err < 0)
        return err;
    if (json_parse(&w->a, buf_str(&out), JSON_DEPTH_MAX, &q->answer, NULL) < 0)
        fail_msg("not JSON: %.*s", STR_ARG(buf_str(&out)));
    return 0;
}

/* "limit=2&order=due.asc" as parameters. */
static inline struct ask ask_new(struct world *w, enum door door, const struct actor *who, const char *type,
                                 const char *query)
{
    struct ask q = {.w = w, .door = door, .who = who, .type = type ? meta_type(w->meta, str_of(type)) : NULL};
    struct str rest = query != NULL ? str_of(query) : STR_NULL;
    problem_init(&q.why, &w->a);
    while (!str_empty(rest)) {
        struct str item;
        rest = str_cut(rest, '&', &item);
        assert_true(q.len < ARRAY_LEN(q.params));
        q.params[q.len].value = str_cut(item, '=', &q.params[q.len].name);
        q.len++;
    }
    return q;
}

UNUSED static struct value list_as(struct world *w, const struct actor *who, const char *type, const char *query)
{
    struct ask q = ask_new(w, DOOR_LIST, who, type, query);
    if (db_read(w->db, ask_in, &q) < 0)
        fail_msg("%s?%s: %s", type, query ? query : "", problem_text(w, &q.why));
    return q.answer;
}

UNUSED static int64_t count_as(struct world *w, const struct actor *who, const char *type, const char *query)
{
    struct ask q = ask_new(w, DOOR_COUNT, who, type, query);
    if (db_read(w->db, ask_in, &q) < 0)
        fail_msg("%s?%s: %s", type, query ? query : "", problem_text(w, &q.why));
    return q.count;
}

/* The answer of a record's page, or the error. */
UNUSED static int page_as(struct world *w, enum door door, const struct actor *who, const char *type, struct str id,
                          struct value *ret)
{
    struct ask q = ask_new(w, door, who, type, NULL);
    q.id = id;
    int err = db_read(w->db, ask_in, &q);
    if (err >= 0 && ret != NULL)
        *ret = q.answer;
    return err;
}

UNUSED static struct value page_of(struct world *w, enum door door, const struct actor *who, const char *type,
                                   struct str id)
{
    struct value v;
    int err = page_as(w, door, who, type, id, &v);
    if (err < 0)
        fail_msg("%s %.*s: %s", type, STR_ARG(id), err_name(err));
    return v;
}

UNUSED static struct value search_as(struct world *w, const struct actor *who, const char *text)
{
    struct ask q = ask_new(w, DOOR_SEARCH, who, NULL, NULL);
    q.text = str_of(text);
    assert_return_code(db_read(w->db, ask_in, &q), 0);
    return q.answer;
}

UNUSED static void list_refused(struct world *w, const struct actor *who, const char *type, const char *query,
                                const char *code, const char *parameter)
{
    struct ask q = ask_new(w, DOOR_LIST, who, type, query);
    int err = db_read(w->db, ask_in, &q);
    if (err != ERR_MALFORMED)
        fail_msg("%s?%s was not refused as malformed but %s", type, query, err_name(err));
    assert_int_equal(q.why.message, MSG_QUERY_INVALID);
    refused_at(w, &q.why, code, parameter);
    for (const struct problem_item *i = q.why.items; i != NULL; i = i->next)
        assert_int_equal(i->where, WHERE_PARAMETER);
}

UNUSED static const char *json_of(struct world *w, struct value v)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 4 << 20);
    json_write(&b, v);
    return arena_cstr(&w->a, buf_str(&b));
}

/* What stands under a pointer, as JSON; "-" where nothing does. */
UNUSED static const char *at(struct world *w, struct value v, const char *pointer)
{
    const struct value *p = json_pointer(&v, str_of(pointer));
    return p != NULL ? json_of(w, *p) : "-";
}

/* One text field of all records of a list, in order, with a space between. */
UNUSED static const char *column(struct world *w, struct value list, const char *field)
{
    CLEANUP(buf_release) struct buf b = {0};
    const struct value *records = value_map_get(list, STR("records"));
    if (records == NULL)
        records = value_map_get(list, STR("results"));
    buf_init(&b, 1 << 20);
    assert_non_null(records);
    for (size_t i = 0; i < records->list.len; i++) {
        const struct value *v = value_map_get(records->list.items[i], str_of(field));
        assert_non_null(v);
        (void)buf_addf(&b, "%s", i > 0 ? " " : "");
        if (v->kind == VALUE_STRING)
            (void)buf_add(&b, v->s);
        else
            json_write(&b, *v);
    }
    return arena_cstr(&w->a, buf_str(&b));
}

#endif
