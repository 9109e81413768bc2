/* Slows down guessing: after some failures an account and an address wait. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "auth/auth_internal.h"

enum { THROTTLE_ENTRIES_MAX = 20000 };

struct failures {
    int count;
    int64_t first_ms; /* monotonic */
};

static struct failures *entry(struct auth *au, const char *kind, struct str who, bool make)
{
    CLEANUP(buf_release) struct buf key = {0};
    buf_init(&key, 1024);
    buf_addf(&key, "%s:%.*s", kind, (int)(who.len > 256 ? 256 : who.len), who.ptr ? who.ptr : "");
    struct failures *f = map_get(au->failures, buf_str(&key));
    if (f == NULL && make && map_len(au->failures) < THROTTLE_ENTRIES_MAX) {
        f = xcalloc(1, sizeof(*f));
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
    int64_t now = clock_mono_ms();
    if (f == NULL)
        return;
    if (f->count == 0 || now - f->first_ms > LOGIN_WINDOW_MS) {
        f->count = 0;
        f->first_ms = now;
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
