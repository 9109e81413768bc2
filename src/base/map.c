/*
 * A hash map from text to a pointer that remembers the order of insertion.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Entries lie in one array in order; a second, open-addressed array of positions finds them. A deleted entry stays as a
 * gap until the map grows. Hashing is SipHash-1-3 (Aumasson and Bernstein, 2012) under a key of this process, so that
 * nobody can choose keys that all collide.
 */
#include <pthread.h>
#include <stdlib.h>

#include "base/base.h"

enum { SLOT_FREE = 0, SLOT_GONE = UINT32_MAX, SLOTS_MIN = 16 };

struct entry {
    struct str key;
    void *value;
    uint32_t hash;
    bool live;
};

struct map {
    struct arena *arena; /* NULL: heap */
    struct entry *entries;
    uint32_t *slots;  /* position in entries + 1, SLOT_FREE or SLOT_GONE */
    size_t slots_len; /* a power of two */
    size_t used;      /* of entries, gaps included; at most half of slots_len */
    size_t live;
};

static uint64_t seed[2];
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

static void seed_fill(void)
{
    random_bytes(seed, sizeof(seed));
}

static uint64_t rotate(uint64_t x, int bits)
{
    return x << bits | x >> (64 - bits);
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

static uint32_t hash_key(struct str s)
{
    uint64_t v[4] = {seed[0] ^ 0x736f6d6570736575u, seed[1] ^ 0x646f72616e646f6du, seed[0] ^ 0x6c7967656e657261u,
                     seed[1] ^ 0x7465646279746573u};
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        uint64_t word;
        memcpy(&word, s.ptr + i, 8);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    uint64_t tail = (uint64_t)s.len << 56;
    for (size_t j = 0; i + j < s.len; j++)
        tail |= (uint64_t)(unsigned char)s.ptr[i + j] << (8 * j);
    v[3] ^= tail;
    sip_round(v);
    v[0] ^= tail;
    v[2] ^= 0xff;
    for (int r = 0; r < 3; r++)
        sip_round(v);
    uint64_t h = v[0] ^ v[1] ^ v[2] ^ v[3];
    return (uint32_t)(h ^ h >> 32);
}

static void *take(const struct map *m, size_t n, size_t size)
{
    return m->arena ? arena_alloc_array(m->arena, n, size) : xcalloc(n, size);
}

static void give(const struct map *m, void *p)
{
    if (!m->arena)
        free(p);
}

static void slot_insert(struct map *m, size_t position)
{
    size_t mask = m->slots_len - 1;
    size_t at = m->entries[position].hash & mask;
    while (m->slots[at] != SLOT_FREE)
        at = (at + 1) & mask;
    m->slots[at] = (uint32_t)(position + 1);
}

/* Rebuilds both arrays without gaps, with room for twice what is live. */
static void map_rebuild(struct map *m)
{
    size_t slots_len = SLOTS_MIN;
    while (slots_len / 4 < m->live + 1)
        slots_len *= 2;
    if (slots_len >= SLOT_GONE)
        die("a map grew beyond %zu entries", m->live);
    struct entry *old = m->entries;
    size_t old_used = m->used;

    give(m, m->slots);
    m->slots = take(m, slots_len, sizeof(*m->slots));
    m->slots_len = slots_len;
    m->entries = take(m, slots_len / 2, sizeof(*m->entries));
    m->used = 0;
    for (size_t i = 0; i < old_used; i++) {
        if (!old[i].live)
            continue;
        m->entries[m->used] = old[i];
        slot_insert(m, m->used++);
    }
    give(m, old);
}

struct map *map_new(struct arena *a)
{
    pthread_once(&seed_once, seed_fill);
    struct map *m = a ? arena_new(a, struct map) : xcalloc(1, sizeof(*m));
    m->arena = a;
    return m;
}

struct map *map_free(struct map *m)
{
    if (!m)
        return NULL;
    assert(!m->arena);
    for (size_t i = 0; i < m->used; i++) {
        if (m->entries[i].live)
            free((void *)(uintptr_t)m->entries[i].key.ptr);
    }
    free(m->entries);
    free(m->slots);
    free(m);
    return NULL;
}

/* The slot that holds the key, or SIZE_MAX. */
static size_t find_slot(const struct map *m, struct str key, uint32_t hash)
{
    if (m->slots_len == 0)
        return SIZE_MAX;
    size_t mask = m->slots_len - 1;
    for (size_t at = hash & mask; m->slots[at] != SLOT_FREE; at = (at + 1) & mask) {
        if (m->slots[at] == SLOT_GONE)
            continue;
        const struct entry *e = &m->entries[m->slots[at] - 1];
        if (e->hash == hash && str_eq(e->key, key))
            return at;
    }
    return SIZE_MAX;
}

void map_put(struct map *m, struct str key, void *value)
{
    uint32_t hash = hash_key(key);
    size_t at = find_slot(m, key, hash);
    if (at != SIZE_MAX) {
        m->entries[m->slots[at] - 1].value = value;
        return;
    }
    if (m->used == m->slots_len / 2)
        map_rebuild(m);
    struct str copy = m->arena ? arena_str(m->arena, key) : str_n(xstrndup(key), key.len);
    m->entries[m->used] = (struct entry){.key = copy, .value = value, .hash = hash, .live = true};
    slot_insert(m, m->used++);
    m->live++;
}

void *map_get(const struct map *m, struct str key)
{
    size_t at = find_slot(m, key, hash_key(key));
    return at == SIZE_MAX ? NULL : m->entries[m->slots[at] - 1].value;
}

bool map_del(struct map *m, struct str key)
{
    size_t at = find_slot(m, key, hash_key(key));
    if (at == SIZE_MAX)
        return false;
    struct entry *e = &m->entries[m->slots[at] - 1];
    m->slots[at] = SLOT_GONE;
    give(m, (void *)(uintptr_t)e->key.ptr);
    *e = (struct entry){.live = false};
    m->live--;
    return true;
}

size_t map_len(const struct map *m)
{
    return m->live;
}

bool map_next(const struct map *m, size_t *pos, struct str *ret_key, void **ret_value)
{
    while (*pos < m->used && !m->entries[*pos].live)
        (*pos)++;
    if (*pos >= m->used)
        return false;
    const struct entry *e = &m->entries[(*pos)++];
    *ret_key = e->key;
    *ret_value = e->value;
    return true;
}
