/* Answers: JSON bodies, problem documents in the caller's language, and small readers that every handler uses. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_internal.h"
#include "codec/json.h"

int call_json(struct call *c, int status, const struct buf *body)
{
    if (buf_failed(body))
        return ERR_INTERNAL;
    http_body(c->rq, c->rs, status, "application/json", arena_str(c->a, buf_str(body)));
    http_set(c->rq, c->rs, "Cache-Control", STR("no-store"));
    return 0;
}

int call_empty(struct call *c, int status)
{
    http_body(c->rq, c->rs, status, "application/json", STR_NULL);
    return 0;
}

/* The sentence for an error that came without one. */
static enum message default_message(int err)
{
    switch (err) {
    case ERR_NOT_FOUND:
        return MSG_NO_RECORD;
    case ERR_UNAUTHENTICATED:
        return MSG_LOGIN_REQUIRED;
    case ERR_UNAVAILABLE:
    case ERR_CONFLICT:
        return MSG_OVERLOADED;
    case ERR_DISK_FULL:
        return MSG_DISK_FULL;
    case ERR_TIMEOUT:
        return MSG_TIMEOUT;
    case ERR_INVALID:
    case ERR_EXISTS:
        return MSG_INVALID;
    case ERR_MALFORMED:
        return MSG_QUERY_INVALID;
    default:
        return MSG_INTERNAL;
    }
}

static void item_to_json(const struct problem_item *item, enum lang lang, struct buf *out)
{
    CLEANUP(buf_release) struct buf text = {0};
    buf_init(&text, 8192);
    message_render(item->message, item->args, lang, &text);
    json_comma(out);
    buf_add_char(out, '{');
    json_key(out, item->where == WHERE_PARAMETER ? "parameter" : item->where == WHERE_FILE ? "file" : "pointer");
    json_write_str(out, item->place);
    json_key(out, "code");
    json_write_str(out, str_of(message_code(item->message)));
    json_key(out, "detail");
    json_write_str(out, buf_str(&text));
    buf_add_char(out, '}');
}

static void problem_to_json(struct call *c, int err, enum message m, const struct problem_arg *args, struct buf *out)
{
    CLEANUP(buf_release) struct buf text = {0};
    struct id instance;
    id_new(&instance);
    const struct problem_arg internal[] = {ARG("instance", str_of(instance.text)), {.name = NULL}};
    if (m == MSG_INTERNAL)
        args = internal;
    buf_init(&text, 8192);
    message_render(m, args, c->lang, &text);
    buf_addf(out, "{\"type\":\"/problems/%s\"", message_code(m));
    json_key(out, "title");
    json_write_str(out, str_of(err_title(err, c->lang)));
    json_key(out, "status");
    buf_add_i64(out, err_http_status(err));
    json_key(out, "detail");
    json_write_str(out, buf_str(&text));
    json_key(out, "code");
    json_write_str(out, str_of(message_code(m)));
    buf_addf(out, ",\"instance\":\"urn:uuid:%s\"", instance.text);
    json_key(out, "errors");
    buf_add_char(out, '[');
    for (const struct problem_item *item = c->why.items; item != NULL; item = item->next)
        item_to_json(item, c->lang, out);
    buf_add_cstr(out, "]}");
    if (err_http_status(err) == 500)
        LOG(ERROR, "request failed", ARG("instance", str_of(instance.text)), ARG("error", str_of(err_name(err))),
            ARG("route", c->route != NULL ? str_of(c->route->path) : STR("-"))); /* an address may hold a secret */
}

void call_problem(struct call *c, int err)
{
    CLEANUP(buf_release) struct buf body = {0};
    enum message m = c->why.message;
    const struct problem_arg *args = c->why.args;
    buf_init(&body, 1 << 18);
    if (m != MSG_NONE)
        err = message_err(m);
    else {
        m = default_message(err);
        args = NULL;
        if (err == ERR_CONFLICT || m == MSG_INTERNAL || err == ERR_EXISTS || m == MSG_OVERLOADED)
            err = message_err(m);
    }
    problem_to_json(c, err, m, args, &body);
    c->rs->headers_len = 0;
    http_body(c->rq, c->rs, err_http_status(err), "application/problem+json", arena_str(c->a, buf_str(&body)));
    http_set(c->rq, c->rs, "Content-Language", c->lang == LANG_ZH ? STR("zh-CN") : STR("en"));
    http_set(c->rq, c->rs, "Cache-Control", STR("no-store"));
    if (err == ERR_UNAUTHENTICATED)
        http_set(c->rq, c->rs, "WWW-Authenticate", STR("Bearer realm=\"tandem\""));
    if (err == ERR_UNAVAILABLE || err == ERR_TOO_MANY || err == ERR_TIMEOUT || m == MSG_KEY_BUSY)
        http_set(c->rq, c->rs, "Retry-After", err == ERR_TOO_MANY ? STR("60") : STR("2"));
}

struct read_call {
    struct call *c;
    db_fn fn;
};

static int read_in_tx(struct db_tx *tx, void *arg)
{
    struct read_call *r = arg;
    return r->fn(tx, r->c);
}

int call_read(struct call *c, db_fn fn)
{
    struct read_call r = {.c = c, .fn = fn};
    return db_read(c->api->db, read_in_tx, &r);
}

int call_type(struct call *c, const struct type **ret)
{
    const struct type *t = meta_type(c->api->meta, c->args[0]);
    if (t == NULL || t->part_of != NULL)
        return PROBLEM(&c->why, NO_TYPE, ARG("type", str_sub(c->args[0], 0, 60)));
    *ret = t;
    return 0;
}

int call_members(struct call *c, const char *const *names, size_t len)
{
    for (size_t i = 0; c->body.kind == VALUE_MAP && i < c->body.map.len; i++) {
        struct str name = c->body.map.keys[i].s;
        size_t k = 0;
        while (k < len && !str_is(name, names[k]))
            k++;
        if (k == len)
            (void)PROBLEM_AT(&c->why, WHERE_POINTER, arena_fmt(c->a, "/%.*s", STR_ARG(name)), UNKNOWN_FIELD,
                             ARG("type", str_of(c->route->operation)), ARG("field", str_sub(name, 0, 60)));
    }
    return c->why.items != NULL ? PROBLEM(&c->why, INVALID) : 0;
}

int call_no_params(struct call *c)
{
    for (size_t i = 0; i < c->rq->params_len; i++)
        (void)PROBLEM_AT(&c->why, WHERE_PARAMETER, c->rq->params[i].name, UNKNOWN_PARAMETER,
                         ARG("name", c->rq->params[i].name));
    return c->rq->params_len > 0 ? PROBLEM(&c->why, QUERY_INVALID) : 0;
}

int call_text(struct call *c, const char *name, bool required, struct str *ret)
{
    const struct value *v = value_map_get(c->body, str_of(name));
    struct str pointer = arena_fmt(c->a, "/%s", name);
    if (v == NULL || v->kind == VALUE_NULL) {
        if (!required)
            return 0;
        (void)PROBLEM_AT(&c->why, WHERE_POINTER, pointer, REQUIRED, ARG("field", str_of(name)));
        return PROBLEM(&c->why, INVALID);
    }
    if (v->kind != VALUE_STRING) {
        (void)PROBLEM_AT(&c->why, WHERE_POINTER, pointer, WRONG_TYPE, ARG("field", str_of(name)),
                         ARG("expected", STR("text")));
        return PROBLEM(&c->why, INVALID);
    }
    *ret = v->s;
    return 0;
}

/* The better of zh and en in Accept-Language (RFC 9110 12.5.4); the fallback where it names neither. */
enum lang call_language(const struct http_request *rq, enum lang fallback)
{
    struct str rest = http_header(rq, "Accept-Language");
    enum lang best = fallback;
    double best_q = 0;
    while (!str_empty(rest)) {
        struct str item, tag;
        double q = 1;
        rest = str_cut(rest, ',', &item);
        struct str weight = str_trim(str_cut(item, ';', &tag));
        tag = str_trim(tag);
        if (str_starts(weight, STR("q=")) && str_to_double(str_sub(weight, 2, weight.len), &q) < 0)
            q = 0;
        bool zh = tag.len >= 2 && str_eq_nocase(str_sub(tag, 0, 2), STR("zh"));
        bool en = tag.len >= 2 && str_eq_nocase(str_sub(tag, 0, 2), STR("en"));
        if ((zh || en) && q > best_q) {
            best = zh ? LANG_ZH : LANG_EN;
            best_q = q;
        }
    }
    return best;
}
