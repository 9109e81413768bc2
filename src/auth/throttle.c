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

static void forget(struct auth *au, struct str key, struct failures *f)
{
    (void)map_del(au->failures, key);
    free(f);
}

/* What is over makes room; where nothing is, the oldest does: a table that is full must not let anybody guess freely.
 */
static void make_room(struct auth *au)
{
    size_t pos = 0;
    struct str key, oldest_key = STR_NULL;
    struct failures *oldest = NULL;
    void *value;
    while (map_next(au->failures, &pos, &key, &value)) {
        struct failures *f = value;
        if (is_over(f))
            forget(au, key, f);
        else if (oldest == NULL || f->first_ms < oldest->first_ms) {
            oldest = f;
            oldest_key = key;
        }
    }
    if (oldest != NULL && map_len(au->failures) >= THROTTLE_ENTRIES_MAX)
        forget(au, oldest_key, oldest);
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

/* An address is shared by many people behind one gateway, so it may fail more often than one account. */
int64_t throttle_wait_s(struct auth *au, struct str name, struct str address)
{
    pthread_mutex_lock(&au->lock);
    int64_t a = wait_ms(entry(au, "account", name, false), LOGIN_FAILURES_MAX);
    int64_t b = wait_ms(entry(au, "address", address, false), LOGIN_FAILURES_MAX * 10);
    pthread_mutex_unlock(&au->lock);
    int64_t most = a > b ? a : b;
    return (most + 999) / 1000;
}

static void count_failure(struct failures *f)
{
    if (f->count == 0 || is_over(f)) {
        f->count = 0;
        f->first_ms = clock_mono_ms();
    }
    f->count++;
}

void throttle_failed(struct auth *au, struct str name, struct str address)
{
    pthread_mutex_lock(&au->lock);
    count_failure(entry(au, "account", name, true));
    count_failure(entry(au, "address", address, true));
    pthread_mutex_unlock(&au->lock);
}

void throttle_passed(struct auth *au, struct str name, struct str address)
{
    pthread_mutex_lock(&au->lock);
    struct failures *f = entry(au, "account", name, false);
    if (f != NULL)
        f->count = 0;
    (void)address;
    pthread_mutex_unlock(&au->lock);
}
