/* Idempotency keys: the first answer to a key is kept with the write itself, and given again for 24 hours. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record_internal.h"
#include "record/record_sql.h"
#include "record/write.h"

static struct str text(struct str s)
{
    return s.ptr != NULL ? s : STR("");
}

int idempotency_find(struct write *w, struct write_result *ret)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int err = db_prepare(w->tx, SQL_IDEMPOTENCY_GET, &st);
    if (err < 0)
        return err;
    db_bind_str(st, 1, w->plan->actor->id);
    db_bind_str(st, 2, w->plan->key);
    db_bind_i64(st, 3, w->now_ms - RECORD_IDEMPOTENCY_KEEP_MS);
    err = db_step(st);
    if (err <= 0)
        return err;
    if (!str_eq(db_col_str(st, 0), text(w->plan->key_hash)))
        return PROBLEM(w->why, KEY_REUSED);
    struct write_item *item = arena_new(w->a, struct write_item);
    item->id = db_col_copy(st, 2, w->a);
    item->rev = db_col_i64(st, 3);
    item->event_id = db_col_copy(st, 4, w->a);
    *ret = (struct write_result){.items = item, .len = 1, .replayed = true, .response = db_col_copy(st, 1, w->a)};
    return 1;
}

int idempotency_keep(struct write *w, const struct write_result *result)
{
    const struct write_item none = {0};
    const struct write_item *first = result->len > 0 ? &result->items[0] : &none;
    struct value actor = value_str(w->plan->actor->id), key = value_str(w->plan->key);
    /* Old keys go a hundred at a time, with the writes that bring new ones. */
    int err = db_exec(w->tx, SQL_IDEMPOTENCY_PURGE, DB_VALUES(value_int(w->now_ms - RECORD_IDEMPOTENCY_KEEP_MS)));
    if (err < 0)
        return err;
    err = db_exec(w->tx, SQL_IDEMPOTENCY_DROP, DB_VALUES(actor, key));
    if (err < 0)
        return err;
    err = db_exec(w->tx, SQL_IDEMPOTENCY_PUT,
                  DB_VALUES(actor, key, value_str(text(w->plan->key_hash)), value_str(text(result->response)),
                            value_str(text(first->id)), value_int(first->rev), value_str(text(first->event_id)),
                            value_int(w->now_ms)));
    return err < 0 ? err : 0;
}
