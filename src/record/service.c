/* Service users: flows and connections act as users of their own, made when they are first needed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record/record_internal.h"
#include "record/write.h"

struct seek {
    struct records *rs;
    const struct type *type;
    struct str name, company;
    struct arena *a;
    struct str id;
};

static int seek_user(struct db_tx *tx, void *arg)
{
    struct seek *s = arg;
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    struct str sql = arena_fmt(s->a, "SELECT \"id\" FROM %.*s WHERE \"name\" = ? AND \"company\" = ?",
                               STR_ARG(type_sql(s->rs, s->type)->table));
    int err = db_prepare(tx, sql, &st);
    if (err < 0)
        return err;
    db_bind_str(st, 1, s->name);
    db_bind_str(st, 2, s->company);
    err = db_step(st);
    if (err == 1)
        s->id = db_col_copy(st, 0, s->a);
    return err < 0 ? err : 0;
}

/* "sync:NAME" acts with the rights of the role "sync". */
static struct str role_of(struct str name)
{
    struct str head;
    (void)str_cut(name, ':', &head);
    return head;
}

static const struct option_item *find_option(const struct field *f, struct str value)
{
    for (size_t i = 0; i < f->options_len; i++) {
        if (str_eq(f->options[i].value, value))
            return &f->options[i];
    }
    return NULL;
}

/* What people read in a history: the words of the role in both languages, else the name. */
static struct str title_of(const struct type *t, struct str name, struct arena *a)
{
    const struct field *roles = type_field(t, STR("roles"));
    const struct option_item *o = roles != NULL ? find_option(roles, role_of(name)) : NULL;
    return o == NULL ? name
                     : arena_fmt(a, "%.*s %.*s", STR_ARG(o->label.text[LANG_ZH]), STR_ARG(o->label.text[LANG_EN]));
}

/* What a user of this kind has, as far as the type knows it. */
static struct value user_values(const struct type *t, struct str name, struct arena *a)
{
    struct value role = value_str(role_of(name));
    struct value *keys = arena_array(a, struct value, t->fields_len),
                 *values = arena_array(a, struct value, t->fields_len);
    size_t n = 0;
    for (size_t i = SYS_COUNT; i < t->fields_len; i++) {
        const struct field *f = &t->fields[i];
        bool text = f->kind == FIELD_TEXT && (f->required || str_is(f->name, "name") || str_is(f->name, "title"));
        bool roles = f->kind == FIELD_MULTISELECT && str_is(f->name, "roles") && find_option(f, role.s) != NULL;
        bool service = f->kind == FIELD_BOOL && str_is(f->name, "service");
        if (!text && !roles && !service)
            continue;
        keys[n] = value_str(f->name);
        struct str words = str_is(f->name, "title") ? title_of(t, name, a) : name;
        values[n++] = service ? value_bool(true) : (roles ? value_list_of(a, &role, 1) : value_str(words));
    }
    return (struct value){.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = n}};
}

static int make_user(struct seek *s)
{
    struct str id = id_new_str(s->a);
    struct actor self = {.id = id, .name = s->name, .title = s->name, .company = s->company};
    struct change change = {
        .op = CHANGE_CREATE, .type = s->type->name, .id = id, .values = user_values(s->type, s->name, s->a)};
    struct plan plan = {
        .actor = &self, .mode = MODE_IMPORT, .source = STR("system"), .changes = &change, .changes_len = 1};
    struct write_result result;
    struct problem why;
    problem_init(&why, s->a);
    int err = record_write(s->rs, &plan, s->a, &result, &why);
    if (err == 0) {
        s->id = id;
        return 0;
    }
    /* Another thread may have been faster. */
    int again = db_read(s->rs->db, seek_user, s);
    return again == 0 && !str_empty(s->id) ? 0 : err;
}

static bool known(struct records *rs, struct str key, struct arena *a, struct str *ret)
{
    pthread_mutex_lock(&rs->lock);
    const char *id = map_get(rs->services, key);
    if (id != NULL)
        *ret = arena_str(a, str_of(id));
    pthread_mutex_unlock(&rs->lock);
    return id != NULL;
}

static void keep(struct records *rs, struct str key, struct str id)
{
    pthread_mutex_lock(&rs->lock);
    map_put(rs->services, key, arena_cstr(&rs->arena, id));
    pthread_mutex_unlock(&rs->lock);
}

int record_service_actor(struct records *rs, struct str name, struct str company, struct arena *a, struct actor *ret)
{
    struct str *role = arena_new(a, struct str);
    struct seek s = {.rs = rs,
                     .type = meta_type(rs->meta, STR("user")),
                     .name = arena_str(a, name),
                     .company = arena_str(a, company),
                     .a = a};
    struct str key = arena_fmt(a, "%.*s/%.*s", STR_ARG(company), STR_ARG(name));
    if (!known(rs, key, a, &s.id)) {
        /* A model without users has nobody to make; the name stands for him. */
        int err =
            s.type == NULL || type_field(s.type, STR("name")) == NULL ? ERR_NOT_FOUND : db_read(rs->db, seek_user, &s);
        if (err == 0 && str_empty(s.id))
            err = make_user(&s);
        if (err == ERR_NOT_FOUND && s.type == NULL)
            s.id = s.name;
        else if (err < 0)
            return err;
        keep(rs, key, s.id);
    }
    *role = role_of(s.name);
    *ret = (struct actor){
        .id = s.id, .name = s.name, .title = s.name, .company = s.company, .roles = role, .roles_len = 1};
    return 0;
}
