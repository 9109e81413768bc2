/*
 * What the files of the SQL translation share.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_EXPR_SQL_INTERNAL_H
#define TANDEM_EXPR_SQL_INTERNAL_H

#include "expr/expr_internal.h"

struct sql {
    const struct expr *e;
    const struct expr_sql_env *env;
    struct arena *arena;
    struct buf *out;
    struct expr_binds *binds;
    struct problem *why;
};

/* "{what} can't be used in a row rule": returns ERR_INVALID. */
int sql_refuse(struct sql *s, const struct node *n, const char *what);
/* The value of a node that reads no column: 0, ERR_NOT_FOUND where it reads one, ERR_INVALID where it can't be
 * computed. */
int sql_constant(struct sql *s, const struct node *n, struct value *ret);

/* A value in SQL: its kind, whether it can be null, and its value where that is known. */
struct sql_term {
    const struct node *node;
    enum expr_type_kind kind; /* OBJECT counts as STRING: its id */
    bool nullable;
    bool known;
    struct value value;
};

int sql_term_of(struct sql *s, const struct node *n, struct sql_term *ret);
/* Appends the SQL of a term; may be called again where a form needs it twice. */
int sql_term_write(struct sql *s, const struct sql_term *t);
/* A predicate; `exact`: never null, otherwise null may stand for false. */
int sql_predicate(struct sql *s, const struct node *n, bool exact);

#endif
