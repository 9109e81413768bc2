/*
 * Small things that every module uses: cleanup attributes, array length, allocation that cannot fail, clock, ids, log,
 * vectors, map. SPDX-License-Identifier: Apache-2.0
 *
 * Threads: every call here is safe from any thread unless it says otherwise.
 */
#ifndef TANDEM_BASE_BASE_H
#define TANDEM_BASE_BASE_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/str.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define UNUSED __attribute__((unused))
/* CLEANUP(buf_release) struct buf b = {0}; runs buf_release(&b) when b leaves its scope. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))
/* Hands out a pointer and forgets it: *ret = TAKE(thing). */
#define TAKE(p)                                                                                                        \
    __extension__({                                                                                                    \
        __typeof__(p) take_ = (p);                                                                                     \
        (p) = NULL;                                                                                                    \
        take_;                                                                                                         \
    })
#define STATIC_ASSERT(cond, why) _Static_assert(cond, why)

/* Memory outside arenas; out of memory ends the process with a line in the log. */
void *xmalloc(size_t size);
void *xcalloc(size_t n, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *s);
char *xstrndup(struct str s);
void freep(void *pp); /* for CLEANUP(freep) char *s */

/* Clock: milliseconds since 1970-01-01T00:00:00Z, and a monotonic one for durations. Tests set the first. */
int64_t clock_now_ms(void);
int64_t clock_mono_ms(void);
int64_t clock_mono_us(void);
/* Test only: freezes clock_now_ms() at a time; 0 sets it free. */
void clock_set_for_test(int64_t now_ms);

/* UUIDv7 (RFC 9562) in text form: 36 characters and a NUL; rises within a process. */
enum { ID_LEN = 36 };
struct id {
    char text[ID_LEN + 1];
};
void id_new(struct id *ret);
struct str id_new_str(struct arena *a);
bool id_valid(struct str s); /* any UUID in canonical lower-case form */

/* Random bytes from the kernel. */
void random_bytes(void *out, size_t len);

/* Structured log, one JSON object a line on standard error: {"at", "level", "msg", …}. Never secrets, never bodies. */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
void log_set_level(enum log_level level);
void log_line(enum log_level level, const char *msg, const struct problem_arg *args);
#define LOG(level, msg, ...)                                                                                           \
    log_line(LOG_##level, (msg), (const struct problem_arg[]){__VA_ARGS__ __VA_OPT__(, ){.name = NULL}})

/* Ends the process: our own mistake or no memory. */
void die(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));

/*
 * A growing array of one type inside an arena: VEC(struct field *) fields = {0}; vec_push(arena, &fields, f).
 * It never shrinks and is never freed by itself.
 */
#define VEC(type)                                                                                                      \
    struct {                                                                                                           \
        type *items;                                                                                                   \
        size_t len;                                                                                                    \
        size_t cap;                                                                                                    \
    }
#define vec_push(a, v, ...)                                                                                            \
    do {                                                                                                               \
        if ((v)->len == (v)->cap)                                                                                      \
            (v)->items = vec_grow((a), (v)->items, (v)->len, &(v)->cap, sizeof((v)->items[0]));                        \
        (v)->items[(v)->len++] = (__VA_ARGS__);                                                                        \
    } while (0)
void *vec_grow(struct arena *a, void *items, size_t len, size_t *cap, size_t size);

/* A hash map from text to a pointer, in an arena or (arena NULL) on the heap. Keys are copied. Seeded against chosen
 * keys. */
struct map;
struct map *map_new(struct arena *a);
struct map *map_free(struct map *m);                      /* heap ones only; returns NULL */
void map_put(struct map *m, struct str key, void *value); /* replaces */
void *map_get(const struct map *m, struct str key);       /* NULL: absent */
bool map_del(struct map *m, struct str key);
size_t map_len(const struct map *m);
/* Walks in order of insertion: *pos begins at 0; false at the end. */
bool map_next(const struct map *m, size_t *pos, struct str *ret_key, void **ret_value);

#include "base/banned.h"

#endif
