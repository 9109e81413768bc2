/*
 * JSON (RFC 8259): strict reading into values, and writing.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Reading refuses duplicate keys, NUL, invalid UTF-8, lone surrogates, NaN and Infinity, integers beyond 64 bits, more
 * than `depth_max` levels and anything after the value. Integers become VALUE_INT, other numbers VALUE_DOUBLE, objects
 * VALUE_MAP, arrays VALUE_LIST. Errors: ERR_MALFORMED with line and column in the problem; the result is untouched.
 * Threads: safe.
 */
#ifndef TANDEM_CODEC_JSON_H
#define TANDEM_CODEC_JSON_H

#include "base/value.h"

enum { JSON_DEPTH_MAX = 32 };

/* To be called once, before threads start: seeds the hash of the parser. */
void json_init(void);
MUST_CHECK int json_parse(struct arena *a, struct str text, size_t depth_max, struct value *ret, struct problem *why);

/* Writers append to a buffer. Money is {"amount": "12.50", "currency": "CNY"}, decimals are strings, dates
 * "2026-11-25", timestamps RFC 3339. */
void json_write(struct buf *b, struct value v);
void json_write_str(struct buf *b, struct str s); /* with the quotes */
/* "key": — with the comma before it where `b` does not end in '{' or '['. */
void json_key(struct buf *b, const char *key);
void json_key_str(struct buf *b, struct str key);
/* A comma where `b` does not end in '{', '[' or ':'. */
void json_comma(struct buf *b);

/* Reads /a/b/0 (RFC 6901) out of a value; NULL where it is not there. */
const struct value *json_pointer(const struct value *v, struct str pointer);
/* An object for expressions over parsed JSON: payload.issue.fields["x"]. Missing keys: ERR_NOT_FOUND. (json_object() is
 * jansson's.) */
struct value json_as_object(struct arena *a, const struct value *map);

#endif
