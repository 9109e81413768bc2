/*
 * Statements as the contract has them: thin calls to the back end, and the calls that need several of them.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <limits.h>

#include "db/db_internal.h"

static const struct db_ops *ops_of(const struct db_stmt *st)
{
    return st->tx->db->ops;
}

int db_prepare(struct db_tx *tx, struct str sql, struct db_stmt **ret)
{
    assert(tx && ret && !str_empty(sql));
    int r = tx->db->ops->prepare(tx, sql, ret);
    if (r < 0 && tx->err == 0)
        tx->err = r;
    return r;
}

void db_bind(struct db_stmt *st, int index, struct value v)
{
    ops_of(st)->bind(st, index, v);
}

void db_bind_i64(struct db_stmt *st, int index, int64_t v)
{
    ops_of(st)->bind(st, index, value_int(v));
}

void db_bind_str(struct db_stmt *st, int index, struct str s)
{
    ops_of(st)->bind(st, index, value_str(s));
}

void db_bind_null(struct db_stmt *st, int index)
{
    ops_of(st)->bind(st, index, value_null());
}

int db_step(struct db_stmt *st)
{
    int r = ops_of(st)->step(st);
    if (r < 0 && st->tx->err == 0)
        st->tx->err = r;
    return r;
}

void db_done(struct db_stmt *st)
{
    if (st)
        ops_of(st)->done(st);
}

void db_donep(struct db_stmt **st)
{
    db_done(*st);
    *st = NULL;
}

int db_columns(const struct db_stmt *st)
{
    return ops_of(st)->columns(st);
}

bool db_col_null(struct db_stmt *st, int i)
{
    return ops_of(st)->col_null(st, i);
}

int64_t db_col_i64(struct db_stmt *st, int i)
{
    return ops_of(st)->col_i64(st, i);
}

struct str db_col_str(struct db_stmt *st, int i)
{
    return ops_of(st)->col_str(st, i);
}

struct str db_col_copy(struct db_stmt *st, int i, struct arena *a)
{
    struct str s = ops_of(st)->col_str(st, i);
    return s.ptr ? arena_str(a, s) : STR_NULL;
}

static int prepare_bound(struct db_tx *tx, struct str sql, const struct value *values, size_t len, struct db_stmt **ret)
{
    struct db_stmt *st;
    int r = db_prepare(tx, sql, &st);
    if (r < 0)
        return r;
    for (size_t i = 0; i < len; i++)
        db_bind(st, (int)i + 1, values[i]);
    *ret = st;
    return 0;
}

int db_exec(struct db_tx *tx, struct str sql, const struct value *values, size_t len)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int r = prepare_bound(tx, sql, values, len, &st);
    if (r < 0)
        return r;
    while ((r = db_step(st)) > 0)
        ;
    if (r < 0)
        return r;
    int64_t n = tx->db->ops->changes(tx);
    return n > INT_MAX ? INT_MAX : (int)n;
}

int db_query_i64(struct db_tx *tx, struct str sql, const struct value *values, size_t len, int64_t def, int64_t *ret)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int r = prepare_bound(tx, sql, values, len, &st);
    if (r < 0)
        return r;
    r = db_step(st);
    if (r < 0)
        return r;
    *ret = r > 0 && !db_col_null(st, 0) ? db_col_i64(st, 0) : def;
    return 0;
}

int db_run_ddl(struct db_tx *tx, struct str sql)
{
    assert(tx->write);
    int r = tx->db->ops->script(tx, sql);
    if (r < 0 && tx->err == 0)
        tx->err = r;
    return r;
}

int db_table_columns(struct db_tx *tx, struct str table, struct arena *a, struct str **ret, size_t *ret_len)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int r = prepare_bound(tx, tx->db->ops->table_columns, DB_VALUES(value_str(table)), &st);
    if (r < 0)
        return r;
    VEC(struct str) names = {0};
    while ((r = db_step(st)) > 0)
        vec_push(a, &names, db_col_copy(st, 0, a));
    if (r < 0)
        return r;
    *ret = names.items;
    *ret_len = names.len;
    return 0;
}
