/* Records over HTTP: list, read, create, change, delete, transitions, history, context, story. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_internal.h"
#include "codec/json.h"

enum { ANSWER_BYTES_MAX = 64 << 20, KEY_LEN_MAX = 200 };

static const struct query_param *call_params(struct call *c, size_t *ret_len)
{
    struct query_param *params = arena_array(c->a, struct query_param, c->rq->params_len);
    for (size_t i = 0; i < c->rq->params_len; i++)
        params[i] = (struct query_param){.name = c->rq->params[i].name, .value = c->rq->params[i].value};
    *ret_len = c->rq->params_len;
    return params;
}

static int list_in_tx(struct db_tx *tx, void *arg)
{
    struct call *c = arg;
    const struct type *t;
    size_t len;
    CLEANUP(buf_release) struct buf out = {0};
    buf_init(&out, ANSWER_BYTES_MAX);
    int err = call_type(c, &t);
    if (err < 0)
        return err;
    const struct query_param *params = call_params(c, &len);
    err = record_list(c->api->o.records, tx, &c->actor, t, params, len, c->a, &out, &c->why);
    return err < 0 ? err : call_json(c, 200, &out);
}

int route_records_list(struct call *c)
{
    return call_read(c, list_in_tx);
}

static void set_etag(struct call *c, int64_t rev)
{
    http_set(c->rq, c->rs, "ETag", arena_fmt(c->a, "\"%lld\"", (long long)rev));
}

static int get_in_tx(struct db_tx *tx, void *arg)
{
    struct call *c = arg;
    const struct type *t;
    struct record *r;
    CLEANUP(buf_release) struct buf out = {0};
    buf_init(&out, ANSWER_BYTES_MAX);
    int err = call_type(c, &t);
    if (err < 0)
        return err;
    if (!record_may(&c->actor, t, RIGHT_READ))
        return PROBLEM(&c->why, NO_RIGHT, ARG("action", STR("read")), ARG("type", t->label.text[c->lang]));
    err = record_get(c->api->o.records, tx, &c->actor, t, c->args[1], c->a, &r);
    if (err < 0)
        return err;
    record_to_json(r, &c->actor, &out);
    err = call_json(c, 200, &out);
    set_etag(c, record_value(r, SYS_REV).i);
    return err;
}

int route_record_get(struct call *c)
{
    return call_read(c, get_in_tx);
}

/* ---- Writing ---- */

/* RFC 9110 8.8.3, without weak ones: those never are what If-Match compares. */
static bool is_entity_tag(struct str tag)
{
    bool good = tag.len >= 2 && tag.ptr[0] == '"' && tag.ptr[tag.len - 1] == '"';
    for (size_t i = 1; good && i + 1 < tag.len; i++)
        good = (unsigned char)tag.ptr[i] > 0x20 && tag.ptr[i] != '"' && tag.ptr[i] != 0x7f;
    return good;
}

/* If-Match: "3". */
static int need_revision(struct call *c, int64_t *ret)
{
    struct str tag = str_trim(http_header(c->rq, "If-Match"));
    int64_t rev;
    if (http_header(c->rq, "If-Match").ptr == NULL)
        return PROBLEM(&c->why, REVISION_NEEDED);
    if (!is_entity_tag(tag) || http_header_count(c->rq, "If-Match") != 1)
        return PROBLEM(&c->why, REVISION_SYNTAX);
    if (str_to_i64(str_sub(tag, 1, tag.len - 2), &rev) < 0 ||
        rev < 1) /* an entity tag of nobody's: it can't be the current one */
        rev = INT64_MAX;
    *ret = rev;
    return 0;
}

static int read_key(struct call *c, struct str *ret_key, struct str *ret_hash)
{
    struct str key = http_header(c->rq, "Idempotency-Key");
    if (key.ptr == NULL)
        return 0;
    bool good = key.len >= 1 && key.len <= KEY_LEN_MAX && http_header_count(c->rq, "Idempotency-Key") == 1;
    for (size_t i = 0; good && i < key.len; i++)
        good = key.ptr[i] > 0x20 && key.ptr[i] < 0x7f;
    if (!good)
        return PROBLEM(&c->why, KEY_SYNTAX);
    uint8_t hash[HASH_BYTES];
    static const uint8_t no_key[KEY_BYTES] = {0};
    hash_parts(no_key, (const struct str[]){c->rq->method, c->rq->path, c->rq->body}, 3, hash);
    *ret_key = key;
    *ret_hash = arena_str(c->a, STR_NULL);
    CLEANUP(buf_release) struct buf hex = {0};
    buf_init(&hex, sizeof(hash) * 2 + 1);
    for (size_t i = 0; i < sizeof(hash); i++)
        buf_addf(&hex, "%02x", hash[i]);
    *ret_hash = arena_str(c->a, buf_str(&hex));
    return 0;
}

/* Which record, in which revision, an answer that was kept with its key is about. */
static int read_answer(struct call *c, struct str response, struct str *ret_id, int64_t *ret_rev)
{
    struct value answer;
    int err = json_parse(c->a, response, 64, &answer, NULL);
    const struct value *id = err == 0 ? value_map_get(answer, STR("id")) : NULL;
    const struct value *rev = err == 0 ? value_map_get(answer, STR("rev")) : NULL;
    if (id == NULL || rev == NULL)
        return ERR_INTERNAL;
    *ret_id = id->s;
    *ret_rev = rev->i;
    return 0;
}

static int write_one(struct call *c, struct change *change, int status)
{
    struct write_result result = {0};
    struct plan plan = {.actor = &c->actor,
                        .mode = MODE_USER,
                        .source = c->by_cookie ? STR("web") : STR("api"),
                        .changes = change,
                        .changes_len = 1};
    int err = str_is(c->rq->method, "POST") ? read_key(c, &plan.key, &plan.key_hash) : 0;
    if (err < 0)
        return err;
    err = record_write(c->api->o.records, &plan, c->a, &result, &c->why);
    if (err < 0)
        return err;
    struct str id = result.items[0].id;
    int64_t rev = result.response_rev;
    if (result.replayed) {
        err = read_answer(c, result.response, &id, &rev);
        if (err < 0)
            return err;
    }
    http_body(c->rq, c->rs, status, "application/json", result.response);
    http_set(c->rq, c->rs, "Cache-Control", STR("no-store"));
    set_etag(c, rev);
    if (status == 201)
        http_set(c->rq, c->rs, "Location",
                 arena_fmt(c->a, "/api/v1/records/%.*s/%.*s", STR_ARG(change->type), STR_ARG(id)));
    return 0;
}

int route_records_create(struct call *c)
{
    const struct type *t;
    int err = call_type(c, &t);
    if (err < 0)
        return err;
    struct change change = {.op = CHANGE_CREATE, .type = t->name, .values = c->body};
    return write_one(c, &change, 201);
}

int route_record_update(struct call *c)
{
    const struct type *t;
    struct change change = {.op = CHANGE_UPDATE, .id = c->args[1], .values = c->body};
    int err = call_type(c, &t);
    if (err == 0)
        err = need_revision(c, &change.expected_rev);
    if (err < 0)
        return err;
    change.type = t->name;
    return write_one(c, &change, 200);
}

int route_record_transition(struct call *c)
{
    const struct type *t;
    struct change change = {.op = CHANGE_TRANSITION, .id = c->args[1], .transition = c->args[2], .values = c->body};
    int err = call_type(c, &t);
    if (err == 0 && type_transition(t, c->args[2]) == NULL)
        err = PROBLEM(&c->why, NO_TRANSITION, ARG("type", t->label.text[c->lang]),
                      ARG("transition", str_sub(c->args[2], 0, 60)));
    if (err == 0)
        err = need_revision(c, &change.expected_rev);
    if (err < 0)
        return err;
    change.type = t->name;
    return write_one(c, &change, 200);
}

int route_record_delete(struct call *c)
{
    const struct type *t;
    struct change change = {.op = CHANGE_DELETE, .id = c->args[1]};
    struct write_result result;
    int err = call_type(c, &t);
    if (err == 0)
        err = need_revision(c, &change.expected_rev);
    if (err < 0)
        return err;
    change.type = t->name;
    struct plan plan = {.actor = &c->actor,
                        .mode = MODE_USER,
                        .source = c->by_cookie ? STR("web") : STR("api"),
                        .changes = &change,
                        .changes_len = 1};
    err = record_write(c->api->o.records, &plan, c->a, &result, &c->why);
    return err < 0 ? err : call_empty(c, 204);
}

/* ---- About one record ---- */

typedef int (*about_fn)(struct records *, struct db_tx *, const struct actor *, const struct type *, struct str,
                        struct arena *, struct buf *, struct problem *);

static int about(struct call *c, struct db_tx *tx, about_fn fn)
{
    const struct type *t;
    CLEANUP(buf_release) struct buf out = {0};
    buf_init(&out, ANSWER_BYTES_MAX);
    int err = call_type(c, &t);
    if (err < 0)
        return err;
    if (!record_may(&c->actor, t, RIGHT_READ))
        return PROBLEM(&c->why, NO_RIGHT, ARG("action", STR("read")), ARG("type", t->label.text[c->lang]));
    err = fn(c->api->o.records, tx, &c->actor, t, c->args[1], c->a, &out, &c->why);
    return err < 0 ? err : call_json(c, 200, &out);
}

static int history_in_tx(struct db_tx *tx, void *arg)
{
    return about(arg, tx, record_history);
}

static int context_in_tx(struct db_tx *tx, void *arg)
{
    return about(arg, tx, record_context);
}

static int story_in_tx(struct db_tx *tx, void *arg)
{
    return about(arg, tx, record_story);
}

int route_record_history(struct call *c)
{
    return call_read(c, history_in_tx);
}

int route_record_context(struct call *c)
{
    return call_read(c, context_in_tx);
}

int route_record_story(struct call *c)
{
    return call_read(c, story_in_tx);
}

static int search_in_tx(struct db_tx *tx, void *arg)
{
    struct call *c = arg;
    const struct str *q = http_param(c->rq, "q");
    CLEANUP(buf_release) struct buf out = {0};
    buf_init(&out, ANSWER_BYTES_MAX);
    for (size_t i = 0; i < c->rq->params_len; i++) {
        if (!str_is(c->rq->params[i].name, "q"))
            (void)PROBLEM_AT(&c->why, WHERE_PARAMETER, c->rq->params[i].name, UNKNOWN_PARAMETER,
                             ARG("name", c->rq->params[i].name));
    }
    if (q == NULL)
        (void)PROBLEM_AT(&c->why, WHERE_PARAMETER, STR("q"), REQUIRED, ARG("field", STR("q")));
    else if (c->rq->params_len > 1 && c->why.items == NULL)
        (void)PROBLEM_AT(&c->why, WHERE_PARAMETER, STR("q"), REPEATED_PARAMETER, ARG("name", STR("q")));
    if (c->why.items != NULL || q == NULL)
        return PROBLEM(&c->why, QUERY_INVALID);
    int err = record_search(c->api->o.records, tx, &c->actor, *q, c->a, &out);
    return err < 0 ? err : call_json(c, 200, &out);
}

int route_search(struct call *c)
{
    return call_read(c, search_in_tx);
}
