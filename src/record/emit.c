/* The event of a change: what each field was and is, in the API's form, without secrets, and with hashes where no
 * history is kept. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"
#include "codec/text.h"
#include "record/record_internal.h"
#include "record/write.h"

enum { CHANGES_BYTES_MAX = 8 << 20, ANSWERED_LOOK_BACK = 10000 };

/* ---- Changes ---- */

static void line_json(const struct record *line, struct buf *out)
{
    buf_add_char(out, '{');
    json_key(out, "id");
    json_write_str(out, line->values[SYS_ID].s);
    for (size_t k = SYS_COUNT; k < line->type->fields_len; k++) {
        const struct field *f = &line->type->fields[k];
        if (f->kind == FIELD_SECRET || value_is_null(line->values[k]))
            continue;
        json_key_str(out, f->name);
        field_to_json(f, line->values[k], out);
    }
    buf_add_char(out, '}');
}

static void lines_json(const struct record *r, const struct field *f, struct buf *out)
{
    size_t len = r != NULL && r->lines != NULL ? r->lines_len[f->index] : 0;
    buf_add_char(out, '[');
    for (size_t i = 0; i < len; i++) {
        json_comma(out);
        line_json(&r->lines[f->index][i], out);
    }
    buf_add_char(out, ']');
}

static void side_json(const struct record *r, const struct field *f, struct buf *out)
{
    if (r == NULL)
        buf_add_cstr(out, "null");
    else if (f->kind == FIELD_LINES)
        lines_json(r, f, out);
    else
        field_to_json(f, r->values[f->index], out);
}

/* The hash is keyed, so that a short value can't be found by trying. */
static void side_hash(struct op *op, const struct record *r, const struct field *f, struct buf *out)
{
    uint8_t hash[HASH_BYTES];
    if (r == NULL || (f->kind != FIELD_LINES && value_is_null(r->values[f->index]))) {
        buf_add_cstr(out, "null");
        return;
    }
    CLEANUP(buf_release) struct buf plain = {0};
    buf_init(&plain, CHANGES_BYTES_MAX);
    side_json(r, f, &plain);
    hash_parts(op->w->rs->keys->history, (struct str[]){f->name, buf_str(&plain)}, 2, hash);
    buf_add_char(out, '"');
    hex_encode(str_n((const char *)hash, sizeof(hash)), out);
    buf_add_char(out, '"');
}

static void change_json(struct op *op, const struct record *before, const struct record *after, const struct field *f,
                        struct buf *out)
{
    json_key_str(out, f->name);
    buf_add_cstr(out, f->history ? "{\"before\":" : "{\"before_hash\":");
    if (f->history)
        side_json(before, f, out);
    else
        side_hash(op, before, f, out);
    buf_add_cstr(out, f->history ? ",\"after\":" : ",\"after_hash\":");
    if (f->history)
        side_json(after, f, out);
    else
        side_hash(op, after, f, out);
    buf_add_char(out, '}');
}

static bool is_told(const struct field *f)
{
    if (f->kind == FIELD_SECRET)
        return false;
    return !f->system || f->index == SYS_NUMBER || f->index == SYS_ARCHIVED || f->index == SYS_ORIGIN;
}

static void changes_json(struct op *op, const struct record *before, const struct record *after, struct buf *out)
{
    const struct type *t = after != NULL ? after->type : before->type;
    buf_add_char(out, '{');
    for (size_t i = 0; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        if (!is_told(f) || record_field_same(op, before, after, f))
            continue;
        /* That a new record is not archived is nothing to tell. */
        if (f->index == SYS_ARCHIVED && before == NULL)
            continue;
        change_json(op, before, after, f, out);
    }
    if (op->change->op == CHANGE_ARCHIVE && !str_empty(op->change->note)) {
        json_key(out, "note");
        buf_add_cstr(out, "{\"before\":null,\"after\":");
        json_write_str(out, op->change->note);
        buf_add_char(out, '}');
    }
    buf_add_char(out, '}');
}

/* ---- Events ---- */

static const char *event_type(const struct op *op)
{
    if (op->before == NULL)
        return "record.created";
    if (op->after == NULL)
        return "record.deleted";
    if (op->change->op == CHANGE_ARCHIVE)
        return "record.archived";
    return op->transition != NULL ? "record.transitioned" : "record.updated";
}

static struct event event_of(const struct op *op)
{
    const struct plan *plan = op->w->plan;
    return (struct event){
        .at_ms = op->w->now_ms,
        .actor = plan->actor->id,
        .on_behalf_of = plan->on_behalf_of,
        .source = plan->source,
        .company = plan->actor->company,
        .mode = str_of(plan_mode_name(plan->mode)),
        .cause = op->cause,
        .hops = op->hops,
    };
}

static struct str state_of(const struct record *r)
{
    if (r == NULL || r->values[SYS_STATE].kind != VALUE_STRING)
        return STR_NULL;
    return r->values[SYS_STATE].s;
}

static int append(struct op *op, struct event *e)
{
    return event_append(op->w->rs->log, op->w->tx, e);
}

static int count_entered(struct op *op, struct event *e)
{
    if (!op->entered || !op_is_live(op))
        return 0;
    int64_t before = 0;
    if (op->before != NULL) {
        int err = event_entered_count(op->w->tx, e->subject, e->state_after, &before);
        if (err < 0)
            return err;
    }
    e->entered = before + 1;
    return 0;
}

struct answered {
    struct arena *a;
    struct str state, id;
};

static int answered_event(void *arg, const struct event *e)
{
    struct answered *w = arg;
    if (!str_eq(e->state_after, w->state))
        return 0;
    w->id = arena_str(w->a, e->id);
    return 1;
}

/*
 * A person who decides answers what brought the record into the state that is decided on, so that is the cause: the
 * story leads on from the submission to the approval. It is a new beginning for what reacts, so hops are not counted
 * on.
 */
static int decision_cause(struct op *op, struct str *ret)
{
    if (!op_by_user(op) || op->depth > 0 || op->before == NULL || op->transition == NULL || !op->transition->decides ||
        !str_empty(op->cause))
        return 0;
    struct answered w = {.a = op->w->a, .state = state_of(op->before)};
    int err = event_read_subject_last(op->w->tx, op->w->a, op->before->values[SYS_ID].s, ANSWERED_LOOK_BACK,
                                      answered_event, &w);
    *ret = w.id;
    return err < 0 ? err : 0;
}

int op_emit(struct op *op)
{
    const struct record *r = op->after != NULL ? op->after : op->before;
    struct event e = event_of(op);
    CLEANUP(buf_release) struct buf changes = {0};
    buf_init(&changes, CHANGES_BYTES_MAX);
    changes_json(op, op->before, op->after, &changes);
    if (buf_failed(&changes))
        return ERR_TOO_LARGE;
    e.id = op->event_id;
    e.type = str_of(event_type(op));
    e.subject_type = op->type->name;
    e.subject = r->values[SYS_ID].s;
    e.company = r->values[SYS_COMPANY].kind == VALUE_STRING ? r->values[SYS_COMPANY].s : STR_NULL;
    e.rev = op->after != NULL ? r->values[SYS_REV].i : r->values[SYS_REV].i + 1;
    e.transition = op->transition != NULL ? op->transition->name : STR_NULL;
    if (op->entered || op->after == NULL || !str_eq(state_of(op->before), state_of(op->after))) {
        e.state_before = state_of(op->before);
        e.state_after = state_of(op->after);
    }
    e.changes = buf_str(&changes);
    int err = decision_cause(op, &e.cause);
    if (err == 0)
        err = count_entered(op, &e);
    return err < 0 ? err : append(op, &e);
}

/* Of a line, its document is the subject, and the change stands under the field of the lines. */
static int subject_of(struct op *op, const struct record *r, struct event *e)
{
    struct write *w = op->w;
    e->subject_type = r->type->name;
    e->subject = r->values[SYS_ID].s;
    e->rev = r->values[SYS_REV].i;
    if (r->type->part_of == NULL)
        return 0;
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    struct str sql = arena_fmt(
        w->a, "SELECT d.\"id\", d.\"rev\" FROM %.*s l JOIN %.*s d ON d.\"id\" = l.\"parent\" WHERE l.\"id\" = ?",
        STR_ARG(type_sql(w->rs, r->type)->table), STR_ARG(type_sql(w->rs, r->type->part_of)->table));
    int err = db_prepare(w->tx, sql, &st);
    if (err < 0)
        return err;
    db_bind(st, 1, r->values[SYS_ID]);
    err = db_step(st);
    if (err == 1) {
        e->subject_type = r->type->part_of->name;
        e->subject = db_col_copy(st, 0, w->a);
        e->rev = db_col_i64(st, 1);
    }
    return err < 0 ? err : 0;
}

static void line_side(struct op *op, const struct record *before, const struct record *after, const struct record *side,
                      struct buf *out)
{
    buf_add_cstr(out, "[{");
    json_key(out, "id");
    json_write_str(out, side->values[SYS_ID].s);
    for (size_t i = SYS_COUNT; i < side->type->fields_len; i++) {
        const struct field *f = &side->type->fields[i];
        if (f->kind == FIELD_LINES || record_field_same(op, before, after, f))
            continue;
        json_key_str(out, f->name);
        field_to_json(f, side->values[i], out);
    }
    buf_add_cstr(out, "}]");
}

int op_emit_derived(struct op *op, const struct record *before, const struct record *after)
{
    struct event e = event_of(op);
    CLEANUP(buf_release) struct buf changes = {0};
    buf_init(&changes, CHANGES_BYTES_MAX);
    int err = subject_of(op, after, &e);
    if (err < 0)
        return err;
    if (after->type->part_of != NULL && after->type->part_of_field != NULL) {
        buf_add_char(&changes, '{');
        json_key_str(&changes, after->type->part_of_field->name);
        buf_add_cstr(&changes, "{\"before\":");
        line_side(op, before, after, before, &changes);
        buf_add_cstr(&changes, ",\"after\":");
        line_side(op, before, after, after, &changes);
        buf_add_cstr(&changes, "}}");
    } else {
        changes_json(&(struct op){.w = op->w, .type = after->type, .change = &(struct change){.op = CHANGE_UPDATE}},
                     before, after, &changes);
    }
    e.type = STR("record.derived");
    e.company = after->values[SYS_COMPANY].kind == VALUE_STRING ? after->values[SYS_COMPANY].s : STR_NULL;
    e.cause = op->event_id;
    e.hops = op->hops + 1;
    e.changes = buf_str(&changes);
    return append(op, &e);
}
