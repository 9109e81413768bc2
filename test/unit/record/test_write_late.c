/* A state that was only noted first, and whose true entry is told later: it counts, once. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/record/claims.h"

static void set_state(struct world *w, enum plan_mode mode, struct str id, const char *name, struct write_item *ret)
{
    struct write_result r;
    struct problem why;
    struct change c = {.op = CHANGE_UPDATE, .type = STR("task"), .id = id, .state = str_of(name)};
    if (write_one(w, &w->clerk, mode, &c, &r, &why) < 0)
        fail_msg("%s: %s", name, problem_text(w, &why));
    *ret = r.items[0];
}

static struct str adopted(struct world *w, const char *name)
{
    struct write_result r;
    struct problem why;
    struct change c = {.op = CHANGE_CREATE, .type = STR("task"), .state = str_of(name)};
    if (run(w, &w->clerk, MODE_ADOPT, c, "{\"subject\":\"s\"}", &r, &why) < 0)
        fail_msg("%s", problem_text(w, &why));
    return r.items[0].id;
}

static int64_t entries(struct world *w)
{
    return query(w, "SELECT count(*) FROM event WHERE state_after = 'done' AND entered > 0");
}

static void an_adopted_state_counts_as_entered_when_its_entry_is_told_and_only_then(void **state)
{
    struct world *w = *state;
    struct write_item item;
    struct str id = adopted(w, "done");
    assert_int_equal(entries(w), 0);
    int64_t seq = now_seq(w);
    set_state(w, MODE_FLOW, id, "done", &item);
    assert_true(item.changed);
    assert_int_equal(entries(w), 1);
    struct events *all = events_after(w, seq);
    assert_int_equal(all->len, 1);
    assert_int_equal(all->items[0].entered, 1);
    assert_true(str_is(all->items[0].state_before, "done"));
    assert_true(str_is(all->items[0].state_after, "done"));
    assert_int_equal(all->items[0].rev, 2);
}

static void told_a_second_time_it_is_nothing_new(void **state)
{
    struct world *w = *state;
    struct write_item item;
    struct str id = adopted(w, "done");
    set_state(w, MODE_FLOW, id, "done", &item);
    int64_t seq = now_seq(w);
    set_state(w, MODE_FLOW, id, "done", &item);
    assert_false(item.changed);
    assert_int_equal(now_seq(w), seq);
    assert_int_equal(entries(w), 1);
    assert_int_equal(load(w, "task", id)->values[SYS_REV].i, 2);
}

static void noting_it_again_never_counts(void **state)
{
    struct world *w = *state;
    struct write_item item;
    struct str id = adopted(w, "done");
    set_state(w, MODE_ADOPT, id, "done", &item);
    assert_false(item.changed);
    assert_int_equal(entries(w), 0);
}

static void a_state_that_was_truly_entered_before_is_not_entered_by_being_told_late(void **state)
{
    struct world *w = *state;
    struct write_item item;
    struct str id = adopted(w, "doing");
    set_state(w, MODE_FLOW, id, "done", &item);
    assert_int_equal(entries(w), 1);
    set_state(w, MODE_ADOPT, id, "doing", &item); /* moved back outside, unseen */
    set_state(w, MODE_ADOPT, id, "done", &item);  /* and is done again when it is looked at */
    set_state(w, MODE_FLOW, id, "done", &item);
    assert_false(item.changed);
    assert_int_equal(entries(w), 1);
    set_state(w, MODE_ADOPT, id, "doing", &item);
    set_state(w, MODE_FLOW, id, "done", &item); /* a true second entry */
    assert_int_equal(entries(w), 2);
    assert_int_equal(query(w, "SELECT max(entered) FROM event WHERE state_after = 'done'"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_adopted_state_counts_as_entered_when_its_entry_is_told_and_only_then,
                                        world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(told_a_second_time_it_is_nothing_new, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(noting_it_again_never_counts, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_state_that_was_truly_entered_before_is_not_entered_by_being_told_late,
                                        world_setup, world_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
