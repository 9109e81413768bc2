/* The effect `post`: entries in a ledger, and taking back what a document still holds at a stage. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record_internal.h"
#include "record/write.h"

enum { RELEASE_GROUPS_MAX = 1000 };

static struct value document_of(const struct op *op)
{
    struct value *pair = arena_array(op->w->a, struct value, 4);
    pair[0] = value_str(STR("type"));
    pair[1] = value_str(STR("id"));
    pair[2] = value_str(op->type->name);
    pair[3] = op->after->values[SYS_ID];
    return (struct value){.kind = VALUE_MAP, .map = {.keys = pair, .values = pair + 2, .len = 2}};
}

/* Adds stage, amount and document to the assignments, which left room for them. */
static void entry_complete(const struct op *op, const struct effect *e, struct value amount, struct value *keys,
                           struct value *values)
{
    keys[0] = value_str(STR("stage"));
    values[0] = value_str(e->stage);
    keys[1] = value_str(STR("amount"));
    values[1] = amount;
    keys[2] = value_str(STR("document"));
    values[2] = document_of(op);
}

static int needed(struct op *op, const struct effect *e, const struct field *f)
{
    return PROBLEM(op->w->why, LEDGER_NO_LINE, ARG("field", op_field_label(op, f)),
                   ARG("ledger", op_type_label(op, e->type)));
}

static int post_entry(struct op *op, const struct effect *e)
{
    struct value amount = value_null(), set;
    int err = effect_eval(op, e->amount, &amount);
    if (err == 0)
        err = effect_values(op, e->set, e->set_len, 3, &set);
    if (err < 0)
        return err;
    size_t n = set.map.len;
    struct value *keys = arena_array(op->w->a, struct value, n + 3),
                 *values = arena_array(op->w->a, struct value, n + 3);
    for (size_t i = 0; i < n; i++) {
        keys[i] = set.map.keys[i];
        values[i] = set.map.values[i];
        if (e->set[i].field->required && str_empty(value_id(values[i])) && value_is_null(values[i]))
            return needed(op, e, e->set[i].field);
    }
    if (value_is_null(amount))
        return needed(op, e, type_field(e->type, STR("amount")));
    entry_complete(op, e, amount, keys + n, values + n);
    struct change change = {.op = CHANGE_CREATE, .type = e->type->name};
    change.values = (struct value){.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = n + 3}};
    return effect_write(op, &change);
}

/* ---- Release ---- */

static bool groups_by(const struct field *f)
{
    return !f->system && (f->kind == FIELD_LINK || f->kind == FIELD_USER) && field_has_column(f) &&
           f->derived.kind == DERIVED_NO;
}

static void release_sql(struct records *rs, const struct type *t, struct buf *sql)
{
    CLEANUP(buf_release) struct buf columns = {0};
    buf_init(&columns, 1 << 16);
    for (size_t i = SYS_COUNT; i < t->fields_len; i++) {
        if (groups_by(&t->fields[i]))
            buf_addf(&columns, ", \"%.*s\"", STR_ARG(t->fields[i].name));
    }
    buf_addf(sql,
             "SELECT SUM(\"amount\"), \"amount__cur\"%.*s FROM %.*s WHERE \"document\" = ? AND \"document__type\" = ? "
             "AND \"stage\" = ? "
             "GROUP BY \"amount__cur\"%.*s HAVING SUM(\"amount\") <> 0 ORDER BY \"amount__cur\"%.*s",
             STR_ARG(buf_str(&columns)), STR_ARG(type_sql(rs, t)->table), STR_ARG(buf_str(&columns)),
             STR_ARG(buf_str(&columns)));
}

/* One held amount of a group of links, as the values of the entry that takes it back. */
static int release_group(struct op *op, const struct effect *e, struct db_stmt *st, struct value *ret)
{
    const struct type *t = e->type;
    struct arena *a = op->w->a;
    struct value *keys = arena_array(a, struct value, t->fields_len + 3),
                 *values = arena_array(a, struct value, t->fields_len + 3);
    struct value amount = {.kind = VALUE_MONEY};
    struct str currency = db_col_str(st, 1);
    size_t n = 3;
    int at = 2;
    if (__builtin_sub_overflow((int64_t)0, db_col_i64(st, 0), &amount.money.minor))
        return PROBLEM(op->w->why, OVERFLOW, ARG("field", STR("amount")));
    memcpy(amount.money.currency, currency.ptr, currency.len < 3 ? currency.len : 3);
    for (size_t i = SYS_COUNT; i < t->fields_len; i++) {
        if (!groups_by(&t->fields[i]))
            continue;
        if (!db_col_null(st, at)) {
            keys[n] = value_str(t->fields[i].name);
            values[n++] = value_str(db_col_copy(st, at, a));
        }
        at++;
    }
    entry_complete(op, e, amount, keys, values);
    *ret = (struct value){.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = n}};
    return 0;
}

static int release(struct op *op, const struct effect *e)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    CLEANUP(buf_release) struct buf sql = {0};
    VEC(struct value) groups = {0};
    buf_init(&sql, 1 << 18);
    release_sql(op->w->rs, e->type, &sql);
    int err = db_prepare(op->w->tx, buf_str(&sql), &st);
    if (err < 0)
        return err;
    db_bind(st, 1, op->after->values[SYS_ID]);
    db_bind_str(st, 2, op->type->name);
    db_bind_str(st, 3, e->stage);
    while ((err = db_step(st)) == 1) {
        struct value group;
        err = groups.len == RELEASE_GROUPS_MAX ? ERR_LIMIT : release_group(op, e, st, &group);
        if (err < 0)
            return err;
        vec_push(op->w->a, &groups, group);
    }
    db_donep(&st);
    for (size_t i = 0; err == 0 && i < groups.len; i++) {
        struct change change = {.op = CHANGE_CREATE, .type = e->type->name, .values = groups.items[i]};
        err = effect_write(op, &change);
    }
    return err;
}

int effect_post(struct op *op, const struct effect *e)
{
    return e->release ? release(op, e) : post_entry(op, e);
}
