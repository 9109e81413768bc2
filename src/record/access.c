/* Rights: what an actor may do to which types and rows, as one SQL predicate for every door. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record_internal.h"

bool actor_has_role(const struct actor *a, struct str role)
{
    if (str_is(role, "everyone"))
        return true;
    for (size_t i = 0; i < a->roles_len; i++) {
        if (str_eq(a->roles[i], role))
            return true;
    }
    return false;
}

/* The type whose rights count: a line's rights are those of its document. */
static const struct type *rights_type(const struct type *t)
{
    return t->part_of != NULL ? t->part_of : t;
}

static bool scope_is(struct str scope, const char *verb, struct str type)
{
    struct str head;
    struct str rest = str_cut(scope, ':', &head);
    return str_is(head, verb) && (str_empty(rest) || str_eq(rest, type));
}

/* A token's scopes narrow what its user may do: "read", "write", "read:TYPE", "write:TYPE". Writing includes reading.
 */
static bool scopes_allow(const struct actor *actor, const struct type *t, enum right_action action)
{
    if (actor->read_only && action != RIGHT_READ)
        return false;
    if (actor->scopes_len == 0)
        return true;
    for (size_t i = 0; i < actor->scopes_len; i++) {
        if (scope_is(actor->scopes[i], "write", t->name))
            return true;
        if (action == RIGHT_READ && scope_is(actor->scopes[i], "read", t->name))
            return true;
    }
    return false;
}

bool record_may(const struct actor *actor, const struct type *type, enum right_action action)
{
    const struct type *t = rights_type(type);
    if (!scopes_allow(actor, t, action))
        return false;
    if (actor->admin)
        return true;
    for (size_t i = 0; i < t->rights_len; i++) {
        if ((t->rights[i].actions & action) && actor_has_role(actor, t->rights[i].role))
            return true;
    }
    return false;
}

bool record_may_all(const struct actor *actor, const struct type *t, enum right_action action)
{
    const struct type *owner = rights_type(t);
    if (!record_may(actor, owner, action))
        return false;
    for (size_t i = 0; !actor->admin && i < owner->rights_len; i++) {
        const struct right *r = &owner->rights[i];
        if ((r->actions & action) && r->where == NULL && actor_has_role(actor, r->role))
            return true;
    }
    return actor->admin;
}

int record_level(const struct actor *actor, const struct type *type)
{
    const struct type *t = rights_type(type);
    int level = -1;
    if (actor == NULL || actor->admin)
        return 3;
    for (size_t i = 0; i < t->rights_len; i++) {
        const struct right *r = &t->rights[i];
        if ((r->actions & RIGHT_READ) && r->level > level && actor_has_role(actor, r->role))
            level = r->level;
    }
    return level;
}

void binds_add(struct arena *a, struct expr_binds *b, struct value v)
{
    if (b->len == b->cap)
        b->items = vec_grow(a, b->items, b->len, &b->cap, sizeof(b->items[0]));
    b->items[b->len++] = v;
}

int path_sql(struct records *rs, const struct type *t, const char *alias, struct str path, struct buf *sql)
{
    struct str head;
    struct str rest = str_cut(path, '.', &head);
    const struct field *f = type_field(t, head);

    if (f == NULL || !field_has_column(f) || f->kind == FIELD_SECRET || f->kind == FIELD_JSON)
        return ERR_NOT_FOUND;
    if (str_empty(rest)) {
        buf_addf(sql, "%s.\"%.*s\"", alias, STR_ARG(head));
        return 0;
    }
    if ((f->kind != FIELD_LINK && f->kind != FIELD_USER) || f->to == NULL)
        return ERR_NOT_FOUND;
    const struct field *g = type_field(f->to, rest);
    if (g == NULL || !field_has_column(g) || g->kind == FIELD_SECRET || g->kind == FIELD_JSON)
        return ERR_NOT_FOUND;
    buf_addf(sql, "(SELECT l.\"%.*s\" FROM %.*s l WHERE l.\"id\" = %s.\"%.*s\")", STR_ARG(rest),
             STR_ARG(type_sql(rs, f->to)->table), alias, STR_ARG(head));
    return 0;
}

struct access_env {
    struct records *rs;
    const struct type *type;
    const struct actor *actor;
    const char *alias;
};

static int access_column(void *arg, struct str path, struct buf *sql)
{
    struct access_env *env = arg;
    return path_sql(env->rs, env->type, env->alias, path, sql);
}

/* An actor without an employee gets the empty text, which is no record's id: it equals nothing, not even an empty
 * field. */
static int access_constant(void *arg, struct str path, struct arena *a, struct value *ret)
{
    struct access_env *env = arg;
    const struct actor *who = env->actor;
    if (str_is(path, "actor.id") || str_is(path, "actor"))
        *ret = value_str(who->id);
    else if (str_is(path, "actor.name"))
        *ret = value_str(who->name);
    else if (str_is(path, "actor.employee"))
        *ret = value_str(who->employee.ptr ? who->employee : STR(""));
    else if (str_is(path, "actor.company"))
        *ret = value_str(who->company.ptr ? who->company : STR(""));
    else if (str_is(path, "actor.roles")) {
        struct value *items = arena_array(a, struct value, who->roles_len);
        for (size_t i = 0; i < who->roles_len; i++)
            items[i] = value_str(who->roles[i]);
        *ret = value_list_of(a, items, who->roles_len);
    } else
        return ERR_NOT_FOUND;
    return 0;
}

/* The rights of the actor's roles, joined by OR. Returns 1 where one of them covers every row of the company. */
static int access_rules(struct access_env *env, enum right_action action, struct arena *a, struct buf *sql,
                        struct expr_binds *binds)
{
    const struct type *t = env->type;
    struct expr_sql_env sql_env = {.column = access_column, .constant = access_constant, .arg = env};
    size_t parts = 0;

    for (size_t i = 0; i < t->rights_len; i++) {
        const struct right *r = &t->rights[i];
        if ((r->actions & action) && r->where == NULL && actor_has_role(env->actor, r->role))
            return 1;
    }
    for (size_t i = 0; i < t->rights_len; i++) {
        const struct right *r = &t->rights[i];
        if (!(r->actions & action) || !actor_has_role(env->actor, r->role))
            continue;
        buf_add_cstr(sql, parts++ == 0 ? " AND (" : " OR ");
        int err = expr_to_sql(r->where, &sql_env, a, sql, binds, NULL);
        if (err < 0)
            return err;
    }
    buf_add_cstr(sql, ")");
    return 0;
}

int access_sql(struct records *rs, const struct type *t, const struct actor *actor, enum right_action action,
               const char *alias, struct arena *a, struct buf *sql, struct expr_binds *binds)
{
    if (actor == NULL) {
        buf_add_cstr(sql, "(1=1)");
        return 0;
    }
    if (!record_may(actor, t, action))
        return ERR_FORBIDDEN;
    if (actor->admin) {
        buf_add_cstr(sql, "(1=1)");
        return 0;
    }
    struct access_env env = {.rs = rs, .type = rights_type(t), .actor = actor, .alias = alias};
    if (env.type != t) { /* a line is covered where its document is */
        env.alias = "doc";
        buf_addf(sql, "(EXISTS (SELECT 1 FROM %.*s doc WHERE doc.\"id\" = %s.\"parent\" AND ",
                 STR_ARG(type_sql(rs, env.type)->table), alias);
    }
    buf_addf(sql, "(%s.\"company\" = ?", env.alias);
    binds_add(a, binds, value_str(actor->company));
    int err = access_rules(&env, action, a, sql, binds);
    if (err < 0)
        return err;
    buf_add_cstr(sql, env.type != t ? ")))" : ")");
    return 0;
}

int access_check(struct records *rs, struct db_tx *tx, const struct type *t, const struct actor *actor,
                 enum right_action action, struct str id)
{
    CLEANUP(arena_release) struct arena a = {0};
    CLEANUP(buf_release) struct buf sql = {0};
    struct expr_binds binds = {0};
    int64_t there;

    arena_init(&a);
    buf_init(&sql, 1 << 16);
    buf_addf(&sql, "SELECT 1 FROM %.*s t WHERE t.\"id\" = ? AND ", STR_ARG(type_sql(rs, t)->table));
    binds_add(&a, &binds, value_str(id));
    int err = access_sql(rs, t, actor, action, "t", &a, &sql, &binds);
    if (err < 0)
        return err;
    err = db_query_i64(tx, buf_str(&sql), binds.items, binds.len, 0, &there);
    if (err < 0)
        return err;
    return there == 1 ? 0 : ERR_NOT_FOUND;
}

bool record_visible(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct type *type,
                    struct str id)
{
    return record_may(actor, type, RIGHT_READ) && access_check(rs, tx, type, actor, RIGHT_READ, id) == 0;
}

/* ---- Transitions ---- */

static bool field_is_actor(const struct record *r, struct str name, const struct actor *actor)
{
    const struct field *f = type_field(r->type, name);
    if (f == NULL || r->values[f->index].kind != VALUE_STRING)
        return false;
    struct str id = r->values[f->index].s;
    return str_eq(id, actor->id) || (!str_empty(actor->employee) && str_eq(id, actor->employee));
}

static bool may_who(const struct actor *actor, const struct record *r, const struct transition *tr)
{
    if (actor->admin)
        return true;
    for (size_t i = 0; i < tr->who_len; i++) {
        struct str who = tr->who[i];
        if (str_starts(who, STR("field:"))) {
            if (field_is_actor(r, str_sub(who, 6, who.len), actor))
                return true;
        } else if (str_is(who, "creator")) {
            if (str_eq(r->values[SYS_CREATED_BY].s, actor->id))
                return true;
        } else if (actor_has_role(actor, who))
            return true;
    }
    return false;
}

enum { DUTY_PAGE = 1000 };

struct duty {
    const struct actor *actor;
    const struct transition *tr;
    int64_t last_seq; /* of the page that is read */
    size_t len;
};

static bool duty_same(const struct duty *d, struct str user)
{
    return !str_empty(user) && str_eq(user, d->actor->id);
}

/* 1 where the actor made this event and it is one that the deciding transition must be apart from. */
static int duty_event(void *arg, const struct event *e)
{
    struct duty *d = arg;
    d->last_seq = e->seq;
    d->len++;
    bool counts = str_is(e->type, "record.created");
    for (size_t i = 0; !counts && i < d->tr->apart_from_len; i++)
        counts = str_eq(e->transition, d->tr->apart_from[i]);
    return counts && (duty_same(d, e->actor) || duty_same(d, e->on_behalf_of));
}

/* 1 where the actor made one of the record's events that count, however many there are; in pages, for their changes are
 * read too. */
static int duty_find(struct db_tx *tx, struct str id, struct duty *d)
{
    int found = 0;
    do {
        CLEANUP(arena_release) struct arena a = {0};
        arena_init(&a);
        d->len = 0;
        found = event_read_subject(tx, &a, id, d->last_seq, DUTY_PAGE, duty_event, d);
    } while (found == 0 && d->len == DUTY_PAGE);
    return found;
}

int access_segregation(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct record *r,
                       const struct transition *tr, struct problem *why)
{
    struct duty duty = {.actor = actor, .tr = tr};
    (void)rs;
    if (!tr->decides)
        return 0;
    for (size_t i = 0; i < tr->apart_from_len; i++) {
        struct str apart = tr->apart_from[i];
        if (str_starts(apart, STR("field:")) && field_is_actor(r, str_sub(apart, 6, apart.len), actor))
            return PROBLEM(why, SEGREGATION);
    }
    int found = duty_find(tx, r->values[SYS_ID].s, &duty);
    if (found < 0)
        return found;
    return found > 0 ? PROBLEM(why, SEGREGATION) : 0;
}

int access_state_owner(struct records *rs, const struct actor *actor, const struct record *r, struct arena *a,
                       struct problem *why)
{
    const struct field *state = &r->type->fields[SYS_STATE];
    struct value origin = r->values[SYS_ORIGIN];
    if (rs->owner == NULL || origin.kind != VALUE_STRING || str_empty(origin.s))
        return 0;
    struct str system = rs->owner(rs->owner_ctx, r->type, origin.s, state, a);
    if (str_empty(system))
        return 0;
    return PROBLEM(why, OWNED_OUTSIDE, ARG("field", state->label.text[actor->lang]), ARG("system", system));
}

static bool scopes_transition(const struct actor *actor, const struct type *t)
{
    return scopes_allow(actor, t, RIGHT_UPDATE);
}

int record_may_transition(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct record *r,
                          const struct transition *tr, struct arena *a, struct problem *why)
{
    const struct type *t = r->type;
    int state = type_state_index(t, r->values[SYS_STATE].s);
    bool allowed = true;

    if (!may_who(actor, r, tr))
        return PROBLEM(why, NO_RIGHT, ARG("action", tr->label.text[actor->lang]),
                       ARG("type", t->label.text[actor->lang]));
    if (!scopes_transition(actor, t))
        return PROBLEM(why, NO_SCOPE, ARG("action", tr->name));
    if (state < 0 || !(tr->from & (UINT64_C(1) << state)))
        return PROBLEM(why, WRONG_STATE, ARG("transition", tr->label.text[actor->lang]),
                       ARG("state", state < 0 ? STR("-") : t->states[state].label.text[actor->lang]));
    int err = access_segregation(rs, tx, actor, r, tr, why);
    if (err < 0 || tr->guard == NULL)
        return err;
    struct record_scope scope = {.rs = rs, .tx = tx, .record = r, .actor = actor};
    err = record_eval_bool(&scope, tr->guard, a, &allowed, why);
    if (err < 0)
        return err;
    return allowed ? 0
                   : PROBLEM(why, GUARD_FAILED, ARG("transition", tr->label.text[actor->lang]),
                             ARG("reason", tr->guard_text.text[actor->lang]));
}
