/*
 * Random bytes from the kernel, and UUIDv7 (RFC 9562) that rise within a process.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <errno.h>
#include <pthread.h>
#include <sys/random.h>

#include "base/base.h"

enum { COUNTER_MAX = 0xfff };

void random_bytes(void *out, size_t len)
{
    unsigned char *at = out;
    while (len) {
        ssize_t got = getrandom(at, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            die("the kernel gave no random bytes: error %d", errno);
        at += got;
        len -= (size_t)got;
    }
}

/* The time and counter that the last id carried; an id must be above it even when the clock stands or steps back. */
static struct {
    pthread_mutex_t lock;
    int64_t ms;
    unsigned counter;
} last = {.lock = PTHREAD_MUTEX_INITIALIZER, .ms = -1};

static void next_moment(int64_t now_ms, unsigned start, int64_t *ret_ms, unsigned *ret_counter)
{
    pthread_mutex_lock(&last.lock);
    if (now_ms > last.ms) {
        last.ms = now_ms;
        last.counter = start;
    } else if (last.counter < COUNTER_MAX) {
        last.counter++;
    } else {
        last.ms++;
        last.counter = 0;
    }
    *ret_ms = last.ms;
    *ret_counter = last.counter;
    pthread_mutex_unlock(&last.lock);
}

void id_new(struct id *ret)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char b[16];
    int64_t ms;
    unsigned counter;

    random_bytes(b + 6, sizeof(b) - 6);
    /* It begins in the lower half, so that there is room to count within one millisecond. */
    next_moment(clock_now_ms(), (b[6] << 8 | b[7]) & (COUNTER_MAX >> 1), &ms, &counter);
    for (int i = 0; i < 6; i++)
        b[i] = (unsigned char)((uint64_t)ms >> (40 - 8 * i));
    b[6] = (unsigned char)(0x70 | counter >> 8);
    b[7] = (unsigned char)counter;
    b[8] = (unsigned char)(0x80 | (b[8] & 0x3f));

    char *out = ret->text;
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        *out++ = hex[b[i] >> 4];
        *out++ = hex[b[i] & 15];
    }
    *out = '\0';
}

struct str id_new_str(struct arena *a)
{
    struct id id;
    id_new(&id);
    return arena_str(a, str_n(id.text, ID_LEN));
}

bool id_valid(struct str s)
{
    if (s.len != ID_LEN)
        return false;
    for (size_t i = 0; i < ID_LEN; i++) {
        char c = s.ptr[i];
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
        if (dash ? c != '-' : !digit)
            return false;
    }
    return true;
}
