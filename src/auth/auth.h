/*
 * From a credential to an actor: passwords, sessions, API tokens, one-time links.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Users are records of type `user`. Sessions, tokens and links are rows of their own tables, kept only as keyed hashes.
 * Rights come from the user's record as it is now: it is read at every request, so a change of rights counts at once.
 * Errors: ERR_UNAUTHENTICATED (no or no good credential), ERR_TOO_MANY (throttled), those of db. Threads: struct auth
 * from any.
 */
#ifndef TANDEM_AUTH_AUTH_H
#define TANDEM_AUTH_AUTH_H

#include "record/record.h"

enum {
    SESSION_IDLE_MS = 12 * 3600 * 1000,
    SESSION_LIFE_MS = 7 * 24 * 3600 * 1000,
    LINK_LIFE_MS = 24 * 3600 * 1000,
    PASSWORD_LEN_MIN = 10,
    LOGIN_FAILURES_MAX = 5, /* per account and per address within LOGIN_WINDOW_MS, then it is refused */
    LOGIN_WINDOW_MS = 5 * 60 * 1000,
};

struct auth;
extern const struct db_migration auth_migrations[];
extern const size_t auth_migrations_len;

MUST_CHECK int auth_open(struct records *rs, const struct keys *keys, struct auth **ret, struct problem *why);
struct auth *auth_free(struct auth *au);

/* The actor of a user record by id or by log-in name; ERR_NOT_FOUND, ERR_FORBIDDEN where the user is not active. */
MUST_CHECK int auth_actor_by_id(struct auth *au, struct db_tx *tx, struct str user_id, struct arena *a,
                                struct actor *ret);
MUST_CHECK int auth_actor_by_name(struct auth *au, struct db_tx *tx, struct str name, struct arena *a,
                                  struct actor *ret);

/* An API token "tdm_…" (43 random characters after the prefix). expires_ms 0: never. */
MUST_CHECK int auth_token_create(struct auth *au, struct str user_name, int64_t expires_ms, const struct str *scopes,
                                 size_t scopes_len, struct arena *a, struct str *ret_token, struct problem *why);
MUST_CHECK int auth_by_token(struct auth *au, struct db_tx *tx, struct str token, struct arena *a, struct actor *ret,
                             struct problem *why);

struct session {
    struct str cookie; /* its secret value: only at creation */
    struct str csrf;
    struct actor actor;
};
MUST_CHECK int auth_by_session(struct auth *au, struct db_tx *tx, struct str cookie, struct arena *a,
                               struct session *ret, struct problem *why);
/* Takes 0.1–0.4 s (Argon2id); throttled per account and address. */
MUST_CHECK int auth_login(struct auth *au, struct str name, struct str password, struct str address, struct arena *a,
                          struct session *ret, struct problem *why);
/* A session without a password: the demo company's one-click log-in, after the caller has checked that it may be. */
MUST_CHECK int auth_login_as(struct auth *au, struct str name, struct arena *a, struct session *ret,
                             struct problem *why);
MUST_CHECK int auth_logout(struct auth *au, struct str cookie);

/* Is this token or session cookie still good? Does not count as use. */
bool auth_still_good(struct auth *au, struct db_tx *tx, struct str credential, bool is_cookie);

/* A one-time link; the token is one path segment. It sets the password and logs in, once. */
MUST_CHECK int auth_link_create(struct auth *au, struct str user_name, struct arena *a, struct str *ret_token,
                                struct problem *why);
MUST_CHECK int auth_link_use(struct auth *au, struct str token, struct str password, struct arena *a,
                             struct session *ret, struct problem *why);
/* True while no user has ever logged in by password or link: the first start prints a link. */
MUST_CHECK int auth_is_first_start(struct auth *au, struct db_tx *tx, bool *ret);

MUST_CHECK int auth_set_password(struct auth *au, struct str user_name, struct str password, struct problem *why);
/* The interface's language and theme, kept with the user; STR_NULL leaves one as it is. */
MUST_CHECK int auth_set_preferences(struct auth *au, const struct actor *actor, struct str lang, struct str theme,
                                    struct problem *why);

#endif
