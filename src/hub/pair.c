/* The pair registry: which outside record is which of ours. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/hub_internal.h"
#include "hub/hub_sql.h"

static void pair_decode(struct db_stmt *st, struct arena *a, struct pair_row *ret)
{
    ret->pair = (struct pair){.id = db_col_copy(st, 0, a),
                              .connection = db_col_copy(st, 1, a),
                              .entity = db_col_copy(st, 2, a),
                              .outside_id = db_col_copy(st, 3, a),
                              .type = db_col_copy(st, 4, a),
                              .record = db_col_copy(st, 5, a)};
    ret->sent_ms = db_col_i64(st, 6);
    ret->base = db_col_copy(st, 7, a);
}

static int pair_query(struct db_tx *tx, struct str sql, const struct str *binds, int len, struct arena *a,
                      struct pair_row *ret)
{
    struct db_stmt *st;
    int err = db_prepare(tx, sql, &st);
    if (err < 0)
        return err;
    for (int i = 0; i < len; i++)
        db_bind_str(st, i + 1, binds[i]);
    err = db_step(st);
    if (err > 0)
        pair_decode(st, a, ret);
    db_done(st);
    return err > 0 ? 0 : err < 0 ? err : ERR_NOT_FOUND;
}

int pair_find(struct db_tx *tx, struct str connection, struct str entity, struct str outside_id, struct arena *a,
              struct pair_row *ret)
{
    return pair_query(tx, SQL_HUB_PAIR_BY_OUTSIDE, (const struct str[]){connection, entity, outside_id}, 3, a, ret);
}

int hub_pair_by_outside(struct hub *h, struct db_tx *tx, struct str connection, struct str entity,
                        struct str outside_id, struct arena *a, struct pair *ret)
{
    struct pair_row row;
    (void)h;
    int err = pair_find(tx, connection, entity, outside_id, a, &row);
    if (err == 0)
        *ret = row.pair;
    return err;
}

int hub_pair_by_record(struct hub *h, struct db_tx *tx, struct str record, struct arena *a, struct pair *ret)
{
    struct pair_row row;
    (void)h;
    int err = pair_query(tx, SQL_HUB_PAIR_BY_RECORD, &record, 1, a, &row);
    if (err == 0)
        *ret = row.pair;
    return err;
}

int pair_insert(struct db_tx *tx, const struct pair_row *p)
{
    int err = db_exec(tx, SQL_HUB_PAIR_INSERT,
                      DB_VALUES(value_str(p->pair.id), value_str(p->pair.connection), value_str(p->pair.entity),
                                value_str(p->pair.outside_id), value_str(p->pair.type), value_str(p->pair.record),
                                value_int(p->sent_ms), value_str(p->base)));
    return err < 0 ? err : 0;
}

int pair_agree(struct db_tx *tx, struct str id, int64_t sent_ms, struct str base)
{
    int err = db_exec(tx, SQL_HUB_PAIR_UPDATE, DB_VALUES(value_int(sent_ms), value_str(base), value_str(id)));
    return err < 0 ? err : 0;
}
