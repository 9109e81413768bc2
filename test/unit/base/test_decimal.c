/*
 * Exact decimals, against 128-bit reference arithmetic on random numbers.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/base/unit.h"

#include "base/value.h"

enum { ROUNDS = 20000 };

static struct decimal dec(const char *text)
{
    struct decimal d;
    if (decimal_parse(str_of(text), &d))
        fail_msg("%s is not a decimal", text);
    return d;
}

static void assert_dec(struct decimal d, const char *expected)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 100);
    decimal_format(d, &b);
    assert_str(buf_str(&b), expected);
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Numbers of every size, also the extremes. */
static struct decimal random_decimal(uint64_t *seed)
{
    struct decimal d = {.scale = (uint8_t)(next_random(seed) % (DECIMAL_SCALE_MAX + 1))};
    switch (next_random(seed) % 8) {
    case 0:
        d.coeff = next_random(seed) % 2 ? INT64_MIN : INT64_MAX;
        break;
    case 1:
        d.coeff = (int64_t)(next_random(seed) % 5) - 2;
        break;
    default:
        d.coeff = (int64_t)next_random(seed) >> next_random(seed) % 64;
    }
    return d;
}

static __int128 ten(int n)
{
    __int128 p = 1;
    while (n-- > 0)
        p *= 10;
    return p;
}

static void what_is_written_reads_back(void **state UNUSED)
{
    static const char *const texts[] = {"0",
                                        "0.00",
                                        "-12.340",
                                        "0.05",
                                        "-0.000000000000000001",
                                        "9223372036854775807",
                                        "-9223372036854775808",
                                        "-9.223372036854775808",
                                        "1",
                                        "10",
                                        "100.5"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        assert_dec(dec(texts[i]), texts[i]);
    uint64_t seed = 20261125;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < ROUNDS; i++) {
        struct decimal d = random_decimal(&seed), back;
        CLEANUP(buf_release) struct buf b = {0};
        buf_init(&b, 100);
        decimal_format(d, &b);
        assert_int_equal(decimal_parse(buf_str(&b), &back), 0);
        if (back.coeff != d.coeff || back.scale != d.scale)
            fail_msg("%lld e-%d became %s", (long long)d.coeff, d.scale, b.ptr);
    }
}

static void what_is_no_decimal_is_refused(void **state UNUSED)
{
    static const char *const bad[] = {"",    "-",  ".",  "1.",    ".5",  "+1",  "1e3",
                                      "1,5", " 1", "1 ", "1.2.3", "--1", "NaN", "１"};
    struct decimal d = {.coeff = 7, .scale = 3};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (decimal_parse(str_of(bad[i]), &d) != ERR_SYNTAX)
            fail_msg("\"%s\" was taken", bad[i]);
    }
    assert_int_equal(decimal_parse(STR("9223372036854775808"), &d), ERR_LIMIT);
    assert_int_equal(decimal_parse(STR("-9223372036854775809"), &d), ERR_LIMIT);
    assert_int_equal(decimal_parse(STR("0.0000000000000000001"), &d), ERR_LIMIT);
    assert_true(d.coeff == 7 && d.scale == 3);
}

static void rounding_is_half_away_from_zero(void **state UNUSED)
{
    struct decimal d;
    static const struct {
        const char *from, *to;
        uint8_t scale;
    } rows[] = {{"2.345", "2.35", 2}, {"-2.345", "-2.35", 2}, {"2.344", "2.34", 2},
                {"0.5", "1", 0},      {"-0.5", "-1", 0},      {"0.4", "0", 0},
                {"1", "1.000", 3},    {"0.499", "0", 0},      {"9.99", "10.0", 1}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_int_equal(decimal_rescale(dec(rows[i].from), rows[i].scale, &d), 0);
        assert_dec(d, rows[i].to);
    }
    assert_int_equal(decimal_rescale(dec("9223372036854775807"), 1, &d), ERR_LIMIT);
    assert_int_equal(decimal_rescale(dec("1"), 19, &d), ERR_LIMIT);
    assert_true(decimal_fits_scale(dec("1.500"), 1));
    assert_false(decimal_fits_scale(dec("1.505"), 2));
    assert_true(decimal_fits_scale(dec("1"), 5));
}

static void sums_and_products_agree_with_the_reference(void **state UNUSED)
{
    uint64_t seed = 4217;
    int exact = 0, refused = 0;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < ROUNDS; i++) {
        struct decimal a = random_decimal(&seed), b = random_decimal(&seed), sum, difference, product;
        __int128 left = a.coeff * ten(18 - a.scale), right = b.coeff * ten(18 - b.scale);
        int err = decimal_add(a, b, &sum);
        if (err) {
            assert_int_equal(err, ERR_LIMIT);
            refused++;
        } else {
            assert_true(sum.coeff * ten(18 - sum.scale) == left + right);
            exact++;
        }
        /* A refusal must be needed: the exact sum has no coefficient of 64 bits. */
        if (err) {
            __int128 least = left + right;
            int scale = 18;
            for (; scale > 0 && least % 10 == 0; scale--)
                least /= 10;
            assert_true(least > INT64_MAX || least < INT64_MIN);
        }
        if (!decimal_sub(a, b, &difference))
            assert_true(difference.coeff * ten(18 - difference.scale) == left - right);
        __int128 reference = (__int128)a.coeff * b.coeff;
        if (!decimal_mul(a, b, &product) && product.scale <= a.scale + b.scale) {
            __int128 unit = ten(a.scale + b.scale - product.scale);
            /* Compared by quotient and rest, because the product may need all 128 bits. */
            __int128 off = reference / unit - product.coeff;
            assert_true(off >= -1 && off <= 1);
            if (a.scale + b.scale <= DECIMAL_SCALE_MAX)
                assert_true(off == 0 && reference % unit == 0);
        }
        assert_int_equal(decimal_cmp(a, b), (left > right) - (left < right));
    }
    assert_true(exact > 100 && refused > 100);
}

static void quotients_agree_with_the_reference(void **state UNUSED)
{
    uint64_t seed = 99;
    int checked = 0;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int i = 0; i < ROUNDS; i++) {
        struct decimal a = random_decimal(&seed), b = random_decimal(&seed), q;
        uint8_t scale = (uint8_t)(next_random(&seed) % 7);
        int err = decimal_div(a, b, scale, &q);
        if (b.coeff == 0) {
            assert_int_equal(err, ERR_INVALID);
            continue;
        }
        if (err) {
            assert_int_equal(err, ERR_LIMIT);
            continue;
        }
        /* |a - q·b| must be at most half a unit of q times |b|; checked where 128 bits suffice. */
        int unit = scale + b.scale;
        if (unit < a.scale || unit - a.scale > 18)
            continue;
        __int128 rest = a.coeff * ten(unit - a.scale) - (__int128)q.coeff * b.coeff;
        __int128 half = b.coeff < 0 ? -(__int128)b.coeff : b.coeff;
        assert_true((rest < 0 ? -rest : rest) * 2 <= half);
        checked++;
    }
    assert_true(checked > 1000);
}

static void known_results_hold(void **state UNUSED)
{
    struct decimal d;
    assert_int_equal(decimal_div(dec("1"), dec("3"), 4, &d), 0);
    assert_dec(d, "0.3333");
    assert_int_equal(decimal_div(dec("-2"), dec("3"), 2, &d), 0);
    assert_dec(d, "-0.67");
    assert_int_equal(decimal_div(dec("0.000000000000000001"), dec("1000"), 18, &d), 0);
    assert_dec(d, "0.000000000000000000");
    assert_int_equal(decimal_div(dec("1"), dec("0.000000000000000001"), 1, &d), ERR_LIMIT);
    assert_int_equal(decimal_div(dec("-9223372036854775808"), dec("1"), 0, &d), 0);
    assert_dec(d, "-9223372036854775808");
    assert_int_equal(decimal_div(dec("-9223372036854775808"), dec("-1"), 0, &d), ERR_LIMIT);
    assert_int_equal(decimal_mul(dec("0.10"), dec("3"), &d), 0);
    assert_dec(d, "0.30");
    assert_int_equal(decimal_mul(dec("0.0000000005"), dec("0.0000000001"), &d), 0);
    assert_dec(d, "0.000000000000000000");
    assert_int_equal(decimal_mul(dec("0.0000000005"), dec("0.000000001"), &d), 0);
    assert_dec(d, "0.000000000000000001");
    assert_int_equal(decimal_add(dec("5000000000"), dec("1.000000000000000000"), &d), 0);
    assert_int_equal(decimal_cmp(d, dec("5000000001")), 0);
    assert_int_equal(decimal_add(dec("9223372036854775807"), dec("1"), &d), ERR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_reads_back),
        cmocka_unit_test(what_is_no_decimal_is_refused),
        cmocka_unit_test(rounding_is_half_away_from_zero),
        cmocka_unit_test(sums_and_products_agree_with_the_reference),
        cmocka_unit_test(quotients_agree_with_the_reference),
        cmocka_unit_test(known_results_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
