/*
 * What the files of record/ share: the shape of the tables, reading rows, the row predicate.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Tables: r_<type> has one column per field that has one (field_has_column), named as the field; MONEY has name (minor
 * units), name__cur and name__base (minor units of the company's currency, null where no rate is known); LINK_ANY has
 * name (id) and name__type. A line type's table has `parent` and `position` besides. A many-valued field lives in
 * m_<type>_<field>(record, position, value). Identifiers are always quoted. Indexes: unique and indexed fields, every
 * link (for "who points here"), changed_at, state.
 */
#ifndef TANDEM_RECORD_RECORD_INTERNAL_H
#define TANDEM_RECORD_RECORD_INTERNAL_H

#include <pthread.h>

#include "record/record.h"

struct type_sql {       /* statements of one type, made once */
    struct str table;   /* "r_task", quoted */
    struct str columns; /* t."id", t."rev", … in the order that row_decode() reads */
    int columns_len;
    struct str by_id;  /* SELECT columns FROM table t WHERE t."id" = ? */
    struct str insert; /* INSERT of every column, in the order of columns (then parent, position for a line type) */
    struct str remove; /* DELETE by id */
    struct str *fill;  /* by field index: reads a many-valued field or lines of one record; empty for other fields */
};

struct records {
    struct db *db;
    struct event_log *log;
    const struct meta *meta;
    const struct keys *keys;
    struct arena arena;
    struct type_sql *sql; /* by type index: type_index() */
    record_owner_fn owner;
    void *owner_ctx;
    pthread_mutex_t lock;  /* of `companies` and `services` */
    struct map *companies; /* id → struct company_info */
    struct map *services;
};

struct company_info {
    struct str id, title, currency, time_zone;
    int64_t read_ms;   /* when it was read, by the monotonic clock */
    int64_t slot, day; /* the day it is there, valid for one quarter of an hour: zones change only at its edges */
};

size_t type_index(const struct records *rs, const struct type *t);
static inline const struct type_sql *type_sql(const struct records *rs, const struct type *t)
{
    return &rs->sql[type_index(rs, t)];
}

/* ---- schema.c ---- */
MUST_CHECK int schema_apply(struct records *rs, struct problem *why);

/* ---- row.c: rows to records and back ---- */
/* Reads the columns of type_sql.columns from a row, beginning at column `first`; many-valued fields and lines stay
 * NULL. */
struct record *row_decode(struct db_stmt *st, int first, const struct type *t, struct arena *a);
/* Fills many-valued fields and lines of records that row_decode() made. */
MUST_CHECK int row_fill(struct records *rs, struct db_tx *tx, struct record **records, size_t len, struct arena *a);
/* The 1–3 column values of a typed value; returns how many. */
int field_to_columns(const struct field *f, struct value v, struct value out[3]);
MUST_CHECK int record_load(struct records *rs, struct db_tx *tx, const struct type *t, struct str id, struct arena *a,
                           struct record **ret);
/* The company's facts, cached; ERR_NOT_FOUND for an unknown id. */
MUST_CHECK int company_get(struct records *rs, struct db_tx *tx, struct str id, struct company_info *ret);
int64_t company_today(struct records *rs, struct db_tx *tx, struct str company);

/* ---- access.c: the one row predicate ---- */
/*
 * Appends the predicate (in parentheses) for `action` on rows of alias `alias`, and its values to binds. Answers
 * ERR_FORBIDDEN where no role of the actor may do it on any row. actor NULL: "(1)".
 */
MUST_CHECK int access_sql(struct records *rs, const struct type *t, const struct actor *actor, enum right_action action,
                          const char *alias, struct arena *a, struct buf *sql, struct expr_binds *binds);
void binds_add(struct arena *a, struct expr_binds *b, struct value v);
/* ERR_NOT_FOUND where the row is not there or not covered. */
MUST_CHECK int access_check(struct records *rs, struct db_tx *tx, const struct type *t, const struct actor *actor,
                            enum right_action action, struct str id);
/* Segregation of duties: ERR_FORBIDDEN with the reason. */
/* The state of a mirrored record may be the other system's, like any field: then people do not move it here. */
int access_state_owner(struct records *rs, const struct actor *actor, const struct record *r, struct arena *a,
                       struct problem *why);
int access_segregation(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct record *r,
                       const struct transition *tr, struct problem *why);
/* "manager", "project.manager" as SQL over alias; ERR_NOT_FOUND where it is no column. */
MUST_CHECK int path_sql(struct records *rs, const struct type *t, const char *alias, struct str path, struct buf *sql);

/* ---- render.c ---- */
/* One field of a record in the API's form; lines with their own fields of at most `level`. */
void record_field_to_json(const struct record *r, const struct field *f, int level, struct buf *out);
bool record_field_shown(const struct type *t, const struct field *f, int level);

/* ---- filter.c: the query language of lists ---- */
struct order_key {
    const struct field *field;
    bool descending;
};

enum { QUERY_ORDER_MAX = 8 };

/* A field of the type, or of what its link points to. */
struct selected {
    const struct field *field, *below; /* below: NULL for the field itself */
    struct str name;                   /* as asked for: "project.title" */
};

struct query {
    struct buf where; /* SQL of the filters over alias t, joined by AND; empty for none */
    struct expr_binds binds;
    struct order_key order[QUERY_ORDER_MAX];
    size_t order_len;
    struct str order_text;         /* as sent, for the cursor */
    const struct selected *select; /* NULL: all */
    size_t select_len;
    int64_t limit;
    struct str after; /* the cursor, or STR_NULL */
    bool count, labels;
};
/* Every fault is an item WHERE_PARAMETER; the whole is QUERY_INVALID. query_release() is needed afterwards. */
MUST_CHECK int query_parse(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct type *t,
                           const struct query_param *params, size_t len, struct arena *a, struct query *ret,
                           struct problem *why);
void query_release(struct query *q);
bool field_filterable(const struct field *f);
bool field_sortable(const struct field *f);

/* ---- labels.c ---- */
/* {id: {"type", "number", "title"}} of the links of these records that the actor may see. */
MUST_CHECK int labels_json(struct records *rs, struct db_tx *tx, const struct actor *actor, struct record **records,
                           size_t len, struct arena *a, struct buf *out);
/* "title" of a record for a person: its title field, else its number, else its id. */
struct str record_title(const struct record *r, enum lang lang, struct arena *a);
/* The same, where the actor may read the title field; else number or id. */
struct str record_title_for(const struct record *r, const struct actor *actor, struct arena *a);

#endif
