/* States: which transition is meant, who may make it, what it requires, its guard, and the state afterwards. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record_internal.h"
#include "record/write.h"

static struct str state_label(const struct op *op, int state)
{
    return state < 0 ? STR("-") : op->type->states[state].label.text[op_lang(op)];
}

static int state_index(const struct op *op, const struct record *r)
{
    struct value v = r->values[SYS_STATE];
    return v.kind == VALUE_STRING ? type_state_index(op->type, v.s) : -1;
}

static const struct transition *transition_between(const struct type *t, int from, int to)
{
    for (size_t i = 0; from >= 0 && i < t->transitions_len; i++) {
        const struct transition *tr = &t->transitions[i];
        if (tr->to == to && (tr->from & (UINT64_C(1) << from)))
            return tr;
    }
    return NULL;
}

static int bad_state(struct op *op)
{
    CLEANUP(buf_release) struct buf names = {0};
    buf_init(&names, 8192);
    for (size_t i = 0; i < op->type->states_len; i++) {
        buf_add_cstr(&names, i == 0 ? "" : ", ");
        buf_add(&names, op->type->states[i].name);
    }
    return PROBLEM_AT(op->w->why, WHERE_POINTER, STR("/state"), NOT_AN_OPTION, ARG("field", STR("state")),
                      ARG("options", buf_str(&names)));
}

/*
 * The record is in the state already. If it was only ever noted there (adopted from a message that told of it), then
 * the message that tells of the true entry, come late, makes it count now: no fact may be lost to the order in which
 * messages arrive.
 */
static int entered_late(struct op *op, enum plan_mode mode)
{
    int64_t count = 1;
    if (mode != MODE_FLOW || op->before == NULL)
        return 0;
    int err = event_entered_count(op->w->tx, op->before->values[SYS_ID].s, op->change->state, &count);
    op->entered = err == 0 && count == 0;
    return err;
}

int op_state_asked(struct op *op)
{
    struct str asked = op->change->state;
    enum plan_mode mode = op->w->plan->mode;
    if (str_empty(asked))
        return 0;
    if (op_by_user(op))
        return PROBLEM_AT(op->w->why, WHERE_POINTER, STR("/state"), READ_ONLY, ARG("field", STR("state")));
    int to = type_state_index(op->type, asked);
    if (to < 0)
        return bad_state(op);
    int from = op->before != NULL ? state_index(op, op->before) : -1;
    if (from == to)
        return entered_late(op, mode);
    if (op->before != NULL && mode == MODE_FLOW)
        op->transition = transition_between(op->type, from, to);
    op->after->values[SYS_STATE] = value_str(op->type->states[to].name);
    op->entered = true;
    return 0;
}

/* ---- Transitions by name ---- */

static bool is_required_by(const struct transition *tr, const struct field *f)
{
    for (size_t i = 0; i < tr->requires_len; i++) {
        if (tr->requires[i] == f)
            return true;
    }
    return false;
}

/* Who may decide may not thereby edit: beside what the transition asks for, values need the right to change the record.
 */
static int check_values_along(struct op *op)
{
    struct write *w = op->w;
    bool others = false;
    for (size_t i = 0; i < op->type->fields_len; i++)
        others = others || (op->given[i] && !is_required_by(op->transition, &op->type->fields[i]));
    if (!others)
        return 0;
    int err = access_check(w->rs, w->tx, op->type, w->plan->actor, RIGHT_UPDATE, op->before->values[SYS_ID].s);
    if (err != ERR_NOT_FOUND && err != ERR_FORBIDDEN)
        return err;
    int first = 0;
    for (size_t i = 0; i < op->type->fields_len; i++) {
        const struct field *f = &op->type->fields[i];
        if (!op->given[i] || is_required_by(op->transition, f))
            continue;
        first = PROBLEM_AT(w->why, WHERE_POINTER, op_pointer(op, STR_NULL, f->name), NO_RIGHT_FIELD,
                           ARG("field", op_field_label(op, f)));
    }
    return first;
}

/*
 * Rights are those on the record as it was: values that come along must not make anybody its manager. The guard speaks
 * about the record as it will be, so its answer here does not count yet.
 */
static int check_may(struct op *op)
{
    struct write *w = op->w;
    struct problem said;
    problem_init(&said, w->why->arena);
    int err = record_may_transition(w->rs, w->tx, w->plan->actor, op->before, op->transition, w->a, &said);
    if (err == ERR_INVALID || err == ERR_LIMIT)
        err = 0;
    if (err < 0)
        *w->why = said;
    if (err == 0 && op_by_user(op))
        err = access_state_owner(w->rs, w->plan->actor, op->before, w->a, w->why);
    return err;
}

static int check_requires(struct op *op)
{
    const struct transition *tr = op->transition;
    int first = 0;
    for (size_t i = 0; i < tr->requires_len; i++) {
        const struct field *f = tr->requires[i];
        struct value v = op->after->values[f->index];
        bool missing =
            f->kind == FIELD_LINES ? op->after->lines == NULL || op->after->lines_len[f->index] == 0 : value_is_null(v);
        if (missing)
            first = PROBLEM_AT(op->w->why, WHERE_POINTER, op_pointer(op, STR_NULL, f->name), REQUIRED,
                               ARG("field", op_field_label(op, f)));
    }
    return first;
}

static int check_guard(struct op *op)
{
    struct write *w = op->w;
    const struct transition *tr = op->transition;
    bool good = true;
    if (tr->guard == NULL)
        return 0;
    struct record_scope scope = {.rs = w->rs, .tx = w->tx, .record = op->after, .actor = w->plan->actor};
    int err = record_eval_bool(&scope, tr->guard, w->a, &good, w->why);
    if (err < 0 || good)
        return err;
    return PROBLEM(w->why, GUARD_FAILED, ARG("transition", tr->label.text[op_lang(op)]),
                   ARG("reason", tr->guard_text.text[op_lang(op)]));
}

int op_move(struct op *op)
{
    const struct transition *tr = op->transition;
    int from = state_index(op, op->before), err = 0;
    if (op->change->op != CHANGE_TRANSITION)
        return 0; /* a flow tells what is so outside: nothing can be forbidden any more */
    /* A flow has rights of its own here too: it may submit where its role may, and it never decides. */
    if (op->depth == 0 && op_is_live(op))
        err = check_may(op);
    if (err == 0 && (from < 0 || !(tr->from & (UINT64_C(1) << from))))
        err = PROBLEM(op->w->why, WRONG_STATE, ARG("transition", tr->label.text[op_lang(op)]),
                      ARG("state", state_label(op, from)));
    if (err == 0 && op_by_user(op))
        err = check_values_along(op);
    if (err == 0)
        err = check_requires(op);
    if (err == 0)
        err = check_guard(op);
    if (err < 0)
        return err;
    op->after->values[SYS_STATE] = value_str(op->type->states[tr->to].name);
    op->entered = true;
    return 0;
}
