/*
 * Dates, times and zones.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "unit/base/unit.h"

#include "codec/text.h"

static void every_day_of_ten_thousand_years_comes_back(void **state UNUSED)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t days = days_from_civil(1, 1, 1);
    assert_int_equal(days, -719162);
    for (int64_t y = 1; y <= 9999; y++) {
        bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
        for (int m = 1; m <= 12; m++) {
            for (int d = 1; d <= lengths[m - 1] + (leap && m == 2); d++, days++) {
                int64_t year;
                int month, day;
                civil_from_days(days, &year, &month, &day);
                if (days_from_civil(y, m, d) != days || year != y || month != m || day != d)
                    fail_msg("%lld-%d-%d", (long long)y, m, d);
            }
        }
    }
    assert_int_equal(days_from_civil(1970, 1, 1), 0);
    assert_int_equal(days_from_civil(2000, 3, 1), 11017);
    assert_int_equal(days_from_civil(-1, 3, 1) - days_from_civil(-2, 3, 1), 365);
}

static void only_real_days_are_dates(void **state UNUSED)
{
    int64_t days = 7;
    assert_int_equal(date_parse(STR("2024-02-29"), &days), 0);
    assert_int_equal(days, 19782);
    assert_int_equal(date_parse(STR("9999-12-31"), &days), 0);
    static const char *const bad[] = {
        "",         "2026-02-29", "1900-02-29",  "2026-13-01",  "2026-00-01", "2026-01-00",  "2026-04-31", "0000-01-01",
        "2026-1-1", "20260101",   "2026-01-01T", " 2026-01-01", "2026/01/01", "10000-01-01", "-001-01-01"};
    days = 7;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (date_parse(str_of(bad[i]), &days) != ERR_SYNTAX)
            fail_msg("%s is taken", bad[i]);
    }
    assert_int_equal(days, 7);
}

static void assert_time(const char *text, const char *expected)
{
    struct value_time t;
    CLEANUP(buf_release) struct buf b = {0};
    buf_init(&b, 100);
    if (time_parse(str_of(text), &t))
        fail_msg("%s is refused", text);
    time_format(t, &b);
    assert_str(buf_str(&b), expected);
}

static void times_are_read_in_the_forms_that_vendors_send(void **state UNUSED)
{
    assert_time("2026-11-25T08:00:00Z", "2026-11-25T08:00:00Z");
    assert_time("2026-11-25t08:00:00.120z", "2026-11-25T08:00:00.12Z");
    assert_time("2026-11-25 08:00:00+08:00", "2026-11-25T00:00:00Z");
    assert_time("2026-11-25T08:00:00.123+0000", "2026-11-25T08:00:00.123Z");
    assert_time("2026-01-01T00:30:00+01", "2025-12-31T23:30:00Z");
    assert_time("2026-11-25T08:00:00-03:30", "2026-11-25T11:30:00Z");
    assert_time("1969-12-31T23:59:59.999999999Z", "1969-12-31T23:59:59.999999999Z");
    assert_time("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z");
    assert_time("2026-11-25T08:00:00.1234567899Z", "2026-11-25T08:00:00.123456789Z");
}

static void what_is_no_time_is_refused(void **state UNUSED)
{
    static const char *const bad[] = {"",
                                      "2026-11-25",
                                      "2026-11-25T08:00:00",
                                      "2026-11-25T24:00:00Z",
                                      "2026-11-25T08:60:00Z",
                                      "2026-11-25T08:00:60Z",
                                      "2026-11-25T8:00:00Z",
                                      "2026-11-25T08:00Z",
                                      "2026-11-25T08:00:00.Z",
                                      "2026-11-25T08:00:00+24:00",
                                      "2026-11-25T08:00:00+08:0",
                                      "2026-11-25T08:00:00+08:",
                                      "2026-11-25T08:00:00ZZ",
                                      "2026-11-25T08:00:00 Z",
                                      "2026-02-30T08:00:00Z",
                                      "0001-01-01T00:00:00+01:00",
                                      "9999-12-31T23:59:59-00:01",
                                      "2026-11-25X08:00:00Z"};
    struct value_time t = {.seconds = 7};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (time_parse(str_of(bad[i]), &t) != ERR_SYNTAX)
            fail_msg("%s is taken", bad[i]);
    }
    assert_int_equal(t.seconds, 7);
}

static void milliseconds_have_three_digits(void **state UNUSED)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {{0, "1970-01-01T00:00:00.000Z"},
                {-1, "1969-12-31T23:59:59.999Z"},
                {1764057600120, "2025-11-25T08:00:00.120Z"},
                {-62135596800000, "0001-01-01T00:00:00.000Z"}};
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEANUP(buf_release) struct buf b = {0};
        buf_init(&b, 100);
        time_format_ms(rows[i].ms, &b);
        assert_str(buf_str(&b), rows[i].text);
    }
}

static int32_t offset(const char *zone, const char *at)
{
    struct value_time t;
    int32_t s = -1;
    assert_int_equal(time_parse(str_of(at), &t), 0);
    if (zone_offset_s(str_of(zone), t.seconds * 1000, &s))
        fail_msg("%s is not known", zone);
    return s;
}

static void offsets_follow_the_zone_and_the_season(void **state UNUSED)
{
    assert_int_equal(offset("UTC", "2026-11-25T00:00:00Z"), 0);
    assert_int_equal(offset("Asia/Shanghai", "2026-11-25T00:00:00Z"), 8 * 3600);
    assert_int_equal(offset("Asia/Shanghai", "1988-07-01T00:00:00Z"), 9 * 3600);
    assert_int_equal(offset("Europe/Berlin", "2026-03-29T00:59:59Z"), 3600);
    assert_int_equal(offset("Europe/Berlin", "2026-03-29T01:00:00Z"), 7200);
    assert_int_equal(offset("America/New_York", "2026-11-25T00:00:00Z"), -5 * 3600);
    assert_int_equal(offset("Asia/Kathmandu", "2026-11-25T00:00:00Z"), 5 * 3600 + 45 * 60);
    assert_int_equal(offset("+08:00", "2026-11-25T00:00:00Z"), 8 * 3600);
    assert_int_equal(offset("-03:30", "2026-11-25T00:00:00Z"), -(3 * 3600 + 30 * 60));
}

static void unknown_zones_are_refused(void **state UNUSED)
{
    static const char *const bad[] = {"",
                                      "Mars/Olympus",
                                      "Asia/Shanghai ",
                                      "GMT+8",
                                      "+8:00",
                                      "+24:00",
                                      "+08:60",
                                      "+0-:00",
                                      "Etc/Unknown",
                                      "Asia/上海",
                                      "A/very/long/name/that/no/zone/has/because/they/are/short/words/only"};
    int32_t s = 7;
    int64_t day;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (zone_offset_s(str_of(bad[i]), 0, &s) != ERR_NOT_FOUND)
            fail_msg("%s is taken", bad[i]);
    }
    assert_int_equal(s, 7);
    assert_int_equal(zone_day(STR("Mars/Olympus"), 0, &day), ERR_NOT_FOUND);
}

static void the_day_changes_at_local_midnight(void **state UNUSED)
{
    int64_t day;
    int64_t midnight = days_from_civil(2026, 11, 25) * 86400000 - 8 * 3600000;
    assert_int_equal(zone_day(STR("Asia/Shanghai"), midnight - 1, &day), 0);
    assert_int_equal(day, days_from_civil(2026, 11, 24));
    assert_int_equal(zone_day(STR("Asia/Shanghai"), midnight, &day), 0);
    assert_int_equal(day, days_from_civil(2026, 11, 25));
    assert_int_equal(zone_day(STR("UTC"), -1, &day), 0);
    assert_int_equal(day, -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day_of_ten_thousand_years_comes_back),
        cmocka_unit_test(only_real_days_are_dates),
        cmocka_unit_test(times_are_read_in_the_forms_that_vendors_send),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(milliseconds_have_three_digits),
        cmocka_unit_test(offsets_follow_the_zone_and_the_season),
        cmocka_unit_test(unknown_zones_are_refused),
        cmocka_unit_test(the_day_changes_at_local_midnight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
