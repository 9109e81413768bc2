/*
 * Appends to the log inside a write transaction, and erases the values of one event.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The end of the chain is read from the table each time and never kept in memory: a part that is rolled back, or a
 * commit that fails, then can't leave a wrong one behind.
 */
#include "event/event_internal.h"
#include "event/event_sql.h"

/* Columns are never null; an empty text has no pointer. */
static struct value text(struct str s)
{
    return value_str(s.len ? s : STR(""));
}

static struct value hash_value(const uint8_t hash[HASH_BYTES])
{
    return value_bytes(str_n((const char *)hash, HASH_BYTES));
}

/* Runs after the commit, on the database's thread. */
static void sealed_note(void *arg, int64_t seq)
{
    struct event_log *log = arg;
    pthread_mutex_lock(&log->lock);
    atomic_store(&log->sealed, seq);
    pthread_mutex_unlock(&log->lock);
    pthread_cond_broadcast(&log->sealed_changed);
    size_t len = atomic_load(&log->hooks_len);
    for (size_t i = 0; i < len; i++)
        log->hooks[i].fn(log->hooks[i].arg, seq);
}

static int tail_read(struct db_tx *tx, int64_t *ret_seq, uint8_t ret_hash[HASH_BYTES])
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int r = db_prepare(tx, SQL_EVENT_TAIL, &st);
    if (r >= 0)
        r = db_step(st);
    if (r < 0)
        return r;
    if (r == 0) {
        *ret_seq = 0;
        memset(ret_hash, 0, HASH_BYTES);
        return 0;
    }
    struct str hash = db_col_str(st, 1);
    if (hash.len != HASH_BYTES) {
        LOG(ERROR, "the last event has no proper hash; verify the log");
        return ERR_INTERNAL;
    }
    *ret_seq = db_col_i64(st, 0);
    memcpy(ret_hash, hash.ptr, HASH_BYTES);
    return 0;
}

static int rows_insert(struct db_tx *tx, const struct event *e, struct str salt, const uint8_t values[HASH_BYTES],
                       const uint8_t hash[HASH_BYTES])
{
    int r = db_exec(tx, SQL_EVENT_INSERT,
                    DB_VALUES(value_int(e->seq), text(e->id), value_int(e->at_ms), text(e->type), text(e->subject_type),
                              text(e->subject), text(e->company), text(e->actor), text(e->on_behalf_of),
                              text(e->source), text(e->cause), value_int(e->hops), value_int(e->rev), text(e->mode),
                              text(e->transition), text(e->state_before), text(e->state_after), value_int(e->entered),
                              hash_value(values), hash_value(hash)));
    if (r < 0)
        return r;
    return db_exec(tx, SQL_EVENT_VALUE_INSERT, DB_VALUES(value_int(e->seq), value_bytes(salt), text(e->changes)));
}

int event_append(struct event_log *log, struct db_tx *tx, struct event *e)
{
    assert(log && db_is_write(tx) && !str_empty(e->type));
    uint8_t prev[HASH_BYTES], values[HASH_BYTES], hash[HASH_BYTES], salt_bytes[SALT_BYTES];
    int64_t last;
    int r = tail_read(tx, &last, prev);
    if (r < 0)
        return r;
    if (str_empty(e->id)) {
        id_new(&e->made);
        e->id = str_n(e->made.text, ID_LEN);
    }
    if (!e->at_ms)
        e->at_ms = clock_now_ms();
    e->seq = last + 1;
    random_bytes(salt_bytes, sizeof(salt_bytes));
    struct str salt = str_n((const char *)salt_bytes, sizeof(salt_bytes));
    event_hash_values(&log->keys, salt, e->changes, values);
    event_hash_link(&log->keys, prev, e, values, hash);
    r = rows_insert(tx, e, salt, values, hash);
    if (r >= 0 && e->seq % EVENT_CHECKPOINT_EVERY == 0)
        r = event_checkpoint_write(&log->keys, tx, e->seq, hash);
    if (r < 0)
        return r;
    db_after_commit(tx, sealed_note, log, e->seq);
    return 0;
}

int event_erase(struct event_log *log, struct db_tx *tx, struct str event_id, struct str actor)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    struct event e;
    int r = event_by_id(tx, &a, event_id, &e);
    if (r < 0)
        return r;
    int64_t erased;
    r = db_query_i64(tx, SQL_EVENT_VALUE_ERASED, DB_VALUES(value_int(e.seq)), 0, &erased);
    if (r < 0 || erased)
        return r;
    r = db_exec(tx, SQL_EVENT_VALUE_ERASE, DB_VALUES(value_int(e.seq)));
    if (r < 0)
        return r;
    struct event about = {
        .type = STR("event.erased"),
        .subject_type = STR("event"),
        .subject = e.id,
        .company = e.company,
        .actor = actor,
        .source = STR("system"),
        .cause = e.id,
        .hops = e.hops + 1,
        .mode = STR("repair"),
    };
    return event_append(log, tx, &about);
}
