/* Writes records to their tables: the row, the side rows of many-valued fields, the rows of lines. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"
#include "record/record_internal.h"
#include "record/write.h"

enum { STORED_JSON_BYTES_MAX = 4 << 20 };

/* The column values of a field, complete: JSON as text, amounts with what they are in the company's currency. */
static int columns_of(struct op *op, const struct field *f, struct value v, struct value out[3])
{
    const struct company_info *c = &op->w->company;
    if (f->kind == FIELD_JSON && !value_is_null(v)) {
        CLEANUP(buf_release) struct buf b = {0};
        buf_init(&b, STORED_JSON_BYTES_MAX);
        json_write(&b, v);
        out[0] = value_str(arena_str(op->w->a, buf_str(&b)));
        return 1;
    }
    int n = field_to_columns(f, v, out);
    if (v.kind == VALUE_MONEY && c->currency.len == 3 && memcmp(v.money.currency, c->currency.ptr, 3) == 0)
        out[2] = value_int(v.money.minor);
    return n;
}

static int step_done(struct db_stmt *st)
{
    int err;
    while ((err = db_step(st)) == 1)
        ;
    return err;
}

/* ---- Many-valued fields ---- */

static int many_write(struct op *op, const struct record *r, const struct field *f, bool had)
{
    struct value v = r->values[f->index], id = r->values[SYS_ID];
    CLEANUP(buf_release) struct buf sql = {0};
    buf_init(&sql, 1024);
    if (had) {
        buf_addf(&sql, "DELETE FROM \"m_%.*s_%.*s\" WHERE \"record\" = ?", STR_ARG(r->type->name), STR_ARG(f->name));
        int err = db_exec(op->w->tx, buf_str(&sql), DB_VALUES(id));
        if (err < 0)
            return err;
    }
    buf_clear(&sql);
    buf_addf(&sql, "INSERT INTO \"m_%.*s_%.*s\" (\"record\", \"position\", \"value\") VALUES (?, ?, ?)",
             STR_ARG(r->type->name), STR_ARG(f->name));
    for (size_t i = 0; v.kind == VALUE_LIST && i < v.list.len; i++) {
        int err = db_exec(op->w->tx, buf_str(&sql), DB_VALUES(id, value_int((int64_t)i), v.list.items[i]));
        if (err < 0)
            return err;
    }
    return 0;
}

static int many_sync(struct op *op, const struct record *before, const struct record *after)
{
    for (size_t i = SYS_COUNT; i < after->type->fields_len; i++) {
        const struct field *f = &after->type->fields[i];
        if (!field_is_many(f) || record_field_same(op, before, after, f))
            continue;
        int err = many_write(op, after, f, before != NULL && !value_is_null(before->values[i]));
        if (err < 0)
            return err;
    }
    return 0;
}

/* ---- Rows ---- */

static int row_insert(struct op *op, const struct record *r, struct str parent, int64_t position)
{
    const struct type *t = r->type;
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int at = 1;
    int err = db_prepare(op->w->tx, type_sql(op->w->rs, t)->insert, &st);
    if (err < 0)
        return err;
    for (size_t i = 0; i < t->fields_len; i++) {
        struct value out[3];
        if (!field_has_column(&t->fields[i]))
            continue;
        int n = columns_of(op, &t->fields[i], r->values[i], out);
        for (int part = 0; part < n; part++)
            db_bind(st, at++, out[part]);
    }
    if (t->part_of != NULL) {
        db_bind_str(st, at++, parent);
        db_bind_i64(st, at++, position);
    }
    err = step_done(st);
    db_donep(&st);
    return err < 0 ? err : many_sync(op, NULL, r);
}

static const char *part_suffix(const struct field *f, int part)
{
    static const char *const money[] = {"", "__cur", "__base"};
    if (f->kind == FIELD_LINK_ANY)
        return part == 0 ? "" : "__type";
    return money[part];
}

/* Writes the changed columns; `position` -1 keeps the line where it is. */
static int row_write(struct op *op, const struct record *before, const struct record *after, int64_t position)
{
    const struct type *t = after->type;
    CLEANUP(buf_release) struct buf sql = {0};
    struct expr_binds binds = {0};
    struct arena *a = op->w->a;
    buf_init(&sql, 1 << 18);
    buf_addf(&sql, "UPDATE %.*s SET ", STR_ARG(type_sql(op->w->rs, t)->table));
    for (size_t i = 0; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        struct value out[3];
        if (!field_has_column(f) || value_same(before->values[i], after->values[i]))
            continue;
        int n = columns_of(op, f, after->values[i], out);
        for (int part = 0; part < n; part++) {
            buf_addf(&sql, "%s\"%.*s%s\" = ?", binds.len == 0 ? "" : ", ", STR_ARG(f->name), part_suffix(f, part));
            binds_add(a, &binds, out[part]);
        }
    }
    if (position >= 0) {
        buf_addf(&sql, "%s\"position\" = ?", binds.len == 0 ? "" : ", ");
        binds_add(a, &binds, value_int(position));
    }
    if (binds.len > 0) {
        buf_add_cstr(&sql, " WHERE \"id\" = ?");
        binds_add(a, &binds, after->values[SYS_ID]);
        int n = db_exec(op->w->tx, buf_str(&sql), binds.items, binds.len);
        if (n < 0)
            return n;
    }
    return many_sync(op, before, after);
}

int row_update(struct op *op, const struct record *before, const struct record *after)
{
    return row_write(op, before, after, -1);
}

int row_delete(struct op *op, const struct record *r)
{
    const struct type *t = r->type;
    for (size_t i = SYS_COUNT; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        int err = 0;
        if (f->kind == FIELD_LINES) {
            for (size_t k = 0; err == 0 && r->lines != NULL && k < r->lines_len[i]; k++)
                err = row_delete(op, &r->lines[i][k]);
        } else if (field_is_many(f) && !value_is_null(r->values[i])) {
            struct record *empty = record_copy(r, op->w->a);
            empty->values[i] = value_null();
            err = many_write(op, empty, f, true);
        }
        if (err < 0)
            return err;
    }
    int n = db_exec(op->w->tx, type_sql(op->w->rs, t)->remove, DB_VALUES(r->values[SYS_ID]));
    return n < 0 ? n : 0;
}

/* ---- Lines ---- */

static bool line_changed(const struct op *op, const struct record *old, const struct record *line)
{
    for (size_t k = SYS_COUNT; k < line->type->fields_len; k++) {
        if (!record_field_same(op, old, line, &line->type->fields[k]))
            return true;
    }
    return false;
}

static int line_write(struct op *op, const struct field *f, size_t i)
{
    struct record *line = &op->after->lines[f->index][i];
    const struct record *old = record_line_by_id(op->before, f, line->values[SYS_ID].s);
    if (old == NULL)
        return row_insert(op, line, op->after->values[SYS_ID].s, (int64_t)i);
    bool moved = old != &op->before->lines[f->index][i];
    if (!line_changed(op, old, line))
        return moved ? row_write(op, old, line, (int64_t)i) : 0;
    line->values[SYS_REV] = value_int(old->values[SYS_REV].i + 1);
    line->values[SYS_CHANGED_AT] = op->after->values[SYS_CHANGED_AT];
    line->values[SYS_CHANGED_BY] = op->after->values[SYS_CHANGED_BY];
    return row_write(op, old, line, moved ? (int64_t)i : -1);
}

static int lines_write(struct op *op, const struct field *f)
{
    const struct record *before = op->before;
    for (size_t i = 0; before != NULL && before->lines != NULL && i < before->lines_len[f->index]; i++) {
        const struct record *line = &before->lines[f->index][i];
        if (record_line_by_id(op->after, f, line->values[SYS_ID].s) != NULL)
            continue;
        int err = op_check_line_free(op, line);
        if (err == 0)
            err = row_delete(op, line);
        if (err < 0)
            return err;
    }
    for (size_t i = 0; op->after->lines != NULL && i < op->after->lines_len[f->index]; i++) {
        int err = line_write(op, f, i);
        if (err < 0)
            return err;
    }
    return 0;
}

static int all_lines_write(struct op *op)
{
    for (size_t i = SYS_COUNT; i < op->type->fields_len; i++) {
        const struct field *f = &op->type->fields[i];
        int err = f->kind == FIELD_LINES && (op->before == NULL || op->given[i]) ? lines_write(op, f) : 0;
        if (err < 0)
            return err;
    }
    return 0;
}

int op_insert(struct op *op)
{
    int err = row_insert(op, op->after, STR_NULL, 0);
    return err < 0 ? err : all_lines_write(op);
}

int op_update(struct op *op)
{
    int err = row_update(op, op->before, op->after);
    return err < 0 ? err : all_lines_write(op);
}

bool op_changed(const struct op *op)
{
    for (size_t i = 0; i < op->type->fields_len; i++) {
        bool may = i >= SYS_COUNT || i == SYS_STATE || i == SYS_ARCHIVED;
        if (may && !record_field_same(op, op->before, op->after, &op->type->fields[i]))
            return true;
    }
    return false;
}
