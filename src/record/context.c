/* What a record's page needs beside the record: labels, which transitions are possible, what is read-only and why, who
 * points here. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"
#include "record/record_internal.h"

struct context {
    struct records *rs;
    struct db_tx *tx;
    const struct actor *actor;
    const struct record *record;
    struct arena *a;
    struct buf *out;
};

static void reason_to_json(struct context *c, const char *key, const struct problem *why, int err)
{
    json_key(c->out, key);
    buf_add_cstr(c->out, "{\"allowed\":");
    buf_add_cstr(c->out, err < 0 ? "false" : "true");
    if (err < 0 && why->message != MSG_NONE) {
        CLEANUP(buf_release) struct buf text = {0};
        buf_init(&text, 4096);
        message_render(why->message, why->args, c->actor->lang, &text);
        json_key(c->out, "reason");
        json_write_str(c->out, buf_str(&text));
    }
    buf_add_char(c->out, '}');
}

static void transitions_to_json(struct context *c)
{
    const struct type *t = c->record->type;
    int state = type_state_index(t, c->record->values[SYS_STATE].kind == VALUE_STRING ? c->record->values[SYS_STATE].s
                                                                                      : STR_NULL);
    json_key(c->out, "transitions");
    buf_add_char(c->out, '{');
    for (size_t i = 0; i < t->transitions_len; i++) {
        const struct transition *tr = &t->transitions[i];
        struct problem why;
        if (state < 0 || !(tr->from & (UINT64_C(1) << state)))
            continue;
        problem_init(&why, c->a);
        int err = record_may_transition(c->rs, c->tx, c->actor, c->record, tr, c->a, &why);
        if (err == 0)
            err = access_state_owner(c->rs, c->actor, c->record, c->a, &why);
        struct str name = arena_str(c->a, tr->name);
        reason_to_json(c, name.ptr, &why, err);
    }
    buf_add_char(c->out, '}');
}

static int may_edit(struct context *c, enum right_action action, struct problem *why)
{
    const struct record *r = c->record;
    const struct type *t = r->type;
    const struct state *state =
        r->values[SYS_STATE].kind == VALUE_STRING ? type_state(t, r->values[SYS_STATE].s) : NULL;
    struct str label = t->label.text[c->actor->lang];
    if (t->ledger)
        return PROBLEM(why, APPEND_ONLY, ARG("type", label));
    if (access_check(c->rs, c->tx, t, c->actor, action, r->values[SYS_ID].s) < 0)
        return PROBLEM(why, NO_RIGHT, ARG("action", action == RIGHT_DELETE ? STR("delete") : STR("update")),
                       ARG("type", label));
    if (action == RIGHT_DELETE && state != NULL && state->kind != STATE_DRAFT)
        return PROBLEM(why, NOT_DELETABLE);
    if (state != NULL && state->posted)
        return PROBLEM(why, POSTED, ARG("state", state->label.text[c->actor->lang]));
    return 0;
}

/* Why a field can't be written now, if it can't. */
static enum message read_only_reason(struct context *c, const struct field *f, struct problem *why)
{
    const struct record *r = c->record;
    struct str label = f->label.text[c->actor->lang];
    if (f->system || f->derived.kind != DERIVED_NO || f->read_only) {
        (void)PROBLEM(why, READ_ONLY, ARG("field", label));
        return why->message;
    }
    if (c->rs->owner != NULL && r->values[SYS_ORIGIN].kind == VALUE_STRING) {
        struct str system = c->rs->owner(c->rs->owner_ctx, r->type, r->values[SYS_ORIGIN].s, f, c->a);
        if (!str_empty(system)) {
            (void)PROBLEM(why, OWNED_OUTSIDE, ARG("field", label), ARG("system", system));
            return why->message;
        }
    }
    for (size_t i = 0; i < f->immutable_after_len; i++) {
        const struct state *s = type_state(r->type, f->immutable_after[i]);
        if (s != NULL && r->values[SYS_STATE].kind == VALUE_STRING && str_eq(s->name, r->values[SYS_STATE].s)) {
            (void)PROBLEM(why, IMMUTABLE, ARG("field", label), ARG("state", s->label.text[c->actor->lang]));
            return why->message;
        }
    }
    return MSG_NONE;
}

static void read_only_to_json(struct context *c)
{
    const struct type *t = c->record->type;
    json_key(c->out, "read_only");
    buf_add_char(c->out, '{');
    for (size_t i = SYS_COUNT; i < t->fields_len; i++) {
        struct problem why;
        problem_init(&why, c->a);
        enum message m = read_only_reason(c, &t->fields[i], &why);
        if (m == MSG_NONE || !record_field_shown(t, &t->fields[i], record_level(c->actor, t)))
            continue;
        CLEANUP(buf_release) struct buf text = {0};
        buf_init(&text, 4096);
        message_render(m, why.args, c->actor->lang, &text);
        json_key_str(c->out, t->fields[i].name);
        json_write_str(c->out, buf_str(&text));
    }
    buf_add_char(c->out, '}');
}

static int count_links(struct context *c, const struct type *from, const struct field *f, int64_t *ret)
{
    CLEANUP(buf_release) struct buf sql = {0};
    struct expr_binds binds = {0};
    buf_init(&sql, 1 << 16);
    buf_addf(&sql, "SELECT count(*) FROM %.*s t WHERE ", STR_ARG(type_sql(c->rs, from)->table));
    if (field_is_many(f))
        buf_addf(&sql, "EXISTS (SELECT 1 FROM \"m_%.*s_%.*s\" m WHERE m.record = t.\"id\" AND m.value = ?) AND ",
                 STR_ARG(from->name), STR_ARG(f->name));
    else
        buf_addf(&sql, "t.\"%.*s\" = ? AND ", STR_ARG(f->name));
    binds_add(c->a, &binds, c->record->values[SYS_ID]);
    int err = access_sql(c->rs, from, c->actor, RIGHT_READ, "t", c->a, &sql, &binds);
    return err < 0 ? err : db_query_i64(c->tx, buf_str(&sql), binds.items, binds.len, 0, ret);
}

static bool field_points_to(const struct field *f, const struct type *t)
{
    if (f->kind == FIELD_LINK_ANY) {
        for (size_t i = 0; i < f->to_any_len; i++) {
            if (f->to_any[i] == t)
                return true;
        }
        return f->to_any_len == 0;
    }
    return (f->kind == FIELD_LINK || f->kind == FIELD_USER) && f->to == t && !f->system;
}

static int links_of_type(struct context *c, const struct type *from)
{
    int level = record_level(c->actor, from);
    for (size_t i = SYS_COUNT; i < from->fields_len; i++) {
        const struct field *f = &from->fields[i];
        int64_t count;
        if (!field_points_to(f, c->record->type) || f->sensitivity > level)
            continue;
        int err = count_links(c, from, f, &count);
        if (err < 0)
            return err;
        if (count == 0)
            continue;
        json_comma(c->out);
        buf_add_char(c->out, '{');
        json_key(c->out, "type");
        json_write_str(c->out, from->name);
        json_key(c->out, "field");
        json_write_str(c->out, f->name);
        json_key(c->out, "label");
        buf_add_cstr(c->out, "{\"en\":");
        json_write_str(c->out, f->label.text[LANG_EN]);
        buf_add_cstr(c->out, ",\"zh\":");
        json_write_str(c->out, f->label.text[LANG_ZH]);
        buf_addf(c->out, "},\"count\":%lld}", (long long)count);
    }
    return 0;
}

static int links_to_json(struct context *c)
{
    const struct meta *m = c->rs->meta;
    int err = 0;
    json_key(c->out, "links");
    buf_add_char(c->out, '[');
    for (size_t i = 0; err == 0 && i < m->types_len; i++) {
        if (m->types[i]->part_of == NULL && record_may(c->actor, m->types[i], RIGHT_READ))
            err = links_of_type(c, m->types[i]);
    }
    buf_add_char(c->out, ']');
    return err;
}

int record_context(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct type *type,
                   struct str id, struct arena *a, struct buf *out, struct problem *why)
{
    struct record *r;
    struct problem reason;
    int err = record_get(rs, tx, actor, type, id, a, &r);
    if (err == ERR_NOT_FOUND || err == ERR_FORBIDDEN)
        return PROBLEM(why, NO_RECORD);
    if (err < 0)
        return err;
    struct context c = {.rs = rs, .tx = tx, .actor = actor, .record = r, .a = a, .out = out};
    buf_add_cstr(out, "{\"labels\":");
    err = labels_json(rs, tx, actor, &r, 1, a, out);
    transitions_to_json(&c);
    problem_init(&reason, a);
    int may = may_edit(&c, RIGHT_UPDATE, &reason);
    reason_to_json(&c, "editable", &reason, may);
    problem_init(&reason, a);
    may = may_edit(&c, RIGHT_DELETE, &reason);
    reason_to_json(&c, "deletable", &reason, may);
    read_only_to_json(&c);
    if (err == 0)
        err = links_to_json(&c);
    buf_add_char(out, '}');
    return err;
}
