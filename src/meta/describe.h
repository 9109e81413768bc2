/*
 * What every description file shares, beside types: labels, expressions, and the names that are known. For flows,
 * mappings, connectors. SPDX-License-Identifier: Apache-2.0
 *
 * Life: what is read lives in the arena it is given. Errors: ERR_INVALID or ERR_SYNTAX with an item "file:line".
 * Threads: safe.
 */
#ifndef TANDEM_META_DESCRIBE_H
#define TANDEM_META_DESCRIBE_H

#include "meta/meta.h"

/* A label under a key: {en, zh}, or one text for both. Absent leaves *ret as it is. */
MUST_CHECK int label_read(const struct yaml_node *map, const char *key, struct label *ret, struct problem *why);
/* "key": {"en": …, "zh": …} */
void label_to_json(struct buf *out, const char *key, const struct label *l);

/* What the expressions of a file may name. */
struct describe {
    const struct meta *meta;
    struct arena *arena;
    const struct expr_var *vars;
    size_t vars_len;
};
/* The expression in a node, over a type's fields too where one is given; want TYPE_DYN takes any result. */
MUST_CHECK int describe_compile(const struct describe *d, const struct type *type, const struct yaml_node *n,
                                enum expr_type_kind want, const struct expr **ret, struct problem *why);
/* The same under a key; absent leaves *ret as it is unless it is needed. */
MUST_CHECK int describe_expr(const struct describe *d, const struct yaml_node *map, const char *key, bool need,
                             enum expr_type_kind want, const struct expr **ret, struct problem *why);
/* The type that a node's `type` names. */
MUST_CHECK int describe_type(const struct describe *d, const struct yaml_node *map, const struct type **ret,
                             struct problem *why);
/* The fields of a type that can be written, for "Known: …". */
struct str describe_field_names(const struct type *t, struct arena *a);

#endif
