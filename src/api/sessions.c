/* Log-in, log-out and the session of the web interface. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api/api_internal.h"
#include "codec/json.h"

enum { SESSION_BYTES_MAX = 65536 };

/* "localhost:8080", "127.0.0.1", "[::1]:80" */
static bool is_local_host(struct str host)
{
    size_t colon = str_rfind_char(host, ':');
    bool port = colon != SIZE_MAX && str_find_char(str_sub(host, colon, host.len), ']') == SIZE_MAX;
    struct str name = port ? str_sub(host, 0, colon) : host;
    bool digits = name.len > 4;
    for (size_t i = 0; i < name.len; i++)
        digits = digits && ((name.ptr[i] >= '0' && name.ptr[i] <= '9') || name.ptr[i] == '.');
    return str_eq_nocase(name, STR("localhost")) || str_is(name, "[::1]") || (digits && str_starts(name, STR("127.")));
}

/* A proxy on this machine has a loopback address too, and the whole world behind it; and a foreign page can give its
 * own name the address of this machine (DNS rebinding). Both show in the header. */
bool call_is_local(const struct call *c)
{
    static const char *const forwarded[] = {"Forwarded",         "Via",      "X-Forwarded-For", "X-Forwarded-Host",
                                            "X-Forwarded-Proto", "X-Real-IP"};
    for (size_t i = 0; i < ARRAY_LEN(forwarded); i++) {
        if (http_header_count(c->rq, forwarded[i]) > 0)
            return false;
    }
    return c->rq->loopback && is_local_host(http_header(c->rq, "Host"));
}

static bool demo_allowed(const struct call *c)
{
    return c->api->o.demo && call_is_local(c);
}

/* The people of the demo company that one click logs in: users with the field `demo_login`, in the order of their
 * names. */
static int demo_logins(struct call *c, struct db_tx *tx, struct buf *out)
{
    const struct type *user = meta_type(c->api->meta, STR("user"));
    const struct query_param params[] = {{STR("demo_login"), STR("is.true")},
                                         {STR("order"), STR("demo_order.asc")},
                                         {STR("select"), STR("name,title,demo_role_en,demo_role_zh")},
                                         {STR("count"), STR("none")}};
    const struct actor system = {.id = STR("system"), .admin = true};
    CLEANUP(buf_release) struct buf json = {0};
    struct value page;
    buf_init(&json, SESSION_BYTES_MAX);
    int err = record_list(c->api->o.records, tx, &system, user, params, ARRAY_LEN(params), c->a, &json, &c->why);
    if (err == 0)
        err = json_parse(c->a, buf_str(&json), 16, &page, NULL);
    const struct value *rows = err == 0 ? value_map_get(page, STR("records")) : NULL;
    for (size_t i = 0; rows != NULL && i < rows->list.len; i++) {
        struct value row = rows->list.items[i];
        const char *const keys[] = {"name", "title", "demo_role_en", "demo_role_zh"};
        struct str text[4] = {{0}};
        for (size_t k = 0; k < 4; k++) {
            const struct value *v = value_map_get(row, str_of(keys[k]));
            text[k] = v != NULL && v->kind == VALUE_STRING ? v->s : STR("");
        }
        json_comma(out);
        buf_add_cstr(out, "{\"name\":");
        json_write_str(out, text[0]);
        buf_add_cstr(out, ",\"label\":{\"en\":");
        json_write_str(out, text[1]);
        buf_add_cstr(out, ",\"zh\":");
        json_write_str(out, text[1]);
        buf_add_cstr(out, "},\"role\":{\"en\":");
        json_write_str(out, text[2]);
        buf_add_cstr(out, ",\"zh\":");
        json_write_str(out, text[3]);
        buf_add_cstr(out, "}}");
    }
    return err;
}

/* The name over the log-in form: of the first company. */
static int company_name(struct call *c, struct db_tx *tx, struct buf *out)
{
    const struct query_param params[] = {{STR("order"), STR("created_at.asc")},
                                         {STR("limit"), STR("1")},
                                         {STR("select"), STR("title")},
                                         {STR("count"), STR("none")}};
    const struct actor system = {.id = STR("system"), .admin = true};
    CLEANUP(buf_release) struct buf json = {0};
    struct value page;
    buf_init(&json, SESSION_BYTES_MAX);
    int err = record_list(c->api->o.records, tx, &system, meta_type(c->api->meta, STR("company")), params,
                          ARRAY_LEN(params), c->a, &json, &c->why);
    if (err == 0)
        err = json_parse(c->a, buf_str(&json), 16, &page, NULL);
    const struct value *title = err == 0 ? json_pointer(&page, STR("/records/0/title")) : NULL;
    json_key(out, "company");
    json_write(out, title != NULL ? *title : value_null());
    return err;
}

static int login_page_in_tx(struct db_tx *tx, void *arg)
{
    struct call *c = arg;
    int err = 0;
    CLEANUP(buf_release) struct buf out = {0};
    buf_init(&out, SESSION_BYTES_MAX);
    buf_add_cstr(&out, "{\"demo_logins\":[");
    if (demo_allowed(c))
        err = demo_logins(c, tx, &out);
    buf_add_char(&out, ']');
    if (err == 0)
        err = company_name(c, tx, &out);
    buf_add_char(&out, '}');
    return err < 0 ? err : call_json(c, 200, &out);
}

int route_login_page(struct call *c)
{
    return call_read(c, login_page_in_tx);
}

static void set_cookie(struct call *c, struct str value, int64_t max_age_s)
{
    struct str cookie =
        c->api->o.tls ? arena_fmt(c->a, "__Host-tandem=%.*s; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=%lld",
                                  STR_ARG(value), (long long)max_age_s)
                      : arena_fmt(c->a, "tandem=%.*s; Path=/; HttpOnly; SameSite=Lax; Max-Age=%lld", STR_ARG(value),
                                  (long long)max_age_s);
    http_set(c->rq, c->rs, "Set-Cookie", cookie);
}

static void key_text(struct buf *out, const char *key, struct value v)
{
    json_key(out, key);
    json_write(out, v.kind == VALUE_STRING ? v : value_null());
}

static struct value record_text(const struct record *r, const char *name)
{
    const struct field *f = type_field(r->type, str_of(name));
    return f != NULL ? r->values[f->index] : value_null();
}

static int company_to_json(struct call *c, struct db_tx *tx, struct buf *out)
{
    struct record *company;
    const struct type *t = meta_type(c->api->meta, STR("company"));
    json_key(out, "company");
    int err = record_get(c->api->o.records, tx, NULL, t, c->actor.company, c->a, &company);
    if (err < 0) {
        buf_add_cstr(out, "null");
        return err == ERR_NOT_FOUND ? 0 : err;
    }
    buf_add_char(out, '{');
    key_text(out, "id", record_value(company, SYS_ID));
    key_text(out, "title", record_text(company, "title"));
    key_text(out, "currency", record_text(company, "currency"));
    key_text(out, "time_zone", record_text(company, "time_zone"));
    buf_add_char(out, '}');
    return 0;
}

static int unread_count(struct call *c, struct db_tx *tx, int64_t *ret)
{
    const struct type *t = meta_type(c->api->meta, STR("notification"));
    const struct query_param params[] = {{STR("read"), STR("is.false")},
                                         {STR("to"), arena_fmt(c->a, "eq.%.*s", STR_ARG(c->actor.id))}};
    *ret = 0;
    if (t == NULL || !record_may(&c->actor, t, RIGHT_READ))
        return 0;
    return record_count(c->api->o.records, tx, &c->actor, t, params, ARRAY_LEN(params), c->a, ret, &c->why);
}

static int session_in_tx(struct db_tx *tx, void *arg)
{
    struct call *c = arg;
    struct record *user;
    int64_t unread;
    CLEANUP(buf_release) struct buf out = {0};
    buf_init(&out, SESSION_BYTES_MAX);
    int err = record_get(c->api->o.records, tx, NULL, meta_type(c->api->meta, STR("user")), c->actor.id, c->a, &user);
    if (err < 0)
        return err;
    buf_add_cstr(&out, "{\"user\":{");
    key_text(&out, "id", value_str(c->actor.id));
    key_text(&out, "name", value_str(c->actor.name));
    key_text(&out, "title", value_str(c->actor.title));
    key_text(&out, "employee", str_empty(c->actor.employee) ? value_null() : value_str(c->actor.employee));
    json_key(&out, "roles");
    json_write(&out, record_text(user, "roles").kind == VALUE_LIST ? record_text(user, "roles")
                                                                   : value_list_of(c->a, NULL, 0));
    buf_add_char(&out, '}');
    err = company_to_json(c, tx, &out);
    key_text(&out, "csrf", c->by_cookie ? value_str(c->session.csrf) : value_null());
    key_text(&out, "lang", record_text(user, "lang"));
    key_text(&out, "theme", record_text(user, "theme"));
    json_key(&out, "demo");
    buf_add_cstr(&out, c->api->o.demo ? "true" : "false");
    if (err == 0)
        err = unread_count(c, tx, &unread);
    json_key(&out, "unread");
    buf_add_i64(&out, err == 0 ? unread : 0);
    buf_add_char(&out, '}');
    return err < 0 ? err : call_json(c, 200, &out);
}

int route_session(struct call *c)
{
    return call_read(c, session_in_tx);
}

/* After a log-in: the cookie, and the session as GET /api/v1/session would show it. */
static int logged_in(struct call *c)
{
    c->actor = c->session.actor;
    c->actor.lang = c->lang;
    c->by_cookie = true;
    int err = call_read(c, session_in_tx);
    if (err == 0)
        set_cookie(c, c->session.cookie, SESSION_LIFE_MS / 1000);
    return err;
}

int route_login(struct call *c)
{
    struct str name, password;
    static const char *const members[] = {"name", "password"};
    int err = call_members(c, members, ARRAY_LEN(members));
    if (err == 0)
        err = call_text(c, "name", true, &name);
    if (err == 0)
        err = call_text(c, "password", true, &password);
    if (err == 0)
        err = auth_login(c->api->o.auth, name, password, c->rq->address, c->a, &c->session, &c->why);
    return err < 0 ? err : logged_in(c);
}

static int is_demo_login(struct db_tx *tx, void *arg)
{
    struct call *c = arg;
    struct str name = STR_NULL;
    int64_t count = 0;
    int err = call_text(c, "name", true, &name);
    if (err < 0)
        return err;
    CLEANUP(buf_release) struct buf quoted = {0};
    buf_init(&quoted, 4096);
    json_write_str(&quoted, name);
    const struct query_param params[] = {{STR("demo_login"), STR("is.true")},
                                         {STR("name"), arena_fmt(c->a, "eq.%.*s", STR_ARG(buf_str(&quoted)))}};
    const struct actor system = {.id = STR("system"), .admin = true};
    err = record_count(c->api->o.records, tx, &system, meta_type(c->api->meta, STR("user")), params, 2, c->a, &count,
                       &c->why);
    if (err == 0 && count != 1)
        err = PROBLEM(&c->why, BAD_PASSWORD);
    return err;
}

int route_login_demo(struct call *c)
{
    struct str name;
    if (!demo_allowed(c))
        return PROBLEM(&c->why, LOOPBACK_ONLY);
    static const char *const members[] = {"name"};
    int err = call_members(c, members, ARRAY_LEN(members));
    if (err == 0)
        err = call_text(c, "name", true, &name);
    if (err == 0)
        err = call_read(c, is_demo_login);
    if (err == 0)
        err = auth_login_as(c->api->o.auth, name, c->a, &c->session, &c->why);
    return err < 0 ? err : logged_in(c);
}

int route_login_link(struct call *c)
{
    struct str token, password;
    static const char *const members[] = {"token", "password"};
    int err = call_members(c, members, ARRAY_LEN(members));
    if (err == 0)
        err = call_text(c, "token", true, &token);
    if (err == 0)
        err = call_text(c, "password", true, &password);
    if (err == 0)
        err = auth_link_use(c->api->o.auth, token, password, c->a, &c->session, &c->why);
    return err < 0 ? err : logged_in(c);
}

int route_logout(struct call *c)
{
    int err = c->by_cookie ? auth_logout(c->api->o.auth, c->session.cookie) : 0;
    if (err < 0)
        return err;
    err = call_empty(c, 204);
    set_cookie(c, STR(""), 0);
    return err;
}

int route_session_update(struct call *c)
{
    struct str lang = STR_NULL, theme = STR_NULL;
    static const char *const members[] = {"lang", "theme"};
    int err = call_members(c, members, ARRAY_LEN(members));
    if (err == 0)
        err = call_text(c, "lang", false, &lang);
    if (err == 0)
        err = call_text(c, "theme", false, &theme);
    if (err == 0)
        err = auth_set_preferences(c->api->o.auth, &c->actor, lang, theme, &c->why);
    return err < 0 ? err : call_empty(c, 204);
}
