/*
 * For tests that need a database: a folder of their own with one in it, and calls that fail the test.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_TEST_DB_FIXTURE_H
#define TANDEM_TEST_DB_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "db/db.h"

/* Constant text as the argument of a function that only reads it. */
#define TEXT_ARG(s) ((void *)(uintptr_t)(s))

struct fixture {
    char dir[64], path[96];
    struct db *db;
    struct arena arena;
    struct problem why;
};

static inline void fixture_reopen(struct fixture *f)
{
    db_free(f->db);
    f->db = NULL;
    assert_int_equal(db_open(&(struct db_options){.path = f->path}, &f->db, &f->why), 0);
}

static inline struct fixture *fixture_new(void)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    snprintf(f->dir, sizeof(f->dir), "/tmp/tandem-test-XXXXXX");
    assert_non_null(mkdtemp(f->dir));
    snprintf(f->path, sizeof(f->path), "%s/t.db", f->dir);
    arena_init(&f->arena);
    problem_init(&f->why, &f->arena);
    fixture_reopen(f);
    return f;
}

static inline void fixture_free(struct fixture *f)
{
    db_free(f->db);
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        char path[128];
        snprintf(path, sizeof(path), "%s%s", f->path, ends[i]);
        unlink(path);
    }
    rmdir(f->dir);
    arena_release(&f->arena);
    free(f);
}

static inline int fixture_run_sql(struct db_tx *tx, void *arg)
{
    return db_exec(tx, str_of(arg), NULL, 0);
}

/* Runs one statement without values; returns rows changed or an error. */
static inline int fixture_sql(struct fixture *f, const char *sql)
{
    return db_write(f->db, fixture_run_sql, TEXT_ARG(sql));
}

struct fixture_number {
    const char *sql;
    int64_t n;
};

static inline int fixture_ask(struct db_tx *tx, void *arg)
{
    struct fixture_number *q = arg;
    return db_query_i64(tx, str_of(q->sql), NULL, 0, -1, &q->n);
}

/* The number that a query answers; -1: none. */
static inline int64_t fixture_i64(struct fixture *f, const char *sql)
{
    struct fixture_number q = {.sql = sql};
    assert_int_equal(db_read(f->db, fixture_ask, &q), 0);
    return q.n;
}

#endif
