/* From a request to its handler: route, credential, body; and what is refused on the way. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "api/api_internal.h"
#include "codec/json.h"
#include "codec/text.h"

int api_open(const struct api_options *o, struct api **ret, struct problem *why)
{
    (void)why;
    struct api *api = xcalloc(1, sizeof(*api));
    api->o = *o;
    api->meta = records_meta(o->records);
    api->db = records_db(o->records);
    arena_init(&api->arena);
    int err = streams_open(api, &api->streams);
    if (err < 0) {
        arena_release(&api->arena);
        free(api);
        return err;
    }
    CLEANUP(buf_release) struct buf text = {0};
    buf_init(&text, 16 << 20);
    openapi_write(api, &text);
    api->openapi = arena_str(&api->arena, buf_str(&text));
    *ret = api;
    return 0;
}

void api_stop_streams(struct api *api)
{
    streams_stop(api->streams);
}

struct api *api_free(struct api *api)
{
    if (api != NULL) {
        streams_free(api->streams);
        arena_release(&api->arena);
        free(api);
    }
    return NULL;
}

void api_set_stopping(struct api *api)
{
    __atomic_store_n(&api->stopping, true, __ATOMIC_RELEASE);
}

void api_openapi(struct api *api, struct buf *out)
{
    buf_add(out, api->openapi);
}

/* ---- Routes ---- */

/* Fits a path to a pattern, segment by segment; puts the raw text of each {name} into args. */
static bool path_fits(struct str path, struct str pattern, struct str args[CALL_ARGS_MAX])
{
    size_t n = 0;
    while (path.ptr != NULL && pattern.ptr != NULL) {
        struct str have, want;
        path = str_cut(path, '/', &have);
        pattern = str_cut(pattern, '/', &want);
        if (want.len > 0 && want.ptr[0] == '{') {
            if (str_empty(have) || n == CALL_ARGS_MAX)
                return false;
            args[n++] = have;
        } else if (!str_eq(have, want))
            return false;
    }
    return path.ptr == NULL && pattern.ptr == NULL;
}

static const struct route *find_route(struct str method, struct str path, struct str args[CALL_ARGS_MAX],
                                      struct buf *allow)
{
    for (size_t i = 0; i < api_routes_len; i++) {
        const struct route *r = &api_routes[i];
        if (!path_fits(path, str_of(r->path), args))
            continue;
        if (str_is(method, r->method))
            return r;
        if (allow != NULL)
            buf_addf(allow, "%s%s%s", allow->len > 0 ? ", " : "", r->method,
                     str_is(str_of(r->method), "GET") ? ", HEAD" : "");
    }
    return NULL;
}

size_t api_body_bytes_max(void *ctx, struct str method, struct str path)
{
    struct str args[CALL_ARGS_MAX];
    (void)ctx;
    const struct route *r = find_route(method, path, args, NULL);
    if (r != NULL && (r->flags & ROUTE_RAW))
        return HOOK_BODY_BYTES_MAX;
    return HTTP_BODY_BYTES_MAX;
}

/* ---- Credential ---- */

struct credential {
    struct call *c;
    struct str token, cookie;
};

static int read_credential(struct db_tx *tx, void *arg)
{
    struct credential *cr = arg;
    struct call *c = cr->c;
    if (!str_empty(cr->token))
        return auth_by_token(c->api->o.auth, tx, cr->token, c->a, &c->actor, &c->why);
    int err = auth_by_session(c->api->o.auth, tx, cr->cookie, c->a, &c->session, &c->why);
    if (err == 0) {
        c->actor = c->session.actor;
        c->by_cookie = true;
    }
    return err;
}

/* The page that sent it is ours: the same host, and the token that only our page can read. */
static int check_csrf(struct call *c)
{
    struct str origin = http_header(c->rq, "Origin");
    struct str host = http_header(c->rq, "Host");
    if (origin.ptr != NULL) {
        size_t at = str_find(origin, STR("://"), 0);
        if (at == SIZE_MAX || !str_eq_nocase(str_sub(origin, at + 3, origin.len), host))
            return PROBLEM(&c->why, CSRF);
    }
    if (!equal_constant_time(http_header(c->rq, "X-CSRF-Token"), c->session.csrf))
        return PROBLEM(&c->why, CSRF);
    return 0;
}

static int authenticate(struct call *c)
{
    struct str header = http_header(c->rq, "Authorization");
    struct credential cr = {.c = c};
    if (header.ptr != NULL) {
        struct str scheme;
        struct str rest = str_trim(str_cut(header, ' ', &scheme));
        if (!str_eq_nocase(scheme, STR("Bearer")) || str_empty(rest))
            return PROBLEM(&c->why, BAD_CREDENTIAL);
        cr.token = rest;
    } else
        cr.cookie = http_cookie(c->rq, c->api->o.tls ? "__Host-tandem" : "tandem");
    if (str_empty(cr.token) && str_empty(cr.cookie))
        return PROBLEM(&c->why, LOGIN_REQUIRED);
    int err = db_read(c->api->db, read_credential, &cr);
    if (err < 0)
        return err;
    c->credential = c->by_cookie ? cr.cookie : cr.token;
    if (c->by_cookie && !str_is(c->rq->method, "GET"))
        err = check_csrf(c);
    c->lang = call_language(c->rq, c->actor.lang);
    c->actor.lang = c->lang;
    return err;
}

/* ---- Body ---- */

static bool is_json_type(struct str type)
{
    struct str head;
    (void)str_cut(type, ';', &head);
    return str_eq_nocase(str_trim(head), STR("application/json"));
}

static int read_body(struct call *c)
{
    int flags = c->route->flags;
    if (flags & ROUTE_RAW)
        return 0;
    if (!(flags & (ROUTE_BODY | ROUTE_BODY_MAY)))
        return 0;
    if (c->rq->body.len == 0 && (flags & ROUTE_BODY_MAY))
        return 0;
    if (!is_json_type(http_header(c->rq, "Content-Type")))
        return PROBLEM(&c->why, MEDIA_TYPE);
    if (c->rq->body.len == 0)
        return PROBLEM(&c->why, BODY_MISSING);
    int err = json_parse(c->a, c->rq->body, JSON_DEPTH_MAX, &c->body, &c->why);
    if (err < 0)
        return err;
    return c->body.kind == VALUE_MAP ? 0 : PROBLEM(&c->why, JSON_NOT_OBJECT);
}

static int decode_args(struct call *c)
{
    for (size_t i = 0; i < CALL_ARGS_MAX; i++) {
        if (c->args[i].ptr != NULL && url_decode(c->a, c->args[i], false, &c->args[i]) < 0)
            return PROBLEM(&c->why, ENCODING);
    }
    return 0;
}

static int run_route(struct call *c)
{
    int err = decode_args(c);
    if (err == 0 && !(c->route->flags & ROUTE_PUBLIC))
        err = authenticate(c);
    if (err == 0 && (c->route->flags & ROUTE_ADMIN) && !c->actor.admin &&
        !actor_has_role(&c->actor, STR("process_engineer")))
        err = PROBLEM(&c->why, NO_RIGHT, ARG("action", str_of(c->route->operation)), ARG("type", STR("integration")));
    if (err == 0 && (c->route->flags & ROUTE_ADMIN) && c->actor.scopes_len > 0)
        err = PROBLEM(&c->why, NO_SCOPE, ARG("action", str_of(c->route->operation)));
    if (err == 0 && !(c->route->flags & (ROUTE_PUBLIC | ROUTE_QUERY)))
        err = call_no_params(c);
    if (err == 0)
        err = read_body(c);
    if (err == 0)
        err = c->route->fn(c);
    return err;
}

/* No route: another method's address, a page of the web interface, or nothing. */
static int no_route(struct call *c, const struct buf *allow)
{
    if (allow->len > 0) {
        struct str methods = arena_str(c->a, buf_str(allow));
        (void)PROBLEM(&c->why, METHOD, ARG("allow", methods));
        call_problem(c, ERR_METHOD);
        http_set(c->rq, c->rs, "Allow", methods);
        return 0;
    }
    bool ours = str_starts(c->rq->path, STR("/api/")) || str_starts(c->rq->path, STR("/hooks/")) ||
                str_is(c->rq->path, "/hooks");
    if (!ours && web_answer(c))
        return 0;
    return PROBLEM(&c->why, NO_ROUTE);
}

void api_handle(void *ctx, struct http_request *rq, struct http_response *rs)
{
    struct call c = {.api = ctx, .rq = rq, .rs = rs, .a = rq->arena};
    CLEANUP(buf_release) struct buf allow = {0};
    buf_init(&allow, 1000);
    problem_init(&c.why, c.a);
    c.lang = call_language(rq, LANG_EN);
    c.route = find_route(rq->method, rq->path, c.args, &allow);
    int err = c.route != NULL ? run_route(&c) : no_route(&c, &allow);
    if (err < 0)
        call_problem(&c, err);
}

void api_refuse(void *ctx, struct http_request *rq, int err, enum message m, struct http_response *rs)
{
    struct call c = {.api = ctx, .rq = rq, .rs = rs, .a = rq->arena};
    problem_init(&c.why, c.a);
    c.lang = call_language(rq, LANG_EN);
    const struct problem_arg args[] = {
        ARG("max", arena_fmt(c.a, "%zu",
                             m == MSG_HEADER_TOO_LARGE ? (size_t)HTTP_HEADER_BYTES_MAX
                             : m == MSG_URI_TOO_LONG   ? (size_t)HTTP_URI_BYTES_MAX
                                                       : api_body_bytes_max(ctx, rq->method, rq->path))),
        ARG("reason", STR("header fields")),
        ARG("allow", STR("GET, POST, PATCH, DELETE")),
        {.name = NULL}};
    if (m != MSG_NONE)
        (void)problem_set(&c.why, m, args);
    call_problem(&c, err);
}
