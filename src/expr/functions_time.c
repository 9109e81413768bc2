/*
 * Timestamps and durations: conversions, ranges and the getters, with time zones.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <math.h>

#include "codec/text.h"
#include "expr/expr_internal.h"

#define NANOS 1000000000LL
/* 0001-01-01T00:00:00Z and 9999-12-31T23:59:59Z (langdef.md); durations are what int64 nanoseconds hold, some 292
 * years. */
#define SECONDS_MIN (-62135596800LL)
#define SECONDS_MAX 253402300799LL

static int range(struct run *r)
{
    return run_fail(r, "the time is out of range", STR_NULL);
}

__int128 time_nanos(struct value_time t)
{
    return (__int128)t.seconds * NANOS + t.nanos;
}

int duration_make(struct run *r, __int128 nanos, struct value *ret)
{
    if (nanos > INT64_MAX || nanos < -(__int128)INT64_MAX)
        return range(r);
    int64_t n = (int64_t)nanos;
    *ret = (struct value){.kind = VALUE_DURATION, .time = {.seconds = n / NANOS, .nanos = (int32_t)(n % NANOS)}};
    return 0;
}

int timestamp_make(struct run *r, __int128 nanos, struct value *ret)
{
    __int128 seconds = nanos / NANOS, rest = nanos % NANOS;
    if (rest < 0) {
        rest += NANOS;
        seconds--;
    }
    if (seconds < SECONDS_MIN || seconds > SECONDS_MAX)
        return range(r);
    *ret = (struct value){.kind = VALUE_TIMESTAMP, .time = {.seconds = (int64_t)seconds, .nanos = (int32_t)rest}};
    return 0;
}

static int fn_timestamp(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    struct value_time t = v->time;
    (void)n;
    if (v->kind == VALUE_INT)
        return timestamp_make(r, (__int128)v->i * NANOS, ret);
    if (v->kind == VALUE_DATE)
        return timestamp_make(r, (__int128)v->i * 86400 * NANOS, ret);
    if (v->kind == VALUE_STRING && time_parse(v->s, &t))
        return run_fail(r, "the text is not a time (RFC 3339) or out of range", v->s);
    return timestamp_make(r, time_nanos(t), ret);
}

/* The unit at *pos in nanoseconds, longest first; 0 where there is none. */
static int64_t unit_at(struct str s, size_t *pos)
{
    static const struct {
        const char *name;
        int64_t nanos;
    } units[] = {{"ns", 1},    {"us", 1000},      {"µs", 1000},       {"ms", 1000000},
                 {"s", NANOS}, {"m", 60 * NANOS}, {"h", 3600 * NANOS}};
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        struct str name = str_of(units[i].name);
        if (str_starts(str_sub(s, *pos, s.len), name)) {
            *pos += name.len;
            return units[i].nanos;
        }
    }
    return 0;
}

/* One "1.5h" at *pos, added to *sum; false where it is not valid or too large. */
static bool duration_part(struct str s, size_t *pos, __int128 *sum)
{
    __int128 whole = 0, fraction = 0, scale = 1;
    size_t digits = 0;
    for (; *pos < s.len && s.ptr[*pos] >= '0' && s.ptr[*pos] <= '9'; (*pos)++, digits++)
        if ((whole = whole * 10 + (s.ptr[*pos] - '0')) > INT64_MAX)
            return false;
    if (*pos < s.len && s.ptr[*pos] == '.') {
        for ((*pos)++; *pos < s.len && s.ptr[*pos] >= '0' && s.ptr[*pos] <= '9'; (*pos)++, digits++) {
            if (scale < NANOS * 3600) {
                fraction = fraction * 10 + (s.ptr[*pos] - '0');
                scale *= 10;
            }
        }
    }
    int64_t unit = digits ? unit_at(s, pos) : 0;
    *sum += whole * unit + fraction * unit / scale;
    return unit && *sum <= INT64_MAX;
}

static int fn_duration(struct run *r, const struct value *v, size_t n, struct value *ret)
{
    __int128 sum = 0;
    size_t pos = 0;
    (void)n;
    if (v->kind == VALUE_DURATION) {
        *ret = *v;
        return 0;
    }
    struct str s = v->s;
    bool minus = s.len && s.ptr[0] == '-';
    if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        pos++;
    if (str_is(str_sub(s, pos, s.len), "0"))
        return duration_make(r, 0, ret);
    if (pos == s.len)
        return run_fail(r, "the text is not a duration like 1h30m", s);
    while (pos < s.len)
        if (!duration_part(s, &pos, &sum))
            return run_fail(r, "the text is not a duration like 1h30m, or out of range", s);
    return duration_make(r, minus ? -sum : sum, ret);
}

/* The wall clock of a timestamp or date, in the zone of the second argument where there is one. */
static int wall(struct run *r, const struct value *v, size_t n, struct civil *ret)
{
    if (v->kind == VALUE_DATE) {
        *ret = civil_from_seconds(v->i * 86400);
        return 0;
    }
    int32_t offset = 0;
    if (n > 1) {
        char with_sign[16];
        struct str zone = v[1].s;
        if (zone.len == 5 && zone.ptr[0] >= '0' && zone.ptr[0] <= '9') { /* "02:00" means "+02:00" */
            with_sign[0] = '+';
            memcpy(with_sign + 1, zone.ptr, zone.len);
            zone = str_n(with_sign, zone.len + 1);
        }
        if (zone_offset_s(zone, v->time.seconds * 1000, &offset))
            return run_fail(r, "there is no such time zone", v[1].s);
    }
    *ret = civil_from_seconds(v->time.seconds + offset);
    ret->nanos = v->time.nanos;
    return 0;
}

static int64_t day_of_year(const struct civil *c)
{
    return days_from_civil(c->year, c->month, c->day) - days_from_civil(c->year, 1, 1);
}

/* 0 for Sunday; 1970-01-01 was a Thursday. */
static int64_t day_of_week(const struct civil *c)
{
    int64_t day = (days_from_civil(c->year, c->month, c->day) + 4) % 7;
    return day < 0 ? day + 7 : day;
}

#define GETTER(name, of_civil)                                                                                         \
    static int name(struct run *r, const struct value *v, size_t n, struct value *ret)                                 \
    {                                                                                                                  \
        struct civil c;                                                                                                \
        int err = wall(r, v, n, &c);                                                                                   \
        if (!err)                                                                                                      \
            *ret = value_int(of_civil);                                                                                \
        return err;                                                                                                    \
    }
/* A getter that durations have too: there it counts the whole length. */
#define CLOCK_GETTER(name, of_civil, of_duration)                                                                      \
    static int name(struct run *r, const struct value *v, size_t n, struct value *ret)                                 \
    {                                                                                                                  \
        struct civil c;                                                                                                \
        if (v->kind == VALUE_DURATION) {                                                                               \
            *ret = value_int(of_duration);                                                                             \
            return 0;                                                                                                  \
        }                                                                                                              \
        int err = wall(r, v, n, &c);                                                                                   \
        if (!err)                                                                                                      \
            *ret = value_int(of_civil);                                                                                \
        return err;                                                                                                    \
    }

GETTER(get_year, c.year)
GETTER(get_month, c.month - 1)
GETTER(get_date, c.day)
GETTER(get_day_of_month, c.day - 1)
GETTER(get_day_of_week, day_of_week(&c))
GETTER(get_day_of_year, day_of_year(&c))
CLOCK_GETTER(get_hours, c.hour, v->time.seconds / 3600)
CLOCK_GETTER(get_minutes, c.minute, v->time.seconds / 60)
CLOCK_GETTER(get_seconds, c.second, v->time.seconds)
CLOCK_GETTER(get_milliseconds, c.nanos / 1000000, v->time.nanos / 1000000)

#define DAY_GETTER "t.>i t.s>i D.>i"
#define TIME_GETTER "t.>i t.s>i r.>i"

const struct function FUNCTIONS_TIME[] = {
    {"timestamp", "t>t s>t i>t D>t", fn_timestamp, 0},
    {"duration", "r>r s>r", fn_duration, 0},
    {"getFullYear", DAY_GETTER, get_year, 0},
    {"getMonth", DAY_GETTER, get_month, 0},
    {"getDate", DAY_GETTER, get_date, 0},
    {"getDayOfMonth", DAY_GETTER, get_day_of_month, 0},
    {"getDayOfWeek", DAY_GETTER, get_day_of_week, 0},
    {"getDayOfYear", DAY_GETTER, get_day_of_year, 0},
    {"getHours", TIME_GETTER, get_hours, 0},
    {"getMinutes", TIME_GETTER, get_minutes, 0},
    {"getSeconds", TIME_GETTER, get_seconds, 0},
    {"getMilliseconds", TIME_GETTER, get_milliseconds, 0},
    {NULL, NULL, NULL, 0},
};
