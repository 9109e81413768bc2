/*
 * A property: a row rule answers the same by expr_eval_bool() and in SQLite, for generated expressions and rows.
 * SPDX-License-Identifier: Apache-2.0
 *
 * TANDEM_SEED chooses other ones; the seed is printed, and a failure prints the expression, its SQL and the row.
 */
#include <sqlite3.h>
#include <stdlib.h>

#include "help.h"

enum { ROUNDS = 100, EXPRESSIONS_PER_ROUND = 20, ROWS = 10, DEPTH = 4 }; /* 20,000 pairs */

struct gen {
    uint64_t state;
    struct buf *out;
};

/* splitmix64 */
static uint64_t draw(struct gen *g)
{
    uint64_t z = (g->state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static size_t below(struct gen *g, size_t n)
{
    return (size_t)(draw(g) % n);
}

static const char *const TEXTS[] = {"",  "a",  "ab", "abc", "A",   "b", "项目", "项目经理", "经理", "目",
                                    "%", "_%", "é",  "e",   "o'x", "🐱", "a🐱b",  "ZZ",       " ",    "10"};
static const int64_t INTS[] = {0, 1, -1, 2, 5, 10, -10, 100, 4294967296, INT64_MAX, INT64_MIN, INT64_MAX - 1};

static const char *pick(struct gen *g, const char *const *of, size_t n)
{
    return of[below(g, n)];
}
#define PICK(g, ...)                                                                                                   \
    pick((g), (const char *const[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))

static void say(struct gen *g, const char *s)
{
    buf_add_cstr(g->out, s);
}

static void gen_predicate(struct gen *g, int depth);

static void gen_int(struct gen *g, int depth)
{
    switch (below(g, depth > 0 ? 9 : 5)) {
    case 0:
    case 1:
        say(g, PICK(g, "a", "b", "project.budget"));
        return;
    case 2:
    case 3:
        buf_add_i64(g->out, INTS[below(g, ARRAY_LEN(INTS))]);
        return;
    case 4:
        say(g, "actor.level");
        return;
    case 5:
        say(g, "-(");
        gen_int(g, depth - 1);
        say(g, ")");
        return;
    default:
        say(g, "(");
        gen_int(g, depth - 1);
        say(g, PICK(g, " + ", " - "));
        gen_int(g, depth - 1);
        say(g, ")");
        return;
    }
}

static void gen_text_literal(struct gen *g)
{
    say(g, "\"");
    say(g, TEXTS[below(g, ARRAY_LEN(TEXTS))]);
    say(g, "\"");
}

static void gen_text(struct gen *g)
{
    if (below(g, 2))
        say(g, PICK(g, "name", "title", "name", "manager.name", "actor.name", "actor.nothing"));
    else
        gen_text_literal(g);
}

static void gen_order(struct gen *g, int depth)
{
    const char *op = PICK(g, " == ", " != ", " < ", " <= ", " > ", " >= ");
    switch (below(g, 5)) {
    case 0:
    case 1:
        gen_int(g, depth);
        say(g, op);
        gen_int(g, depth);
        return;
    case 2:
        gen_text(g);
        say(g, op);
        gen_text(g);
        return;
    case 3:
        say(g, "due");
        say(g, op);
        say(g, PICK(g, "today()", "today() + 1", "date('2026-01-01')", "due", "date('2024-02-29') - 1"));
        return;
    default:
        say(g, "at");
        say(g, op);
        say(g, PICK(g, "timestamp('2026-01-01T00:00:00Z')", "at", "timestamp(0)",
                    "timestamp('1969-12-31T23:59:59.999Z')"));
        return;
    }
}

static void gen_in(struct gen *g, int depth)
{
    if (below(g, 4) == 0) {
        say(g, PICK(g, "name in actor.teams", "manager in actor.teams", "title in []", "name in [title, \"a\"]",
                    "a in [b, null]"));
        return;
    }
    bool ints = below(g, 2);
    if (ints)
        gen_int(g, depth);
    else
        gen_text(g);
    say(g, " in [");
    for (size_t i = 0, n = below(g, 4); i < n; i++) {
        say(g, i ? ", " : "");
        if (ints)
            gen_int(g, 0);
        else
            gen_text(g);
    }
    say(g, "]");
}

static void gen_leaf(struct gen *g, int depth)
{
    switch (below(g, 8)) {
    case 0:
        say(g, PICK(g, "done", "urgent", "true", "false", "done == true", "done != urgent", "done == done",
                    "done == false"));
        return;
    case 1:
        say(g, PICK(g, "a == null", "name != null", "manager == null", "due == null", "project.budget == null",
                    "actor.nothing == name", "done != null", "null == null"));
        return;
    case 2:
        say(g,
            PICK(g, "manager == actor", "manager != actor", "project.manager == actor.id", "manager == project.manager",
                 "project.manager != manager", "project == null", "manager == \"e2\""));
        return;
    case 3:
        say(g, PICK(g, "has(manager.name)", "has(project.budget)", "has(actor.name)", "has(project.manager)"));
        return;
    case 4:
        gen_in(g, depth);
        return;
    case 5:
        gen_text(g);
        say(g, PICK(g, ".startsWith(", ".endsWith(", ".contains("));
        gen_text(g);
        say(g, ")");
        return;
    default:
        gen_order(g, depth);
        return;
    }
}

static void gen_predicate(struct gen *g, int depth)
{
    size_t what = depth > 0 ? below(g, 7) : 6;
    if (what >= 5) {
        gen_leaf(g, depth > 2 ? 2 : depth);
        return;
    }
    if (what == 0 || what == 1) {
        say(g, "!(");
        gen_predicate(g, depth - 1);
        say(g, ")");
        return;
    }
    say(g, "(");
    gen_predicate(g, depth - 1);
    say(g, what == 4 ? PICK(g, ") == (", ") != (", ") == done == (") : PICK(g, ") && (", ") || ("));
    gen_predicate(g, depth - 1);
    say(g, ")");
}

/* A row, in the forms of both sides. */
struct row {
    struct names vars, manager, project, project_manager;
};

struct world {
    sqlite3 *db;
    struct row rows[ROWS];
    struct names actor;
    struct help *help;
};

static struct value maybe(struct gen *g, struct value v)
{
    return below(g, 3) ? v : value_null();
}
static struct value any_text(struct gen *g)
{
    return value_str(str_of(TEXTS[below(g, ARRAY_LEN(TEXTS))]));
}
static struct value any_int(struct gen *g)
{
    return value_int(INTS[below(g, ARRAY_LEN(INTS))]);
}

static struct value any_employee(struct gen *g, struct names *of)
{
    static const char *const ids[] = {"e1", "e2", "t1"};
    *of = (struct names){0};
    names_put(of, "id", value_str(str_of(pick(g, ids, 3))));
    names_put(of, "name", maybe(g, any_text(g)));
    names_put(of, "level", any_int(g));
    return record_value(of);
}

static void make_row(struct gen *g, struct world *w, struct row *r)
{
    *r = (struct row){0};
    struct value manager = any_employee(g, &r->manager);
    names_put(&r->project, "id", value_str(STR("p1")));
    names_put(&r->project, "manager", any_employee(g, &r->project_manager));
    names_put(&r->project, "budget", any_int(g));
    names_put(&r->vars, "a", maybe(g, any_int(g)));
    names_put(&r->vars, "b", any_int(g));
    names_put(&r->vars, "name", maybe(g, any_text(g)));
    names_put(&r->vars, "title", any_text(g));
    names_put(&r->vars, "done", maybe(g, value_bool(below(g, 2))));
    names_put(&r->vars, "urgent", value_bool(below(g, 2)));
    names_put(&r->vars, "due", maybe(g, value_date(20454 + (int64_t)below(g, 3) - 1)));
    names_put(&r->vars, "at", maybe(g, value_time_ms((int64_t)below(g, 3) - 1)));
    names_put(&r->vars, "manager", maybe(g, manager));
    names_put(&r->vars, "project", maybe(g, record_value(&r->project)));
    names_put(&r->vars, "actor", record_value(&w->actor));
}

/* The value of a path of a row, as its column holds it. */
static struct value column_value(const struct row *r, const char *path)
{
    struct value v = value_null(), next;
    struct str rest = str_of(path), head;
    rest = str_cut(rest, '.', &head);
    assert_int_equal(names_get(&r->vars, head, &v), 0);
    while (rest.len && v.kind == VALUE_OBJECT) {
        rest = str_cut(rest, '.', &head);
        assert_int_equal(v.obj.ops->get(v.obj.impl, head, NULL, &next), 0);
        v = next;
    }
    if (v.kind == VALUE_OBJECT)
        assert_int_equal(v.obj.ops->get(v.obj.impl, STR("id"), NULL, &v), 0);
    return v;
}

static void bind_value(sqlite3_stmt *st, int i, struct value v)
{
    switch (v.kind) {
    case VALUE_NULL:
        sqlite3_bind_null(st, i);
        return;
    case VALUE_BOOL:
        sqlite3_bind_int(st, i, v.b);
        return;
    case VALUE_INT:
    case VALUE_DATE:
        sqlite3_bind_int64(st, i, v.i);
        return;
    case VALUE_TIMESTAMP:
        sqlite3_bind_int64(st, i, value_to_ms(v));
        return;
    case VALUE_STRING:
        sqlite3_bind_text(st, i, v.s.ptr ? v.s.ptr : "", (int)v.s.len, SQLITE_TRANSIENT);
        return;
    default:
        fail_msg("a value of kind %s can't be bound", value_kind_name(v.kind));
    }
}

static const char *const COLUMNS[] = {"a",           "b",  "name",    "title",   "done",           "urgent",
                                      "due",         "at", "manager", "project", "project.budget", "project.manager",
                                      "manager.name"};

static void make_rows(struct gen *g, struct world *w)
{
    sqlite3_stmt *st = NULL;
    assert_int_equal(sqlite3_exec(w->db, "DELETE FROM t", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(w->db, "INSERT INTO t VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)", -1, &st, NULL),
                     SQLITE_OK);
    for (int i = 0; i < ROWS; i++) {
        make_row(g, w, &w->rows[i]);
        sqlite3_bind_int(st, 1, i);
        for (size_t c = 0; c < ARRAY_LEN(COLUMNS); c++)
            bind_value(st, (int)c + 2, column_value(&w->rows[i], COLUMNS[c]));
        assert_int_equal(sqlite3_step(st), SQLITE_DONE);
        sqlite3_reset(st);
    }
    sqlite3_finalize(st);
}

static int column(void *arg, struct str path, struct buf *sql)
{
    (void)arg;
    for (size_t c = 0; c < ARRAY_LEN(COLUMNS); c++)
        if (str_is(path, COLUMNS[c]))
            return buf_addf(sql, "\"%s\"", COLUMNS[c]);
    return ERR_NOT_FOUND;
}

static int constant(void *arg, struct str path, struct arena *a, struct value *ret)
{
    struct world *w = arg;
    struct str head, rest = str_cut(path, '.', &head);
    (void)a;
    if (str_is(path, "today()")) {
        *ret = value_date(20454);
        return 0;
    }
    if (!str_is(head, "actor"))
        return ERR_NOT_FOUND;
    *ret = record_value(&w->actor);
    return rest.len ? names_get(&w->actor, rest, ret) : 0;
}

static void check_rows(struct world *w, const struct expr *e, const char *sql, const struct expr_binds *binds)
{
    CLEANUP(buf_release) struct buf whole = {0};
    sqlite3_stmt *st = NULL;
    bool in_sql[ROWS] = {false};
    buf_init(&whole, 1 << 20);
    buf_addf(&whole, "SELECT n FROM t WHERE %s", sql);
    if (sqlite3_prepare_v2(w->db, whole.ptr, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sqlite3_errmsg(w->db), whole.ptr);
    assert_int_equal(sqlite3_bind_parameter_count(st), binds->len);
    for (size_t i = 0; i < binds->len; i++)
        bind_value(st, (int)i + 1, binds->items[i]);
    int rc;
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        in_sql[sqlite3_column_int(st, 0)] = true;
    assert_int_equal(rc, SQLITE_DONE);
    sqlite3_finalize(st);
    for (int i = 0; i < ROWS; i++) {
        struct expr_run run = {
            .lookup = names_lookup, .arg = &w->rows[i].vars, .arena = &w->help->arena, .today_days = 20454};
        bool here = false;
        int err = expr_eval_bool(e, &run, &here, &w->help->why);
        if (err || here != in_sql[i])
            fail_msg("row %d: eval %d (%s), SQL %d\n  %.*s\n  %s", i, here, err ? help_why(w->help) : "ok", in_sql[i],
                     STR_ARG(expr_text(e)), sql);
    }
}

static void one_expression(struct gen *g, struct world *w)
{
    CLEANUP(buf_release) struct buf text, sql;
    struct expr_binds binds = {0};
    struct expr_sql_env env = {.column = column, .constant = constant, .arg = w};
    struct help *h = w->help;
    struct expr *e;
    buf_init(&text, EXPR_BYTES_MAX);
    buf_init(&sql, 1 << 20);
    g->out = &text;
    gen_predicate(g, DEPTH);
    if (help_compile(h, text.ptr, &e) || expr_to_sql(e, &env, &h->arena, &sql, &binds, &h->why))
        fail_msg("%s\n  %s", text.ptr, help_why(h));
    check_rows(w, e, sql.ptr, &binds);
}

static void make_actor(struct world *w)
{
    static const struct value teams[] = {{.kind = VALUE_STRING, .s = {"t1", 2}},
                                         {.kind = VALUE_STRING, .s = {"e2", 2}},
                                         {.kind = VALUE_STRING, .s = {"a", 1}}};
    names_put(&w->actor, "id", value_str(STR("e1")));
    names_put(&w->actor, "name", value_str(STR("项目")));
    names_put(&w->actor, "level", value_int(5));
    names_put(&w->actor, "nothing", value_null());
    names_put(&w->actor, "teams", (struct value){.kind = VALUE_LIST, .list = {teams, 3}});
}

static void a_row_rule_answers_the_same_in_sql(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    const char *seed = getenv("TANDEM_SEED");
    struct gen g = {.state = seed ? strtoull(seed, NULL, 10) : 20261125};
    print_message("seed %llu\n", (unsigned long long)g.state);
    w->help = *state;
    make_actor(w);
    assert_int_equal(sqlite3_open(":memory:", &w->db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(w->db,
                     "CREATE TABLE t (n INTEGER, a INTEGER, b INTEGER, name TEXT, title TEXT, done INTEGER, "
                     "urgent INTEGER, due INTEGER, at INTEGER, manager TEXT, project TEXT, "
                     "\"project.budget\" INTEGER, \"project.manager\" TEXT, \"manager.name\" TEXT)",
                     NULL, NULL, NULL),
        SQLITE_OK);
    for (int round = 0; round < ROUNDS; round++) {
        make_rows(&g, w);
        for (int i = 0; i < EXPRESSIONS_PER_ROUND; i++)
            one_expression(&g, w);
        arena_reset(&w->help->arena);
        problem_init(&w->help->why, &w->help->arena);
    }
    sqlite3_close(w->db);
    freep(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_row_rule_answers_the_same_in_sql, help_setup, help_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
