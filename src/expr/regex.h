/*
 * Regular expressions in linear time, between functions_string.c, regex.c (running) and regex_compile.c (reading).
 * SPDX-License-Identifier: Apache-2.0
 *
 * The syntax is RE2's (https://github.com/google/re2/wiki/Syntax) without \pN classes but \p{Han}; case folding is
 * ASCII's. What needs backtracking does not exist in it. A program is run as a nondeterministic automaton: the work is
 * text length × program size.
 */
#ifndef TANDEM_EXPR_REGEX_H
#define TANDEM_EXPR_REGEX_H

#include "base/base.h"

enum { REGEX_BYTES_MAX = 1000, REGEX_PROGRAM_MAX = 4000, REGEX_DEPTH_MAX = 50, REGEX_REPEAT_MAX = 1000 };

struct regex_range {
    uint32_t from, to;
};

struct regex_class {
    VEC(struct regex_range) ranges;
    bool negated;
    bool fold; /* ASCII letters match in both cases */
};

enum regex_assert {
    REGEX_TEXT_START,
    REGEX_TEXT_END,
    REGEX_LINE_START,
    REGEX_LINE_END,
    REGEX_WORD_EDGE,
    REGEX_NOT_WORD_EDGE
};

enum regex_op { REGEX_CLASS, REGEX_SPLIT, REGEX_JUMP, REGEX_ASSERT, REGEX_MATCH };

struct regex_inst {
    enum regex_op op;
    enum regex_assert assertion;
    const struct regex_class *class;
    uint32_t x, y; /* SPLIT: both; JUMP: x */
};

struct regex {
    VEC(struct regex_inst) program;
};

/* ERR_SYNTAX with the reason in *ret_why. Everything lives in the arena. */
MUST_CHECK int regex_compile(struct arena *a, struct str pattern, struct regex *ret, const char **ret_why);
/* Whether the text has a match anywhere. */
bool regex_search(struct arena *a, const struct regex *re, struct str text);
bool regex_class_has(const struct regex_class *c, uint32_t code_point);

#endif
