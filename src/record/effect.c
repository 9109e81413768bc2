/* What a transition brings about: each effect in order, with the rights of the system and the transition's event as
 * cause. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record_internal.h"
#include "record/write.h"

int effect_eval(struct op *op, const struct expr *e, struct value *ret)
{
    struct write *w = op->w;
    struct record_scope scope = {.rs = w->rs, .tx = w->tx, .record = op->after, .actor = w->plan->actor};
    return record_eval(&scope, e, w->a, ret, w->why);
}

struct str value_id(struct value v)
{
    if (v.kind == VALUE_OBJECT && v.obj.ops->id != NULL)
        return v.obj.ops->id(v.obj.impl);
    return v.kind == VALUE_STRING ? v.s : STR_NULL;
}

/* Runs a change of an effect; a mistake inside it is told as one of the whole, because its fields are not the caller's.
 */
int effect_write(struct op *op, struct change *change)
{
    struct op child = op_child(op, change);
    struct write_item item;
    op->w->dirty = true;
    int err = op_run(&child, &item);
    struct problem *why = op->w->why;
    if (err < 0 && why->message == MSG_NONE && why->items != NULL) {
        const struct problem_item *first = why->items;
        problem_clear(why);
        err = problem_set(why, first->message, first->args);
    }
    return err;
}

/* ---- Values ---- */

static int assign(struct op *op, const struct assignment *set, struct value *key, struct value *value)
{
    *key = value_str(set->field->name);
    return effect_eval(op, set->value, value);
}

int effect_values(struct op *op, const struct assignment *set, size_t len, size_t spare, struct value *ret)
{
    struct value *keys = arena_array(op->w->a, struct value, len + spare),
                 *values = arena_array(op->w->a, struct value, len + spare);
    for (size_t i = 0; i < len; i++) {
        int err = assign(op, &set[i], &keys[i], &values[i]);
        if (err < 0)
            return err;
    }
    *ret = (struct value){.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = len}};
    return 0;
}

/* ---- The record's own fields ---- */

static int when_true(struct op *op, const struct effect *e, bool *ret)
{
    struct write *w = op->w;
    *ret = true;
    if (e->when == NULL)
        return 0;
    struct record_scope scope = {.rs = w->rs, .tx = w->tx, .record = op->after, .actor = w->plan->actor};
    return record_eval_bool(&scope, e->when, w->a, ret, w->why);
}

static int set_own(struct op *op, const struct effect *e)
{
    for (size_t i = 0; i < e->set_len; i++) {
        const struct field *f = e->set[i].field;
        struct value v = value_null();
        int err = effect_eval(op, e->set[i].value, &v);
        if (err == 0)
            err = field_from_json(f, v, op->w->a, op_pointer(op, STR_NULL, f->name), &op->after->values[f->index],
                                  op->w->why);
        if (err < 0)
            return err;
    }
    return 0;
}

static bool effects_fire(const struct op *op)
{
    return op->transition != NULL && op_is_live(op);
}

int op_effects_set(struct op *op)
{
    bool any = false;
    for (size_t i = 0; effects_fire(op) && i < op->transition->effects_len; i++) {
        const struct effect *e = &op->transition->effects[i];
        bool due = false;
        if (e->verb != EFFECT_SET)
            continue;
        int err = when_true(op, e, &due);
        if (err == 0 && due)
            err = set_own(op, e);
        if (err < 0)
            return err;
        any = any || due;
    }
    return any ? op_derive(op) : 0;
}

/* ---- Other records ---- */

static int effect_create(struct op *op, const struct effect *e)
{
    struct change change = {.op = CHANGE_CREATE, .type = e->type->name};
    int err = effect_values(op, e->set, e->set_len, 0, &change.values);
    return err < 0 ? err : effect_write(op, &change);
}

/* Into a many-valued field the link is added; an update replaces. */
static int link_added(struct op *op, const struct effect *e, struct str id, struct value *value)
{
    const struct field *f = e->set[0].field;
    struct record *target;
    struct str added = value_id(*value);
    if (!field_is_many(f))
        return 0;
    int err = record_load(op->w->rs, op->w->tx, e->type, id, op->w->a, &target);
    if (err < 0)
        return err == ERR_NOT_FOUND ? 0 : err;
    struct value old = target->values[f->index];
    VEC(struct value) items = {0};
    for (size_t i = 0; old.kind == VALUE_LIST && i < old.list.len; i++) {
        if (!str_eq(old.list.items[i].s, added))
            vec_push(op->w->a, &items, old.list.items[i]);
    }
    if (!str_empty(added))
        vec_push(op->w->a, &items, value_str(added));
    *value = value_list_of(op->w->a, items.items, items.len);
    return 0;
}

static int effect_on(struct op *op, const struct effect *e, struct str id)
{
    struct change change = {.op = CHANGE_UPDATE, .type = e->type->name, .id = id};
    if (str_empty(id))
        return 0;
    if (e->verb == EFFECT_TRANSITION) {
        change.op = CHANGE_TRANSITION;
        change.transition = e->transition;
        return effect_write(op, &change);
    }
    int err = effect_values(op, e->set, e->set_len, 0, &change.values);
    if (err == 0 && e->verb == EFFECT_LINK && e->set_len == 1) {
        struct value linked = change.values.map.values[0];
        err = link_added(op, e, id, &linked);
        change.values.map.values = value_list_of(op->w->a, &linked, 1).list.items;
    }
    return err < 0 ? err : effect_write(op, &change);
}

static int effect_other(struct op *op, const struct effect *e)
{
    struct value which = value_null();
    int err = effect_eval(op, e->record, &which);
    if (err < 0)
        return err;
    if (which.kind != VALUE_LIST)
        return effect_on(op, e, value_id(which));
    for (size_t i = 0; i < which.list.len; i++) {
        err = effect_on(op, e, value_id(which.list.items[i]));
        if (err < 0)
            return err;
    }
    return 0;
}

static int effect_run(struct op *op, const struct effect *e)
{
    switch (e->verb) {
    case EFFECT_POST:
        return effect_post(op, e);
    case EFFECT_CREATE:
        return effect_create(op, e);
    case EFFECT_UPDATE:
    case EFFECT_LINK:
    case EFFECT_TRANSITION:
        return effect_other(op, e);
    case EFFECT_NOTIFY:
        return effect_notify(op, e);
    case EFFECT_SET:
        break;
    }
    return 0;
}

int op_effects(struct op *op)
{
    for (size_t i = 0; effects_fire(op) && i < op->transition->effects_len; i++) {
        const struct effect *e = &op->transition->effects[i];
        bool due = false;
        if (e->verb == EFFECT_SET)
            continue;
        int err = when_true(op, e, &due);
        if (err == 0 && due)
            err = effect_run(op, e);
        if (err < 0)
            return err;
    }
    return 0;
}
