/*
 * Unicode case folding on ICU.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <unicode/ucasemap.h>

#include "codec/text.h"

/* The case map has no locale and is never changed, so every thread shares it. */
static UCaseMap *case_map(void)
{
    static UCaseMap *map;
    UCaseMap *m = __atomic_load_n(&map, __ATOMIC_ACQUIRE);
    if (m == NULL) {
        UErrorCode status = U_ZERO_ERROR;
        UCaseMap *fresh = ucasemap_open("", U_FOLD_CASE_DEFAULT, &status);
        if (U_FAILURE(status))
            die("ICU has no case map: %s", u_errorName(status));
        if (__atomic_compare_exchange_n(&map, &m, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            return fresh;
        ucasemap_close(fresh);
    }
    return m;
}

static bool is_lower_ascii(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c >= 0x80 || (c >= 'A' && c <= 'Z'))
            return false;
    }
    return true;
}

struct str text_fold(struct arena *a, struct str s)
{
    if (is_lower_ascii(s) || s.len > INT32_MAX / 4 || !utf8_valid(s))
        return s;
    UErrorCode status = U_ZERO_ERROR;
    int32_t cap = (int32_t)s.len * 3 + 8;
    char *out = arena_alloc(a, (size_t)cap);
    int32_t len = ucasemap_utf8FoldCase(case_map(), out, cap, s.ptr, (int32_t)s.len, &status);
    return U_FAILURE(status) ? s : str_n(out, (size_t)len);
}
