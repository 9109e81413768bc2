/*
 * Tests of promise P19: edit, gap, reorder and truncation of the log are detected; an erasure leaves it verifiable.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/event/event_fixture.h"

enum { EVENTS = 1005 };

static int set_up(void **state)
{
    struct event_fixture *x = event_fixture_new();
    append(x, "person", "{\"name\":{\"before\":null,\"after\":\"Li Wei\"}}");
    append(x, "person", "{\"name\":{\"before\":\"Li Wei\",\"after\":\"Li Na\"}}");
    append_many(x, EVENTS - 2);
    *state = x;
    return 0;
}

static int tear_down(void **state)
{
    event_fixture_free(*state);
    return 0;
}

static int verify_fn(struct db_tx *tx, void *arg)
{
    struct event_fixture *x = arg;
    int64_t n = -1;
    problem_clear(&x->f->why);
    int r = event_verify(x->log, tx, &n, &x->f->why);
    return r < 0 ? r : (int)n;
}

static int verify(struct event_fixture *x)
{
    return db_read(x->f->db, verify_fn, x);
}

/* Does something to the tables that only an attacker would, and expects it to be found at a place. */
static void expect_found(struct event_fixture *x, const char *sql, const char *at)
{
    assert_int_equal(verify(x), fixture_i64(x->f, "SELECT MAX(seq) FROM event"));
    assert_true(fixture_sql(x->f, sql) > 0);
    assert_int_equal(verify(x), ERR_INTERNAL);
    assert_int_equal(x->f->why.message, MSG_EVENT_CHAIN);
    assert_string_equal(arena_cstr(&x->f->arena, x->f->why.args[0].value), at);
}

static void an_untouched_log_verifies_to_its_end(void **state)
{
    assert_int_equal(verify(*state), EVENTS);
}

static void an_edit_of_a_header_is_found(void **state)
{
    expect_found(*state, "UPDATE event SET actor = 'somebody' WHERE seq = 500", "500");
}

static void an_edit_of_values_is_found(void **state)
{
    expect_found(*state, "UPDATE event_value SET changes = '{}' WHERE seq = 2", "2");
}

static void values_with_their_hash_exchanged_are_found(void **state)
{
    expect_found(*state, "UPDATE event SET value_hash = (SELECT value_hash FROM event WHERE seq = 1) WHERE seq = 2",
                 "2");
}

static void a_gap_is_found(void **state)
{
    expect_found(*state, "DELETE FROM event WHERE seq = 700", "700");
}

static void a_gap_that_was_closed_up_is_found(void **state)
{
    struct event_fixture *x = *state;
    assert_int_equal(fixture_sql(x->f, "DELETE FROM event WHERE seq = 1005"), 1);
    assert_int_equal(
        fixture_sql(x->f,
                    "INSERT INTO event SELECT 1005, 'x', at_ms, type, subject_type, subject, company, actor, "
                    "on_behalf_of, source, cause, hops, rev, mode, transition, state_before, state_after, entered, "
                    "value_hash, hash FROM event WHERE seq = 1004"),
        1);
    assert_int_equal(verify(x), ERR_INTERNAL);
}

static void a_changed_order_is_found(void **state)
{
    struct event_fixture *x = *state;
    assert_int_equal(fixture_sql(x->f, "UPDATE event SET seq = -1 WHERE seq = 10"), 1);
    assert_int_equal(fixture_sql(x->f, "UPDATE event SET seq = 10 WHERE seq = 11"), 1);
    assert_int_equal(fixture_sql(x->f, "UPDATE event SET seq = 11 WHERE seq = -1"), 1);
    assert_int_equal(verify(x), ERR_INTERNAL);
}

static void a_truncation_is_found_by_the_last_checkpoint(void **state)
{
    expect_found(*state, "DELETE FROM event WHERE seq >= 998", "998");
}

static void a_truncation_after_a_clean_end_is_found(void **state)
{
    struct event_fixture *x = *state;
    x->log = event_log_free(x->log);
    event_fixture_open_log(x);
    expect_found(x, "DELETE FROM event WHERE seq = 1005", "1005");
}

static void a_missing_checkpoint_is_found(void **state)
{
    expect_found(*state, "DELETE FROM event_checkpoint WHERE seq = 1000", "1000");
}

static void a_forged_checkpoint_is_found(void **state)
{
    expect_found(*state, "UPDATE event_checkpoint SET at_ms = at_ms + 1 WHERE seq = 1000", "1000");
}

static void values_that_vanish_without_an_erasure_are_found(void **state)
{
    expect_found(*state, "UPDATE event_value SET changes = NULL, salt = NULL WHERE seq = 1", "1");
}

static void value_rows_that_vanish_are_found(void **state)
{
    expect_found(*state, "DELETE FROM event_value WHERE seq = 3", "3");
}

static void another_key_does_not_fit(void **state)
{
    struct event_fixture *x = *state;
    x->log = event_log_free(x->log);
    x->keys.history[0] ^= 1;
    event_fixture_open_log(x);
    assert_int_equal(verify(x), ERR_INTERNAL);
}

static int find_first(void *arg, const struct event *e)
{
    *(struct event *)arg = *e;
    return 1;
}

static int erase_fn(struct db_tx *tx, void *arg)
{
    struct event_fixture *x = arg;
    struct event e;
    int r = event_read_subject(tx, &x->f->arena, STR("person"), 0, 1, find_first, &e);
    assert_int_equal(r, 1);
    return event_erase(x->log, tx, e.id, STR("admin"));
}

static int erase_nothing(struct db_tx *tx, void *arg)
{
    struct event_fixture *x = arg;
    return event_erase(x->log, tx, STR("no-such"), STR("admin"));
}

static void an_erasure_leaves_nothing_of_the_values_and_the_log_verifies(void **state)
{
    struct event_fixture *x = *state;
    assert_int_equal(db_write(x->f->db, erase_fn, x), 0);
    assert_int_equal(verify(x), EVENTS + 1);
    assert_int_equal(
        fixture_i64(x->f, "SELECT COUNT(*) FROM event_value WHERE seq = 1 AND changes IS NULL AND salt IS NULL"), 1);
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM event WHERE type = 'event.erased' AND actor = 'admin'"),
                     1);
    assert_int_equal(db_write(x->f->db, erase_fn, x), 0);
    assert_int_equal(verify(x), EVENTS + 1);
    assert_int_equal(db_write(x->f->db, erase_nothing, x), ERR_NOT_FOUND);
    expect_found(x, "UPDATE event_value SET changes = '{}' WHERE seq = 1", "1");
}

/* Random single changes anywhere in the log's tables; each must be found. */
static void random_changes_are_found(void **state)
{
    struct event_fixture *x = *state;
    static const char *const columns[] = {"id",         "type",         "subject_type", "subject", "company",
                                          "actor",      "on_behalf_of", "source",       "cause",   "mode",
                                          "transition", "state_before", "state_after"};
    for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
        uint16_t random;
        random_bytes(&random, sizeof(random));
        int seq = 1 + random % EVENTS;
        char sql[256], back[256];
        snprintf(sql, sizeof(sql),
                 i % 2 ? "UPDATE event SET %s = %s || 'x' WHERE seq = %d"
                       : "UPDATE event SET %s = 'x' || %s WHERE seq = %d",
                 columns[i], columns[i], seq);
        snprintf(back, sizeof(back), "UPDATE event SET %s = trim(%s, 'x') WHERE seq = %d", columns[i], columns[i], seq);
        assert_int_equal(fixture_sql(x->f, sql), 1);
        assert_int_equal(verify(x), ERR_INTERNAL);
        assert_int_equal(fixture_sql(x->f, back), 1);
        assert_int_equal(verify(x), EVENTS);
    }
}

int main(void)
{
    crypto_init();
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(an_untouched_log_verifies_to_its_end),
        T(an_edit_of_a_header_is_found),
        T(an_edit_of_values_is_found),
        T(values_with_their_hash_exchanged_are_found),
        T(a_gap_is_found),
        T(a_gap_that_was_closed_up_is_found),
        T(a_changed_order_is_found),
        T(a_truncation_is_found_by_the_last_checkpoint),
        T(a_truncation_after_a_clean_end_is_found),
        T(a_missing_checkpoint_is_found),
        T(a_forged_checkpoint_is_found),
        T(values_that_vanish_without_an_erasure_are_found),
        T(value_rows_that_vanish_are_found),
        T(another_key_does_not_fit),
        T(an_erasure_leaves_nothing_of_the_values_and_the_log_verifies),
        T(random_changes_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
