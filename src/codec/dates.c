/*
 * Days, civil dates and RFC 3339 times in the proleptic Gregorian calendar.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "codec/codec_internal.h"
#include "codec/text.h"

enum { DAY_S = 86400, YEAR_MIN = 1, YEAR_MAX = 9999 };
enum { DAYS_400_YEARS = 146097, DAYS_TO_1970_MARCH = 719468 }; /* from 0000-03-01 */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/*
 * Years are counted from March, so that the leap day is the last of its year, in cycles of 400 years, which all have
 * the same number of days. (153 × month + 2) / 5 is the number of days before a month when March is month 0.
 */
int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t cycle = floor_div(year, 400);
    int64_t year_of_cycle = year - cycle * 400;
    int64_t month_from_march = (month + 9) % 12;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    int64_t day_of_cycle = year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
    return cycle * DAYS_400_YEARS + day_of_cycle - DAYS_TO_1970_MARCH;
}

void civil_from_days(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day)
{
    int64_t from_march = days + DAYS_TO_1970_MARCH;
    int64_t cycle = floor_div(from_march, DAYS_400_YEARS);
    int64_t day_of_cycle = from_march - cycle * DAYS_400_YEARS;
    /* Leap days are taken out first: one every 1,461 days, but not every 36,525th, and the last of the cycle. */
    int64_t year_of_cycle = (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 - day_of_cycle / 146096) / 365;
    int64_t day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
    *ret_day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
    *ret_month = month;
    *ret_year = year_of_cycle + cycle * 400 + (month <= 2);
}

struct civil civil_from_seconds(int64_t seconds)
{
    struct civil c = {0};
    int64_t days = floor_div(seconds, DAY_S);
    int rest = (int)(seconds - days * DAY_S);
    civil_from_days(days, &c.year, &c.month, &c.day);
    c.hour = rest / 3600;
    c.minute = rest / 60 % 60;
    c.second = rest % 60;
    return c;
}

static int month_days(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return days[month - 1] + (month == 2 && leap);
}

/* Exactly `len` digits at *pos, which moves on. */
static bool take_digits(struct str s, size_t *pos, size_t len, int *ret)
{
    int v = 0;
    if (s.len - *pos < len)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = s.ptr[*pos + i];
        if (c < '0' || c > '9')
            return false;
        v = v * 10 + (c - '0');
    }
    *pos += len;
    *ret = v;
    return true;
}

static bool take_char(struct str s, size_t *pos, char c)
{
    if (*pos >= s.len || s.ptr[*pos] != c)
        return false;
    (*pos)++;
    return true;
}

static bool take_date(struct str s, size_t *pos, int64_t *ret_days)
{
    int year, month, day;
    if (!take_digits(s, pos, 4, &year) || !take_char(s, pos, '-') || !take_digits(s, pos, 2, &month) ||
        !take_char(s, pos, '-') || !take_digits(s, pos, 2, &day))
        return false;
    if (year < YEAR_MIN || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
        return false;
    *ret_days = days_from_civil(year, month, day);
    return true;
}

int date_parse(struct str s, int64_t *ret_days)
{
    size_t pos = 0;
    int64_t days;
    if (!take_date(s, &pos, &days) || pos != s.len)
        return ERR_SYNTAX;
    *ret_days = days;
    return 0;
}

void date_format(int64_t days, struct buf *out)
{
    int64_t year;
    int month, day;
    civil_from_days(days, &year, &month, &day);
    buf_addf(out, "%04lld-%02d-%02d", (long long)year, month, day);
}

static bool take_clock(struct str s, size_t *pos, int64_t *ret_seconds)
{
    int hour, minute, second;
    if (!take_digits(s, pos, 2, &hour) || !take_char(s, pos, ':') || !take_digits(s, pos, 2, &minute) ||
        !take_char(s, pos, ':') || !take_digits(s, pos, 2, &second))
        return false;
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    *ret_seconds = hour * 3600 + minute * 60 + second;
    return true;
}

/* What follows the ninth digit is finer than a nanosecond and is dropped. */
static bool take_fraction(struct str s, size_t *pos, int32_t *ret_nanos)
{
    int32_t nanos = 0;
    size_t digits = 0;
    if (!take_char(s, pos, '.'))
        return true;
    for (; *pos < s.len && s.ptr[*pos] >= '0' && s.ptr[*pos] <= '9'; (*pos)++, digits++) {
        if (digits < 9)
            nanos = nanos * 10 + (s.ptr[*pos] - '0');
    }
    if (digits == 0)
        return false;
    for (; digits < 9; digits++)
        nanos *= 10;
    *ret_nanos = nanos;
    return true;
}

/* Z, +hh:mm, +hhmm or +hh. */
static bool take_offset(struct str s, size_t *pos, int *ret_seconds)
{
    int hours, minutes = 0;
    if (take_char(s, pos, 'Z') || take_char(s, pos, 'z')) {
        *ret_seconds = 0;
        return true;
    }
    bool negative = take_char(s, pos, '-');
    if ((!negative && !take_char(s, pos, '+')) || !take_digits(s, pos, 2, &hours))
        return false;
    if (*pos < s.len) {
        take_char(s, pos, ':');
        if (!take_digits(s, pos, 2, &minutes))
            return false;
    }
    if (hours > 23 || minutes > 59)
        return false;
    *ret_seconds = (hours * 3600 + minutes * 60) * (negative ? -1 : 1);
    return true;
}

int time_parse(struct str s, struct value_time *ret)
{
    size_t pos = 0;
    int64_t days, clock;
    int offset;
    int32_t nanos = 0;

    if (!take_date(s, &pos, &days))
        return ERR_SYNTAX;
    if (!take_char(s, &pos, 'T') && !take_char(s, &pos, 't') && !take_char(s, &pos, ' '))
        return ERR_SYNTAX;
    if (!take_clock(s, &pos, &clock) || !take_fraction(s, &pos, &nanos) || !take_offset(s, &pos, &offset))
        return ERR_SYNTAX;
    if (pos != s.len)
        return ERR_SYNTAX;
    int64_t seconds = days * DAY_S + clock - offset;
    /* An offset can push the first or last day out of the years that can be written. */
    if (seconds < days_from_civil(YEAR_MIN, 1, 1) * DAY_S || seconds >= days_from_civil(YEAR_MAX + 1, 1, 1) * DAY_S)
        return ERR_SYNTAX;
    *ret = (struct value_time){.seconds = seconds, .nanos = nanos};
    return 0;
}

static void format_seconds(int64_t seconds, struct buf *out)
{
    struct civil c = civil_from_seconds(seconds);
    buf_addf(out, "%04lld-%02d-%02dT%02d:%02d:%02d", (long long)c.year, c.month, c.day, c.hour, c.minute, c.second);
}

void write_fraction(struct buf *out, int32_t nanos)
{
    char digits[10];
    if (nanos == 0)
        return;
    int len = snprintf(digits, sizeof(digits), "%09d", (int)nanos);
    while (digits[len - 1] == '0')
        len--;
    buf_add_char(out, '.');
    buf_add(out, str_n(digits, (size_t)len));
}

void time_format(struct value_time t, struct buf *out)
{
    format_seconds(t.seconds, out);
    write_fraction(out, t.nanos);
    buf_add_char(out, 'Z');
}

void time_format_ms(int64_t ms, struct buf *out)
{
    int64_t seconds = floor_div(ms, 1000);
    format_seconds(seconds, out);
    buf_addf(out, ".%03dZ", (int)(ms - seconds * 1000));
}
