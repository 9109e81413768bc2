/*
 * cmocka with the headers it needs before it, and a comparison for struct str.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_TEST_UNIT_BASE_UNIT_H
#define TANDEM_TEST_UNIT_BASE_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/base.h"

#define assert_str(s, expected)                                                                                        \
    do {                                                                                                               \
        struct str got_ = (s);                                                                                         \
        if (!str_is(got_, (expected)))                                                                                 \
            fail_msg("\"%.*s\" is not \"%s\"", STR_ARG(got_), (expected));                                             \
    } while (0)

#endif
