/*
 * Small text formats: dates and times, time zones, hexadecimal, base64, URLs and queries, number templates.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Errors: ERR_SYNTAX where the text is not of the format. Threads: safe.
 */
#ifndef TANDEM_CODEC_TEXT_H
#define TANDEM_CODEC_TEXT_H

#include "base/value.h"

struct civil { /* a wall-clock time; month and day from 1 */
    int64_t year;
    int month, day, hour, minute, second;
    int32_t nanos;
};

int64_t days_from_civil(int64_t year, int month, int day);
void civil_from_days(int64_t days, int64_t *ret_year, int *ret_month, int *ret_day);
struct civil civil_from_seconds(int64_t seconds);

MUST_CHECK int date_parse(struct str s,
                          int64_t *ret_days); /* "2026-11-25" (ISO 8601), years 0001–9999, real days only */
void date_format(int64_t days, struct buf *out);
/* RFC 3339; also the offsets "+0000" and "+00" that vendors send. */
MUST_CHECK int time_parse(struct str s, struct value_time *ret);
void time_format(struct value_time t, struct buf *out); /* CEL's form: fraction only where there is one */
void time_format_ms(int64_t ms, struct buf *out);       /* "2026-11-25T08:00:00.123Z", always three digits */

/* The offset from UTC, in seconds, of an IANA zone ("Asia/Shanghai", "UTC", "+08:00") at a time; ERR_NOT_FOUND for an
 * unknown zone. */
MUST_CHECK int zone_offset_s(struct str zone, int64_t at_ms, int32_t *ret);
/* The day it is in a zone at a time, as days since 1970-01-01. */
MUST_CHECK int zone_day(struct str zone, int64_t at_ms, int64_t *ret_days);

void hex_encode(struct str bytes, struct buf *out);
MUST_CHECK int hex_decode(struct arena *a, struct str hex, struct str *ret);
void base64_encode(struct str bytes, struct buf *out);
void base64url_encode(struct str bytes, struct buf *out); /* without padding */
MUST_CHECK int base64_decode(struct arena *a, struct str text,
                             struct str *ret); /* with or without padding, both alphabets */

/* Percent-decoding (RFC 3986); `plus` turns '+' into a space, as in query strings. ERR_MALFORMED on %zz, NUL or invalid
 * UTF-8. */
MUST_CHECK int url_decode(struct arena *a, struct str s, bool plus, struct str *ret);
void url_encode(struct str s, struct buf *out);

/* Unicode case folding, for comparisons that ignore case; invalid UTF-8 comes back as it is. */
struct str text_fold(struct arena *a, struct str s);

#endif
