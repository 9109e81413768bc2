/*
 * Hashes, keyed hashes, signatures, passwords and tokens.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <sodium.h>

#include "crypto/crypto.h"

STATIC_ASSERT(HASH_BYTES == crypto_hash_sha256_BYTES, "SHA-256");
STATIC_ASSERT(HASH_BYTES == crypto_auth_hmacsha256_BYTES, "HMAC-SHA-256");
STATIC_ASSERT(KEY_BYTES == crypto_sign_SEEDBYTES, "Ed25519 seed");
STATIC_ASSERT(SIGNATURE_BYTES == crypto_sign_BYTES, "Ed25519 signature");

/* Argon2id at 64 MiB with three passes; OWASP asks for at least 46 MiB with one. */
enum { PASSWORD_PASSES = 3, PASSWORD_BYTES = 64 * 1024 * 1024 };

void crypto_init(void)
{
    if (sodium_init() < 0)
        die("libsodium could not be started");
}

static const unsigned char *bytes_of(struct str s)
{
    return (const unsigned char *)(s.len ? s.ptr : "");
}

void sha256(struct str data, uint8_t out[HASH_BYTES])
{
    crypto_hash_sha256(out, bytes_of(data), data.len);
}

void hmac_sha256(struct str key, struct str data, uint8_t out[HASH_BYTES])
{
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, bytes_of(key), key.len);
    crypto_auth_hmacsha256_update(&state, bytes_of(data), data.len);
    crypto_auth_hmacsha256_final(&state, out);
    sodium_memzero(&state, sizeof(state));
}

void hash_parts(const uint8_t key[KEY_BYTES], const struct str *parts, size_t len, uint8_t out[HASH_BYTES])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, key, KEY_BYTES, HASH_BYTES);
    for (size_t i = 0; i < len; i++) {
        uint8_t length[8];
        for (int j = 0; j < 8; j++)
            length[j] = (uint8_t)((uint64_t)parts[i].len >> (8 * j));
        crypto_generichash_update(&state, length, sizeof(length));
        crypto_generichash_update(&state, bytes_of(parts[i]), parts[i].len);
    }
    crypto_generichash_final(&state, out, HASH_BYTES);
    sodium_memzero(&state, sizeof(state));
}

bool equal_constant_time(struct str a, struct str b)
{
    return a.len == b.len && sodium_memcmp(bytes_of(a), bytes_of(b), a.len) == 0;
}

int password_hash(struct arena *a, struct str password, struct str *ret)
{
    char *text = arena_alloc(a, crypto_pwhash_STRBYTES);
    if (crypto_pwhash_str_alg(text, (const char *)bytes_of(password), password.len, PASSWORD_PASSES, PASSWORD_BYTES,
                              crypto_pwhash_ALG_ARGON2ID13) != 0)
        return ERR_UNAVAILABLE; /* only for want of memory */
    *ret = str_of(text);
    return 0;
}

bool password_verify(struct str hash, struct str password)
{
    char text[crypto_pwhash_STRBYTES] = {0};
    if (hash.len == 0 || hash.len >= sizeof(text))
        return false;
    memcpy(text, hash.ptr, hash.len);
    return crypto_pwhash_str_verify(text, (const char *)bytes_of(password), password.len) == 0;
}

struct str token_new(struct arena *a)
{
    uint8_t bits[32];
    char *text = arena_alloc(a, TOKEN_TEXT_LEN + 1);
    random_bytes(bits, sizeof(bits));
    sodium_bin2base64(text, TOKEN_TEXT_LEN + 1, bits, sizeof(bits), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    sodium_memzero(bits, sizeof(bits));
    return str_n(text, TOKEN_TEXT_LEN);
}

void sign(const uint8_t seed[KEY_BYTES], struct str data, uint8_t out[SIGNATURE_BYTES])
{
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES], secret_key[crypto_sign_SECRETKEYBYTES];
    crypto_sign_seed_keypair(public_key, secret_key, seed);
    crypto_sign_detached(out, NULL, bytes_of(data), data.len, secret_key);
    sodium_memzero(secret_key, sizeof(secret_key));
}

bool sign_verify(const uint8_t seed[KEY_BYTES], struct str data, const uint8_t signature[SIGNATURE_BYTES])
{
    uint8_t public_key[crypto_sign_PUBLICKEYBYTES], secret_key[crypto_sign_SECRETKEYBYTES];
    crypto_sign_seed_keypair(public_key, secret_key, seed);
    sodium_memzero(secret_key, sizeof(secret_key));
    return crypto_sign_verify_detached(signature, bytes_of(data), data.len, public_key) == 0;
}
