/*
 * Mistakes in descriptions: each is refused with its code, its file and line.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/meta/model.h"

#define HEAD "type: thing\nengine: project\n"
#define BASE HEAD "fields:\n  subject: {type: text}\n"
#define STATES "states:\n  draft: {kind: draft}\n  open: {kind: open}\n  paid: {kind: done, posted: true}\n"
#define OTHER                                                                                                          \
    "type: other\nengine: project\nfields:\n  name: {type: text, required: true}\n  thing: {type: link, to: thing}\n"  \
    "  amount: {type: money}\n  twice: {type: money, derived: {sum: part.amount, by: other}}\n"
#define PART "type: part\nengine: project\nfields:\n  other: {type: link, to: other}\n  amount: {type: money}\n"

struct mistake {
    const char *text;
    const char *code;
    int line;
};

/* One file beside two sound ones must be refused with exactly this code at this line, among what else follows from it.
 */
static void check(const struct mistake *m)
{
    struct arena a;
    arena_init(&a);
    struct problem why;
    problem_init(&why, &a);
    struct meta *meta = NULL;
    struct meta_source sources[] = {{STR("model/thing.yaml"), str_of(m->text)},
                                    {STR("model/other.yaml"), STR(OTHER)},
                                    {STR("model/part.yaml"), STR(PART)}};
    int err = meta_load(sources, ARRAY_LEN(sources), &meta, &why);
    if (err >= 0)
        fail_msg("was taken, but should be refused with %s:\n%s", m->code, m->text);
    assert_null(meta);
    struct str place = arena_fmt(&a, "model/thing.yaml:%d", m->line);
    bool found = false;
    for (const struct problem_item *i = why.items; i; i = i->next)
        found = found || (str_is(str_of(message_code(i->message)), m->code) && str_eq(i->place, place));
    if (!found)
        fail_msg("no %s at line %d of:\n%s\nbut:\n%s", m->code, m->line, m->text, model_problem_text(&why).ptr);
    arena_release(&a);
}

#define CHECK_ALL(list)                                                                                                \
    for (size_t i = 0; i < ARRAY_LEN(list); i++)                                                                       \
    check(&(list)[i])

static void a_head_with_a_mistake_is_refused(void **state)
{
    (void)state;
    static const struct mistake list[] = {
        {"type: thing\n  x: [", "yaml_syntax", 2},
        {"engine: project\n", "missing_key", 1},
        {"type: thing\nfields:\n  a: {type: text}\n", "missing_key", 1},
        {BASE "colour: red\n", "unknown_key", 5},
        {"type: thing\nengine: engin\nfields:\n  a: {type: text}\n", "model_choice", 2},
        {"type: thin\nengine: project\nfields:\n  a: {type: text}\n", "model_file_name", 1},
        {"type: Thing\nengine: project\n", "model_bad_name", 1},
        {"type: select\nengine: project\n", "model_bad_name", 1},
        {BASE "number: EC-{year}-{seq:5}\n", "model_number", 5},
        {BASE "number: EC-{yyyy}\n", "model_number", 5},
        {BASE "number: '{seq:3}{seq:3}'\n", "model_number", 5},
        {BASE "title: subjekt\n", "model_unknown_name", 5},
        {BASE "menu: {group: nowhere}\n", "model_choice", 5},
        {BASE "part_of: other\n", "model_lines", 5},
        {BASE "part_of: other\nledger: true\n", "model_not_here", 6},
        {HEAD, "missing_key", 1},
    };
    CHECK_ALL(list);
}

#define FIELD(text) HEAD "fields:\n  a: {" text "}\n"

static void a_field_with_a_mistake_is_refused(void **state)
{
    (void)state;
    static const struct mistake list[] = {
        {FIELD("label: x"), "missing_key", 4},
        {FIELD("type: texts"), "model_choice", 4},
        {FIELD("type: text, requird: true"), "unknown_key", 4},
        {FIELD("type: text, required: yes"), "wrong_kind", 4},
        {FIELD("type: int, max_length: 5"), "model_not_here", 4},
        {FIELD("type: text, max_length: 0"), "model_range", 4},
        {FIELD("type: text, max_length: 9999999"), "model_range", 4},
        {FIELD("type: text, sensitivity: 4"), "model_range", 4},
        {FIELD("type: decimal, scale: 13"), "model_range", 4},
        {FIELD("type: int, min: 5, max: 1"), "model_range", 4},
        {FIELD("type: int, min: 0.5"), "wrong_kind", 4},
        {FIELD("type: select"), "missing_key", 4},
        {FIELD("type: select, options: [x, x]"), "model_duplicate", 4},
        {FIELD("type: select, options: ['a b']"), "wrong_kind", 4},
        {FIELD("type: link"), "missing_key", 4},
        {FIELD("type: link, to: nothing"), "model_unknown_name", 4},
        {FIELD("type: link_any, to: [other, nothing]"), "model_unknown_name", 4},
        {FIELD("type: user"), "model_unknown_name", 4},
        {FIELD("type: lines, of: other"), "model_lines", 4},
        {FIELD("type: link, to: other, many: true, unique: true"), "model_not_here", 4},
        {FIELD("type: text, immutable_after: [gone]"), "model_unknown_name", 4},
        {HEAD "fields:\n  order: {type: text}\n", "model_bad_name", 4},
        {HEAD "fields:\n  a__b: {type: text}\n", "model_bad_name", 4},
        {HEAD "fields:\n  state: {type: text}\n", "model_bad_name", 4},
        {FIELD("type: int, default: x"), "wrong_type", 4},
        {FIELD("type: select, options: [x], default: z"), "not_an_option", 4},
        {FIELD("type: int, default: 9, max: 5"), "out_of_range", 4},
        {FIELD("type: int, default: \"= 'x'\""), "model_value_kind", 4},
        {FIELD("type: int, default: '= nothing'"), "expr_type", 4},
        {FIELD("type: select, options: [x], default: \"= 'z'\""), "not_an_option", 4},
    };
    CHECK_ALL(list);
}

static void a_derived_field_with_a_mistake_is_refused(void **state)
{
    (void)state;
    static const struct mistake list[] = {
        {FIELD("type: money, derived: {}"), "wrong_kind", 4},
        {FIELD("type: money, derived: {sum: other.amount, by: thing, expr: '1'}"), "wrong_kind", 4},
        {FIELD("type: money, derived: {sum: nothing.amount, by: thing}"), "model_unknown_name", 4},
        {FIELD("type: money, derived: {sum: other.gone, by: thing}"), "model_unknown_name", 4},
        {FIELD("type: money, derived: {sum: other.name, by: thing}"), "model_sum_of", 4},
        {FIELD("type: money, derived: {sum: other.amount, by: name}"), "model_sum_by", 4},
        {FIELD("type: int, derived: {sum: other.amount, by: thing}"), "model_value_kind", 4},
        {FIELD("type: money, derived: {count: other, by: thing}"), "model_value_kind", 4},
        {FIELD("type: money, derived: {sum: lines.amount}"), "model_unknown_name", 4},
        {FIELD("type: money, derived: {sum: other.twice, by: thing}"), "model_sum_level", 4},
        {FIELD("type: money, derived: {sum: other.amount, by: thing, where: 'gone == 1'}"), "expr_type", 4},
        {FIELD("type: money, derived: {sum: other.amount, by: thing, where: \"name.matches('x')\"}"), "expr_not_sql",
         4},
        {FIELD("type: money, required: true, derived: {sum: other.amount, by: thing}"), "model_not_here", 4},
        {FIELD("type: int, derived: {expr: 'a + 1'}"), "model_derived_order", 4},
        {HEAD "fields:\n  a: {type: int, derived: {expr: b}}\n  b: {type: int, derived: {expr: '1'}}\n",
         "model_derived_order", 4},
        {HEAD "fields:\n  a: {type: text, derived: {expr: o.name}}\n  o: {type: link, to: other}\n",
         "model_derived_own", 4},
        {FIELD("type: int, derived: {expr: \"'x'\"}"), "model_value_kind", 4},
        {FIELD("type: int, derived: {expr: actor.name}"), "expr_type", 4},
    };
    CHECK_ALL(list);
}

#define RIGHT(text) BASE "rights:\n  - {" text "}\n"
#define VIEWS(text) BASE "views: {" text "}\n"

static void rights_limits_and_views_with_a_mistake_are_refused(void **state)
{
    (void)state;
    static const struct mistake list[] = {
        {RIGHT("may: [read]"), "missing_key", 6},
        {RIGHT("role: finance"), "missing_key", 6},
        {RIGHT("role: finance, may: [reed]"), "model_choice", 6},
        {RIGHT("role: finance, may: [read], level: 9"), "model_range", 6},
        {RIGHT("role: finance, may: [read], where: \"gone == 'x'\""), "expr_type", 6},
        {RIGHT("role: finance, may: [read], where: subject"), "expr_type", 6},
        {RIGHT("role: finance, may: [read], where: 'size(subject) > 1'"), "expr_not_sql", 6},
        {RIGHT("role: finance, may: [read], where: \"state == 'x'\""), "expr_type", 6},
        {VIEWS("list: [gone]"), "model_unknown_name", 5},
        {VIEWS("list: [subject, subject]"), "model_duplicate", 5},
        {VIEWS("form: [{fields: [gone]}]"), "model_unknown_name", 5},
        {VIEWS("form: [{label: x}]"), "missing_key", 5},
        {VIEWS("board: {by: state}"), "unknown_key", 5},
        {BASE "limits: [{that: subject, shown: subject}]\n", "expr_type", 5},
        {BASE "limits: [{that: 'true', shown: gone}]\n", "model_unknown_name", 5},
        {BASE "limits: [{that: 'true'}]\n", "missing_key", 5},
    };
    CHECK_ALL(list);
}

#define MOVE(text) BASE STATES "transitions:\n  go: {" text "}\n"
#define GO "from: draft, to: open, who: [finance]"

static void a_transition_with_a_mistake_is_refused(void **state)
{
    (void)state;
    static const struct mistake list[] = {
        {BASE "states:\n  draft: {kind: new}\n", "model_choice", 6},
        {BASE "states:\n  draft: {}\n", "missing_key", 6},
        {BASE "states:\n  draft: {kind: draft, posted: true}\n", "model_not_here", 6},
        {BASE "transitions:\n  go: {" GO "}\n", "missing_key", 6},
        {MOVE("from: gone, to: open, who: [finance]"), "model_unknown_name", 10},
        {MOVE("from: draft, to: gone, who: [finance]"), "model_unknown_name", 10},
        {MOVE("from: paid, to: open, who: [finance]"), "model_posted", 10},
        {MOVE("from: draft, to: open"), "missing_key", 10},
        {MOVE("from: draft, to: open, who: ['field:subject']"), "model_who", 10},
        {MOVE(GO ", guard: subject, guard_text: x"), "expr_type", 10},
        {MOVE(GO ", guard: 'true'"), "missing_key", 10},
        {MOVE(GO ", guard: 'a b', guard_text: x"), "expr_syntax", 10},
        {MOVE(GO ", requires: [gone]"), "model_unknown_name", 10},
        {MOVE(GO ", apart_from: [gone], decides: true"), "model_unknown_name", 10},
        {MOVE(GO ", apart_from: [go]"), "missing_key", 10},
        {MOVE(GO ", style: bold"), "model_choice", 10},
    };
    CHECK_ALL(list);
}

#define EFFECT(text) MOVE(GO ", effects: [{" text "}]")

static void an_effect_with_a_mistake_is_refused(void **state)
{
    (void)state;
    static const struct mistake list[] = {
        {EFFECT("pots: {}"), "unknown_key", 10},
        {EFFECT("when: 'true'"), "wrong_kind", 10},
        {EFFECT("set: {subject: \"'a'\"}, notify: {to: \"'x'\", text: x}"), "wrong_kind", 10},
        {EFFECT("post: {ledger: other, stage: x, amount: 'null'}"), "model_ledger", 10},
        {EFFECT("create: {type: gone}"), "model_unknown_name", 10},
        {EFFECT("create: {type: other}"), "model_set_missing", 10},
        {EFFECT("create: {type: other, set: {name: '1'}}"), "model_value_kind", 10},
        {EFFECT("create: {type: other, set: {name: subject, twice: 'null'}}"), "model_not_writable", 10},
        {EFFECT("create: {type: other, set: {name: subject, rev: '1'}}"), "model_not_writable", 10},
        {EFFECT("update: {type: other, record: '1', set: {name: subject}}"), "model_value_kind", 10},
        {EFFECT("update: {type: other, set: {name: subject}}"), "missing_key", 10},
        {EFFECT("link: {type: other, record: id, set: {name: subject}}"), "model_set_one", 10},
        {EFFECT("transition: {type: thing, record: id, transition: gone}"), "model_unknown_name", 10},
        {EFFECT("notify: {to: '1', text: x}"), "model_value_kind", 10},
        {EFFECT("notify: {to: \"'finance'\", text: 'see {gone}'}"), "model_unknown_name", 10},
        {EFFECT("when: subject, set: {subject: \"'a'\"}"), "expr_type", 10},
    };
    CHECK_ALL(list);
}

static void all_mistakes_of_a_file_are_told_at_once(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct problem why;
    problem_init(&why, &a);
    struct meta *m = NULL;
    struct meta_source source = {
        STR("model/thing.yaml"),
        STR(HEAD "fields:\n  a: {type: texts}\n  b: {type: int, scale: 2}\n  c: {type: select}\n")};
    assert_true(meta_load(&source, 1, &m, &why) < 0);
    assert_int_equal(why.items_count, 3);
    arena_release(&a);
}

static void two_side_tables_of_one_name_are_refused(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    struct problem why;
    problem_init(&why, &a);
    struct meta *m = NULL;
    struct meta_source sources[] = {
        {STR("thing.yaml"), STR("type: thing\nengine: project\nfields:\n  part_tags: {type: tags}\n")},
        {STR("thing_part.yaml"), STR("type: thing_part\nengine: project\nfields:\n  tags: {type: tags}\n")}};
    assert_int_equal(meta_load(sources, 2, &m, &why), ERR_INVALID);
    assert_string_equal(message_code(why.items->message), "model_duplicate");
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_with_a_mistake_is_refused),
        cmocka_unit_test(a_field_with_a_mistake_is_refused),
        cmocka_unit_test(a_derived_field_with_a_mistake_is_refused),
        cmocka_unit_test(rights_limits_and_views_with_a_mistake_are_refused),
        cmocka_unit_test(a_transition_with_a_mistake_is_refused),
        cmocka_unit_test(an_effect_with_a_mistake_is_refused),
        cmocka_unit_test(all_mistakes_of_a_file_are_told_at_once),
        cmocka_unit_test(two_side_tables_of_one_name_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
