/*
 * Sealed secrets: XChaCha20-Poly1305 with a random nonce, bound to the place where they belong.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Form: one byte of version, 24 of nonce, the ciphertext, 16 of tag.
 */
#include <sodium.h>

#include "crypto/crypto.h"

enum {
    SEAL_VERSION = 1,
    NONCE_BYTES = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
    TAG_BYTES = crypto_aead_xchacha20poly1305_ietf_ABYTES,
    HEAD_BYTES = 1 + NONCE_BYTES,
};

STATIC_ASSERT(KEY_BYTES == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "XChaCha20-Poly1305 key");

static const unsigned char *bytes_of(struct str s)
{
    return (const unsigned char *)(s.len ? s.ptr : "");
}

struct str seal(struct arena *a, const uint8_t key[KEY_BYTES], struct str context, struct str plain)
{
    unsigned char *out = arena_alloc(a, HEAD_BYTES + plain.len + TAG_BYTES);
    out[0] = SEAL_VERSION;
    random_bytes(out + 1, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(out + HEAD_BYTES, NULL, bytes_of(plain), plain.len, bytes_of(context),
                                               context.len, NULL, out + 1, key);
    return str_n((const char *)out, HEAD_BYTES + plain.len + TAG_BYTES);
}

int unseal(struct arena *a, const uint8_t key[KEY_BYTES], struct str context, struct str sealed, struct str *ret)
{
    const unsigned char *in = bytes_of(sealed);
    if (sealed.len < HEAD_BYTES + TAG_BYTES || in[0] != SEAL_VERSION)
        return ERR_INVALID;
    size_t len = sealed.len - HEAD_BYTES - TAG_BYTES;
    unsigned char *plain = arena_alloc(a, len + 1);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, in + HEAD_BYTES, len + TAG_BYTES,
                                                   bytes_of(context), context.len, in + 1, key) != 0)
        return ERR_INVALID;
    *ret = str_n((const char *)plain, len);
    return 0;
}
