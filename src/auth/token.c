/* API tokens, one-time links and setting a password. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/auth_internal.h"
#include "auth/auth_sql.h"

enum { TOKEN_USED_EVERY_MS = 60 * 1000, TOKEN_SCOPES_MAX = 50 };
static const struct str TOKEN_PREFIX = STR("tdm_");

struct token_work {
    struct auth *au;
    struct arena *a;
    struct str user_name, user_id, hash, scopes;
    int64_t expires_ms, now_ms;
};

static int token_insert(struct db_tx *tx, void *arg)
{
    struct token_work *w = arg;
    int err = auth_user_id(w->au, tx, w->user_name, w->a, &w->user_id);
    if (err < 0)
        return err;
    return db_exec(tx, SQL_AUTH_TOKEN_INSERT,
                   DB_VALUES(value_str(w->hash), value_str(w->user_id), value_str(w->scopes), value_int(w->now_ms),
                             value_int(w->expires_ms)));
}

static struct str join_scopes(const struct str *scopes, size_t len, struct arena *a)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 8192);
    for (size_t i = 0; i < len; i++) {
        if (i > 0)
            buf_add_char(&b, ' ');
        buf_add(&b, scopes[i]);
    }
    return arena_str(a, buf_str(&b));
}

int auth_token_create(struct auth *au, struct str user_name, int64_t expires_ms, const struct str *scopes,
                      size_t scopes_len, struct arena *a, struct str *ret_token, struct problem *why)
{
    struct str secret = token_new(a);
    struct str token = arena_fmt(a, "%.*s%.*s", STR_ARG(TOKEN_PREFIX), STR_ARG(secret));
    struct token_work w = {.au = au,
                           .a = a,
                           .user_name = user_name,
                           .hash = auth_hash(au, "token", token, a),
                           .scopes = join_scopes(scopes, scopes_len, a),
                           .now_ms = clock_now_ms(),
                           .expires_ms = expires_ms};
    if (scopes_len > TOKEN_SCOPES_MAX)
        return PROBLEM(why, TOO_MANY_ITEMS, ARG("field", STR("scope")), ARG("max", STR("50")));
    int err = db_write(au->db, token_insert, &w);
    if (err == ERR_NOT_FOUND)
        return PROBLEM(why, LINK_TO_NOTHING, ARG("field", STR("user")), ARG("type", user_name));
    if (err >= 0)
        *ret_token = token;
    return err < 0 ? err : 0;
}

static int token_used(struct db_tx *tx, void *arg)
{
    struct token_work *w = arg;
    return db_exec(tx, SQL_AUTH_TOKEN_USED, DB_VALUES(value_int(w->now_ms), value_str(w->hash)));
}

static void token_used_done(void *arg, int result)
{
    (void)result; /* a missed time of last use is no loss */
    struct token_work *w = arg;
    char *hash = (char *)(uintptr_t)w->hash.ptr;
    freep(&hash);
    freep(&w);
}

static void token_touch(struct auth *au, struct str hash)
{
    struct token_work *w = xcalloc(1, sizeof(*w));
    *w = (struct token_work){.hash = str_of(xstrndup(hash)), .now_ms = clock_now_ms()};
    if (db_write_async(au->db, token_used, w, token_used_done) < 0)
        token_used_done(w, 0);
}

static void split_scopes(struct str text, struct arena *a, struct actor *actor)
{
    VEC(struct str) scopes = {0};
    while (!str_empty(text)) {
        struct str one;
        text = str_cut(text, ' ', &one);
        if (!str_empty(one))
            vec_push(a, &scopes, one);
    }
    actor->scopes = scopes.items;
    actor->scopes_len = scopes.len;
}

int auth_by_token(struct auth *au, struct db_tx *tx, struct str token, struct arena *a, struct actor *ret,
                  struct problem *why)
{
    struct db_stmt *st;
    struct str user_id = STR_NULL, scopes = STR_NULL;
    struct actor actor;
    int64_t expires = 0, used = 0, now = clock_now_ms();
    if (!str_starts(token, TOKEN_PREFIX) || token.len != TOKEN_PREFIX.len + TOKEN_TEXT_LEN)
        return PROBLEM(why, BAD_CREDENTIAL);
    struct str hash = auth_hash(au, "token", token, a);
    int err = db_prepare(tx, SQL_AUTH_TOKEN_GET, &st);
    if (err < 0)
        return err;
    db_bind_str(st, 1, hash);
    err = db_step(st);
    if (err > 0) {
        user_id = db_col_copy(st, 0, a);
        scopes = db_col_copy(st, 1, a);
        expires = db_col_i64(st, 2);
        used = db_col_i64(st, 3);
    }
    db_done(st);
    if (err < 0)
        return err;
    if (str_empty(user_id) || (expires != 0 && now >= expires))
        return PROBLEM(why, BAD_CREDENTIAL);
    err = auth_actor_by_id(au, tx, user_id, a, &actor);
    if (err == ERR_NOT_FOUND || err == ERR_FORBIDDEN)
        return PROBLEM(why, BAD_CREDENTIAL);
    if (err < 0)
        return err;
    split_scopes(scopes, a, &actor);
    if (now - used > TOKEN_USED_EVERY_MS)
        token_touch(au, hash);
    *ret = actor;
    return 0;
}

/* ---- Links and passwords ---- */

static int link_insert(struct db_tx *tx, void *arg)
{
    struct token_work *w = arg;
    int err = auth_user_id(w->au, tx, w->user_name, w->a, &w->user_id);
    if (err < 0)
        return err;
    return db_exec(tx, SQL_AUTH_LINK_INSERT,
                   DB_VALUES(value_str(w->hash), value_str(w->user_id), value_int(w->now_ms),
                             value_int(w->now_ms + LINK_LIFE_MS)));
}

int auth_link_create(struct auth *au, struct str user_name, struct arena *a, struct str *ret_token, struct problem *why)
{
    struct str token = token_new(a);
    struct token_work w = {
        .au = au, .a = a, .user_name = user_name, .hash = auth_hash(au, "link", token, a), .now_ms = clock_now_ms()};
    int err = db_write(au->db, link_insert, &w);
    if (err == ERR_NOT_FOUND)
        return PROBLEM(why, LINK_TO_NOTHING, ARG("field", STR("user")), ARG("type", user_name));
    if (err >= 0)
        *ret_token = token;
    return err < 0 ? err : 0;
}

/* Passwords that everybody tries first; the length does the rest. */
static bool password_is_common(struct str p)
{
    static const char *const common[] = {"password",     "passw0rd",   "1234567890", "qwertyuiop", "administrator",
                                         "tandemtandem", "0123456789", "abcdefghij", "iloveyou12"};
    for (size_t i = 0; i < ARRAY_LEN(common); i++) {
        struct str word = str_of(common[i]);
        if (str_eq_nocase(p, word) || (p.len < 14 && str_eq_nocase(str_sub(p, 0, word.len), word)))
            return true;
    }
    bool same = true;
    for (size_t i = 1; i < p.len; i++)
        same = same && p.ptr[i] == p.ptr[0];
    return same;
}

static int password_check(struct str password, struct problem *why)
{
    if (!utf8_valid(password) || utf8_len(password) < PASSWORD_LEN_MIN || password.len > 500 ||
        password_is_common(password)) {
        (void)PROBLEM_AT(why, WHERE_POINTER, STR("/password"), PASSWORD_WEAK, ARG("min", STR("10")));
        return PROBLEM(why, INVALID);
    }
    return 0;
}

struct password_work {
    struct auth *au;
    struct arena *a;
    struct str user_name, user_id, link_hash, hash;
};

/* Sets the password and ends the user's other sessions, and links that nobody used: each could set it again. */
static int password_store(struct db_tx *tx, struct password_work *w)
{
    struct value user = value_str(w->user_id), now = value_int(clock_now_ms());
    int err = db_exec(tx, SQL_AUTH_PASSWORD_SET, DB_VALUES(user, value_str(w->hash), now));
    if (err >= 0)
        err = db_exec(tx, SQL_AUTH_LINK_END_USER, DB_VALUES(now, user));
    return err < 0 ? err : db_exec(tx, SQL_AUTH_SESSION_END_USER, DB_VALUES(user));
}

static int link_is_open(struct db_tx *tx, void *arg)
{
    struct password_work *w = arg;
    int64_t open = 0;
    int err =
        db_query_i64(tx, SQL_AUTH_LINK_OPEN, DB_VALUES(value_str(w->link_hash), value_int(clock_now_ms())), 0, &open);
    return err < 0 ? err : open == 1 ? 0 : ERR_UNAUTHENTICATED;
}

static int link_take(struct db_tx *tx, void *arg)
{
    struct password_work *w = arg;
    struct db_stmt *st;
    int64_t now = clock_now_ms();
    int err = db_prepare(tx, SQL_AUTH_LINK_TAKE, &st);
    if (err < 0)
        return err;
    db_bind_i64(st, 1, now);
    db_bind_str(st, 2, w->link_hash);
    db_bind_i64(st, 3, now);
    err = db_step(st);
    if (err > 0)
        w->user_id = db_col_copy(st, 0, w->a);
    db_done(st);
    if (err <= 0)
        return err < 0 ? err : ERR_UNAUTHENTICATED;
    return password_store(tx, w);
}

int auth_link_use(struct auth *au, struct str token, struct str password, struct arena *a, struct session *ret,
                  struct problem *why)
{
    struct password_work w = {.au = au, .a = a, .link_hash = auth_hash(au, "link", token, a)};
    int err = password_check(password, why);
    /* Hashing is dear, so nobody gets it for a link that he made up. */
    if (err == 0)
        err = db_read(au->db, link_is_open, &w);
    if (err == ERR_UNAUTHENTICATED)
        return PROBLEM(why, LINK_USED);
    if (err == 0)
        err = hash_begin(au, why);
    if (err < 0)
        return err;
    err = password_hash(a, password, &w.hash);
    hash_end(au);
    if (err < 0)
        return err;
    err = db_write(au->db, link_take, &w);
    if (err == ERR_UNAUTHENTICATED)
        return PROBLEM(why, LINK_USED);
    if (err < 0)
        return err;
    return auth_session_new(au, w.user_id, a, ret, why);
}

static int password_set(struct db_tx *tx, void *arg)
{
    struct password_work *w = arg;
    int err = auth_user_id(w->au, tx, w->user_name, w->a, &w->user_id);
    return err < 0 ? err : password_store(tx, w);
}

int auth_set_password(struct auth *au, struct str user_name, struct str password, struct problem *why)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    struct password_work w = {.au = au, .a = &a, .user_name = user_name};
    int err = password_check(password, why);
    if (err == 0)
        err = password_hash(&a, password, &w.hash);
    if (err < 0)
        return err;
    err = db_write(au->db, password_set, &w);
    if (err == ERR_NOT_FOUND)
        return PROBLEM(why, LINK_TO_NOTHING, ARG("field", STR("user")), ARG("type", user_name));
    return err < 0 ? err : 0;
}
