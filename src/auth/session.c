/* Log-in by password or link, and sessions. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "auth/auth_internal.h"
#include "auth/auth_sql.h"

enum { SEEN_EVERY_MS = 5 * 60 * 1000 };

struct session_new {
    struct auth *au;
    struct str user_id, hash, csrf;
};

static int session_insert(struct db_tx *tx, void *arg)
{
    struct session_new *n = arg;
    int64_t now = clock_now_ms();
    int err = db_exec(tx, SQL_AUTH_SESSION_PURGE,
                      DB_VALUES(value_int(now - SESSION_IDLE_MS), value_int(now - SESSION_LIFE_MS)));
    if (err < 0)
        return err;
    return db_exec(
        tx, SQL_AUTH_SESSION_INSERT,
        DB_VALUES(value_str(n->hash), value_str(n->user_id), value_str(n->csrf), value_int(now), value_int(now)));
}

struct actor_read {
    struct auth *au;
    struct str user_id;
    struct arena *a;
    struct actor *actor;
};

static int actor_read(struct db_tx *tx, void *arg)
{
    struct actor_read *r = arg;
    return auth_actor_by_id(r->au, tx, r->user_id, r->a, r->actor);
}

int auth_session_new(struct auth *au, struct str user_id, struct arena *a, struct session *ret, struct problem *why)
{
    struct session s = {.cookie = token_new(a), .csrf = token_new(a)};
    struct actor_read read = {.au = au, .user_id = user_id, .a = a, .actor = &s.actor};
    int err = db_read(au->db, actor_read, &read);
    if (err == ERR_NOT_FOUND || err == ERR_FORBIDDEN)
        return PROBLEM(why, BAD_PASSWORD);
    if (err < 0)
        return err;
    struct session_new n = {
        .au = au, .user_id = user_id, .hash = auth_hash(au, "session", s.cookie, a), .csrf = s.csrf};
    err = db_write(au->db, session_insert, &n);
    if (err < 0)
        return err;
    *ret = s;
    return 0;
}

struct password_read {
    struct auth *au;
    struct str name;
    struct arena *a;
    struct str user_id, hash;
};

static int password_read(struct db_tx *tx, void *arg)
{
    struct password_read *r = arg;
    struct db_stmt *st;
    int err = auth_user_id(r->au, tx, r->name, r->a, &r->user_id);
    if (err < 0)
        return err == ERR_NOT_FOUND ? 0 : err;
    err = db_prepare(tx, SQL_AUTH_PASSWORD_GET, &st);
    if (err < 0)
        return err;
    db_bind_str(st, 1, r->user_id);
    err = db_step(st);
    if (err > 0)
        r->hash = db_col_copy(st, 0, r->a);
    db_done(st);
    return err < 0 ? err : 0;
}

/* Takes as long for a user that is not there as for one that is. */
static bool password_fits(struct auth *au, struct str hash, struct str password)
{
    if (!str_empty(hash))
        return password_verify(hash, password);
    pthread_mutex_lock(&au->lock);
    if (str_empty(au->dummy_hash) && password_hash(&au->arena, STR("nobody has this password"), &au->dummy_hash) < 0)
        au->dummy_hash = STR_NULL;
    struct str dummy = au->dummy_hash;
    pthread_mutex_unlock(&au->lock);
    (void)password_verify(dummy, password);
    return false;
}

int auth_login(struct auth *au, struct str name, struct str password, struct str address, struct arena *a,
               struct session *ret, struct problem *why)
{
    struct password_read read = {.au = au, .name = name, .a = a};
    int err = db_read(au->db, password_read, &read);
    if (err == 0)
        err = hash_begin(au, why);
    if (err < 0)
        return err;
    int64_t wait_s = throttle_begin(au, name, address);
    bool fits = wait_s == 0 && password_fits(au, read.hash, password);
    hash_end(au);
    if (wait_s > 0)
        return PROBLEM(why, LOGIN_THROTTLED, ARG("seconds", arena_fmt(a, "%lld", (long long)wait_s)));
    if (!fits)
        return PROBLEM(why, BAD_PASSWORD);
    throttle_passed(au, name, address);
    return auth_session_new(au, read.user_id, a, ret, why);
}

int auth_login_as(struct auth *au, struct str name, struct arena *a, struct session *ret, struct problem *why)
{
    struct password_read read = {.au = au, .name = name, .a = a};
    int err = db_read(au->db, password_read, &read);
    if (err < 0)
        return err;
    if (str_empty(read.user_id))
        return PROBLEM(why, BAD_PASSWORD);
    return auth_session_new(au, read.user_id, a, ret, why);
}

struct seen {
    struct str hash;
    int64_t now_ms;
};

static int session_seen(struct db_tx *tx, void *arg)
{
    struct seen *s = arg;
    return db_exec(tx, SQL_AUTH_SESSION_SEEN, DB_VALUES(value_int(s->now_ms), value_str(s->hash)));
}

static void seen_done(void *arg, int result)
{
    (void)result; /* a missed time of last use is no loss */
    struct seen *s = arg;
    char *hash = (char *)(uintptr_t)s->hash.ptr;
    freep(&hash);
    freep(&s);
}

static void session_touch(struct auth *au, struct str hash)
{
    struct seen *s = xcalloc(1, sizeof(*s));
    *s = (struct seen){.hash = str_of(xstrndup(hash)), .now_ms = clock_now_ms()};
    if (db_write_async(au->db, session_seen, s, seen_done) < 0)
        seen_done(s, 0);
}

int auth_by_session(struct auth *au, struct db_tx *tx, struct str cookie, struct arena *a, struct session *ret,
                    struct problem *why)
{
    struct db_stmt *st;
    struct session s = {.cookie = cookie};
    struct str user_id = STR_NULL;
    struct str hash = auth_hash(au, "session", cookie, a);
    int64_t now = clock_now_ms(), created = 0, seen = 0;

    int err = db_prepare(tx, SQL_AUTH_SESSION_GET, &st);
    if (err < 0)
        return err;
    db_bind_str(st, 1, hash);
    err = db_step(st);
    if (err > 0) {
        user_id = db_col_copy(st, 0, a);
        s.csrf = db_col_copy(st, 1, a);
        created = db_col_i64(st, 2);
        seen = db_col_i64(st, 3);
    }
    db_done(st);
    if (err < 0)
        return err;
    if (str_empty(user_id) || now - created > SESSION_LIFE_MS || now - seen > SESSION_IDLE_MS)
        return PROBLEM(why, BAD_CREDENTIAL);
    err = auth_actor_by_id(au, tx, user_id, a, &s.actor);
    if (err == ERR_NOT_FOUND || err == ERR_FORBIDDEN)
        return PROBLEM(why, BAD_CREDENTIAL);
    if (err < 0)
        return err;
    if (now - seen > SEEN_EVERY_MS)
        session_touch(au, hash);
    *ret = s;
    return 0;
}

static int session_delete(struct db_tx *tx, void *arg)
{
    return db_exec(tx, SQL_AUTH_SESSION_DELETE, DB_VALUES(value_str(*(struct str *)arg)));
}

int auth_logout(struct auth *au, struct str cookie)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    struct str hash = auth_hash(au, "session", cookie, &a);
    int err = db_write(au->db, session_delete, &hash);
    return err < 0 ? err : 0;
}
