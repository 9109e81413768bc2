/*
 * Tests of the event log: gap-free order under failures, reading by cursor, subject and cause, waiting, cursors.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <pthread.h>
#include <stdatomic.h>

#include "unit/event/event_fixture.h"

static int set_up(void **state)
{
    *state = event_fixture_new();
    return 0;
}

static int tear_down(void **state)
{
    event_fixture_free(*state);
    return 0;
}

static void an_event_has_its_number_id_and_time_when_it_is_appended(void **state)
{
    struct event_fixture *x = *state;
    struct appending p = {.log = x->log, .e = {.type = STR("record.created"), .changes = STR("{}")}};
    assert_int_equal(db_write(x->f->db, append_fn, &p), 0);
    assert_int_equal(p.e.seq, 1);
    assert_true(id_valid(p.e.id));
    assert_true(p.e.at_ms > 0);
    assert_int_equal(event_sealed(x->log), 1);
}

static void an_event_that_was_rolled_back_leaves_no_gap_and_is_not_sealed(void **state)
{
    struct event_fixture *x = *state;
    assert_int_equal(append(x, "a", "{}"), 1);
    struct appending p = {.log = x->log, .e = {.type = STR("lost")}, .result = ERR_INVALID, .count = 3};
    assert_int_equal(db_write(x->f->db, append_fn, &p), ERR_INVALID);
    assert_int_equal(event_sealed(x->log), 1);
    assert_int_equal(append(x, "a", "{}"), 2);
    assert_int_equal(event_sealed(x->log), 2);
}

struct writer {
    struct event_fixture *x;
    int id;
};

static void *writer_main(void *arg)
{
    struct writer *w = arg;
    for (int i = 0; i < 40; i++) {
        struct appending p = {.log = w->x->log,
                              .e = {.type = STR("t"), .subject = STR("s"), .changes = STR("{\"a\":1}")},
                              .result = (i + w->id) % 4 ? 0 : ERR_INVALID};
        int r = db_write(w->x->f->db, append_fn, &p);
        assert_int_equal(r, p.result);
    }
    return NULL;
}

static int verify_fn(struct db_tx *tx, void *arg)
{
    struct event_fixture *x = arg;
    int64_t n;
    int r = event_verify(x->log, tx, &n, &x->f->why);
    return r < 0 ? r : (int)n;
}

static void sixteen_writers_some_failing_make_one_order_without_gaps(void **state)
{
    struct event_fixture *x = *state;
    struct writer w[16];
    pthread_t t[16];
    for (int i = 0; i < 16; i++) {
        w[i] = (struct writer){.x = x, .id = i};
        assert_int_equal(pthread_create(&t[i], NULL, writer_main, &w[i]), 0);
    }
    for (int i = 0; i < 16; i++)
        pthread_join(t[i], NULL);
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM event"), 16 * 30);
    assert_int_equal(fixture_i64(x->f, "SELECT MAX(seq) FROM event"), 16 * 30);
    assert_int_equal(event_sealed(x->log), 16 * 30);
    assert_int_equal(db_read(x->f->db, verify_fn, x), 16 * 30);
}

struct seen {
    int64_t seqs[16];
    size_t len;
    struct event last;
    int stop_at;
};

static int see(void *arg, const struct event *e)
{
    struct seen *s = arg;
    assert_true(s->len < ARRAY_LEN(s->seqs));
    s->seqs[s->len++] = e->seq;
    s->last = *e;
    return s->stop_at && (int)s->len == s->stop_at ? 77 : 0;
}

struct reading {
    struct event_fixture *x;
    struct seen seen;
    int64_t after;
    size_t limit;
    const char *subject, *cause;
};

static int read_fn(struct db_tx *tx, void *arg)
{
    struct reading *r = arg;
    struct arena *a = &r->x->f->arena;
    if (r->subject)
        return event_read_subject(tx, a, str_of(r->subject), r->after, r->limit, see, &r->seen);
    if (r->cause)
        return event_by_cause(tx, a, str_of(r->cause), r->limit, see, &r->seen);
    return event_read(tx, a, r->after, r->limit, see, &r->seen);
}

static void a_cursor_reads_on_from_where_it_stands(void **state)
{
    struct event_fixture *x = *state;
    for (int i = 0; i < 5; i++)
        append(x, "a", "{}");
    struct reading r = {.x = x, .after = 2, .limit = 2};
    assert_int_equal(db_read(x->f->db, read_fn, &r), 0);
    assert_int_equal(r.seen.len, 2);
    assert_int_equal(r.seen.seqs[0], 3);
    assert_int_equal(r.seen.seqs[1], 4);
    struct reading stopped = {.x = x, .limit = 100, .seen = {.stop_at = 3}};
    assert_int_equal(db_read(x->f->db, read_fn, &stopped), 77);
    assert_int_equal(stopped.seen.len, 3);
}

static int append_full(struct db_tx *tx, void *arg)
{
    struct event_fixture *x = arg;
    struct event e = {.id = STR("0190aaaa-0000-7000-8000-000000000001"),
                      .at_ms = 1234,
                      .type = STR("record.transitioned"),
                      .subject_type = STR("task"),
                      .subject = STR("s1"),
                      .company = STR("c1"),
                      .actor = STR("u1"),
                      .on_behalf_of = STR("u2"),
                      .source = STR("web"),
                      .cause = STR("c0"),
                      .hops = 3,
                      .rev = 4,
                      .mode = STR("user"),
                      .transition = STR("finish"),
                      .state_before = STR("open"),
                      .state_after = STR("done"),
                      .entered = 2,
                      .changes = STR("{\"x\":{\"before\":1,\"after\":2}}")};
    int r = event_append(x->log, tx, &e);
    struct event derived = {.type = STR("record.derived"), .subject = STR("s1"), .changes = STR("{}")};
    return r < 0 ? r : event_append(x->log, tx, &derived);
}

static int by_id_fn(struct db_tx *tx, void *arg)
{
    struct reading *r = arg;
    return event_by_id(tx, &r->x->f->arena, str_of(r->subject), &r->seen.last);
}

static void every_field_comes_back_and_derived_changes_are_no_history(void **state)
{
    struct event_fixture *x = *state;
    assert_int_equal(db_write(x->f->db, append_full, x), 0);
    struct reading r = {.x = x, .limit = 10, .subject = "s1"};
    assert_int_equal(db_read(x->f->db, read_fn, &r), 0);
    assert_int_equal(r.seen.len, 1);
    const struct event *e = &r.seen.last;
    assert_int_equal(e->at_ms, 1234);
    assert_true(str_is(e->type, "record.transitioned") && str_is(e->subject_type, "task") && str_is(e->company, "c1"));
    assert_true(str_is(e->actor, "u1") && str_is(e->on_behalf_of, "u2") && str_is(e->source, "web") &&
                str_is(e->cause, "c0"));
    assert_true(e->hops == 3 && e->rev == 4 && e->entered == 2);
    assert_true(str_is(e->mode, "user") && str_is(e->transition, "finish"));
    assert_true(str_is(e->state_before, "open") && str_is(e->state_after, "done"));
    assert_true(str_is(e->changes, "{\"x\":{\"before\":1,\"after\":2}}"));
    struct reading by_cause = {.x = x, .limit = 10, .cause = "c0"};
    assert_int_equal(db_read(x->f->db, read_fn, &by_cause), 0);
    assert_int_equal(by_cause.seen.len, 1);
    struct reading no_cause = {.x = x, .limit = 10, .cause = ""};
    assert_int_equal(db_read(x->f->db, read_fn, &no_cause), 0);
    assert_int_equal(no_cause.seen.len, 0);
    struct reading by_id = {.x = x, .subject = "0190aaaa-0000-7000-8000-000000000001"};
    assert_int_equal(db_read(x->f->db, by_id_fn, &by_id), 0);
    assert_int_equal(by_id.seen.last.seq, 1);
    by_id.subject = "no-such";
    assert_int_equal(db_read(x->f->db, by_id_fn, &by_id), ERR_NOT_FOUND);
}

static void an_id_can_be_appended_once_only(void **state)
{
    struct event_fixture *x = *state;
    assert_int_equal(db_write(x->f->db, append_full, x), 0);
    assert_int_equal(db_write(x->f->db, append_full, x), ERR_EXISTS);
    assert_int_equal(event_sealed(x->log), 2);
}

static int entered_fn(struct db_tx *tx, void *arg UNUSED)
{
    int64_t n;
    int r = event_entered_count(tx, STR("s1"), STR("done"), &n);
    return r < 0 ? r : (int)n;
}

static void entering_a_state_is_counted(void **state)
{
    struct event_fixture *x = *state;
    assert_int_equal(db_read(x->f->db, entered_fn, NULL), 0);
    assert_int_equal(db_write(x->f->db, append_full, x), 0);
    assert_int_equal(db_read(x->f->db, entered_fn, NULL), 2);
}

struct waiter {
    struct event_log *log;
    atomic_bool ready;
    int64_t got;
};

static void *waiter_main(void *arg)
{
    struct waiter *w = arg;
    atomic_store(&w->ready, true);
    w->got = event_wait(w->log, 0, 5000);
    return NULL;
}

static void waiting_ends_with_the_next_event_or_the_time(void **state)
{
    struct event_fixture *x = *state;
    assert_int_equal(event_wait(x->log, 0, 20), 0);
    struct waiter w = {.log = x->log};
    pthread_t t;
    assert_int_equal(pthread_create(&t, NULL, waiter_main, &w), 0);
    while (!atomic_load(&w.ready))
        ;
    append(x, "a", "{}");
    pthread_join(t, NULL);
    assert_int_equal(w.got, 1);
    assert_int_equal(event_wait(x->log, 0, 5000), 1);
}

static void sealed_hook(void *arg, int64_t seq)
{
    *(int64_t *)arg = seq;
}

static void a_hook_hears_the_last_number(void **state)
{
    struct event_fixture *x = *state;
    int64_t heard = 0;
    event_on_sealed(x->log, sealed_hook, &heard);
    append_many(x, 3);
    assert_int_equal(heard, 3);
}

struct cursoring {
    int64_t start, set, got;
};

static int cursor_fn(struct db_tx *tx, void *arg)
{
    struct cursoring *c = arg;
    if (c->set) {
        int r = event_cursor_set(tx, STR("flow"), c->set);
        if (r < 0)
            return r;
    }
    return event_cursor_get(tx, STR("flow"), c->start, &c->got);
}

static void a_cursor_begins_where_it_is_told_and_is_kept(void **state)
{
    struct event_fixture *x = *state;
    append_many(x, 4);
    struct cursoring c = {.start = 0};
    assert_int_equal(db_read(x->f->db, cursor_fn, &c), 0);
    assert_int_equal(c.got, 0);
    c.start = -1;
    assert_int_equal(db_write(x->f->db, cursor_fn, &c), 0);
    assert_int_equal(c.got, 4);
    append_many(x, 4);
    assert_int_equal(db_read(x->f->db, cursor_fn, &c), 0);
    assert_int_equal(c.got, 4);
    c.set = 7;
    assert_int_equal(db_write(x->f->db, cursor_fn, &c), 0);
    assert_int_equal(c.got, 7);
}

static void a_log_that_is_opened_again_goes_on(void **state)
{
    struct event_fixture *x = *state;
    append_many(x, 3);
    x->log = event_log_free(x->log);
    fixture_reopen(x->f);
    event_fixture_open_log(x);
    assert_int_equal(event_sealed(x->log), 3);
    assert_int_equal(append(x, "a", "{}"), 4);
    assert_int_equal(db_read(x->f->db, verify_fn, x), 4);
}

static void bulk_is_fast_enough_to_be_measured(void **state)
{
    struct event_fixture *x = *state;
    int64_t begin_us = clock_mono_us();
    append_many(x, 2000);
    int64_t append_us = clock_mono_us() - begin_us;
    begin_us = clock_mono_us();
    assert_int_equal(db_read(x->f->db, verify_fn, x), 2000);
    print_message("append %.1f us, verify %.1f us an event\n", (double)append_us / 2000,
                  (double)(clock_mono_us() - begin_us) / 2000);
    assert_int_equal(fixture_i64(x->f, "SELECT COUNT(*) FROM event_checkpoint"), 2);
}

int main(void)
{
    crypto_init();
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(an_event_has_its_number_id_and_time_when_it_is_appended),
        T(an_event_that_was_rolled_back_leaves_no_gap_and_is_not_sealed),
        T(sixteen_writers_some_failing_make_one_order_without_gaps),
        T(a_cursor_reads_on_from_where_it_stands),
        T(every_field_comes_back_and_derived_changes_are_no_history),
        T(an_id_can_be_appended_once_only),
        T(entering_a_state_is_counted),
        T(waiting_ends_with_the_next_event_or_the_time),
        T(a_hook_hears_the_last_number),
        T(a_cursor_begins_where_it_is_told_and_is_kept),
        T(a_log_that_is_opened_again_goes_on),
        T(bulk_is_fast_enough_to_be_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
