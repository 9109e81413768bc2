/* Slows down guessing: after some failures an account and an address wait. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "auth/auth_internal.h"

struct failures {
    int count;
    int64_t first_ms; /* monotonic */
};

static bool is_over(const struct failures *f)
{
    return clock_mono_ms() - f->first_ms > LOGIN_WINDOW_MS;
}

/* What is over makes room; where that is too little, what was first made does: a table that is full must not let
 * anybody guess freely. A tenth at once, so that the walk is rare. */
static void make_room(struct auth *au)
{
    struct str key;
    void *value;
    for (int all = 0; all < 2 && map_len(au->failures) > THROTTLE_ENTRIES_MAX / 10 * 9; all++) {
        size_t pos = 0;
        while (map_len(au->failures) > THROTTLE_ENTRIES_MAX / 10 * 9 && map_next(au->failures, &pos, &key, &value)) {
            if (all == 0 && !is_over(value))
                continue;
            (void)map_del(au->failures, key);
            free(value);
        }
    }
}

static struct failures *entry(struct auth *au, const char *kind, struct str who, bool make)
{
    CLEANUP(buf_release) struct buf key = {0};
    buf_init(&key, 1024);
    buf_addf(&key, "%s:%.*s", kind, (int)(who.len > 256 ? 256 : who.len), who.ptr ? who.ptr : "");
    struct failures *f = map_get(au->failures, buf_str(&key));
    if (f == NULL && make) {
        if (map_len(au->failures) >= THROTTLE_ENTRIES_MAX)
            make_room(au);
        f = xcalloc(1, sizeof(*f));
        f->first_ms = clock_mono_ms();
        map_put(au->failures, buf_str(&key), f);
    }
    return f;
}

static int64_t wait_ms(const struct failures *f, int failures_max)
{
    if (f == NULL || f->count < failures_max)
        return 0;
    int64_t over = f->first_ms + LOGIN_WINDOW_MS - clock_mono_ms();
    return over > 0 ? over : 0;
}

/* An address is shared by many people behind one gateway, so it may fail more often than one account. Called with the
 * lock held. */
static int64_t wait_s(struct auth *au, struct str name, struct str address)
{
    int64_t a = wait_ms(entry(au, "account", name, false), LOGIN_FAILURES_MAX);
    int64_t b = wait_ms(entry(au, "address", address, false), LOGIN_FAILURES_MAX * 10);
    int64_t most = a > b ? a : b;
    return (most + 999) / 1000;
}

int64_t throttle_wait_s(struct auth *au, struct str name, struct str address)
{
    pthread_mutex_lock(&au->lock);
    int64_t wait = wait_s(au, name, address);
    pthread_mutex_unlock(&au->lock);
    return wait;
}

static void count_failure(struct failures *f)
{
    if (f->count == 0 || is_over(f)) {
        f->count = 0;
        f->first_ms = clock_mono_ms();
    }
    f->count++;
}

static void count_both(struct auth *au, struct str name, struct str address)
{
    count_failure(entry(au, "account", name, true));
    count_failure(entry(au, "address", address, true));
}

int64_t throttle_begin(struct auth *au, struct str name, struct str address)
{
    pthread_mutex_lock(&au->lock);
    int64_t wait = wait_s(au, name, address);
    if (wait == 0)
        count_both(au, name, address);
    pthread_mutex_unlock(&au->lock);
    return wait;
}

void throttle_failed(struct auth *au, struct str name, struct str address)
{
    pthread_mutex_lock(&au->lock);
    count_both(au, name, address);
    pthread_mutex_unlock(&au->lock);
}

void throttle_passed(struct auth *au, struct str name, struct str address)
{
    pthread_mutex_lock(&au->lock);
    struct failures *account = entry(au, "account", name, false), *from = entry(au, "address", address, false);
    if (account != NULL)
        account->count = 0;
    if (from != NULL && from->count > 0)
        from->count--; /* this attempt was none; those for other names stay */
    pthread_mutex_unlock(&au->lock);
}

int hash_begin(struct auth *au, struct problem *why)
{
    pthread_mutex_lock(&au->lock);
    bool room = au->hashing < HASHES_AT_ONCE_MAX;
    au->hashing += room;
    pthread_mutex_unlock(&au->lock);
    return room ? 0 : PROBLEM(why, OVERLOADED);
}

void hash_end(struct auth *au)
{
    pthread_mutex_lock(&au->lock);
    au->hashing--;
    pthread_mutex_unlock(&au->lock);
}
