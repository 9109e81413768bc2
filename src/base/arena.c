/*
 * Memory of one lifetime, cut from blocks that are given back at once.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdalign.h>
#include <stdlib.h>

#include "base/base.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#endif

/* Under AddressSanitizer what was not given out is poisoned, and a gap follows each piece, so that a read past a piece
 * is seen. */
#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
enum { GAP_BYTES = 16 };
static void poison(void *p, size_t len)
{
    __asan_poison_memory_region(p, len);
}
static void unpoison(void *p, size_t len)
{
    __asan_unpoison_memory_region(p, len);
}
#else
enum { GAP_BYTES = 0 };
static void poison(void *p UNUSED, size_t len UNUSED) {}
static void unpoison(void *p UNUSED, size_t len UNUSED) {}
#endif

enum { ALIGN_BYTES = 16, BLOCK_BYTES_MIN = 4096, BLOCK_BYTES_MAX = 256 * 1024 };
STATIC_ASSERT(ALIGN_BYTES >= alignof(max_align_t), "a piece must be aligned for any type");

struct arena_block {
    struct arena_block *next;
    size_t size, used; /* of data */
    alignas(ALIGN_BYTES) char data[];
};

struct arena_defer {
    struct arena_defer *next;
    void (*fn)(void *);
    void *arg;
};

void arena_init(struct arena *a)
{
    *a = (struct arena){0};
}

static void run_defers(struct arena *a)
{
    while (a->defers) {
        struct arena_defer *d = a->defers;
        a->defers = d->next;
        d->fn(d->arg);
    }
}

static struct arena_block *block_new(size_t size)
{
    struct arena_block *block = xmalloc(sizeof(*block) + size);
    block->next = NULL;
    block->size = size;
    block->used = 0;
    poison(block->data, size);
    return block;
}

static void block_free(struct arena_block *block)
{
    unpoison(block->data, block->size);
    free(block);
}

void arena_reset(struct arena *a)
{
    run_defers(a);
    struct arena_block *keep = NULL;
    for (struct arena_block *block = a->head, *next; block; block = next) {
        next = block->next;
        if (!keep && block->size <= BLOCK_BYTES_MAX)
            keep = block;
        else
            block_free(block);
    }
    if (keep) {
        keep->next = NULL;
        keep->used = 0;
        poison(keep->data, keep->size);
    }
    *a = (struct arena){.head = keep};
}

void arena_release(struct arena *a)
{
    arena_reset(a);
    if (a->head)
        block_free(a->head);
    arena_init(a);
}

/* A block for `need` bytes; a large piece gets one of its own behind the current block, so that the rest of that stays
 * in use. */
static struct arena_block *block_for(struct arena *a, size_t need)
{
    struct arena_block *head = a->head;
    if (head && need <= head->size - head->used)
        return head;
    if (need > BLOCK_BYTES_MAX / 4) {
        struct arena_block *own = block_new(need);
        if (head) {
            own->next = head->next;
            head->next = own;
        } else {
            a->head = own;
        }
        return own;
    }
    size_t size = head ? head->size * 2 : BLOCK_BYTES_MIN;
    if (size > BLOCK_BYTES_MAX)
        size = BLOCK_BYTES_MAX;
    while (size < need)
        size *= 2;
    struct arena_block *block = block_new(size);
    block->next = head;
    a->head = block;
    return block;
}

void *arena_alloc(struct arena *a, size_t size)
{
    if (size > SIZE_MAX / 2)
        die("an allocation of %zu bytes was asked for", size);
    size_t rounded = (size + ALIGN_BYTES - 1) & ~(size_t)(ALIGN_BYTES - 1);
    if (rounded == 0)
        rounded = ALIGN_BYTES;
    size_t need = rounded + GAP_BYTES;
    struct arena_block *block = block_for(a, need);
    char *piece = block->data + block->used;
    block->used += need;
    a->used_bytes += rounded;
    unpoison(piece, size);
    memset(piece, 0, size);
    return piece;
}

void *arena_alloc_array(struct arena *a, size_t n, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(n, size, &total))
        die("an array of %zu times %zu bytes was asked for", n, size);
    return arena_alloc(a, total);
}

char *arena_cstr(struct arena *a, struct str s)
{
    char *copy = arena_alloc(a, s.len + 1);
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    return copy;
}

struct str arena_str(struct arena *a, struct str s)
{
    return str_n(arena_cstr(a, s), s.len);
}

struct str arena_fmt(struct arena *a, const char *fmt, ...)
{
    va_list ap, measure;
    va_start(ap, fmt);
    va_copy(measure, ap);
    int len = vsnprintf(NULL, 0, fmt, measure);
    va_end(measure);
    if (len < 0)
        die("a format could not be printed: %s", fmt);
    char *text = arena_alloc(a, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, fmt, ap);
    va_end(ap);
    return str_n(text, (size_t)len);
}

void arena_on_release(struct arena *a, void (*fn)(void *), void *arg)
{
    struct arena_defer *d = arena_new(a, struct arena_defer);
    *d = (struct arena_defer){.next = a->defers, .fn = fn, .arg = arg};
    a->defers = d;
}

void *vec_grow(struct arena *a, void *items, size_t len, size_t *cap, size_t size)
{
    size_t grown = *cap ? *cap * 2 : 8;
    void *copy = arena_alloc_array(a, grown, size);
    if (len)
        memcpy(copy, items, len * size);
    *cap = grown;
    return copy;
}
