/*
 * Fuzz target: JSON that was read is written, read again and the same; a pointer into it never leads astray.
 * SPDX-License-Identifier: Apache-2.0
 */
#include <stdint.h>

#include "codec/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct str text = str_n((const char *)data, size);
    struct value v, again;
    struct arena a;
    struct problem why;
    CLEANUP(buf_release) struct buf out = {0};

    arena_init(&a);
    problem_init(&why, &a);
    /* Control characters grow sixfold when they are written. */
    buf_init(&out, size * 8 + 64);
    if (json_parse(&a, text, JSON_DEPTH_MAX, &v, &why) == 0) {
        json_write(&out, v);
        if (buf_failed(&out) || !utf8_valid(buf_str(&out)))
            die("what was read could not be written");
        if (json_parse(&a, buf_str(&out), JSON_DEPTH_MAX, &again, NULL) || !value_same(v, again))
            die("what was written reads differently");
        /* The input itself as a pointer: only to see that it stays inside. */
        (void)json_pointer(&v, text);
        if (!value_same(v, value_copy(&a, v)))
            die("a copy differs");
    } else {
        if (!why.err || why.message == MSG_NONE)
            die("a refusal without a reason");
        message_render(why.message, why.args, LANG_ZH, &out);
        for (const struct problem_arg *arg = why.args; arg->name; arg++) {
            if (!utf8_valid(arg->value))
                die("the reason is not UTF-8");
        }
    }
    arena_release(&a);
    return 0;
}
