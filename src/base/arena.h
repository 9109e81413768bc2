/*
 * An arena: memory of one lifetime (a request, a job, a loaded model), given back at once.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Life: arena_init() cannot fail; arena_release() runs deferred calls last-in-first-out and frees everything;
 * arena_reset() does the same and keeps one block. Errors: none; out of memory ends the process. Threads: one at a
 * time.
 */
#ifndef TANDEM_BASE_ARENA_H
#define TANDEM_BASE_ARENA_H

#include <stddef.h>

#include "base/str.h"

struct arena_block;
struct arena_defer;

struct arena {
    struct arena_block *head;
    struct arena_defer *defers;
    size_t used_bytes; /* given out since init or reset */
};

void arena_init(struct arena *a);
void arena_reset(struct arena *a);
void arena_release(struct arena *a);

void *arena_alloc(struct arena *a, size_t size); /* zeroed, aligned for any type; size 0 gives a unique pointer */
#define arena_new(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define arena_array(a, type, n) ((type *)arena_alloc_array((a), (n), sizeof(type)))
void *arena_alloc_array(struct arena *a, size_t n, size_t size); /* overflow ends the process */
struct str arena_str(struct arena *a, struct str s);             /* a NUL-terminated copy */
char *arena_cstr(struct arena *a, struct str s);
struct str arena_fmt(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* fn(arg) runs at reset or release. */
void arena_on_release(struct arena *a, void (*fn)(void *), void *arg);

#endif
