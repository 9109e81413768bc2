/*
 * Currencies and amounts.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/base/unit.h"

#include "base/value.h"

static struct money money(const char *amount, const char *currency)
{
    struct money m;
    if (money_parse(str_of(amount), str_of(currency), &m))
        fail_msg("%s %s is not an amount", amount, currency);
    return m;
}

static void assert_money(struct money m, const char *expected)
{
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 100);
    money_format(m, &b);
    assert_str(buf_str(&b), expected);
}

static void currencies_are_in_order_and_known(void **state UNUSED)
{
    size_t i = 0, count = 0;
    const char *before = "", *code;
    while ((code = currency_next(&i))) {
        assert_int_equal(strlen(code), 3);
        assert_true(strcmp(before, code) < 0);
        assert_true(currency_known(str_of(code)));
        assert_true(currency_digits(code) >= 0 && currency_digits(code) <= 4);
        before = code;
        count++;
    }
    assert_true(count > 150);
}

static void minor_digits_are_those_of_iso_4217(void **state UNUSED)
{
    static const struct {
        char code[4];
        int digits;
    } rows[] = {{"CNY", 2}, {"USD", 2}, {"EUR", 2}, {"JPY", 0}, {"KRW", 0},  {"VND", 0},  {"KWD", 3},
                {"TND", 3}, {"CLF", 4}, {"HKD", 2}, {"ISK", 0}, {"XXX", -1}, {"cny", -1}, {"", -1}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_int_equal(currency_digits(rows[i].code), rows[i].digits);
    assert_false(currency_known(STR("CN")));
    assert_false(currency_known(STR("CNYX")));
    assert_false(currency_known(STR_NULL));
}

static void amounts_are_read_in_minor_units(void **state UNUSED)
{
    assert_int_equal(money("1234.5", "CNY").minor, 123450);
    assert_int_equal(money("1234", "JPY").minor, 1234);
    assert_int_equal(money("-0.001", "KWD").minor, -1);
    assert_money(money("1234.5", "CNY"), "1234.50");
    assert_money(money("-0.05", "CNY"), "-0.05");
    assert_money(money("7", "JPY"), "7");
    struct money m = {.minor = 9};
    assert_int_equal(money_parse(STR("1.005"), STR("CNY"), &m), ERR_SYNTAX);
    assert_int_equal(money_parse(STR("1.0"), STR("JPY"), &m), ERR_SYNTAX);
    assert_int_equal(money_parse(STR("x"), STR("CNY"), &m), ERR_SYNTAX);
    assert_int_equal(money_parse(STR("1"), STR("XYZ"), &m), ERR_INVALID);
    assert_int_equal(money_parse(STR("92233720368547758.08"), STR("CNY"), &m), ERR_LIMIT);
    assert_int_equal(money_parse(STR("92233720368547759"), STR("CNY"), &m), ERR_LIMIT);
    assert_int_equal(m.minor, 9);
}

static void sums_stay_in_one_currency_and_in_range(void **state UNUSED)
{
    struct money m;
    assert_int_equal(money_add(money("0.10", "CNY"), money("0.20", "CNY"), &m), 0);
    assert_money(m, "0.30");
    assert_int_equal(money_add(money("1", "CNY"), money("1", "USD"), &m), ERR_INVALID);
    struct money most = {.minor = INT64_MAX, .currency = "CNY"}, least = {.minor = INT64_MIN, .currency = "CNY"};
    assert_int_equal(money_add(most, money("0.01", "CNY"), &m), ERR_LIMIT);
    assert_int_equal(money_neg(least, &m), ERR_LIMIT);
    assert_int_equal(money_neg(most, &m), 0);
    assert_true(m.minor == -INT64_MAX);
}

static void products_round_once_half_away_from_zero(void **state UNUSED)
{
    struct money m;
    assert_int_equal(money_mul(money("10.05", "CNY"), (struct decimal){5, 1}, &m), 0);
    assert_money(m, "5.03");
    assert_int_equal(money_mul(money("-10.05", "CNY"), (struct decimal){5, 1}, &m), 0);
    assert_money(m, "-5.03");
    assert_int_equal(money_mul(money("100", "JPY"), (struct decimal){333, 3}, &m), 0);
    assert_money(m, "33");
    struct money most = {.minor = INT64_MAX, .currency = "CNY"};
    assert_int_equal(money_mul(most, (struct decimal){2, 0}, &m), ERR_LIMIT);
    assert_int_equal(money_mul(most, (struct decimal){10, 1}, &m), 0);
    assert_true(m.minor == INT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(currencies_are_in_order_and_known),
        cmocka_unit_test(minor_digits_are_those_of_iso_4217),
        cmocka_unit_test(amounts_are_read_in_minor_units),
        cmocka_unit_test(sums_stay_in_one_currency_and_in_range),
        cmocka_unit_test(products_round_once_half_away_from_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
