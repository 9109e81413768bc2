/* Rows to records and back: the columns of a field, many-valued fields from side tables, lines from their own tables.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"
#include "record/record_internal.h"
#include "record/write.h"

int field_columns(const struct field *f)
{
    if (!field_has_column(f))
        return 0;
    if (f->kind == FIELD_MONEY)
        return 3;
    return f->kind == FIELD_LINK_ANY ? 2 : 1;
}

struct record *record_new(const struct type *t, struct arena *a)
{
    struct record *r = arena_new(a, struct record);
    r->type = t;
    r->values = arena_array(a, struct value, t->fields_len);
    return r;
}

void record_init_lines(struct record *r, struct arena *a)
{
    if (r->lines != NULL)
        return;
    r->lines = arena_array(a, struct record *, r->type->fields_len);
    r->lines_len = arena_array(a, size_t, r->type->fields_len);
}

struct record *record_copy(const struct record *r, struct arena *a)
{
    struct record *c = record_new(r->type, a);
    size_t n = r->type->fields_len;
    memcpy(c->values, r->values, n * sizeof(c->values[0]));
    if (r->lines != NULL) {
        record_init_lines(c, a);
        memcpy(c->lines, r->lines, n * sizeof(c->lines[0]));
        memcpy(c->lines_len, r->lines_len, n * sizeof(c->lines_len[0]));
    }
    return c;
}

/* ---- Reading ---- */

static struct value json_value(struct str text, struct arena *a)
{
    struct value v;
    if (json_parse(a, text, JSON_DEPTH_MAX, &v, NULL) < 0)
        return value_null();
    return v;
}

static struct value money_value(struct db_stmt *st, int i)
{
    struct value v = {.kind = VALUE_MONEY};
    struct str currency = db_col_str(st, i + 1);
    v.money.minor = db_col_i64(st, i);
    memcpy(v.money.currency, currency.ptr, currency.len < 3 ? currency.len : 3);
    return v;
}

static struct value link_any_value(struct db_stmt *st, int i, struct arena *a)
{
    struct value *pairs = arena_array(a, struct value, 4);
    pairs[0] = value_str(STR("type"));
    pairs[1] = value_str(STR("id"));
    pairs[2] = value_str(db_col_copy(st, i + 1, a));
    pairs[3] = value_str(db_col_copy(st, i, a));
    return (struct value){.kind = VALUE_MAP, .map = {.keys = pairs, .values = pairs + 2, .len = 2}};
}

static struct value column_value(struct db_stmt *st, int i, const struct field *f, struct arena *a)
{
    if (db_col_null(st, i))
        return value_null();
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_DURATION:
        return value_int(db_col_i64(st, i));
    case FIELD_DECIMAL:
    case FIELD_PERCENT:
        return value_dec((struct decimal){.coeff = db_col_i64(st, i), .scale = f->scale});
    case FIELD_BOOL:
        return value_bool(db_col_i64(st, i) != 0);
    case FIELD_DATE:
        return value_date(db_col_i64(st, i));
    case FIELD_DATETIME:
        return value_time_ms(db_col_i64(st, i));
    case FIELD_MONEY:
        return money_value(st, i);
    case FIELD_LINK_ANY:
        return link_any_value(st, i, a);
    case FIELD_JSON:
        return json_value(db_col_str(st, i), a);
    default:
        return value_str(db_col_copy(st, i, a));
    }
}

struct record *row_decode(struct db_stmt *st, int first, const struct type *t, struct arena *a)
{
    struct record *r = record_new(t, a);
    int at = first;
    for (size_t i = 0; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        int n = field_columns(f);
        if (n > 0)
            r->values[i] = column_value(st, at, f, a);
        else if (f->kind == FIELD_LINES)
            record_init_lines(r, a);
        at += n;
    }
    return r;
}

static int fill_many(struct db_tx *tx, struct str sql, struct record *r, size_t index, struct arena *a)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    VEC(struct value) items = {0};
    int err = db_prepare(tx, sql, &st);
    if (err < 0)
        return err;
    db_bind_str(st, 1, r->values[SYS_ID].s);
    while ((err = db_step(st)) == 1)
        vec_push(a, &items, value_str(db_col_copy(st, 0, a)));
    if (err == 0 && items.len > 0)
        r->values[index] = (struct value){.kind = VALUE_LIST, .list = {.items = items.items, .len = items.len}};
    return err;
}

static int fill_lines(struct records *rs, struct db_tx *tx, struct record *r, const struct field *f, struct str sql,
                      struct arena *a)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    VEC(struct record) lines = {0};
    int err = db_prepare(tx, sql, &st);
    if (err < 0)
        return err;
    db_bind_str(st, 1, r->values[SYS_ID].s);
    while ((err = db_step(st)) == 1)
        vec_push(a, &lines, *row_decode(st, 0, f->to, a));
    if (err < 0)
        return err;
    r->lines[f->index] = lines.items;
    r->lines_len[f->index] = lines.len;
    struct record **each = arena_array(a, struct record *, lines.len);
    struct value *objects = arena_array(a, struct value, lines.len);
    for (size_t i = 0; i < lines.len; i++) {
        each[i] = &lines.items[i];
        objects[i] = record_object(rs, tx, each[i], a);
    }
    r->values[f->index] = value_list_of(a, objects, lines.len);
    return row_fill(rs, tx, each, lines.len, a);
}

int row_fill(struct records *rs, struct db_tx *tx, struct record **records, size_t len, struct arena *a)
{
    for (size_t i = 0; i < len; i++) {
        struct record *r = records[i];
        const struct type_sql *sql = type_sql(rs, r->type);
        for (size_t k = 0; k < r->type->fields_len; k++) {
            const struct field *f = &r->type->fields[k];
            if (str_empty(sql->fill[k]))
                continue;
            int err = f->kind == FIELD_LINES ? fill_lines(rs, tx, r, f, sql->fill[k], a)
                                             : fill_many(tx, sql->fill[k], r, k, a);
            if (err < 0)
                return err;
        }
    }
    return 0;
}

int record_load(struct records *rs, struct db_tx *tx, const struct type *t, struct str id, struct arena *a,
                struct record **ret)
{
    struct db_stmt *st;
    int err = db_prepare(tx, type_sql(rs, t)->by_id, &st);
    if (err < 0)
        return err;
    db_bind_str(st, 1, id);
    err = db_step(st);
    struct record *r = err == 1 ? row_decode(st, 0, t, a) : NULL;
    db_done(st);
    if (err < 0)
        return err;
    if (r == NULL)
        return ERR_NOT_FOUND;
    err = row_fill(rs, tx, &r, 1, a);
    if (err < 0)
        return err;
    *ret = r;
    return 0;
}

/* ---- Writing ---- */

static int link_any_columns(struct value v, struct value out[3])
{
    out[0] = out[1] = value_null();
    if (v.kind != VALUE_MAP)
        return 2;
    const struct value *id = value_map_get(v, STR("id")), *type = value_map_get(v, STR("type"));
    if (id != NULL && type != NULL) {
        out[0] = *id;
        out[1] = *type;
    }
    return 2;
}

/* The code of a currency is one of a known set of constant texts, so it needs no memory of its own. */
static struct str currency_text(const char code[4])
{
    size_t at = 0;
    for (const char *known; (known = currency_next(&at)) != NULL;) {
        if (memcmp(known, code, 3) == 0)
            return str_of(known);
    }
    return STR_NULL;
}

static int money_columns(struct value v, struct value out[3])
{
    out[0] = out[1] = out[2] = value_null();
    if (v.kind == VALUE_MONEY) {
        out[0] = value_int(v.money.minor);
        out[1] = value_str(currency_text(v.money.currency));
    }
    return 3;
}

int field_to_columns(const struct field *f, struct value v, struct value out[3])
{
    switch (f->kind) {
    case FIELD_MONEY:
        return money_columns(v, out);
    case FIELD_LINK_ANY:
        return link_any_columns(v, out);
    case FIELD_DECIMAL:
    case FIELD_PERCENT:
        out[0] = v.kind == VALUE_DECIMAL ? value_int(v.dec.coeff) : value_null();
        return 1;
    case FIELD_DATE:
        out[0] = v.kind == VALUE_DATE ? value_int(v.i) : value_null();
        return 1;
    case FIELD_DATETIME:
        out[0] = v.kind == VALUE_TIMESTAMP ? value_int(value_to_ms(v)) : value_null();
        return 1;
    default:
        out[0] = v;
        return 1;
    }
}
