/*
 * Verifies the whole log: every link, every value that was not erased, every checkpoint.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "event/event_internal.h"
#include "event/event_sql.h"

/* Columns that only verification reads, after those of the event. */
enum { COL_CHANGES = EVENT_COLUMNS - 1, COL_VALUE_HASH = EVENT_COLUMNS, COL_HASH, COL_SALT, COL_VALUE_SEQ };

struct verifying {
    const struct keys *keys;
    struct problem *why;
    uint8_t prev[HASH_BYTES];
    int64_t last; /* the seq of the last event that fits */
};

static int broken(struct verifying *v, int64_t seq, const char *reason)
{
    CLEANUP(buf_release) struct buf number = {0};
    buf_init(&number, 32);
    buf_add_i64(&number, seq);
    return PROBLEM(v->why, EVENT_CHAIN, ARG("seq", buf_str(&number)), ARG("reason", str_of(reason)));
}

/* Values may be gone only where an event in the chain says that they were erased. */
static int erasure_check(struct verifying *v, struct db_tx *tx, const struct event *e)
{
    int64_t seq;
    int r = db_query_i64(tx, SQL_EVENT_ERASURE_OF, DB_VALUES(value_str(e->id)), 0, &seq);
    if (r < 0)
        return r;
    return seq > e->seq ? 0 : broken(v, e->seq, "its values are gone and no erasure is recorded");
}

static int event_check(struct verifying *v, struct db_tx *tx, struct db_stmt *st, struct arena *a)
{
    struct event e;
    event_of_row(st, a, &e);
    if (e.seq != v->last + 1)
        return broken(v, v->last + 1, "the event is missing");
    struct str values = db_col_str(st, COL_VALUE_HASH);
    if (values.len != HASH_BYTES)
        return broken(v, e.seq, "the hash of its values was changed");
    uint8_t hash[HASH_BYTES];
    event_hash_link(v->keys, v->prev, &e, (const uint8_t *)values.ptr, hash);
    if (!str_eq(db_col_str(st, COL_HASH), str_n((const char *)hash, HASH_BYTES)))
        return broken(v, e.seq, "it was changed, or the order was");
    if (db_col_null(st, COL_VALUE_SEQ) || db_col_null(st, COL_CHANGES)) {
        int r = erasure_check(v, tx, &e);
        if (r < 0)
            return r;
    } else {
        uint8_t again[HASH_BYTES];
        event_hash_values(v->keys, db_col_str(st, COL_SALT), db_col_str(st, COL_CHANGES), again);
        if (!str_eq(db_col_str(st, COL_VALUE_HASH), str_n((const char *)again, HASH_BYTES)))
            return broken(v, e.seq, "its values were changed");
    }
    memcpy(v->prev, hash, HASH_BYTES);
    v->last = e.seq;
    return 0;
}

static int chain_check(struct verifying *v, struct db_tx *tx)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int r = db_prepare(tx, SQL_EVENT_VERIFY, &st);
    if (r < 0)
        return r;
    while ((r = db_step(st)) > 0) {
        r = event_check(v, tx, st, &a);
        if (r < 0)
            return r;
        arena_reset(&a);
    }
    return r;
}

static int checkpoint_check(struct verifying *v, struct db_tx *tx, struct db_stmt *st)
{
    int64_t seq = db_col_i64(st, 0);
    struct str hash = db_col_str(st, 1);
    if (!event_checkpoint_fits(v->keys, seq, hash, db_col_i64(st, 2), db_col_str(st, 3)))
        return broken(v, seq, "the signature of its checkpoint does not fit");
    if (seq > v->last)
        return broken(v, v->last + 1, "the end is missing: a later checkpoint was signed");
    CLEANUP(db_donep) struct db_stmt *at = NULL;
    int r = db_prepare(tx, SQL_EVENT_HASH_AT, &at);
    if (r < 0)
        return r;
    db_bind_i64(at, 1, seq);
    r = db_step(at);
    if (r < 0)
        return r;
    return r > 0 && str_eq(db_col_str(at, 0), hash) ? 0 : broken(v, seq, "it is not what its checkpoint signed");
}

static int checkpoints_check(struct verifying *v, struct db_tx *tx)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int64_t regular = 0;
    int r = db_prepare(tx, SQL_EVENT_CHECKPOINTS, &st);
    if (r < 0)
        return r;
    while ((r = db_step(st)) > 0) {
        r = checkpoint_check(v, tx, st);
        if (r < 0)
            return r;
        if (db_col_i64(st, 0) % EVENT_CHECKPOINT_EVERY == 0)
            regular++;
    }
    if (r < 0)
        return r;
    if (regular != v->last / EVENT_CHECKPOINT_EVERY)
        return broken(v, (regular + 1) * EVENT_CHECKPOINT_EVERY, "a checkpoint is missing");
    return 0;
}

int event_verify(struct event_log *log, struct db_tx *tx, int64_t *ret_verified, struct problem *why)
{
    struct verifying v = {.keys = &log->keys, .why = why};
    int r = chain_check(&v, tx);
    if (r >= 0)
        r = checkpoints_check(&v, tx);
    if (r < 0)
        return r;
    *ret_verified = v.last;
    return 0;
}
