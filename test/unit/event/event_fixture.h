/*
 * For tests of the event log: a database with its tables, a log with fixed keys, and short ways to append.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_TEST_EVENT_FIXTURE_H
#define TANDEM_TEST_EVENT_FIXTURE_H

#include "event/event.h"
#include "unit/db/db_fixture.h"

struct event_fixture {
    struct fixture *f;
    struct keys keys;
    struct event_log *log;
};

static inline void event_fixture_open_log(struct event_fixture *x)
{
    assert_int_equal(event_log_open(x->f->db, &x->keys, &x->log, &x->f->why), 0);
}

static inline struct event_fixture *event_fixture_new(void)
{
    struct event_fixture *x = xcalloc(1, sizeof(*x));
    x->f = fixture_new();
    memset(x->keys.history, 1, KEY_BYTES);
    memset(x->keys.sign_seed, 2, KEY_BYTES);
    assert_int_equal(db_migrate(x->f->db, event_migrations, event_migrations_len, &x->f->why), 0);
    event_fixture_open_log(x);
    return x;
}

static inline void event_fixture_free(struct event_fixture *x)
{
    event_log_free(x->log);
    fixture_free(x->f);
    free(x);
}

struct appending {
    struct event_log *log;
    struct event e;
    int result; /* what the write returns after it appended */
    int count;
};

static inline int append_fn(struct db_tx *tx, void *arg)
{
    struct appending *p = arg;
    struct event first = p->e;
    for (int i = 0; i < (p->count ? p->count : 1); i++) {
        p->e = first;
        int r = event_append(p->log, tx, &p->e);
        if (r < 0)
            return r;
    }
    return p->result;
}

/* Appends an event about a subject with these changes; returns its seq. */
static inline int64_t append(struct event_fixture *x, const char *subject, const char *changes)
{
    struct appending p = {.log = x->log,
                          .e = {.type = STR("record.updated"),
                                .subject_type = STR("task"),
                                .subject = str_of(subject),
                                .actor = STR("system"),
                                .source = STR("test"),
                                .mode = STR("user"),
                                .changes = str_of(changes)}};
    assert_int_equal(db_write(x->f->db, append_fn, &p), 0);
    return p.e.seq;
}

static inline void append_many(struct event_fixture *x, int count)
{
    struct appending p = {.log = x->log, .e = {.type = STR("bulk"), .changes = STR("{}")}, .count = count};
    assert_int_equal(db_write(x->f->db, append_fn, &p), 0);
}

#endif
