/* `tandem init`: a data folder with a company, its administrator, and perhaps the demo company; and taking that away
 * again. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "app/command.h"
#include "app/demo.h"
#include "codec/json.h"
#include "codec/text.h"

static int make(struct server *s, struct change *change, const char *const *names, const struct value *values,
                size_t len, const struct actor *system, struct arena *a, struct problem *why)
{
    struct write_result result;
    struct value *keys = arena_array(a, struct value, len);
    for (size_t i = 0; i < len; i++)
        keys[i] = value_str(str_of(names[i]));
    change->op = CHANGE_CREATE;
    change->values = (struct value){.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = len}};
    struct plan plan = {
        .actor = system, .mode = MODE_IMPORT, .source = STR("init"), .changes = change, .changes_len = 1};
    return record_write(s->records, &plan, a, &result, why);
}

static int make_company(struct server *s, struct value args, struct arena *a, struct problem *why)
{
    static const char *const company_fields[] = {"code", "title", "currency", "time_zone"};
    static const char *const user_fields[] = {"name", "title", "roles"};
    struct str title = command_arg(args, "--company"), currency = command_arg(args, "--currency"),
               zone = command_arg(args, "--time-zone");
    struct change company = {.type = STR("company"), .id = id_new_str(a)}, admin = {.type = STR("user")};
    const struct actor system = {.id = STR("system"), .name = STR("system"), .company = company.id, .admin = true};
    const struct value role = value_str(STR("admin"));
    const struct value company_values[] = {value_str(STR("MAIN")),
                                           value_str(str_empty(title) ? STR("公司 Company") : title),
                                           value_str(str_empty(currency) ? STR("CNY") : currency),
                                           value_str(str_empty(zone) ? STR("Asia/Shanghai") : zone)};
    const struct value user_values[] = {value_str(STR("admin")), value_str(STR("管理员 Administrator")),
                                        value_list_of(a, &role, 1)};
    int err = make(s, &company, company_fields, company_values, ARRAY_LEN(company_values), &system, a, why);
    if (err == 0)
        err = make(s, &admin, user_fields, user_values, ARRAY_LEN(user_values), &system, a, why);
    return err;
}

struct companies {
    struct server *s;
    int64_t all, demo;
};

static int count_companies(struct db_tx *tx, void *arg)
{
    struct companies *c = arg;
    CLEANUP(arena_release) struct arena a = {0};
    const struct type *t = meta_type(c->s->meta, STR("company"));
    const struct query_param demo = {STR("demo"), STR("is.true")};
    const struct actor system = {.id = STR("system"), .admin = true};
    struct problem ignored;
    arena_init(&a);
    problem_init(&ignored, &a);
    int err = record_count(c->s->records, tx, &system, t, NULL, 0, &a, &c->all, &ignored);
    return err < 0 ? err : record_count(c->s->records, tx, &system, t, &demo, 1, &a, &c->demo, &ignored);
}

/* The demo company has a folder to itself; with a real company beside it nothing may be thrown away. */
static int check_only_demo(const char *dir, struct problem *why)
{
    struct server s;
    struct companies c = {.s = &s};
    int err = server_open(dir, &s, why);
    if (err < 0)
        return err;
    err = db_read(s.db, count_companies, &c);
    server_close(&s);
    if (err == 0 && (c.demo == 0 || c.all != c.demo))
        err = PROBLEM(why, DEMO_NOT_ALONE);
    return err;
}

int cmd_demo_remove(struct value args, struct arena *a, struct buf *out, struct problem *why)
{
    static const char *const files[] = {"tandem.db", "tandem.db-wal", "tandem.db-shm"};
    struct server s;
    struct str data = command_arg(args, "--data");
    if (!command_flag(args, "--yes"))
        return PROBLEM(why, DEMO_REMOVE_YES);
    int err = check_only_demo(data.ptr, why);
    for (size_t i = 0; err == 0 && i < ARRAY_LEN(files); i++) {
        const char *path = arena_fmt(a, "%.*s/%s", STR_ARG(data), files[i]).ptr;
        if (unlink(path) < 0 && errno != ENOENT)
            err = PROBLEM(why, FILE_UNREADABLE, ARG("file", str_of(path)), ARG("reason", str_of(strerror(errno))));
    }
    if (err == 0)
        err = server_open(data.ptr, &s, why);
    if (err < 0)
        return err;
    err = make_company(&s, args, a, why);
    server_close(&s);
    if (err < 0)
        return err;
    buf_add_cstr(out, "{\"text\":");
    json_write_str(out, arena_fmt(a, "the demo company is gone; %.*s holds a company of your own", STR_ARG(data)));
    buf_add_char(out, '}');
    return 0;
}

/* Before anything is made, so that the folder is still free for another try. */
static int check_args(struct value args, struct problem *why)
{
    struct str currency = command_arg(args, "--currency"), zone = command_arg(args, "--time-zone");
    int32_t offset;
    if (!str_empty(currency) && !currency_known(currency))
        return PROBLEM(why, BAD_CURRENCY, ARG("field", STR("--currency")), ARG("currency", currency));
    if (!str_empty(zone) && zone_offset_s(zone, clock_now_ms(), &offset) < 0)
        return PROBLEM(why, WRONG_TYPE, ARG("field", STR("--time-zone")),
                       ARG("expected", STR("an IANA zone such as Asia/Shanghai")));
    return 0;
}

int cmd_init(struct value args, struct arena *a, struct buf *out, struct problem *why)
{
    struct server s;
    struct str data = command_arg(args, "--data");
    bool demo = command_flag(args, "--demo");
    int err = check_args(args, why);
    if (err == 0)
        err = server_create(data.ptr, why);
    if (err == 0)
        err = server_open(data.ptr, &s, why);
    if (err < 0)
        return err;
    err = demo ? demo_load(&s, why) : make_company(&s, args, a, why);
    server_close(&s);
    if (err < 0)
        return err;
    buf_addf(out, "{\"demo\":%s", demo ? "true" : "false");
    json_key(out, "text");
    json_write_str(out, arena_fmt(a, "%.*s is ready%s; start it with: tandem serve --data %.*s", STR_ARG(data),
                                  demo ? " with the demo company" : "", STR_ARG(data)));
    buf_add_char(out, '}');
    return 0;
}
