/*
 * Reading the characters and classes of a regular expression, between regex_compile.c and regex_class.c.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_EXPR_REGEX_CLASS_H
#define TANDEM_EXPR_REGEX_CLASS_H

#include "expr/regex.h"

struct regex_reader {
    struct arena *arena;
    struct str pattern;
    size_t pos;
    const char *why;
};

int regex_error(struct regex_reader *in, const char *why); /* returns ERR_SYNTAX */
int32_t regex_peek(const struct regex_reader *in);         /* -1 at the end */
int32_t regex_take(struct regex_reader *in);
void regex_add_range(struct regex_reader *in, struct regex_class *c, uint32_t from, uint32_t to);
/* What follows a backslash, added to the class. */
int regex_read_escape(struct regex_reader *in, struct regex_class *c);
/* What follows "[", up to its "]". */
int regex_read_class(struct regex_reader *in, struct regex_class *c);

#endif
