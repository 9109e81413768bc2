/* One run: its steps, their journal and the end of its job in one transaction. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"
#include "flow/flow_internal.h"
#include "flow/flow_sql.h"

struct run {
    struct flows *f;
    const struct job *job;
    const struct flow *flow;
    struct db_tx *tx;
    struct arena *a;
    struct problem *why;
    struct str id, event_id; /* of the flow_run record, of the trigger */
    struct event event;
    struct actor actor;
    struct str source;
    struct value keys[2][FLOW_STEPS_MAX * 4], values[2][FLOW_STEPS_MAX * 4]; /* 0: steps, 1: vars */
    size_t len[2];
    const struct flow_step *step; /* that runs */
    struct problem step_why;
    bool failed;
    struct value record; /* of the trigger, as it is now; what it links to is read once and stays in it */
    bool record_known;   /* no write has come between */
};

enum { RUN_STEPS, RUN_VARS };

static void remember(struct run *r, int which, struct str name, struct value v)
{
    for (size_t i = 0; i < r->len[which]; i++) {
        if (str_eq(r->keys[which][i].s, name)) {
            r->values[which][i] = v;
            return;
        }
    }
    if (r->len[which] < ARRAY_LEN(r->keys[which])) {
        r->keys[which][r->len[which]] = value_str(name);
        r->values[which][r->len[which]++] = v;
    }
}

static struct value remembered(struct run *r, int which)
{
    return (struct value){.kind = VALUE_MAP,
                          .map = {.keys = r->keys[which], .values = r->values[which], .len = r->len[which]}};
}

static int know_record(struct run *r)
{
    struct record *record;
    if (r->record_known)
        return 0;
    int err = record_get(r->f->records, r->tx, NULL, r->flow->type, r->event.subject, r->a, &record);
    if (err < 0)
        return err;
    r->record = record_object(r->f->records, r->tx, record, r->a);
    r->record_known = true;
    return 0;
}

static int step_scope(struct run *r, struct value values[FLOW_VARS], struct record_scope *ret)
{
    int err = know_record(r);
    if (err < 0)
        return err;
    values[FLOW_VAR_RECORD] = r->record;
    values[FLOW_VAR_EVENT] = flow_event_value(&r->event, r->a);
    values[FLOW_VAR_STEPS] = remembered(r, RUN_STEPS);
    values[FLOW_VAR_VARS] = remembered(r, RUN_VARS);
    *ret = (struct record_scope){
        .rs = r->f->records, .tx = r->tx, .actor = &r->actor, .names = flow_vars, .values = values, .len = FLOW_VARS};
    return 0;
}

static int eval_set(struct run *r, const struct record_scope *s, const struct flow_assign *set, size_t len,
                    struct value *ret)
{
    struct value *keys = arena_array(r->a, struct value, len), *values = arena_array(r->a, struct value, len);
    for (size_t i = 0; i < len; i++) {
        keys[i] = value_str(set[i].name);
        int err = record_eval(s, set[i].value, r->a, &values[i], &r->step_why);
        if (err < 0)
            return err;
    }
    *ret = (struct value){.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = len}};
    return 0;
}

/* Variables are set one after the other, so that a later one may use an earlier one. */
static int set_vars(struct run *r, const struct flow_assign *set, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        struct value values[FLOW_VARS], v;
        struct record_scope scope;
        int err = step_scope(r, values, &scope);
        if (err == 0)
            err = record_eval(&scope, set[i].value, r->a, &v, &r->step_why);
        if (err < 0)
            return err;
        remember(r, RUN_VARS, set[i].name, v);
    }
    return 0;
}

static struct value object_of(struct run *r, const struct type *t, struct str id)
{
    struct record *record;
    if (record_get(r->f->records, r->tx, NULL, t, id, r->a, &record) < 0)
        return value_null();
    return record_object(r->f->records, r->tx, record, r->a);
}

static int do_find(struct run *r, const struct record_scope *s)
{
    struct record **found;
    size_t len;
    int err = record_find(s, r->step->type, r->step->where, r->step->first ? 1 : FLOW_FIND_MAX, r->a, &found, &len,
                          &r->step_why);
    if (err < 0)
        return err;
    struct value *items = arena_array(r->a, struct value, len);
    for (size_t i = 0; i < len; i++)
        items[i] = record_object(r->f->records, r->tx, found[i], r->a);
    remember(r, RUN_STEPS, r->step->name,
             r->step->first ? (len > 0 ? items[0] : value_null()) : value_list_of(r->a, items, len));
    return 0;
}

static struct str id_of(struct value v)
{
    if (v.kind == VALUE_STRING)
        return v.s;
    if (v.kind == VALUE_OBJECT && v.obj.ops->id != NULL)
        return v.obj.ops->id(v.obj.impl);
    return STR_NULL;
}

static int write_change(struct run *r, const struct change *change, struct str *ret_id)
{
    struct write_result result;
    struct plan plan = {.actor = &r->actor,
                        .on_behalf_of = r->event.on_behalf_of,
                        .mode = MODE_FLOW,
                        .source = r->source,
                        .cause = r->job->cause,
                        .hops = r->event.hops + 2,
                        .changes = change,
                        .changes_len = 1};
    r->record_known = false;
    int err = record_write_in(r->f->records, r->tx, &plan, r->a, &result, &r->step_why);
    if (err < 0)
        return err;
    if (ret_id != NULL)
        *ret_id = result.items[0].id;
    return 0;
}

static int do_write(struct run *r, const struct record_scope *s)
{
    const struct flow_step *step = r->step;
    struct change change = {.op = step->verb == STEP_CREATE   ? CHANGE_CREATE
                                  : step->verb == STEP_UPDATE ? CHANGE_UPDATE
                                                              : CHANGE_TRANSITION,
                            .type = step->type->name,
                            .transition = step->transition};
    struct value target;
    struct str id;
    int err = 0;
    if (step->record != NULL) {
        err = record_eval(s, step->record, r->a, &target, &r->step_why);
        if (err < 0)
            return err;
        change.id = id_of(target);
        if (str_empty(change.id)) { /* nothing to act on: a step for nobody does nothing */
            remember(r, RUN_STEPS, step->name, value_null());
            return 0;
        }
    }
    if (step->set_len > 0)
        err = eval_set(r, s, step->set, step->set_len, &change.values);
    if (err == 0)
        err = write_change(r, &change, &id);
    if (err < 0)
        return err;
    remember(r, RUN_STEPS, step->name, object_of(r, step->type, id));
    return 0;
}

/* The users that a role, an employee or a user stands for. */
static int notify_targets(struct run *r, const struct record_scope *s, struct value to, struct record ***ret,
                          size_t *ret_len)
{
    struct expr *where;
    struct problem ignored;
    const struct type *user = meta_type(r->f->meta, STR("user"));
    struct str text = to.kind == VALUE_STRING && !id_valid(to.s)
                          ? STR("active == true")
                          : STR("active == true && (id == target || employee == target)");
    const struct expr_var names[] = {{.name = "target", .type = {.kind = TYPE_STRING}}};
    const struct value values[] = {value_str(id_of(to))};
    struct record_scope scope = *s;
    problem_init(&ignored, r->a);
    scope.names = names;
    scope.values = values;
    scope.len = 1;
    int err = meta_compile(r->f->meta, r->a, user, text, names, 1, NULL, &where, &r->step_why);
    return err < 0 ? err : record_find(&scope, user, where, FLOW_FIND_MAX, r->a, ret, ret_len, &r->step_why);
}

static bool user_has_role(const struct record *user, struct str role)
{
    const struct field *f = type_field(user->type, STR("roles"));
    struct value roles = f != NULL ? user->values[f->index] : value_null();
    for (size_t i = 0; roles.kind == VALUE_LIST && i < roles.list.len; i++) {
        if (str_eq(roles.list.items[i].s, role))
            return true;
    }
    return false;
}

static int notify_one(struct run *r, struct str user, struct value en, struct value zh, struct value about)
{
    struct value keys[4] = {value_str(STR("to")), value_str(STR("text_en")), value_str(STR("text_zh"))};
    struct value values[4] = {value_str(user), en, zh};
    size_t n = 3;
    if (about.kind == VALUE_MAP) {
        keys[n] = value_str(STR("subject"));
        values[n++] = about;
    }
    struct change change = {.op = CHANGE_CREATE,
                            .type = STR("notification"),
                            .values = {.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = n}}};
    return write_change(r, &change, NULL);
}

/* What it is about: the step's record with its type, else the record of the trigger. */
static struct value about_link(struct run *r)
{
    struct value *keys = arena_array(r->a, struct value, 2), *values = arena_array(r->a, struct value, 2);
    keys[0] = value_str(STR("type"));
    keys[1] = value_str(STR("id"));
    values[0] = value_str(r->event.subject_type);
    values[1] = value_str(r->event.subject);
    return (struct value){.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = 2}};
}

static int do_notify(struct run *r, const struct record_scope *s)
{
    struct value to, en, zh, about = about_link(r);
    struct record **users;
    size_t len;
    int err = record_eval(s, r->step->to, r->a, &to, &r->step_why);
    if (err == 0)
        err = record_eval(s, r->step->text[LANG_EN], r->a, &en, &r->step_why);
    if (err == 0)
        err = record_eval(s, r->step->text[LANG_ZH], r->a, &zh, &r->step_why);
    if (err == 0 && r->step->record != NULL)
        err = record_eval(s, r->step->record, r->a, &about, &r->step_why);
    if (err < 0 || str_empty(id_of(to)))
        return err; /* nobody to tell */
    err = notify_targets(r, s, to, &users, &len);
    for (size_t i = 0; err == 0 && i < len; i++) {
        if (to.kind == VALUE_STRING && !id_valid(to.s) && !user_has_role(users[i], to.s))
            continue;
        err = notify_one(r, record_value(users[i], SYS_ID).s, en, zh, about);
    }
    remember(r, RUN_STEPS, r->step->name, value_null());
    return err;
}

/* ---- Journal ---- */

static void result_to_json(struct run *r, struct buf *out)
{
    const struct flow_step *step = r->step;
    struct value v = value_null();
    for (size_t i = 0; i < r->len[RUN_STEPS]; i++) {
        if (str_eq(r->keys[RUN_STEPS][i].s, step->name))
            v = r->values[RUN_STEPS][i];
    }
    buf_add_cstr(out, "{\"type\":");
    json_write_str(out, step->type != NULL ? step->type->name : STR(""));
    json_key(out, "id");
    json_write(out, str_empty(id_of(v)) ? value_null() : value_str(id_of(v)));
    buf_add_char(out, '}');
}

static int journal(struct run *r)
{
    CLEANUP(buf_release) struct buf json = {0};
    struct str key = arena_fmt(r->a, "%.*s/%.*s", STR_ARG(r->job->key), STR_ARG(r->step->name));
    buf_init(&json, 4096);
    result_to_json(r, &json);
    int err = db_exec(r->tx, SQL_FLOW_STEP_INSERT,
                      DB_VALUES(value_str(key), value_str(r->id), value_str(r->step->name), value_str(buf_str(&json)),
                                value_int(clock_now_ms())));
    return err < 0 ? err : 0;
}

/* Steps that made or changed something are never done again; looking and computing is. */
static bool is_journalled(const struct flow_step *step)
{
    return step->verb != STEP_SET && step->verb != STEP_FIND;
}

static int load_done(struct run *r)
{
    struct db_stmt *st;
    int err = db_prepare(r->tx, SQL_FLOW_STEP_OF_RUN, &st);
    if (err < 0)
        return err;
    db_bind_str(st, 1, r->id);
    while ((err = db_step(st)) > 0) {
        struct value result;
        struct str step = db_col_copy(st, 0, r->a);
        if (json_parse(r->a, db_col_str(st, 1), 8, &result, NULL) < 0)
            continue;
        const struct value *type = value_map_get(result, STR("type")), *id = value_map_get(result, STR("id"));
        const struct type *t = type != NULL && type->kind == VALUE_STRING ? meta_type(r->f->meta, type->s) : NULL;
        remember(r, RUN_STEPS, arena_str(r->a, step),
                 t != NULL && id != NULL && id->kind == VALUE_STRING ? object_of(r, t, arena_str(r->a, id->s))
                                                                     : value_null());
    }
    db_done(st);
    return err;
}

static bool was_done(struct run *r, const struct flow_step *step)
{
    for (size_t i = 0; i < r->len[RUN_STEPS]; i++) {
        if (str_eq(r->keys[RUN_STEPS][i].s, step->name))
            return is_journalled(step);
    }
    return false;
}

/* ---- Steps ---- */

static int step_body(struct db_tx *tx, void *arg)
{
    struct run *r = arg;
    struct value values[FLOW_VARS];
    struct record_scope scope;
    bool fits = true;
    r->tx = tx;
    int err = step_scope(r, values, &scope);
    if (err == 0 && r->step->when != NULL)
        err = record_eval_bool(&scope, r->step->when, r->a, &fits, &r->step_why);
    if (err < 0)
        return err;
    if (!fits) {
        remember(r, RUN_STEPS, r->step->name, value_null());
        return 0;
    }
    switch (r->step->verb) {
    case STEP_SET:
        err = set_vars(r, r->step->set, r->step->set_len);
        break;
    case STEP_FIND:
        err = do_find(r, &scope);
        break;
    case STEP_NOTIFY:
        err = do_notify(r, &scope);
        break;
    default:
        err = do_write(r, &scope);
    }
    return err == 0 && is_journalled(r->step) ? journal(r) : err;
}

static bool is_retried(int err)
{
    return err == ERR_UNAVAILABLE || err == ERR_TIMEOUT || err == ERR_INTERNAL || err == ERR_DISK_FULL ||
           err == ERR_TOO_MANY;
}

static bool is_foreseen(const struct run *r)
{
    for (size_t i = 0; i < r->step->refused_len; i++) {
        if (r->step_why.message != MSG_NONE && str_is(r->step->refused[i], message_code(r->step_why.message)))
            return true;
        for (const struct problem_item *item = r->step_why.items; item != NULL; item = item->next) {
            if (str_is(r->step->refused[i], message_code(item->message)))
                return true;
        }
    }
    return false;
}

static int run_step(struct run *r, const struct flow_step *step)
{
    r->step = step;
    if (was_done(r, step))
        return 0;
    problem_init(&r->step_why, r->a);
    int err = db_savepoint(r->tx, step_body, r);
    if (err < 0)
        r->record_known = false; /* it may have been read before the step was taken back */
    if (err >= 0 || is_retried(err))
        return err;
    if (!is_foreseen(r))
        return err;
    remember(r, RUN_STEPS, step->name, value_null());
    problem_init(&r->step_why, r->a);
    return set_vars(r, step->refused_set, step->refused_set_len);
}

static int mark_run(struct run *r, const char *transition, struct str error)
{
    const struct value keys[] = {value_str(STR("step")), value_str(STR("error"))};
    const struct value values[] = {value_str(r->step != NULL ? r->step->name : STR("")),
                                   str_empty(error) ? value_null() : value_str(error)};
    struct change change = {.op = CHANGE_TRANSITION,
                            .type = STR("flow_run"),
                            .id = r->id,
                            .transition = str_of(transition),
                            .values = {.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = 2}}};
    problem_init(&r->step_why, r->a);
    return write_change(r, &change, NULL);
}

static void reason_text(struct run *r, struct buf *out)
{
    const struct problem *p = &r->step_why;
    if (p->message != MSG_NONE)
        message_render(p->message, p->args, LANG_EN, out);
    for (const struct problem_item *i = p->items; i != NULL; i = i->next) {
        buf_addf(out, "%s%.*s: ", out->len > 0 ? " " : "", STR_ARG(i->place));
        message_render(i->message, i->args, LANG_EN, out);
    }
}

/* What earlier steps did stays, with its journal; the run says where and why it stopped. */
static int fail_run(struct run *r, int err)
{
    CLEANUP(buf_release) struct buf text = {0};
    buf_init(&text, 1500);
    reason_text(r, &text);
    if (text.len == 0)
        buf_add_cstr(&text, err_name(err));
    (void)PROBLEM(r->why, FLOW_STEP_FAILED, ARG("step", r->step->name), ARG("flow", r->flow->name),
                  ARG("reason", buf_str(&text)));
    r->failed = true;
    return mark_run(r, "fail", buf_str(&text));
}

static int run_in_tx(struct db_tx *tx, void *arg)
{
    struct run *r = arg;
    r->tx = tx;
    r->failed = r->record_known = false;
    r->len[RUN_STEPS] = r->len[RUN_VARS] = 0;
    problem_clear(r->why);
    int err = event_by_id(tx, r->a, r->event_id, &r->event);
    if (err == 0)
        err = load_done(r);
    if (err < 0)
        return err;
    for (size_t i = 0; i < r->flow->steps_len; i++) {
        err = run_step(r, &r->flow->steps[i]);
        if (err < 0 && is_retried(err))
            return err;
        if (err < 0)
            return fail_run(r, err);
    }
    err = mark_run(r, "finish", STR_NULL);
    return err < 0 ? err : job_finish(tx, r->job);
}

static int payload_text(struct value payload, const char *key, struct str *ret, struct problem *why)
{
    const struct value *v = value_map_get(payload, str_of(key));
    if (v == NULL || v->kind != VALUE_STRING)
        return PROBLEM(why, YAML_MISSING, ARG("key", str_of(key)));
    *ret = v->s;
    return 0;
}

static int event_company(struct db_tx *tx, void *arg)
{
    struct run *r = arg;
    return event_by_id(tx, r->a, r->event_id, &r->event);
}

int flow_run_job(void *ctx, const struct job *job, struct arena *a, struct problem *why)
{
    struct value payload;
    struct str name;
    struct run *r = arena_new(a, struct run);
    r->f = ctx;
    r->job = job;
    r->a = a;
    r->why = why;
    int err = json_parse(a, job->payload, 8, &payload, why);
    if (err == 0)
        err = payload_text(payload, "run", &r->id, why);
    if (err == 0)
        err = payload_text(payload, "flow", &name, why);
    if (err == 0)
        err = payload_text(payload, "event", &r->event_id, why);
    if (err < 0)
        return err;
    r->flow = flows_find(r->f, name);
    if (r->flow == NULL)
        return PROBLEM(why, MODEL_UNKNOWN, ARG("kind", STR("flow")), ARG("name", name),
                       ARG("known", STR("see packs/")));
    r->source = arena_fmt(a, "flow:%.*s", STR_ARG(name));
    err = db_read(r->f->db, event_company, r);
    if (err == 0)
        err = record_service_actor(r->f->records, STR("flow"), r->event.company, a, &r->actor);
    if (err == 0)
        err = db_write(r->f->db, run_in_tx, r);
    return err < 0 ? err : r->failed ? ERR_INVALID : 0;
}
