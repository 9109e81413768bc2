/*
 * Reads the log: by cursor, by subject, by cause, one; and the consumers' cursors.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <limits.h>

#include "event/event_internal.h"
#include "event/event_sql.h"

void event_of_row(struct db_stmt *st, struct arena *a, struct event *ret)
{
    *ret = (struct event){
        .seq = db_col_i64(st, 0),
        .id = db_col_copy(st, 1, a),
        .at_ms = db_col_i64(st, 2),
        .type = db_col_copy(st, 3, a),
        .subject_type = db_col_copy(st, 4, a),
        .subject = db_col_copy(st, 5, a),
        .company = db_col_copy(st, 6, a),
        .actor = db_col_copy(st, 7, a),
        .on_behalf_of = db_col_copy(st, 8, a),
        .source = db_col_copy(st, 9, a),
        .cause = db_col_copy(st, 10, a),
        .hops = (int)db_col_i64(st, 11),
        .rev = db_col_i64(st, 12),
        .mode = db_col_copy(st, 13, a),
        .transition = db_col_copy(st, 14, a),
        .state_before = db_col_copy(st, 15, a),
        .state_after = db_col_copy(st, 16, a),
        .entered = db_col_i64(st, 17),
        .changes = db_col_copy(st, 18, a),
    };
}

static int each_row(struct db_tx *tx, struct arena *a, struct str sql, const struct value *values, size_t len,
                    event_fn fn, void *arg)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int r = db_prepare(tx, sql, &st);
    if (r < 0)
        return r;
    for (size_t i = 0; i < len; i++)
        db_bind(st, (int)i + 1, values[i]);
    while ((r = db_step(st)) > 0) {
        struct event e;
        event_of_row(st, a, &e);
        r = fn(arg, &e);
        if (r)
            return r;
    }
    return r;
}

static struct value limit_value(size_t limit)
{
    return value_int(limit > INT_MAX ? INT_MAX : (int64_t)limit);
}

int event_read(struct db_tx *tx, struct arena *a, int64_t after_seq, size_t limit, event_fn fn, void *arg)
{
    return each_row(tx, a, SQL_EVENT_AFTER, DB_VALUES(value_int(after_seq), limit_value(limit)), fn, arg);
}

int event_read_subject(struct db_tx *tx, struct arena *a, struct str subject, int64_t after_seq, size_t limit,
                       event_fn fn, void *arg)
{
    return each_row(tx, a, SQL_EVENT_OF_SUBJECT,
                    DB_VALUES(value_str(subject), value_int(after_seq), limit_value(limit)), fn, arg);
}

int event_read_subject_last(struct db_tx *tx, struct arena *a, struct str subject, size_t limit, event_fn fn, void *arg)
{
    return each_row(tx, a, SQL_EVENT_OF_SUBJECT_LAST, DB_VALUES(value_str(subject), limit_value(limit)), fn, arg);
}

int event_by_cause(struct db_tx *tx, struct arena *a, struct str cause, size_t limit, event_fn fn, void *arg)
{
    return each_row(tx, a, SQL_EVENT_OF_CAUSE, DB_VALUES(value_str(cause), limit_value(limit)), fn, arg);
}

int event_by_id(struct db_tx *tx, struct arena *a, struct str id, struct event *ret)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int r = db_prepare(tx, SQL_EVENT_BY_ID, &st);
    if (r < 0)
        return r;
    db_bind_str(st, 1, id);
    r = db_step(st);
    if (r <= 0)
        return r < 0 ? r : ERR_NOT_FOUND;
    event_of_row(st, a, ret);
    return 0;
}

int event_last_seq(struct db_tx *tx, int64_t *ret)
{
    return db_query_i64(tx, SQL_EVENT_LAST, NULL, 0, 0, ret);
}

int event_entered_count(struct db_tx *tx, struct str subject, struct str state, int64_t *ret)
{
    return db_query_i64(tx, SQL_EVENT_ENTERED, DB_VALUES(value_str(subject), value_str(state)), 0, ret);
}

int event_cursor_get(struct db_tx *tx, struct str consumer, int64_t start, int64_t *ret)
{
    int64_t seq;
    int r = db_query_i64(tx, SQL_EVENT_CURSOR_GET, DB_VALUES(value_str(consumer)), -1, &seq);
    if (r < 0)
        return r;
    if (seq < 0) {
        seq = start;
        if (start < 0)
            r = event_last_seq(tx, &seq);
        /* A start at the end must be kept, or a restart before the first event would begin at a later end. */
        if (r >= 0 && db_is_write(tx))
            r = event_cursor_set(tx, consumer, seq);
        if (r < 0)
            return r;
    }
    *ret = seq;
    return 0;
}

int event_cursor_set(struct db_tx *tx, struct str consumer, int64_t seq)
{
    int r = db_exec(tx, SQL_EVENT_CURSOR_SET, DB_VALUES(value_str(consumer), value_int(seq)));
    return r < 0 ? r : 0;
}
