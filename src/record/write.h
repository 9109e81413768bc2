/*
 * What the files of the write path share: one plan being carried out, and one change of it.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A struct write is made for each run of the transaction; each change of the plan, and each change that an effect
 * makes, is a struct op. The steps of an op are functions in validate.c (values), derive.c (computed fields, sums
 * elsewhere), store.c (rows), emit.c (events), effect.c (what a transition brings about) and remove.c (deletion);
 * write.c calls them in order.
 */
#ifndef TANDEM_RECORD_WRITE_H
#define TANDEM_RECORD_WRITE_H

#include "record/record_internal.h"

struct write {
    struct records *rs;
    struct db_tx *tx;
    const struct plan *plan;
    struct arena *a;
    struct problem *why;
    int64_t now_ms;
    struct company_info company;
    const struct record *answer; /* what the caller is told, or NULL */
    bool dirty;                  /* an effect or a sum changed rows after the first change had its record in memory */
};

struct op {
    struct write *w;
    const struct op *parent; /* whose effect this is, or NULL */
    const struct type *type;
    const struct change *change;
    const struct transition *transition; /* or NULL */
    int depth;
    int level; /* of the fields that may be written */
    struct str event_id, cause;
    int hops;
    struct record *before; /* NULL: created */
    struct record *after;  /* NULL: deleted */
    bool *given;           /* by field index: named in the values */
    bool entered;          /* the state is entered, truly */
};

/* A change by a person or a token, on his own rights; effects act with those of the system. */
static inline bool op_by_user(const struct op *op)
{
    return op->depth == 0 && op->w->plan->mode == MODE_USER;
}
/* Rules that ask about a true change, not about taking over what was so before. */
static inline bool op_is_live(const struct op *op)
{
    return op->w->plan->mode == MODE_USER || op->w->plan->mode == MODE_FLOW;
}
static inline enum lang op_lang(const struct op *op)
{
    return op->w->plan->actor->lang;
}
static inline struct str op_type_label(const struct op *op, const struct type *t)
{
    return t->label.text[op_lang(op)];
}
static inline struct str op_field_label(const struct op *op, const struct field *f)
{
    return f->label.text[op_lang(op)];
}

/* ---- schema.c, open.c ---- */
void schema_statements(struct records *rs);
void company_forget(struct records *rs, struct str id);

/* ---- change.c ---- */
MUST_CHECK int op_run(struct op *op, struct write_item *ret);
/* Might the actor still ask for this change? For an answer that is given again. */
MUST_CHECK int change_may(struct write *w, const struct change *change);
/* An op of an effect, below its parent. */
struct op op_child(const struct op *parent, const struct change *change);

/* ---- move.c: states ---- */
/* What the change asks of the state: finds the transition where a flow gives only the state. */
MUST_CHECK int op_state_asked(struct op *op);
/* May the transition be made, with the values that came along; then the state is changed in memory. */
MUST_CHECK int op_move(struct op *op);

/* ---- row.c ---- */
struct record *record_new(const struct type *t, struct arena *a);
struct record *record_copy(const struct record *r, struct arena *a);
void record_init_lines(struct record *r, struct arena *a);
int field_columns(const struct field *f);

/* ---- validate.c, lines.c ---- */
MUST_CHECK int op_apply_values(struct op *op);
MUST_CHECK int op_defaults(struct op *op, struct record *r, const bool *given);
MUST_CHECK int op_check_required(struct op *op, const struct record *r, const bool *given, bool created,
                                 struct str prefix);
MUST_CHECK int op_check_links(struct op *op, const struct record *before, const struct record *after,
                              struct str prefix);
MUST_CHECK int op_check_unique(struct op *op, const struct record *before, const struct record *after,
                               struct str prefix);
/* Applies a map of values to r, of the op's type or of one of its lines. */
MUST_CHECK int op_apply_map(struct op *op, const struct record *before, struct record *r, struct value map,
                            struct str prefix, bool *given);
MUST_CHECK int op_apply_lines(struct op *op, const struct field *f, struct value list, struct str pointer);
struct str op_pointer(struct op *op, struct str prefix, struct str name);
bool record_field_same(const struct op *op, const struct record *before, const struct record *after,
                       const struct field *f);
const struct record *record_line_by_id(const struct record *r, const struct field *f, struct str id);

/* ---- secret.c ---- */
struct str secret_seal(struct records *rs, const struct type *t, struct str id, const struct field *f, struct str plain,
                       struct arena *a);

/* ---- derive.c, sums.c ---- */
MUST_CHECK int op_derive(struct op *op);
/* The expressions of a record, in order. */
MUST_CHECK int derive_exprs(struct op *op, struct record *r, struct str prefix);
/* What a sum or count is before anything counts. */
struct value derive_zero(const struct field *f, const struct company_info *company);
/* sum + part, or sum - part; MONEY of 0 takes the other's currency. */
MUST_CHECK int derive_add(struct op *op, const struct field *f, struct value sum, struct value part, bool minus,
                          struct value *ret);
/* Sums in other records that this op's change moves. */
MUST_CHECK int op_sums(struct op *op);

/* ---- store.c ---- */
MUST_CHECK int op_insert(struct op *op);
MUST_CHECK int op_update(struct op *op);
/* Writes the changed columns of one row, without its lines. */
MUST_CHECK int row_update(struct op *op, const struct record *before, const struct record *after);
MUST_CHECK int row_delete(struct op *op, const struct record *r);
bool op_changed(const struct op *op);

/* ---- emit.c ---- */
MUST_CHECK int op_emit(struct op *op);
MUST_CHECK int op_emit_derived(struct op *op, const struct record *before, const struct record *after);

/* ---- effect.c, post.c, inform.c ---- */
/* SET effects belong to the record itself: they are part of its own change. */
MUST_CHECK int op_effects_set(struct op *op);
MUST_CHECK int op_effects(struct op *op);
MUST_CHECK int effect_post(struct op *op, const struct effect *e);
MUST_CHECK int effect_notify(struct op *op, const struct effect *e);
MUST_CHECK int effect_eval(struct op *op, const struct expr *e, struct value *ret);
/* The id that an expression's value stands for: of an object, or a text; empty for null. */
struct str value_id(struct value v);
MUST_CHECK int effect_write(struct op *op, struct change *change);
MUST_CHECK int effect_values(struct op *op, const struct assignment *set, size_t len, size_t spare, struct value *ret);

/* ---- remove.c ---- */
MUST_CHECK int op_delete(struct op *op);
/* A line goes only where nothing outside its document points to it. */
MUST_CHECK int op_check_line_free(struct op *op, const struct record *line);

/* ---- number.c ---- */
MUST_CHECK int op_number(struct op *op);

/* ---- idempotency.c ---- */
/* 1: the key was known, and ret has the first answer. */
MUST_CHECK int idempotency_find(struct write *w, struct write_result *ret);
MUST_CHECK int idempotency_keep(struct write *w, const struct write_result *result);

#endif
