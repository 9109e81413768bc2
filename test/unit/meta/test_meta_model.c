/*
 * The types that the product ships, and what loading makes of a description.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/meta/model.h"

static struct arena arena;
static struct meta *meta;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    meta = model_load(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    meta = meta_free(meta);
    arena_release(&arena);
    return 0;
}

static const struct type *type(const char *name)
{
    const struct type *t = meta_type(meta, str_of(name));
    if (!t)
        fail_msg("there is no type %s", name);
    return t;
}

static const struct field *field(const char *type_name, const char *name)
{
    const struct field *f = type_field(type(type_name), str_of(name));
    if (!f)
        fail_msg("there is no field %s.%s", type_name, name);
    return f;
}

static void types_are_in_the_order_of_their_names(void **state)
{
    (void)state;
    assert_true(meta->types_len >= 20);
    for (size_t i = 1; i < meta->types_len; i++)
        assert_true(str_cmp(meta->types[i - 1]->name, meta->types[i]->name) < 0);
    assert_null(meta_type(meta, STR("nothing")));
    assert_int_equal(meta->version.len, 32);
}

static void every_name_has_a_label_in_both_languages(void **state)
{
    (void)state;
    for (size_t i = 0; i < meta->types_len; i++) {
        const struct type *t = meta->types[i];
        for (size_t k = 0; k < t->fields_len; k++)
            if (str_eq(t->fields[k].label.text[LANG_EN], t->fields[k].label.text[LANG_ZH]))
                fail_msg("%.*s.%.*s has no Chinese label", STR_ARG(t->name), STR_ARG(t->fields[k].name));
        for (size_t k = 0; k < t->states_len; k++)
            assert_false(str_eq(t->states[k].label.text[LANG_EN], t->states[k].label.text[LANG_ZH]));
        for (size_t k = 0; k < t->transitions_len; k++)
            assert_false(str_eq(t->transitions[k].label.text[LANG_EN], t->transitions[k].label.text[LANG_ZH]));
        assert_false(str_eq(t->label.text[LANG_EN], t->label.text[LANG_ZH]));
    }
}

static void system_fields_stand_at_their_places(void **state)
{
    (void)state;
    const struct type *t = type("task");
    assert_true(str_is(t->fields[SYS_ID].name, "id"));
    assert_true(str_is(t->fields[SYS_ORIGIN].name, "origin"));
    assert_ptr_equal(t->fields[SYS_CREATED_BY].to, type("user"));
    assert_int_equal(t->fields[SYS_STATE].options_len, t->states_len);
    for (size_t i = 0; i < t->fields_len; i++)
        assert_int_equal(t->fields[i].index, i);
}

static void a_line_type_knows_its_document(void **state)
{
    (void)state;
    assert_ptr_equal(type("budget_line")->part_of, type("budget"));
    assert_ptr_equal(type("budget_line")->part_of_field, field("budget", "lines"));
    assert_ptr_equal(field("budget", "lines")->to, type("budget_line"));
    assert_int_equal(type("budget_line")->rights_len, 0);
}

static void the_ledger_knows_every_sum_that_depends_on_it(void **state)
{
    (void)state;
    const struct type *t = type("commitment");
    assert_true(t->ledger);
    assert_int_equal(t->dependants_len, 7);
    const struct field *reserved = field("budget_line", "reserved");
    assert_int_equal(reserved->derived.kind, DERIVED_SUM_BY);
    assert_ptr_equal(reserved->derived.from, t);
    assert_ptr_equal(reserved->derived.by, field("commitment", "budget_line"));
    assert_non_null(reserved->derived.where);
    assert_true(reserved->read_only);
    assert_int_equal(field("expense_claim", "total")->derived.kind, DERIVED_SUM_LINES);
    assert_int_equal(field("budget_line", "available")->derived.kind, DERIVED_EXPR);
}

static void nobody_decides_on_a_claim_that_he_submitted(void **state)
{
    (void)state;
    static const char *const names[] = {"approve", "reject", "return"};
    const struct type *t = type("expense_claim");
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct transition *tr = type_transition(t, str_of(names[i]));
        assert_non_null(tr);
        assert_true(tr->decides);
        assert_int_equal(tr->apart_from_len, 1);
        assert_true(str_is(tr->apart_from[0], "submit"));
        assert_true(str_is(tr->who[0], "finance"));
    }
    assert_true(type_state(t, STR("approved"))->posted);
}

static void submitting_a_claim_reserves_and_deciding_releases(void **state)
{
    (void)state;
    const struct type *t = type("expense_claim");
    const struct effect *first = type_transition(t, STR("submit"))->effects;
    assert_int_equal(first->verb, EFFECT_POST);
    assert_true(str_is(first->stage, "pre_reserved"));
    assert_int_equal(first->set_len, 4);
    static const char *const back[] = {"approve", "reject", "return", "withdraw"};
    for (size_t i = 0; i < ARRAY_LEN(back); i++) {
        const struct effect *e = type_transition(t, str_of(back[i]))->effects;
        assert_int_equal(e->verb, EFFECT_POST);
        assert_true(e->release);
    }
}

static void a_draft_that_a_person_makes_needs_only_its_required_fields(void **state)
{
    (void)state;
    assert_true(field("expense_claim", "subject")->required);
    assert_false(field("expense_claim", "claimant")->required);
    assert_int_equal(type("task")->states[0].kind, STATE_DRAFT);
    assert_int_equal(field("task", "kind")->def.kind, VALUE_STRING);
    assert_non_null(field("time_entry", "date")->def_expr);
}

static void expressions_are_compiled_over_a_type(void **state)
{
    (void)state;
    static const struct {
        const char *type, *text;
        bool good;
    } list[] = {
        {"task", "assignee == actor.employee", true},
        {"task", "project.manager.name == 'x' && kind in ['campaign']", true},
        {"task", "assignee == 'some id'", true},
        {"task", "participants.exists(p, p == actor.employee)", true},
        {"task", "'finance' in actor.roles", true},
        {"task", "plan.amount > decimal('0') && plan.currency == 'CNY'", true},
        {"task", "due < today()", true},
        {"expense_claim", "lines.all(l, l.amount.amount > decimal('0'))", true},
        {"expense_claim", "size(lines) > 0", true},
        {"commitment", "document.id == 'x'", true},
        {"task", "assignee.nothing == 1", false},
        {"task", "assignee == project", false},
        {"task", "actor.secret == 'x'", false},
        {"connection", "secret == 'x'", false},
        {"department", "state == 'x'", false},
    };
    static const struct expr_type want = {.kind = TYPE_BOOL};
    for (size_t i = 0; i < ARRAY_LEN(list); i++) {
        struct problem why;
        problem_init(&why, &arena);
        struct expr *e;
        int err = meta_compile(meta, &arena, type(list[i].type), str_of(list[i].text), NULL, 0, &want, &e, &why);
        if ((err == 0) != list[i].good)
            fail_msg("%s over %s: %d", list[i].text, list[i].type, err);
    }
}

static void more_variables_are_known_without_a_type(void **state)
{
    (void)state;
    const struct expr_var more[] = {{.name = "payload", .type = {.kind = TYPE_DYN}}};
    struct expr *e;
    assert_int_equal(meta_compile(meta, &arena, NULL, STR("payload.issue.id"), more, 1, NULL, &e, NULL), 0);
    assert_true(meta_compile(meta, &arena, NULL, STR("other.issue.id"), more, 1, NULL, &e, NULL) < 0);
}

static void the_version_changes_with_a_description(void **state)
{
    (void)state;
    struct meta_source sources[200];
    size_t len = model_sources(&arena, sources, 200);
    struct meta *same, *changed;
    assert_int_equal(meta_load(sources, len, &same, NULL), 0);
    assert_true(str_eq(same->version, meta->version));
    size_t i = 0;
    while (i + 1 < len && !str_is(sources[i].file, "model/department.yaml"))
        i++;
    sources[i].text = arena_fmt(&arena, "%.*s\nnote: changed\n", STR_ARG(sources[i].text));
    assert_int_equal(meta_load(sources, len, &changed, NULL), 0);
    assert_false(str_eq(changed->version, meta->version));
    meta_free(changed);
    meta_free(same);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_are_in_the_order_of_their_names),
        cmocka_unit_test(every_name_has_a_label_in_both_languages),
        cmocka_unit_test(system_fields_stand_at_their_places),
        cmocka_unit_test(a_line_type_knows_its_document),
        cmocka_unit_test(the_ledger_knows_every_sum_that_depends_on_it),
        cmocka_unit_test(nobody_decides_on_a_claim_that_he_submitted),
        cmocka_unit_test(submitting_a_claim_reserves_and_deciding_releases),
        cmocka_unit_test(a_draft_that_a_person_makes_needs_only_its_required_fields),
        cmocka_unit_test(expressions_are_compiled_over_a_type),
        cmocka_unit_test(more_variables_are_known_without_a_type),
        cmocka_unit_test(the_version_changes_with_a_description),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
