/* Whether a credential that was good still is: for a live stream, which outlives the request that opened it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/auth_internal.h"
#include "auth/auth_sql.h"

/* Unlike a request this does not count as use: a page left open must not keep its session alive. */
bool auth_still_good(struct auth *au, struct db_tx *tx, struct str credential, bool is_cookie)
{
    CLEANUP(arena_release) struct arena a = {0};
    struct db_stmt *st;
    int64_t now = clock_now_ms();
    arena_init(&a);
    struct str hash = auth_hash(au, is_cookie ? "session" : "token", credential, &a);
    if (db_prepare(tx, is_cookie ? SQL_AUTH_SESSION_GET : SQL_AUTH_TOKEN_GET, &st) < 0)
        return true; /* what can't be read now is asked again later */
    db_bind_str(st, 1, hash);
    int row = db_step(st);
    bool good = row != 0;
    if (row > 0 && is_cookie)
        good = now - db_col_i64(st, 2) <= SESSION_LIFE_MS && now - db_col_i64(st, 3) <= SESSION_IDLE_MS;
    else if (row > 0)
        good = db_col_i64(st, 2) == 0 || now < db_col_i64(st, 2);
    db_done(st);
    return good;
}
