/* The commands on data: users, tokens, connections, flows, the demo, a check-up. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "app/command.h"
#include "app/demo.h"
#include "codec/json.h"

struct str command_arg(struct value args, const char *name)
{
    const struct value *v = value_map_get(args, str_of(name));
    return v != NULL && v->kind == VALUE_STRING ? v->s : STR_NULL;
}

bool command_flag(struct value args, const char *name)
{
    const struct value *v = value_map_get(args, str_of(name));
    return v != NULL && v->kind == VALUE_BOOL && v->b;
}

struct str command_code(const struct problem *why, int err)
{
    if (why->message != MSG_NONE)
        return str_of(message_code(why->message));
    if (why->items != NULL)
        return str_of(message_code(why->items->message));
    return str_of(message_code(err == ERR_NOT_FOUND ? MSG_NO_RECORD : err == ERR_INVALID ? MSG_INVALID : MSG_INTERNAL));
}

void command_explain(const struct problem *why, int err, enum lang lang, struct buf *out)
{
    if (why->message != MSG_NONE)
        message_render(why->message, why->args, lang, out);
    else if (why->items == NULL)
        buf_addf(out, "%s (%s)", err_title(err, lang), err_name(err));
    for (const struct problem_item *i = why->items; i != NULL; i = i->next) {
        buf_addf(out, "%s%.*s: ", out->len > 0 ? "\n  " : "", STR_ARG(i->place));
        message_render(i->message, i->args, lang, out);
        buf_addf(out, " [%s]", message_code(i->message)); /* the same in every language, to look it up */
    }
}

static void key_str(struct buf *out, const char *key, struct str s)
{
    json_key(out, key);
    json_write_str(out, s);
}

static void text_answer(struct buf *out, struct str text)
{
    buf_add_char(out, '{');
    key_str(out, "text", text);
    buf_add_char(out, '}');
}

/* ---- Tokens and users ---- */

static int token_create(struct server *s, struct value args, struct arena *a, struct buf *out, struct problem *why)
{
    struct str expires = command_arg(args, "--expires"), scope = command_arg(args, "--scope"), token;
    VEC(struct str) scopes = {0};
    int64_t seconds = 0;
    if (expires.ptr != NULL && (str_to_i64(expires, &seconds) < 0 || seconds < 1 || seconds > 10LL * 366 * 86400))
        return PROBLEM(why, OUT_OF_RANGE, ARG("field", STR("--expires")), ARG("min", STR("1")),
                       ARG("max", STR("316224000")));
    while (!str_empty(scope)) {
        struct str one, verb;
        scope = str_cut(scope, ',', &one);
        (void)str_cut(one, ':', &verb);
        if (!str_is(verb, "read") && !str_is(verb, "write"))
            return PROBLEM(why, NOT_AN_OPTION, ARG("field", STR("--scope")),
                           ARG("options", STR("read, write, read:TYPE, write:TYPE")));
        vec_push(a, &scopes, one);
    }
    int err = auth_token_create(s->auth, command_arg(args, "--user"), seconds > 0 ? clock_now_ms() + seconds * 1000 : 0,
                                scopes.items, scopes.len, a, &token, why);
    if (err < 0)
        return err;
    buf_add_char(out, '{');
    key_str(out, "token", token);
    key_str(out, "text", token);
    buf_add_char(out, '}');
    return 0;
}

static int system_write(struct server *s, const struct change *change, struct arena *a, struct problem *why)
{
    struct actor system;
    struct write_result result;
    int err = server_system_actor(s, a, &system);
    if (err < 0)
        return err;
    struct plan plan = {
        .actor = &system, .mode = MODE_IMPORT, .source = STR("cli"), .changes = change, .changes_len = 1};
    return record_write(s->records, &plan, a, &result, why);
}

static int user_add(struct server *s, struct value args, struct arena *a, struct buf *out, struct problem *why)
{
    struct str name = command_arg(args, "NAME"), title = command_arg(args, "--title"),
               roles = command_arg(args, "--roles"), token;
    VEC(struct value) list = {0};
    while (!str_empty(roles)) {
        struct str one;
        roles = str_cut(roles, ',', &one);
        vec_push(a, &list, value_str(str_trim(one)));
    }
    const struct value keys[] = {value_str(STR("name")), value_str(STR("title")), value_str(STR("roles"))};
    const struct value values[] = {value_str(name), value_str(str_empty(title) ? name : title),
                                   value_list_of(a, list.items, list.len)};
    struct change change = {.op = CHANGE_CREATE,
                            .type = STR("user"),
                            .values = {.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = 3}}};
    int err = system_write(s, &change, a, why);
    if (err == 0)
        err = auth_link_create(s->auth, name, a, &token, why);
    if (err < 0)
        return err;
    buf_add_char(out, '{');
    key_str(out, "link", arena_fmt(a, "%.*s/welcome/%.*s", STR_ARG(s->address), STR_ARG(token)));
    key_str(out, "text",
            arena_fmt(a, "user %.*s made; one-time link: %.*s/welcome/%.*s", STR_ARG(name), STR_ARG(s->address),
                      STR_ARG(token)));
    buf_add_char(out, '}');
    return 0;
}

struct listing {
    struct server *s;
    struct arena *a;
    const char *type, *select;
    struct buf *out;
    struct problem *why;
};

static int list_in_tx(struct db_tx *tx, void *arg)
{
    struct listing *l = arg;
    const struct actor system = {.id = STR("system"), .admin = true};
    const struct query_param params[] = {
        {STR("select"), str_of(l->select)}, {STR("limit"), STR("200")}, {STR("order"), STR("name.asc")}};
    return record_list(l->s->records, tx, &system, meta_type(l->s->meta, str_of(l->type)), params, ARRAY_LEN(params),
                       l->a, l->out, l->why);
}

/* {"records": […], "text": a line each} */
static int list_answer(struct server *s, const char *type, const char *select, struct arena *a, struct buf *out,
                       struct problem *why)
{
    CLEANUP(buf_release) struct buf json = {0};
    CLEANUP(buf_release) struct buf text = {0};
    struct listing l = {.s = s, .a = a, .type = type, .select = select, .out = &json, .why = why};
    struct value page;
    buf_init(&json, 1 << 20);
    buf_init(&text, 1 << 20);
    int err = db_read(s->db, list_in_tx, &l);
    if (err == 0)
        err = json_parse(a, buf_str(&json), 32, &page, why);
    if (err < 0)
        return err;
    const struct value *rows = value_map_get(page, STR("records"));
    for (size_t i = 0; rows != NULL && i < rows->list.len; i++) {
        struct value row = rows->list.items[i];
        for (size_t k = 2; k < row.map.len; k++) { /* after id and rev */
            if (k > 2)
                buf_add_char(&text, '\t');
            if (row.map.values[k].kind == VALUE_STRING)
                buf_add(&text, row.map.values[k].s);
            else
                json_write(&text, row.map.values[k]);
        }
        buf_add_cstr(&text, i + 1 < rows->list.len ? "\n" : "");
    }
    buf_add_cstr(out, "{\"records\":");
    json_write(out, rows != NULL ? *rows : value_null());
    key_str(out, "text", buf_str(&text));
    buf_add_char(out, '}');
    return 0;
}

static int user_list(struct server *s, struct value args, struct arena *a, struct buf *out, struct problem *why)
{
    (void)args;
    return list_answer(s, "user", "name,title,roles,active", a, out, why);
}

static int user_link(struct server *s, struct value args, struct arena *a, struct buf *out, struct problem *why)
{
    struct str token;
    int err = auth_link_create(s->auth, command_arg(args, "NAME"), a, &token, why);
    if (err < 0)
        return err;
    struct str link = arena_fmt(a, "%.*s/welcome/%.*s", STR_ARG(s->address), STR_ARG(token));
    buf_add_char(out, '{');
    key_str(out, "link", link);
    key_str(out, "text", link);
    buf_add_char(out, '}');
    return 0;
}

static int user_password(struct server *s, struct value args, struct arena *a, struct buf *out, struct problem *why)
{
    (void)a;
    int err = auth_set_password(s->auth, command_arg(args, "NAME"), command_arg(args, "password"), why);
    if (err == 0)
        text_answer(out, STR("password set; other sessions of the user are ended"));
    return err;
}

/* ---- Connections and flows ---- */

static int connection_list(struct server *s, struct value args, struct arena *a, struct buf *out, struct problem *why)
{
    (void)args;
    return list_answer(s, "connection", "name,connector,mapping,on", a, out, why);
}

static int connection_secret(struct server *s, struct value args, struct arena *a, struct buf *out, struct problem *why)
{
    struct actor system;
    int err = server_system_actor(s, a, &system);
    if (err == 0)
        err = hub_set_secret(s->hub, &system, command_arg(args, "NAME"), command_arg(args, "secret"), why);
    if (err == 0)
        text_answer(out, STR("secret set"));
    return err;
}

static int flows_in_tx(struct db_tx *tx, void *arg)
{
    struct listing *l = arg;
    const struct actor system = {.id = STR("system"), .admin = true};
    return flows_json(l->s->flows, tx, &system, l->a, l->out);
}

static int flow_list(struct server *s, struct value args, struct arena *a, struct buf *out, struct problem *why)
{
    CLEANUP(buf_release) struct buf json = {0};
    CLEANUP(buf_release) struct buf text = {0};
    struct listing l = {.s = s, .a = a, .out = &json, .why = why};
    struct value v;
    (void)args;
    buf_init(&json, 1 << 20);
    buf_init(&text, 1 << 18);
    int err = db_read(s->db, flows_in_tx, &l);
    if (err == 0)
        err = json_parse(a, buf_str(&json), 32, &v, why);
    if (err < 0)
        return err;
    const struct value *flows = value_map_get(v, STR("flows"));
    for (size_t i = 0; flows != NULL && i < flows->list.len; i++) {
        const struct value *name = value_map_get(flows->list.items[i], STR("name")),
                           *on = value_map_get(flows->list.items[i], STR("on"));
        buf_addf(&text, "%s%.*s\t%s", i > 0 ? "\n" : "", STR_ARG(name->s), on->b ? "on" : "off");
    }
    buf_add_cstr(out, "{\"flows\":");
    json_write(out, flows != NULL ? *flows : value_null());
    key_str(out, "text", buf_str(&text));
    buf_add_char(out, '}');
    return 0;
}

static int flow_set(struct server *s, struct value args, bool on, struct arena *a, struct buf *out, struct problem *why)
{
    struct actor system;
    int err = server_system_actor(s, a, &system);
    if (err == 0)
        err = flow_switch(s->flows, &system, command_arg(args, "NAME"), on, why);
    if (err == 0)
        text_answer(out, on ? STR("switched on") : STR("switched off"));
    return err;
}

static int flow_on(struct server *s, struct value args, struct arena *a, struct buf *out, struct problem *why)
{
    return flow_set(s, args, true, a, out, why);
}

static int flow_off(struct server *s, struct value args, struct arena *a, struct buf *out, struct problem *why)
{
    return flow_set(s, args, false, a, out, why);
}

/* ---- Demo and doctor ---- */

static int demo_command(struct server *s, struct value args, struct arena *a, struct buf *out, struct problem *why)
{
    CLEANUP(buf_release) struct buf json = {0};
    struct str action = command_arg(args, "ACTION");
    buf_init(&json, 1 << 20);
    if (str_empty(action)) {
        demo_ops.list(s, &json);
        buf_addf(out, "{\"actions\":%.*s", STR_ARG(buf_str(&json)));
        key_str(out, "text", buf_str(&json));
        buf_add_char(out, '}');
        return 0;
    }
    int err = demo_run(s, action, a, &json, why);
    if (err < 0)
        return err;
    buf_addf(out, "{\"result\":%.*s", STR_ARG(buf_str(&json)));
    key_str(out, "text", buf_str(&json));
    buf_add_char(out, '}');
    return 0;
}

struct checkup {
    struct server *s;
    struct problem *why;
    int64_t events;
    struct job_counts jobs;
};

static int check_in_tx(struct db_tx *tx, void *arg)
{
    struct checkup *c = arg;
    int err = event_verify(c->s->log, tx, &c->events, c->why);
    return err < 0 ? err : job_counts(tx, &c->jobs);
}

static int doctor(struct server *s, struct value args, struct arena *a, struct buf *out, struct problem *why)
{
    struct checkup c = {.s = s, .why = why};
    (void)args;
    int err = db_check(s->db, why);
    if (err >= 0)
        err = db_read(s->db, check_in_tx, &c);
    if (err < 0)
        return err;
    buf_addf(out, "{\"database\":\"ok\",\"events_verified\":%lld,\"jobs_waiting\":%lld,\"jobs_dead\":%lld",
             (long long)c.events, (long long)c.jobs.waiting, (long long)c.jobs.dead);
    key_str(out, "text",
            arena_fmt(a, "database ok\nlog ok, %lld events verified\njobs: %lld waiting, %lld dead",
                      (long long)c.events, (long long)c.jobs.waiting, (long long)c.jobs.dead));
    buf_add_char(out, '}');
    return 0;
}

#define NEED(option, text)                                                                                             \
    {                                                                                                                  \
        .name = (option), .help = (text), .required = true                                                             \
    }
#define MAY(option, text)                                                                                              \
    {                                                                                                                  \
        .name = (option), .help = (text)                                                                               \
    }
#define STDIN(option)                                                                                                  \
    {                                                                                                                  \
        .name = (option), .help = "read from standard input", .required = true, .stdin_secret = true                   \
    }

const struct command commands[] = {
    {.words = "token create",
     .help = "Make an API token of a user; it is printed once.",
     .options = {NEED("--user", "log-in name"), MAY("--expires", "seconds until it expires"),
                 MAY("--scope", "read, write, read:TYPE, write:TYPE; by comma")},
     .run = token_create},
    {.words = "user add",
     .help = "Make a user and a one-time log-in link.",
     .options = {NEED("NAME", "log-in name"), MAY("--title", "the person's name"), MAY("--roles", "roles, by comma")},
     .run = user_add},
    {.words = "user list", .help = "List users.", .run = user_list},
    {.words = "user link",
     .help = "Make a one-time log-in link.",
     .options = {NEED("NAME", "log-in name")},
     .run = user_link},
    {.words = "user password",
     .help = "Set a password, read from standard input.",
     .options = {NEED("NAME", "log-in name"), STDIN("password")},
     .run = user_password},
    {.words = "connection list", .help = "List connections.", .run = connection_list},
    {.words = "connection secret",
     .help = "Set the webhook secret of a connection, read from standard input.",
     .options = {NEED("NAME", "name of the connection"), STDIN("secret")},
     .run = connection_secret},
    {.words = "flow list", .help = "List flows and whether they are on.", .run = flow_list},
    {.words = "flow on", .help = "Switch a flow on.", .options = {NEED("NAME", "name of the flow")}, .run = flow_on},
    {.words = "flow off", .help = "Switch a flow off.", .options = {NEED("NAME", "name of the flow")}, .run = flow_off},
    {.words = "demo",
     .help = "Do what the demo company offers; without ACTION: list it. Needs a running server.",
     .options = {MAY("ACTION", "one of the listed actions")},
     .run = demo_command},
    {.words = "doctor", .help = "Check database, log and jobs.", .run = doctor},
};
const size_t commands_len = ARRAY_LEN(commands);

int command_run(struct server *s, struct str words, struct value args, struct arena *a, struct buf *out,
                struct problem *why)
{
    for (size_t i = 0; i < commands_len; i++) {
        if (str_is(words, commands[i].words))
            return commands[i].run(s, args, a, out, why);
    }
    return PROBLEM(why, USAGE, ARG("reason", STR("there is no such command")), ARG("command", words));
}
