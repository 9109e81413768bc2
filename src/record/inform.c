/* The effect `notify`: a notification for a person, or for everybody who has a role, in both languages. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record_internal.h"
#include "record/write.h"

enum { TEXT_BYTES_MAX = 8192, PEOPLE_MAX = 500 };

/* The title of what a link points to is what a person calls it; a bare id would tell nothing. */
static void link_text(struct op *op, const struct field *f, struct value v, enum lang lang, struct buf *out)
{
    struct record *r;
    if (f->to == NULL || v.kind != VALUE_STRING)
        return;
    if (record_load(op->w->rs, op->w->tx, f->to, v.s, op->w->a, &r) == 0)
        buf_add(out, record_title(r, lang, op->w->a));
}

static void text_field(struct op *op, struct str name, enum lang lang, struct buf *out)
{
    const struct field *f = type_field(op->type, name);
    if (f == NULL || f->kind == FIELD_SECRET)
        return;
    struct value v = op->after->values[f->index];
    if ((f->kind == FIELD_LINK || f->kind == FIELD_USER) && !f->many)
        link_text(op, f, v, lang, out);
    else if (!value_is_null(v))
        field_to_text(f, v, lang, out);
}

static struct value text_fill(struct op *op, struct str template, enum lang lang)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, TEXT_BYTES_MAX);
    for (size_t i = 0; i < template.len; i++) {
        size_t end = template.ptr[i] == '{' ? str_find(template, STR("}"), i) : SIZE_MAX;
        if (end == SIZE_MAX) {
            buf_add_char(&b, template.ptr[i]);
            continue;
        }
        text_field(op, str_sub(template, i + 1, end - i - 1), lang, &b);
        i = end;
    }
    return value_str(arena_str(op->w->a, buf_str(&b)));
}

/* ---- Who ---- */

struct people {
    VEC(struct str) ids;
};

static int people_query(struct op *op, struct str sql, struct value key, struct people *people)
{
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int err = db_prepare(op->w->tx, sql, &st);
    if (err < 0)
        return err;
    db_bind(st, 1, key);
    db_bind(st, 2, op->after->values[SYS_COMPANY]);
    while ((err = db_step(st)) == 1 && people->ids.len < PEOPLE_MAX)
        vec_push(op->w->a, &people->ids, db_col_copy(st, 0, op->w->a));
    return err < 0 ? err : 0;
}

static int people_of_role(struct op *op, const struct type *user, struct str role, struct people *people)
{
    const struct field *roles = type_field(user, STR("roles")), *active = type_field(user, STR("active"));
    if (roles == NULL || !field_is_many(roles))
        return 0;
    const char *only = active != NULL && active->kind == FIELD_BOOL ? " AND u.\"active\" = 1" : "";
    struct str sql = arena_fmt(
        op->w->a,
        "SELECT u.\"id\" FROM %.*s u JOIN \"m_user_roles\" m ON m.\"record\" = u.\"id\" WHERE m.\"value\" = ? AND "
        "u.\"company\" = ? AND u.\"archived\" = 0%s ORDER BY u.\"id\"",
        STR_ARG(type_sql(op->w->rs, user)->table), only);
    return people_query(op, sql, value_str(role), people);
}

/* Of a user, or of the users of an employee: the id tells which. */
static int people_of_id(struct op *op, const struct type *user, struct str id, struct people *people)
{
    bool linked = type_field(user, STR("employee")) != NULL;
    struct str sql = arena_fmt(op->w->a, "SELECT \"id\" FROM %.*s WHERE %s = ? AND \"company\" = ?",
                               STR_ARG(type_sql(op->w->rs, user)->table), "\"id\"");
    int err = people_query(op, sql, value_str(id), people);
    if (err < 0 || people->ids.len > 0 || !linked)
        return err;
    sql = arena_fmt(op->w->a, "SELECT \"id\" FROM %.*s WHERE \"employee\" = ? AND \"company\" = ? AND \"archived\" = 0",
                    STR_ARG(type_sql(op->w->rs, user)->table));
    return people_query(op, sql, value_str(id), people);
}

/* ---- The notification ---- */

struct fields_map {
    const struct type *type;
    struct value keys[6], values[6];
    size_t len;
};

/* Sets the first of these fields that the type has. */
static void put(struct fields_map *m, const char *const names[], struct value v)
{
    for (size_t i = 0; names[i] != NULL; i++) {
        if (type_field(m->type, str_of(names[i])) == NULL)
            continue;
        m->keys[m->len] = value_str(str_of(names[i]));
        m->values[m->len++] = v;
        return;
    }
}

static int notification_write(struct op *op, const struct type *t, const struct effect *e, struct str user)
{
    static const char *const to[] = {"user", "recipient", "to", NULL}, *const en[] = {"text_en", "text", NULL},
                             *const zh[] = {"text_zh", NULL}, *const about[] = {"about", "record", "subject", NULL};
    struct fields_map m = {.type = t};
    struct value pair[] = {value_str(STR("type")), value_str(STR("id")), value_str(op->type->name),
                           op->after->values[SYS_ID]};
    struct value document = {.kind = VALUE_MAP, .map = {.keys = pair, .values = pair + 2, .len = 2}};
    put(&m, to, value_str(user));
    put(&m, en, text_fill(op, e->text.text[LANG_EN], LANG_EN));
    put(&m, zh, text_fill(op, e->text.text[LANG_ZH], LANG_ZH));
    put(&m, about, document);
    struct change change = {.op = CHANGE_CREATE, .type = t->name};
    change.values = value_copy(
        op->w->a, (struct value){.kind = VALUE_MAP, .map = {.keys = m.keys, .values = m.values, .len = m.len}});
    return effect_write(op, &change);
}

static int find_people(struct op *op, const struct type *user, struct value to, struct people *people)
{
    struct str id = value_id(to);
    if (str_empty(id))
        return 0;
    if (to.kind == VALUE_STRING && !id_valid(id))
        return people_of_role(op, user, id, people);
    return people_of_id(op, user, id, people);
}

int effect_notify(struct op *op, const struct effect *e)
{
    const struct meta *m = op->w->rs->meta;
    const struct type *user = meta_type(m, STR("user")), *notification = meta_type(m, STR("notification"));
    struct people people = {0};
    struct value to = value_null();
    if (user == NULL || notification == NULL)
        return 0;
    int err = effect_eval(op, e->to, &to);
    if (err < 0)
        return err;
    struct value one[] = {to};
    struct value_list list = to.kind == VALUE_LIST ? to.list : (struct value_list){.items = one, .len = 1};
    for (size_t i = 0; err == 0 && i < list.len; i++)
        err = find_people(op, user, list.items[i], &people);
    for (size_t i = 0; err == 0 && i < people.ids.len; i++)
        err = notification_write(op, notification, e, people.ids.items[i]);
    return err;
}
