/* One change, step by step: type, rights, the record as it is, the record as it shall be, rows, event, sums, effects.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record_internal.h"
#include "record/write.h"

struct op op_child(const struct op *parent, const struct change *change)
{
    return (struct op){.w = parent->w,
                       .parent = parent,
                       .change = change,
                       .depth = parent->depth + 1,
                       .cause = parent->event_id,
                       .hops = parent->hops + 1};
}

/* ---- Type and rights ---- */

static int resolve(struct op *op)
{
    const struct change *c = op->change;
    struct problem *why = op->w->why;
    op->type = meta_type(op->w->rs->meta, c->type);
    if (op->type == NULL || op->type->part_of != NULL)
        return PROBLEM(why, NO_TYPE, ARG("type", c->type));
    op->level = op_by_user(op) ? record_level(op->w->plan->actor, op->type) : 3;
    if (c->op == CHANGE_TRANSITION) {
        op->transition = type_transition(op->type, c->transition);
        if (op->transition == NULL)
            return PROBLEM(why, NO_TRANSITION, ARG("type", op_type_label(op, op->type)),
                           ARG("transition", c->transition));
    }
    if (op->type->ledger && (c->op != CHANGE_CREATE || op_by_user(op)))
        return PROBLEM(why, APPEND_ONLY, ARG("type", op_type_label(op, op->type)));
    if (op->depth > RECORD_EFFECT_DEPTH_MAX)
        return PROBLEM(why, EFFECT_DEPTH, ARG("max", arena_fmt(op->w->a, "%d", RECORD_EFFECT_DEPTH_MAX)));
    return 0;
}

static enum right_action action_of(const struct op *op)
{
    static const enum right_action actions[] = {[CHANGE_CREATE] = RIGHT_CREATE,
                                                [CHANGE_UPDATE] = RIGHT_UPDATE,
                                                [CHANGE_DELETE] = RIGHT_DELETE,
                                                [CHANGE_TRANSITION] = RIGHT_UPDATE,
                                                [CHANGE_ARCHIVE] = RIGHT_UPDATE};
    return actions[op->change->op];
}

static struct str action_word(const struct op *op)
{
    static const char *const words[][LANG_COUNT] = {[CHANGE_CREATE] = {"create", "新建"},
                                                    [CHANGE_UPDATE] = {"change", "修改"},
                                                    [CHANGE_DELETE] = {"delete", "删除"},
                                                    [CHANGE_TRANSITION] = {"change", "修改"},
                                                    [CHANGE_ARCHIVE] = {"archive", "归档"}};
    return str_of(words[op->change->op][op_lang(op)]);
}

/*
 * The rights on the type; those of a transition are asked when the record is known. A flow has least rights of its own:
 * which types it may write. Which rows is not asked of it, because it follows what is so outside.
 */
static int check_rights(struct op *op)
{
    const struct actor *actor = op->w->plan->actor;
    struct actor whole = *actor;
    if (op->depth > 0 || !op_is_live(op))
        return 0;
    if (op->change->op == CHANGE_TRANSITION) {
        if (actor->read_only)
            return PROBLEM(op->w->why, NO_SCOPE, ARG("action", op->change->transition));
        return 0;
    }
    if (record_may(actor, op->type, action_of(op)))
        return 0;
    whole.read_only = false;
    whole.scopes = NULL;
    whole.scopes_len = 0;
    if (record_may(&whole, op->type, action_of(op)))
        return PROBLEM(op->w->why, NO_SCOPE, ARG("action", action_word(op)));
    return PROBLEM(op->w->why, NO_RIGHT, ARG("action", action_word(op)), ARG("type", op_type_label(op, op->type)));
}

/* Is the row, as it is in the database now, covered by the actor's rights? */
static int check_row(struct op *op, const struct record *r, enum right_action action)
{
    struct write *w = op->w;
    const struct actor *actor = w->plan->actor;
    struct value company = r->values[SYS_COMPANY];
    bool same_company = company.kind == VALUE_STRING && str_eq(company.s, actor->company);
    if (record_may_all(actor, op->type, action) && (same_company || actor->admin))
        return 0;
    return access_check(w->rs, w->tx, op->type, actor, action, r->values[SYS_ID].s);
}

/* ---- The record as it is ---- */

static int load(struct op *op)
{
    struct write *w = op->w;
    const struct change *c = op->change;
    int err = id_valid(c->id) ? record_load(w->rs, w->tx, op->type, c->id, w->a, &op->before) : ERR_NOT_FOUND;
    if (err == 0 && op_by_user(op)) {
        err = check_row(op, op->before, RIGHT_READ);
        err = err == ERR_FORBIDDEN ? ERR_NOT_FOUND : err;
    }
    if (err == ERR_NOT_FOUND)
        return PROBLEM(w->why, NO_RECORD);
    if (err < 0)
        return err;
    if (op_by_user(op) && c->op != CHANGE_TRANSITION) {
        err = check_row(op, op->before, action_of(op));
        if (err == ERR_NOT_FOUND || err == ERR_FORBIDDEN)
            return PROBLEM(w->why, NO_RIGHT_ROW);
        if (err < 0)
            return err;
    }
    int64_t rev = op->before->values[SYS_REV].i;
    if (c->expected_rev != 0 && c->expected_rev != rev)
        return PROBLEM(w->why, REVISION_STALE, ARG("rev", arena_fmt(w->a, "%lld", (long long)rev)));
    return 0;
}

static int check_posted(struct op *op)
{
    const struct change *c = op->change;
    bool has_values = c->values.kind == VALUE_MAP && c->values.map.len > 0;
    if (op->depth > 0 || !op_is_live(op) || op->type->states_len == 0 ||
        op->before->values[SYS_STATE].kind != VALUE_STRING)
        return 0;
    if (c->op == CHANGE_TRANSITION && !has_values)
        return 0;
    const struct state *s = type_state(op->type, op->before->values[SYS_STATE].s);
    if (s == NULL || !s->posted || c->op == CHANGE_ARCHIVE)
        return 0;
    return PROBLEM(op->w->why, POSTED, ARG("state", s->label.text[op_lang(op)]));
}

/* Amounts are compared with the currency of the record's own company. */
static int know_company(struct op *op, const struct record *r)
{
    struct write *w = op->w;
    struct value v = r->values[SYS_COMPANY];
    struct str id = v.kind == VALUE_STRING ? v.s : STR_NULL;
    if (w->company.currency.len > 0 && str_eq(w->company.id, id))
        return 0;
    int err = str_empty(id) ? ERR_NOT_FOUND : company_get(w->rs, w->tx, id, &w->company);
    if (err == ERR_NOT_FOUND) { /* the first company is just being made */
        w->company = (struct company_info){.id = id, .currency = STR("CNY"), .time_zone = STR("UTC")};
        err = 0;
    }
    return err;
}

/* ---- The record as it shall be ---- */

static int begin_create(struct op *op)
{
    struct write *w = op->w;
    const struct change *c = op->change;
    const struct actor *actor = w->plan->actor;
    struct record *r = record_new(op->type, w->a);
    struct str id = c->id;
    int64_t there = 0;
    if (str_empty(id)) {
        id = id_new_str(w->a);
    } else {
        if (!id_valid(id))
            return PROBLEM_AT(w->why, WHERE_POINTER, STR("/id"), WRONG_TYPE, ARG("field", STR("id")),
                              ARG("expected", STR("UUID")));
        struct str sql =
            arena_fmt(w->a, "SELECT 1 FROM %.*s WHERE \"id\" = ?", STR_ARG(type_sql(w->rs, op->type)->table));
        int err = db_query_i64(w->tx, sql, DB_VALUES(value_str(id)), 0, &there);
        if (err < 0)
            return err;
        if (there == 1)
            return PROBLEM_AT(w->why, WHERE_POINTER, STR("/id"), NOT_UNIQUE, ARG("type", op_type_label(op, op->type)),
                              ARG("field", STR("id")));
    }
    /* What a document brings about is of the document's company, also where somebody of another one moved it. */
    bool of_parent =
        op->parent != NULL && op->parent->after != NULL && op->parent->after->values[SYS_COMPANY].kind == VALUE_STRING;
    struct str company = str_is(op->type->name, "company") ? id
                         : of_parent                       ? op->parent->after->values[SYS_COMPANY].s
                                                           : actor->company;
    r->values[SYS_ID] = value_str(id);
    r->values[SYS_REV] = value_int(1);
    r->values[SYS_COMPANY] = str_empty(company) ? value_null() : value_str(company);
    r->values[SYS_CREATED_AT] = r->values[SYS_CHANGED_AT] = value_time_ms(w->now_ms);
    r->values[SYS_CREATED_BY] = r->values[SYS_CHANGED_BY] = value_str(actor->id);
    r->values[SYS_ARCHIVED] = value_bool(false);
    if (!str_empty(c->origin))
        r->values[SYS_ORIGIN] = value_str(c->origin);
    if (op->type->states_len > 0) {
        r->values[SYS_STATE] = value_str(op->type->states[0].name);
        op->entered = true;
    }
    op->after = r;
    return know_company(op, r);
}

static int begin_update(struct op *op)
{
    struct write *w = op->w;
    struct record *r = record_copy(op->before, w->a);
    op->after = r;
    if (op->change->op == CHANGE_ARCHIVE)
        r->values[SYS_ARCHIVED] = value_bool(true);
    int err = know_company(op, r);
    return err < 0 ? err : check_posted(op);
}

static int compose(struct op *op)
{
    bool created = op->change->op == CHANGE_CREATE;
    int err = created ? begin_create(op) : begin_update(op);
    if (err < 0)
        return err;
    int values = op_apply_values(op);
    if (values < 0 && values != ERR_INVALID && values != ERR_LIMIT && values != ERR_FORBIDDEN)
        return values;
    if (created && values == 0)
        err = op_defaults(op, op->after, op->given);
    if (err == 0)
        err = op_check_required(op, op->after, op->given, created, STR_NULL);
    if (values < 0 || err < 0)
        return values < 0 ? values : err;
    err = op_check_links(op, op->before, op->after, STR_NULL);
    if (err == 0)
        err = op_state_asked(op);
    if (err == 0)
        err = op_derive(op);
    if (err == 0 && op->transition != NULL)
        err = op_move(op);
    if (err == 0 && op->transition != NULL)
        err = op_effects_set(op);
    return err;
}

/* ---- Writing ---- */

static int store_new(struct op *op)
{
    int err = op_number(op);
    return err < 0 ? err : op_insert(op);
}

static int store_old(struct op *op)
{
    struct record *r = op->after;
    r->values[SYS_REV] = value_int(op->before->values[SYS_REV].i + 1);
    r->values[SYS_CHANGED_AT] = value_time_ms(op->w->now_ms);
    r->values[SYS_CHANGED_BY] = value_str(op->w->plan->actor->id);
    return op_update(op);
}

static int check_row_after(struct op *op)
{
    enum change_op what = op->change->op;
    if (!op_by_user(op) || (what != CHANGE_CREATE && what != CHANGE_UPDATE))
        return 0;
    int err = check_row(op, op->after, action_of(op));
    return err == ERR_NOT_FOUND || err == ERR_FORBIDDEN ? PROBLEM(op->w->why, NO_RIGHT_ROW) : err;
}

static int write_record(struct op *op, struct write_item *ret)
{
    int err = compose(op);
    if (err < 0)
        return err;
    ret->id = op->after->values[SYS_ID].s;
    if (op->before != NULL && op->transition == NULL && !op->entered && !op_changed(op)) {
        op->after = op->before;
        ret->rev = op->before->values[SYS_REV].i;
        return 0;
    }
    err = op_check_unique(op, op->before, op->after, STR_NULL);
    if (err == 0)
        err = op->before == NULL ? store_new(op) : store_old(op);
    if (err == 0)
        err = check_row_after(op);
    if (err == 0)
        err = op_emit(op);
    if (err < 0)
        return err;
    if (str_is(op->type->name, "company"))
        company_forget(op->w->rs, ret->id);
    ret->event_id = op->event_id;
    ret->rev = op->after->values[SYS_REV].i;
    ret->changed = true;
    err = op_sums(op);
    return err < 0 ? err : op_effects(op);
}

static int delete_record(struct op *op, struct write_item *ret)
{
    int err = know_company(op, op->before);
    if (err == 0)
        err = op_delete(op);
    if (err == 0)
        err = op_emit(op);
    if (err == 0)
        err = op_sums(op);
    if (err < 0)
        return err;
    ret->id = op->before->values[SYS_ID].s;
    ret->event_id = op->event_id;
    ret->rev = op->before->values[SYS_REV].i + 1;
    ret->changed = true;
    return 0;
}

int change_may(struct write *w, const struct change *change)
{
    struct op op = {.w = w, .change = change};
    int err = resolve(&op);
    if (err == 0)
        err = check_rights(&op);
    if (err < 0 || change->op == CHANGE_CREATE || !op_by_user(&op))
        return err;
    err = access_check(w->rs, w->tx, op.type, w->plan->actor, RIGHT_READ, change->id);
    return err == ERR_NOT_FOUND || err == ERR_FORBIDDEN ? PROBLEM(w->why, NO_RECORD) : err;
}

int op_run(struct op *op, struct write_item *ret)
{
    int err = resolve(op);
    if (err == 0)
        err = check_rights(op);
    if (err == 0 && op->change->op != CHANGE_CREATE)
        err = load(op);
    if (err < 0)
        return err;
    *ret = (struct write_item){0};
    op->event_id = id_new_str(op->w->a);
    return op->change->op == CHANGE_DELETE ? delete_record(op, ret) : write_record(op, ret);
}
