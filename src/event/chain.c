/*
 * The links of the chain and the signed checkpoints: what is hashed, what is signed, and whether a signature fits.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "event/event_internal.h"
#include "event/event_sql.h"

enum { NUMBER_BYTES = 8 };

static struct str number_put(uint8_t out[NUMBER_BYTES], int64_t v)
{
    for (int i = 0; i < NUMBER_BYTES; i++)
        out[i] = (uint8_t)((uint64_t)v >> (56 - 8 * i));
    return str_n((const char *)out, NUMBER_BYTES);
}

void event_hash_values(const struct keys *keys, struct str salt, struct str changes, uint8_t out[HASH_BYTES])
{
    const struct str parts[] = {salt, changes};
    hash_parts(keys->history, parts, ARRAY_LEN(parts), out);
}

void event_hash_link(const struct keys *keys, const uint8_t prev[HASH_BYTES], const struct event *e,
                     const uint8_t values[HASH_BYTES], uint8_t out[HASH_BYTES])
{
    uint8_t seq[NUMBER_BYTES], at[NUMBER_BYTES], hops[NUMBER_BYTES], rev[NUMBER_BYTES], entered[NUMBER_BYTES];
    const struct str parts[] = {
        str_n((const char *)prev, HASH_BYTES),
        number_put(seq, e->seq),
        e->id,
        number_put(at, e->at_ms),
        e->type,
        e->subject_type,
        e->subject,
        e->company,
        e->actor,
        e->on_behalf_of,
        e->source,
        e->cause,
        number_put(hops, e->hops),
        number_put(rev, e->rev),
        e->mode,
        e->transition,
        e->state_before,
        e->state_after,
        number_put(entered, e->entered),
        str_n((const char *)values, HASH_BYTES),
    };
    hash_parts(keys->history, parts, ARRAY_LEN(parts), out);
}

/* What a checkpoint signs; the words keep the signature from fitting anything else. */
static void checkpoint_text(struct buf *b, int64_t seq, struct str hash, int64_t at_ms)
{
    uint8_t n[NUMBER_BYTES];
    buf_add(b, STR("tandem event checkpoint\n"));
    buf_add(b, number_put(n, seq));
    buf_add(b, number_put(n, at_ms));
    buf_add(b, hash);
}

void event_sign_checkpoint(const struct keys *keys, int64_t seq, const uint8_t hash[HASH_BYTES], int64_t at_ms,
                           uint8_t out[SIGNATURE_BYTES])
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 256);
    checkpoint_text(&b, seq, str_n((const char *)hash, HASH_BYTES), at_ms);
    sign(keys->sign_seed, buf_str(&b), out);
}

bool event_checkpoint_fits(const struct keys *keys, int64_t seq, struct str hash, int64_t at_ms, struct str signature)
{
    if (hash.len != HASH_BYTES || signature.len != SIGNATURE_BYTES)
        return false;
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 256);
    checkpoint_text(&b, seq, hash, at_ms);
    return sign_verify(keys->sign_seed, buf_str(&b), (const uint8_t *)signature.ptr);
}

int event_checkpoint_write(const struct keys *keys, struct db_tx *tx, int64_t seq, const uint8_t hash[HASH_BYTES])
{
    uint8_t signature[SIGNATURE_BYTES];
    int64_t at_ms = clock_now_ms();
    event_sign_checkpoint(keys, seq, hash, at_ms, signature);
    return db_exec(tx, SQL_EVENT_CHECKPOINT_ADD,
                   DB_VALUES(value_int(seq), value_bytes(str_n((const char *)hash, HASH_BYTES)), value_int(at_ms),
                             value_bytes(str_n((const char *)signature, SIGNATURE_BYTES))));
}
