/*
 * What the files of auth/ share.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_AUTH_AUTH_INTERNAL_H
#define TANDEM_AUTH_AUTH_INTERNAL_H

#include <pthread.h>

#include "auth/auth.h"

struct auth {
    struct records *records;
    struct db *db;
    const struct keys *keys;
    pthread_mutex_t lock;  /* of `hashing` and `failures` */
    int hashing;           /* passwords that are being hashed just now */
    struct map *failures;  /* "account:NAME" and "address:ADDR" → struct failures */
    struct str dummy_hash; /* verified where there is no such user, so that both take the same time */
    struct arena arena;
};

/* The keyed hash, in hexadecimal, under which a secret of a kind ("session", "token", "link") is kept. */
struct str auth_hash(struct auth *au, const char *kind, struct str secret, struct arena *a);
MUST_CHECK int auth_user_id(struct auth *au, struct db_tx *tx, struct str name, struct arena *a, struct str *ret);
MUST_CHECK int auth_session_new(struct auth *au, struct str user_id, struct arena *a, struct session *ret,
                                struct problem *why);

enum { THROTTLE_ENTRIES_MAX = 20000 };
/* throttle.c: 0, or how many seconds to wait. */
int64_t throttle_wait_s(struct auth *au, struct str name, struct str address);
/* The same; where it is 0 the attempt counts as a failure until it passed, so that many at once are no way round. */
int64_t throttle_begin(struct auth *au, struct str name, struct str address);
void throttle_failed(struct auth *au, struct str name, struct str address);
void throttle_passed(struct auth *au, struct str name, struct str address);
/* A hash takes 64 MiB and a tenth of a second of a worker, and anybody may ask for one: only a few at once, else
 * ERR_UNAVAILABLE. Each 0 is followed by hash_end(). */
enum { HASHES_AT_ONCE_MAX = 4 };
MUST_CHECK int hash_begin(struct auth *au, struct problem *why);
void hash_end(struct auth *au);

#endif
