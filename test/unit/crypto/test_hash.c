/*
 * Hashes, signatures, passwords, tokens and sealed secrets.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/base/unit.h"

#include "crypto/crypto.h"

static int set_up(void **state)
{
    struct arena *a = xcalloc(1, sizeof(*a));
    arena_init(a);
    *state = a;
    return 0;
}

static int tear_down(void **state)
{
    arena_release(*state);
    free(*state);
    return 0;
}

static void assert_hex(const uint8_t *bytes, size_t len, const char *expected)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 1000);
    for (size_t i = 0; i < len; i++)
        buf_addf(&b, "%02x", bytes[i]);
    assert_str(buf_str(&b), expected);
}

static void sha_256_has_the_vectors_of_fips_180(void **state UNUSED)
{
    uint8_t h[HASH_BYTES];
    sha256(STR_NULL, h);
    assert_hex(h, HASH_BYTES, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256(STR("abc"), h);
    assert_hex(h, HASH_BYTES, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void hmac_has_the_vectors_of_rfc_4231(void **state)
{
    uint8_t h[HASH_BYTES];
    hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"), h);
    assert_hex(h, HASH_BYTES, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    char *key = arena_alloc(*state, 131);
    memset(key, 0xaa, 131);
    hmac_sha256(str_n(key, 131), STR("Test Using Larger Than Block-Size Key - Hash Key First"), h);
    assert_hex(h, HASH_BYTES, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

static void parts_never_run_together(void **state UNUSED)
{
    uint8_t key[KEY_BYTES] = {1}, other[KEY_BYTES] = {2}, a[HASH_BYTES], b[HASH_BYTES];
    const struct str one[] = {STR("ab"), STR("c")}, two[] = {STR("a"), STR("bc")},
                     three[] = {STR("ab"), STR("c"), STR("")};
    hash_parts(key, one, 2, a);
    hash_parts(key, two, 2, b);
    assert_memory_not_equal(a, b, HASH_BYTES);
    hash_parts(key, three, 3, b);
    assert_memory_not_equal(a, b, HASH_BYTES);
    hash_parts(other, one, 2, b);
    assert_memory_not_equal(a, b, HASH_BYTES);
    hash_parts(key, one, 2, b);
    assert_memory_equal(a, b, HASH_BYTES);
}

static void comparison_looks_at_every_byte(void **state UNUSED)
{
    assert_true(equal_constant_time(STR("abc"), STR("abc")));
    assert_false(equal_constant_time(STR("abc"), STR("abd")));
    assert_false(equal_constant_time(STR("abc"), STR("abcd")));
    assert_true(equal_constant_time(STR_NULL, STR("")));
}

static void a_password_verifies_against_its_hash_only(void **state)
{
    struct str hash, again;
    assert_int_equal(password_hash(*state, STR("correct horse"), &hash), 0);
    assert_true(str_starts(hash, STR("$argon2id$v=19$m=65536,t=3,p=1$")));
    assert_true(password_verify(hash, STR("correct horse")));
    assert_false(password_verify(hash, STR("correct horsf")));
    assert_int_equal(password_hash(*state, STR("correct horse"), &again), 0);
    assert_false(str_eq(hash, again));
    assert_false(password_verify(STR_NULL, STR("x")));
    assert_false(password_verify(STR("$argon2id$nonsense"), STR("x")));
    assert_false(password_verify(str_n(arena_alloc(*state, 500), 500), STR("x")));
}

static void tokens_are_long_and_never_the_same(void **state)
{
    struct str a = token_new(*state), b = token_new(*state);
    assert_int_equal(a.len, TOKEN_TEXT_LEN);
    assert_false(str_eq(a, b));
    for (size_t i = 0; i < a.len; i++)
        assert_non_null(strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", a.ptr[i]));
}

static void a_signature_fits_its_text_and_key_only(void **state UNUSED)
{
    uint8_t seed[KEY_BYTES] = {7}, other[KEY_BYTES] = {8}, s[SIGNATURE_BYTES];
    sign(seed, STR("checkpoint 1"), s);
    assert_true(sign_verify(seed, STR("checkpoint 1"), s));
    assert_false(sign_verify(seed, STR("checkpoint 2"), s));
    assert_false(sign_verify(other, STR("checkpoint 1"), s));
    s[10] ^= 1;
    assert_false(sign_verify(seed, STR("checkpoint 1"), s));
}

static void ed25519_has_the_first_vector_of_rfc_8032(void **state UNUSED)
{
    static const uint8_t seed[KEY_BYTES] = {0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a,
                                            0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44, 0x49, 0xc5, 0x69, 0x7b, 0x32,
                                            0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60};
    uint8_t s[SIGNATURE_BYTES];
    sign(seed, STR_NULL, s);
    assert_hex(s, SIGNATURE_BYTES,
               "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
               "d25bf5f0595bbe24655141438e7a100b");
}

static void a_sealed_secret_opens_in_its_place_only(void **state)
{
    uint8_t key[KEY_BYTES] = {3}, other[KEY_BYTES] = {4};
    struct str sealed = seal(*state, key, STR("jira/password"), STR("hunter2")), plain = STR("kept");
    assert_int_equal(str_find(sealed, STR("hunter2"), 0), SIZE_MAX);
    assert_int_equal(unseal(*state, other, STR("jira/password"), sealed, &plain), ERR_INVALID);
    assert_int_equal(unseal(*state, key, STR("sap/password"), sealed, &plain), ERR_INVALID);
    for (size_t len = 0; len < sealed.len; len++)
        assert_int_equal(unseal(*state, key, STR("jira/password"), str_sub(sealed, 0, len), &plain), ERR_INVALID);
    for (size_t i = 0; i < sealed.len; i++) {
        char *bent = arena_cstr(*state, sealed);
        bent[i] ^= 0x40;
        assert_int_equal(unseal(*state, key, STR("jira/password"), str_n(bent, sealed.len), &plain), ERR_INVALID);
    }
    assert_str(plain, "kept");
    assert_int_equal(unseal(*state, key, STR("jira/password"), sealed, &plain), 0);
    assert_str(plain, "hunter2");
    assert_false(str_eq(sealed, seal(*state, key, STR("jira/password"), STR("hunter2"))));
    sealed = seal(*state, key, STR_NULL, STR_NULL);
    assert_int_equal(unseal(*state, key, STR(""), sealed, &plain), 0);
    assert_int_equal(plain.len, 0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    crypto_init();
    const struct CMUnitTest tests[] = {
        TEST(sha_256_has_the_vectors_of_fips_180),
        TEST(hmac_has_the_vectors_of_rfc_4231),
        TEST(parts_never_run_together),
        TEST(comparison_looks_at_every_byte),
        TEST(a_password_verifies_against_its_hash_only),
        TEST(tokens_are_long_and_never_the_same),
        TEST(a_signature_fits_its_text_and_key_only),
        TEST(ed25519_has_the_first_vector_of_rfc_8032),
        TEST(a_sealed_secret_opens_in_its_place_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
