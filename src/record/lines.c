/* Lines of a document: a list in the body says which there are afterwards; one with an id is changed, one without is
 * made. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record_internal.h"
#include "record/write.h"

const struct record *record_line_by_id(const struct record *r, const struct field *f, struct str id)
{
    if (r == NULL || r->lines == NULL)
        return NULL;
    for (size_t i = 0; i < r->lines_len[f->index]; i++) {
        if (str_eq(r->lines[f->index][i].values[SYS_ID].s, id))
            return &r->lines[f->index][i];
    }
    return NULL;
}

static void line_stamp(const struct op *op, struct record *line)
{
    struct write *w = op->w;
    line->values[SYS_COMPANY] = op->after->values[SYS_COMPANY];
    line->values[SYS_CREATED_AT] = line->values[SYS_CHANGED_AT] = value_time_ms(w->now_ms);
    line->values[SYS_CREATED_BY] = line->values[SYS_CHANGED_BY] = value_str(w->plan->actor->id);
    line->values[SYS_ARCHIVED] = value_bool(false);
    line->values[SYS_REV] = value_int(1);
}

struct line_input {
    const struct field *f;
    struct value item;
    struct str pointer;        /* "/lines/0" */
    const struct record *seen; /* lines taken so far, to find one that is named twice */
    size_t seen_len;
};

/* The id of the item, if it has a good one: of a line of this document, or a new one that an import brings along. */
static int line_id(struct op *op, const struct line_input *in, struct str *ret, const struct record **ret_old)
{
    const struct value *id = value_map_get(in->item, STR("id"));
    struct str at = op_pointer(op, in->pointer, STR("id"));
    const struct type *t = in->f->to;
    if (id == NULL || id->kind == VALUE_NULL) {
        *ret = id_new_str(op->w->a);
        return 0;
    }
    const struct record *old = id->kind == VALUE_STRING ? record_line_by_id(op->before, in->f, id->s) : NULL;
    bool brought = op->w->plan->mode == MODE_IMPORT && id->kind == VALUE_STRING && id_valid(id->s);
    if (old == NULL && !brought)
        return PROBLEM_AT(op->w->why, WHERE_POINTER, at, LINK_TO_NOTHING, ARG("field", op_field_label(op, in->f)),
                          ARG("type", op_type_label(op, t)));
    for (size_t i = 0; i < in->seen_len; i++) {
        if (str_eq(in->seen[i].values[SYS_ID].s, id->s))
            return PROBLEM_AT(op->w->why, WHERE_POINTER, at, NOT_UNIQUE, ARG("type", op_type_label(op, t)),
                              ARG("field", STR("id")));
    }
    *ret = id->s;
    *ret_old = old;
    return 0;
}

static int line_apply(struct op *op, const struct line_input *in, struct record *line)
{
    struct write *w = op->w;
    const struct type *t = in->f->to;
    const struct record *old = NULL;
    struct str id = STR_NULL;
    if (in->item.kind != VALUE_MAP)
        return PROBLEM_AT(w->why, WHERE_POINTER, in->pointer, WRONG_TYPE, ARG("field", op_field_label(op, in->f)),
                          ARG("expected", STR("object")));
    int err = line_id(op, in, &id, &old);
    if (err < 0)
        return err;
    *line = old != NULL ? *record_copy(old, w->a) : *record_new(t, w->a);
    bool *given = arena_array(w->a, bool, t->fields_len);
    if (old == NULL) {
        line->values[SYS_ID] = value_str(id);
        line_stamp(op, line);
    }
    err = op_apply_map(op, old, line, in->item, in->pointer, given);
    if (err == 0 && old == NULL)
        err = op_defaults(op, line, given);
    if (err == 0)
        err = op_check_required(op, line, given, old == NULL, in->pointer);
    if (err == 0)
        err = op_check_links(op, old, line, in->pointer);
    if (err == 0)
        err = op_check_unique(op, old, line, in->pointer);
    return err;
}

int op_apply_lines(struct op *op, const struct field *f, struct value list, struct str pointer)
{
    struct write *w = op->w;
    int first = 0;
    if (list.kind != VALUE_LIST && list.kind != VALUE_NULL)
        return PROBLEM_AT(w->why, WHERE_POINTER, pointer, WRONG_TYPE, ARG("field", op_field_label(op, f)),
                          ARG("expected", STR("list")));
    size_t len = list.kind == VALUE_LIST ? list.list.len : 0;
    if (len > META_LINES_MAX)
        return PROBLEM_AT(w->why, WHERE_POINTER, pointer, TOO_MANY_ITEMS, ARG("field", op_field_label(op, f)),
                          ARG("max", arena_fmt(w->a, "%d", META_LINES_MAX)));
    struct record *lines = arena_array(w->a, struct record, len);
    for (size_t i = 0; i < len; i++) {
        struct line_input in = {.f = f, .item = list.list.items[i], .seen = lines, .seen_len = i};
        in.pointer = arena_fmt(w->a, "%.*s/%zu", STR_ARG(pointer), i);
        int err = line_apply(op, &in, &lines[i]);
        if (err == 0)
            continue;
        if (first == 0)
            first = err;
        if (err != ERR_INVALID && err != ERR_LIMIT)
            return err;
        /* What follows compares ids, so a line that failed gets one of its own. */
        lines[i] = *record_new(f->to, w->a);
        lines[i].values[SYS_ID] = value_str(id_new_str(w->a));
    }
    record_init_lines(op->after, w->a);
    op->after->lines[f->index] = lines;
    op->after->lines_len[f->index] = len;
    return first;
}

/* ---- Comparing ---- */

static bool lines_same(const struct op *op, const struct record *before, const struct record *after,
                       const struct field *f)
{
    size_t n = after != NULL && after->lines != NULL ? after->lines_len[f->index] : 0;
    size_t old_n = before != NULL && before->lines != NULL ? before->lines_len[f->index] : 0;
    if (n != old_n)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct record *x = &before->lines[f->index][i], *y = &after->lines[f->index][i];
        for (size_t k = SYS_COUNT; k < f->to->fields_len; k++) {
            if (!record_field_same(op, x, y, &f->to->fields[k]))
                return false;
        }
        if (!str_eq(x->values[SYS_ID].s, y->values[SYS_ID].s))
            return false;
    }
    return true;
}

bool record_field_same(const struct op *op, const struct record *before, const struct record *after,
                       const struct field *f)
{
    if (f->kind == FIELD_LINES)
        return lines_same(op, before, after, f);
    struct value x = before != NULL ? before->values[f->index] : value_null();
    struct value y = after != NULL ? after->values[f->index] : value_null();
    return value_same(x, y);
}
