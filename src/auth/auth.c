/* Opening, and from a user's record to an actor. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "auth/auth_internal.h"
#include "auth/auth_sql.h"
#include "codec/text.h"

const struct db_migration auth_migrations[] = {
    {"auth", 1,
     "CREATE TABLE auth_session (hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, csrf TEXT NOT NULL, created_ms BIGINT "
     "NOT NULL, seen_ms BIGINT NOT NULL);\n"
     "CREATE TABLE auth_token (hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, scopes TEXT NOT NULL, created_ms BIGINT "
     "NOT NULL, expires_ms BIGINT NOT NULL, used_ms BIGINT NOT NULL);\n"
     "CREATE TABLE auth_link (hash TEXT PRIMARY KEY, user_id TEXT NOT NULL, created_ms BIGINT NOT NULL, expires_ms "
     "BIGINT NOT NULL, used_ms BIGINT NOT NULL);\n"
     "CREATE TABLE auth_password (user_id TEXT PRIMARY KEY, hash TEXT NOT NULL, changed_ms BIGINT NOT NULL);\n"},
};
const size_t auth_migrations_len = ARRAY_LEN(auth_migrations);

int auth_open(struct records *rs, const struct keys *keys, struct auth **ret, struct problem *why)
{
    struct db *db = records_db(rs);
    int err = db_migrate(db, auth_migrations, auth_migrations_len, why);
    if (err < 0)
        return err;
    struct auth *au = xcalloc(1, sizeof(*au));
    au->records = rs;
    au->db = db;
    au->keys = keys;
    au->failures = map_new(NULL);
    pthread_mutex_init(&au->lock, NULL);
    arena_init(&au->arena);
    *ret = au;
    return 0;
}

struct auth *auth_free(struct auth *au)
{
    if (au == NULL)
        return NULL;
    size_t pos = 0;
    struct str key;
    void *value;
    while (map_next(au->failures, &pos, &key, &value))
        free(value);
    map_free(au->failures);
    pthread_mutex_destroy(&au->lock);
    arena_release(&au->arena);
    free(au);
    return NULL;
}

struct str auth_hash(struct auth *au, const char *kind, struct str secret, struct arena *a)
{
    uint8_t hash[HASH_BYTES];
    CLEANUP(buf_release) struct buf hex = {0};
    hash_parts(au->keys->session, (const struct str[]){str_of(kind), secret}, 2, hash);
    buf_init(&hex, sizeof(hash) * 2 + 1);
    hex_encode(str_n((const char *)hash, sizeof(hash)), &hex);
    return arena_str(a, buf_str(&hex));
}

static const struct type *user_type(struct auth *au)
{
    return meta_type(records_meta(au->records), STR("user"));
}

static struct value user_value(const struct record *r, const char *field)
{
    const struct field *f = type_field(r->type, str_of(field));
    return f != NULL ? r->values[f->index] : value_null();
}

static struct str user_text(const struct record *r, const char *field)
{
    struct value v = user_value(r, field);
    return v.kind == VALUE_STRING ? v.s : STR_NULL;
}

int auth_actor_by_id(struct auth *au, struct db_tx *tx, struct str user_id, struct arena *a, struct actor *ret)
{
    struct record *r;
    int err = record_get(au->records, tx, NULL, user_type(au), user_id, a, &r);
    if (err < 0)
        return err;
    struct value active = user_value(r, "active");
    struct value archived = record_value(r, SYS_ARCHIVED);
    if ((active.kind == VALUE_BOOL && !active.b) || (archived.kind == VALUE_BOOL && archived.b))
        return ERR_FORBIDDEN;
    struct value roles = user_value(r, "roles");
    struct actor actor = {.id = record_value(r, SYS_ID).s,
                          .name = user_text(r, "name"),
                          .title = user_text(r, "title"),
                          .employee = user_text(r, "employee"),
                          .company = record_value(r, SYS_COMPANY).s};
    if (roles.kind == VALUE_LIST) {
        struct str *names = arena_array(a, struct str, roles.list.len);
        for (size_t i = 0; i < roles.list.len; i++)
            names[i] = roles.list.items[i].s;
        actor.roles = names;
        actor.roles_len = roles.list.len;
    }
    actor.admin = actor_has_role(&actor, STR("admin"));
    actor.lang = str_starts(user_text(r, "lang"), STR("zh")) ? LANG_ZH : LANG_EN;
    *ret = actor;
    return 0;
}

int auth_user_id(struct auth *au, struct db_tx *tx, struct str name, struct arena *a, struct str *ret)
{
    struct db_stmt *st;
    (void)au;
    int err = db_prepare(tx, SQL_AUTH_USER_BY_NAME, &st);
    if (err < 0)
        return err;
    db_bind_str(st, 1, name);
    err = db_step(st);
    if (err > 0)
        *ret = db_col_copy(st, 0, a);
    db_done(st);
    return err > 0 ? 0 : err < 0 ? err : ERR_NOT_FOUND;
}

int auth_actor_by_name(struct auth *au, struct db_tx *tx, struct str name, struct arena *a, struct actor *ret)
{
    struct str id;
    int err = auth_user_id(au, tx, name, a, &id);
    return err < 0 ? err : auth_actor_by_id(au, tx, id, a, ret);
}

int auth_is_first_start(struct auth *au, struct db_tx *tx, bool *ret)
{
    int64_t count;
    (void)au;
    int err = db_query_i64(tx, SQL_AUTH_PASSWORD_COUNT, NULL, 0, 0, &count);
    if (err == 0)
        *ret = count == 0;
    return err;
}

int auth_set_preferences(struct auth *au, const struct actor *actor, struct str lang, struct str theme,
                         struct problem *why)
{
    struct value keys[2], values[2];
    size_t n = 0;
    CLEANUP(arena_release) struct arena a = {0};
    struct write_result result;
    arena_init(&a);
    if (lang.ptr != NULL) {
        keys[n] = value_str(STR("lang"));
        values[n++] = value_str(lang);
    }
    if (theme.ptr != NULL) {
        keys[n] = value_str(STR("theme"));
        values[n++] = value_str(theme);
    }
    if (n == 0)
        return 0;
    struct actor self = *actor; /* the user's own preferences need no right on users */
    self.admin = true;
    self.read_only = false;
    self.scopes_len = 0;
    struct change change = {.op = CHANGE_UPDATE,
                            .type = STR("user"),
                            .id = actor->id,
                            .values = {.kind = VALUE_MAP, .map = {.keys = keys, .values = values, .len = n}}};
    struct plan plan = {.actor = &self, .mode = MODE_USER, .source = STR("web"), .changes = &change, .changes_len = 1};
    return record_write(au->records, &plan, &a, &result, why);
}
