/* Records and actors in expressions: links that are followed, lists, finding by a predicate, and a plan inside a
 * transaction. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record.h"
#include "unit/record/claims.h"

struct asked {
    struct world *w;
    const char *type, *text;
    struct str id;
    const struct expr_var *names;
    const struct value *values;
    size_t len;
    struct value answer;
    size_t found;
};

static struct expr *compiled(struct asked *q)
{
    struct expr *e;
    struct problem why;
    problem_init(&why, &q->w->a);
    if (meta_compile(q->w->meta, &q->w->a, meta_type(q->w->meta, str_of(q->type)), str_of(q->text), q->names, q->len,
                     NULL, &e, &why) < 0)
        fail_msg("%s: %s", q->text, problem_text(q->w, &why));
    return e;
}

static int ask_in(struct db_tx *tx, void *arg)
{
    struct asked *q = arg;
    struct world *w = q->w;
    struct record *r;
    struct problem why;
    problem_init(&why, &w->a);
    int err = record_get(w->rs, tx, NULL, meta_type(w->meta, str_of(q->type)), q->id, &w->a, &r);
    if (err < 0)
        return err;
    struct record_scope scope = {.rs = w->rs, .tx = tx, .record = r, .actor = &w->clerk};
    err = record_eval(&scope, compiled(q), &w->a, &q->answer, &why);
    if (err < 0)
        fail_msg("%s: %s", q->text, problem_text(w, &why));
    return err;
}

static bool ask(struct world *w, const char *type, struct str id, const char *text)
{
    struct asked q = {.w = w, .type = type, .text = text, .id = id};
    assert_int_equal(db_read(w->db, ask_in, &q), 0);
    assert_int_equal(q.answer.kind, VALUE_BOOL);
    return q.answer.b;
}

static void links_are_followed_and_compare_by_id(void **state)
{
    struct world *w = *state;
    struct str a = make(w, &w->clerk, "note", "{\"subject\":\"top\",\"marks\":[\"x\"]}");
    struct str b = make(w, &w->clerk, "note",
                        arena_fmt(&w->a, "{\"subject\":\"low\",\"parent_note\":\"%.*s\",\"friends\":[\"%.*s\"]}",
                                  STR_ARG(a), STR_ARG(a))
                            .ptr);
    assert_true(ask(w, "note", b, "parent_note.subject == 'top'"));
    assert_true(ask(w, "note", b, arena_fmt(&w->a, "parent_note == '%.*s'", STR_ARG(a)).ptr));
    assert_true(ask(w, "note", b, "parent_note.parent_note == null && parent_note != null"));
    assert_true(ask(w, "note", b, "friends.exists(f, f.subject == 'top')"));
    assert_true(ask(w, "note", b, "size(marks) == 0 && 'x' in parent_note.marks"));
    assert_true(ask(w, "note", b, "owner == actor.id && owner.name == 'clerk' && actor.employee.name == 'clerk'"));
    assert_true(ask(w, "note", b, "actor.company.currency == 'CNY' && 'clerk' in actor.roles"));
    assert_true(ask(w, "note", a, "parent_note == null && owner != null"));
}

static void lines_are_a_list_of_records(void **state)
{
    struct world *w = *state;
    struct str c = claim(w, budget(w, "10.00", NULL), "2.50");
    assert_true(ask(w, "claim", c, "size(lines) == 1 && lines.all(l, l.amount == money('2.50', 'CNY'))"));
    assert_true(ask(w, "claim", c, "budget_line.available == money('10.00', 'CNY')"));
}

static int find_in(struct db_tx *tx, void *arg)
{
    struct asked *q = arg;
    struct record **found;
    struct problem why;
    problem_init(&why, &q->w->a);
    struct record_scope scope = {
        .rs = q->w->rs, .tx = tx, .actor = &q->w->clerk, .names = q->names, .values = q->values, .len = q->len};
    int err =
        record_find(&scope, meta_type(q->w->meta, str_of(q->type)), compiled(q), 10, &q->w->a, &found, &q->found, &why);
    if (err < 0)
        fail_msg("%s: %s", q->text, problem_text(q->w, &why));
    return err;
}

static size_t find(struct world *w, const char *text, const struct expr_var *names, const struct value *values,
                   size_t len)
{
    struct asked q = {.w = w, .type = "note", .text = text, .names = names, .values = values, .len = len};
    assert_int_equal(db_read(w->db, find_in, &q), 0);
    return q.found;
}

static void records_are_found_by_a_predicate_with_variables(void **state)
{
    struct world *w = *state;
    make(w, &w->clerk, "note", "{\"subject\":\"a\",\"pieces\":1}");
    make(w, &w->clerk, "note", "{\"subject\":\"b\",\"pieces\":2}");
    struct actor abroad = w->system;
    abroad.company = STR(OTHER_COMPANY_ID);
    create_as(w, &abroad, "note", STR_NULL, "{\"subject\":\"a\",\"pieces\":1}");
    struct expr_var wanted = {.name = "wanted", .type = {.kind = TYPE_INT}};
    struct value two = value_int(2);
    assert_int_equal(find(w, "subject == 'a'", NULL, NULL, 0), 1);
    assert_int_equal(find(w, "pieces >= wanted", &wanted, &two, 1), 1);
    assert_int_equal(find(w, "owner == actor.id", NULL, NULL, 0), 2);
    assert_int_equal(find(w, "subject == 'a\\' OR 1=1 --'", NULL, NULL, 0), 0);
}

static int two_plans(struct db_tx *tx, void *arg)
{
    struct world *w = arg;
    struct change good = {.op = CHANGE_CREATE, .type = STR("note"), .values = parsed(w, "{\"subject\":\"a\"}")};
    struct change both[] = {good, {.op = CHANGE_CREATE, .type = STR("note")}};
    struct plan plan = {.actor = &w->clerk, .mode = MODE_USER, .source = STR("api"), .changes = both, .changes_len = 2};
    struct write_result r;
    struct problem why;
    problem_init(&why, &w->a);
    assert_int_equal(record_write_in(w->rs, tx, &plan, &w->a, &r, &why), ERR_INVALID);
    plan.changes_len = 1;
    return record_write_in(w->rs, tx, &plan, &w->a, &r, NULL);
}

static void a_plan_that_fails_inside_a_transaction_takes_only_itself_along(void **state)
{
    struct world *w = *state;
    assert_int_equal(db_write(w->db, two_plans, w), 0);
    assert_int_equal(query(w, "SELECT count(*) FROM r_note"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
        T(links_are_followed_and_compare_by_id),
        T(lines_are_a_list_of_records),
        T(records_are_found_by_a_predicate_with_variables),
        T(a_plan_that_fails_inside_a_transaction_takes_only_itself_along),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
