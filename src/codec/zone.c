/*
 * Time zones: what a wall clock in a zone shows at a moment, from ICU's copy of the IANA database.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <unicode/ucal.h>

#include "codec/text.h"

enum { ZONE_LEN_MAX = 64, DAY_S = 86400 };

/* "+08:00" and "-03:30"; ERR_NOT_FOUND for anything else. */
static int fixed_offset(struct str zone, int32_t *ret)
{
    int64_t hours, minutes;
    if (zone.len != 6 || (zone.ptr[0] != '+' && zone.ptr[0] != '-') || zone.ptr[3] != ':')
        return ERR_NOT_FOUND;
    if (zone.ptr[1] == '-' || zone.ptr[4] == '-' || str_to_i64(str_sub(zone, 1, 2), &hours) ||
        str_to_i64(str_sub(zone, 4, 2), &minutes) || hours > 23 || minutes > 59)
        return ERR_NOT_FOUND;
    int32_t seconds = (int32_t)(hours * 3600 + minutes * 60);
    *ret = zone.ptr[0] == '-' ? -seconds : seconds;
    return 0;
}

/* ICU takes an unknown zone for UTC without a word, so the name is looked up first. */
static bool zone_known(const UChar *id, int32_t len)
{
    UChar canonical[ZONE_LEN_MAX + 1];
    UBool is_system = false;
    UErrorCode status = U_ZERO_ERROR;
    static const UChar unknown[] = u"Etc/Unknown";

    int32_t got = ucal_getCanonicalTimeZoneID(id, len, canonical, ZONE_LEN_MAX + 1, &is_system, &status);
    if (U_FAILURE(status) || !is_system)
        return false;
    return got != (int32_t)ARRAY_LEN(unknown) - 1 || memcmp(canonical, unknown, (size_t)got * sizeof(UChar)) != 0;
}

static int icu_offset(const UChar *id, int32_t len, int64_t at_ms, int32_t *ret)
{
    UErrorCode status = U_ZERO_ERROR;
    UCalendar *calendar = ucal_open(id, len, "", UCAL_GREGORIAN, &status);
    if (U_FAILURE(status))
        return ERR_NOT_FOUND;
    ucal_setMillis(calendar, (UDate)at_ms, &status);
    int32_t offset_ms = ucal_get(calendar, UCAL_ZONE_OFFSET, &status) + ucal_get(calendar, UCAL_DST_OFFSET, &status);
    ucal_close(calendar);
    if (U_FAILURE(status))
        return ERR_NOT_FOUND;
    *ret = offset_ms / 1000;
    return 0;
}

int zone_offset_s(struct str zone, int64_t at_ms, int32_t *ret)
{
    UChar id[ZONE_LEN_MAX];

    if (str_is(zone, "UTC") || str_is(zone, "Z")) {
        *ret = 0;
        return 0;
    }
    if (fixed_offset(zone, ret) == 0)
        return 0;
    if (zone.len == 0 || zone.len > ZONE_LEN_MAX)
        return ERR_NOT_FOUND;
    /* Names of zones are ASCII, so widening is a conversion. */
    for (size_t i = 0; i < zone.len; i++) {
        if ((unsigned char)zone.ptr[i] >= 0x80 || zone.ptr[i] == '\0')
            return ERR_NOT_FOUND;
        id[i] = (UChar)zone.ptr[i];
    }
    if (!zone_known(id, (int32_t)zone.len))
        return ERR_NOT_FOUND;
    return icu_offset(id, (int32_t)zone.len, at_ms, ret);
}

int zone_day(struct str zone, int64_t at_ms, int64_t *ret_days)
{
    int32_t offset_s;
    int err = zone_offset_s(zone, at_ms, &offset_s);
    if (err)
        return err;
    int64_t seconds = at_ms / 1000 - (at_ms % 1000 < 0) + offset_s;
    *ret_days = seconds / DAY_S - (seconds % DAY_S < 0);
    return 0;
}
