/* Deletion: only a draft to which nothing points; the rows go, the history stays. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record_internal.h"
#include "record/write.h"

/* May a field of this kind point to the type at all? System fields name people, and people are not deleted for it. */
static bool may_point(const struct field *f, const struct type *to)
{
    if (f->system)
        return false;
    if (f->kind == FIELD_LINK || f->kind == FIELD_USER)
        return f->to == to;
    if (f->kind != FIELD_LINK_ANY)
        return false;
    for (size_t i = 0; i < f->to_any_len; i++) {
        if (f->to_any[i] == to)
            return true;
    }
    return f->to_any == NULL;
}

struct target {
    const struct type *type; /* of the record that is pointed to: the document or one of its lines */
    struct str id;
    struct str document; /* what belongs to the document itself does not hold it */
};

static void refer_sql(struct op *op, const struct type *from, const struct field *f, struct buf *sql)
{
    const struct str table = type_sql(op->w->rs, from)->table;
    buf_clear(sql);
    buf_addf(sql, "SELECT t.\"id\", t.\"number\"%s FROM %.*s t ", from->part_of != NULL ? ", t.\"parent\"" : "",
             STR_ARG(table));
    if (field_is_many(f))
        buf_addf(sql, "JOIN \"m_%.*s_%.*s\" m ON m.\"record\" = t.\"id\" WHERE m.\"value\" = ?", STR_ARG(from->name),
                 STR_ARG(f->name));
    else
        buf_addf(sql, "WHERE t.\"%.*s\" = ?", STR_ARG(f->name));
    buf_addf(sql, " AND t.\"id\" <> ?%s LIMIT 1", from->part_of != NULL ? " AND t.\"parent\" <> ?" : "");
}

/* The document's number says more to a person than a line's id. Who may not see the document learns only that there is
 * one. */
static struct str referrer_name(struct op *op, const struct type *from, struct db_stmt *st)
{
    struct str number = db_col_copy(st, 1, op->w->a), parent;
    struct record *r;
    const struct type *document = from->part_of != NULL ? from->part_of : from;
    struct str id = db_col_copy(st, from->part_of != NULL ? 2 : 0, op->w->a);
    if (op_by_user(op) && access_check(op->w->rs, op->w->tx, document, op->w->plan->actor, RIGHT_READ, id) != 0)
        return STR("…");
    if (from->part_of == NULL)
        return str_empty(number) ? db_col_copy(st, 0, op->w->a) : number;
    parent = db_col_copy(st, 2, op->w->a);
    if (record_load(op->w->rs, op->w->tx, from->part_of, parent, op->w->a, &r) < 0)
        return parent;
    return r->values[SYS_NUMBER].kind == VALUE_STRING ? r->values[SYS_NUMBER].s : parent;
}

static int check_field(struct op *op, const struct type *from, const struct field *f, const struct target *to)
{
    CLEANUP(buf_release) struct buf sql = {0};
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    buf_init(&sql, 4096);
    refer_sql(op, from, f, &sql);
    int err = db_prepare(op->w->tx, buf_str(&sql), &st);
    if (err < 0)
        return err;
    db_bind_str(st, 1, to->id);
    db_bind_str(st, 2, to->document);
    if (from->part_of != NULL)
        db_bind_str(st, 3, to->document);
    err = db_step(st);
    if (err <= 0)
        return err;
    const struct type *shown = from->part_of != NULL ? from->part_of : from;
    return PROBLEM(op->w->why, IS_REFERRED, ARG("type", op_type_label(op, shown)),
                   ARG("number", referrer_name(op, from, st)));
}

static int check_referred(struct op *op, const struct target *to)
{
    const struct meta *m = op->w->rs->meta;
    for (size_t i = 0; i < m->types_len; i++) {
        const struct type *from = m->types[i];
        for (size_t k = SYS_COUNT; k < from->fields_len; k++) {
            if (!may_point(&from->fields[k], to->type))
                continue;
            int err = check_field(op, from, &from->fields[k], to);
            if (err < 0)
                return err;
        }
    }
    return 0;
}

int op_check_line_free(struct op *op, const struct record *line)
{
    struct str document = op->before->values[SYS_ID].s;
    return check_referred(op, &(struct target){.type = line->type, .id = line->values[SYS_ID].s, .document = document});
}

static int check_all_referred(struct op *op)
{
    const struct record *r = op->before;
    struct str id = r->values[SYS_ID].s;
    int err = check_referred(op, &(struct target){.type = op->type, .id = id, .document = id});
    for (size_t i = SYS_COUNT; err == 0 && i < op->type->fields_len; i++) {
        const struct field *f = &op->type->fields[i];
        for (size_t k = 0; err == 0 && f->kind == FIELD_LINES && r->lines != NULL && k < r->lines_len[i]; k++)
            err = op_check_line_free(op, &r->lines[i][k]);
    }
    return err;
}

int op_delete(struct op *op)
{
    struct value state = op->before->values[SYS_STATE];
    const struct state *s = state.kind == VALUE_STRING ? type_state(op->type, state.s) : NULL;
    if (op->type->states_len > 0 && (s == NULL || s->kind != STATE_DRAFT))
        return PROBLEM(op->w->why, NOT_DELETABLE);
    int err = check_all_referred(op);
    return err < 0 ? err : row_delete(op, op->before);
}
