/*
 * Hashes, signatures, passwords and sealed secrets, on libsodium.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Life: crypto_init() once, before threads. Errors: ERR_INVALID where something does not verify. Threads: safe
 * afterwards.
 */
#ifndef TANDEM_CRYPTO_CRYPTO_H
#define TANDEM_CRYPTO_CRYPTO_H

#include "base/base.h"

enum { HASH_BYTES = 32, KEY_BYTES = 32, SIGNATURE_BYTES = 64, SALT_BYTES = 16, TOKEN_TEXT_LEN = 43 };

void crypto_init(void);

void sha256(struct str data, uint8_t out[HASH_BYTES]);
void hmac_sha256(struct str key, struct str data, uint8_t out[HASH_BYTES]);
/* Keyed BLAKE2b-256 over several parts, each preceded by its length, so that no two lists of parts hash alike. */
void hash_parts(const uint8_t key[KEY_BYTES], const struct str *parts, size_t len, uint8_t out[HASH_BYTES]);
bool equal_constant_time(struct str a, struct str b); /* false at once where lengths differ */

/* Argon2id (libsodium's string form), 64 MiB. Verifying takes 0.1–0.4 s: never on an I/O thread. */
MUST_CHECK int password_hash(struct arena *a, struct str password, struct str *ret);
bool password_verify(struct str hash, struct str password);

/* 256 random bits in base64url: 43 characters. */
struct str token_new(struct arena *a);

/* Keys of one data folder, made at `init`: DIR/keys/{history,secret,session,sign}.key, mode 0600. */
struct keys {
    uint8_t history[KEY_BYTES];   /* the chain of the event log */
    uint8_t secret[KEY_BYTES];    /* seals credentials */
    uint8_t session[KEY_BYTES];   /* hashes session ids and tokens, signs CSRF tokens */
    uint8_t sign_seed[KEY_BYTES]; /* Ed25519 seed that signs checkpoints */
};
MUST_CHECK int keys_create(const char *dir, struct problem *why); /* keeps what is there */
MUST_CHECK int keys_load(const char *dir, struct keys *ret, struct problem *why);

void sign(const uint8_t seed[KEY_BYTES], struct str data, uint8_t out[SIGNATURE_BYTES]);
bool sign_verify(const uint8_t seed[KEY_BYTES], struct str data, const uint8_t signature[SIGNATURE_BYTES]);

/* XChaCha20-Poly1305; `context` (connection and field) is authenticated and must be the same when it is opened. */
struct str seal(struct arena *a, const uint8_t key[KEY_BYTES], struct str context, struct str plain);
MUST_CHECK int unseal(struct arena *a, const uint8_t key[KEY_BYTES], struct str context, struct str sealed,
                      struct str *ret);

#endif
