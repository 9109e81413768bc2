/*
 * What the files of event/ share: the log's structure, the row of an event, hashes and checkpoints. Private to event/.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_EVENT_EVENT_INTERNAL_H
#define TANDEM_EVENT_EVENT_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "event/event.h"

enum { EVENT_HOOKS_MAX = 8, EVENT_COLUMNS = 19 };

struct event_log {
    struct db *db;
    struct keys keys;
    pthread_mutex_t lock; /* of the condition */
    pthread_cond_t sealed_changed;
    _Atomic int64_t sealed;
    struct {
        void (*fn)(void *arg, int64_t last_seq);
        void *arg;
    } hooks[EVENT_HOOKS_MAX];
    atomic_size_t hooks_len;
};

/* The first EVENT_COLUMNS columns of every statement that reads events, into one whose text lives in `a`. */
void event_of_row(struct db_stmt *st, struct arena *a, struct event *ret);

/* chain.c: the links. `prev` is the hash of the event before; 32 zero bytes before the first. */
void event_hash_values(const struct keys *keys, struct str salt, struct str changes, uint8_t out[HASH_BYTES]);
void event_hash_link(const struct keys *keys, const uint8_t prev[HASH_BYTES], const struct event *e,
                     const uint8_t values[HASH_BYTES], uint8_t out[HASH_BYTES]);
void event_sign_checkpoint(const struct keys *keys, int64_t seq, const uint8_t hash[HASH_BYTES], int64_t at_ms,
                           uint8_t out[SIGNATURE_BYTES]);
bool event_checkpoint_fits(const struct keys *keys, int64_t seq, struct str hash, int64_t at_ms, struct str signature);
int event_checkpoint_write(const struct keys *keys, struct db_tx *tx, int64_t seq, const uint8_t hash[HASH_BYTES]);

#endif
