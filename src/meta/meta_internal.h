/*
 * What the files of meta/ share while a model is loaded: types that may still be written, their YAML, and where
 * mistakes go. SPDX-License-Identifier: Apache-2.0
 *
 * Loading goes in steps over all types, and each step relies on the one before: heads, fields and states (read), what
 * names other types (resolve), then everything that holds expressions. A step adds its mistakes to the problem and goes
 * on, so that one run shows many.
 */
#ifndef TANDEM_META_META_INTERNAL_H
#define TANDEM_META_META_INTERNAL_H

#include "meta/meta.h"

struct draft {
    struct type *t;
    struct yaml_node *root;
    struct field *fields;             /* t->fields, still to be written */
    struct yaml_node **field_nodes;   /* by index; NULL for system fields */
    struct yaml_node **derived_nodes; /* the expression or `where`, by index, or NULL */
    bool *sums; /* by index: the value comes from a sum or count, directly or through expressions */
};

struct loader {
    struct meta *m;
    struct arena *a; /* the meta's */
    struct problem *why;
    struct draft *drafts; /* in the order of m->types */
    size_t len;
};

#define BAD(l, node, m, ...) ((void)YAML_PROBLEM((l)->why, (node), m, __VA_ARGS__))

struct draft *loader_draft(struct loader *l, const struct type *t);
struct draft *loader_find(struct loader *l, struct str name); /* NULL */

/* ---- names.c ---- */
bool name_valid(struct str s);
/* Adds a problem and answers false where a name can't be one; `reserved` refuses the words of SQL, CEL and the API too.
 */
bool name_check(struct loader *l, const struct yaml_node *at, struct str name, bool reserved);
/* "There is no {kind} {name}. Known: …" */
struct known {
    const char *kind;
    struct str (*at)(const void *of, size_t i);
    const void *of;
    size_t len;
};
void unknown_name(struct loader *l, const struct yaml_node *at, struct str name, struct known known);
void unknown_type(struct loader *l, const struct yaml_node *at, struct str name);
void unknown_field(struct loader *l, const struct yaml_node *at, struct str name, const struct type *t);
void unknown_state(struct loader *l, const struct yaml_node *at, struct str name, const struct type *t);
void unknown_transition(struct loader *l, const struct yaml_node *at, struct str name, const struct type *t);
/* The label under a key, {en, zh} or one text for both; `fallback` where there is none. */
struct label read_label(struct loader *l, const struct yaml_node *map, const char *key, struct label fallback);
struct label label_of_name(struct arena *a, struct str name); /* "planned_start" → "Planned start" */
/* A map under a key, or NULL with a problem where it is something else. */
const struct yaml_node *read_map(struct loader *l, const struct yaml_node *map, const char *key);
const struct yaml_node *read_seq(struct loader *l, const struct yaml_node *map, const char *key);
/* The names of a list, copied; a scalar is a list of one. */
size_t read_names(struct loader *l, const struct yaml_node *map, const char *key, struct str **ret);
struct str read_text(struct loader *l, const struct yaml_node *map, const char *key, struct str def);
bool read_flag(struct loader *l, const struct yaml_node *map, const char *key, bool def);
int64_t read_number(struct loader *l, const struct yaml_node *map, const char *key, int64_t def, int64_t min,
                    int64_t max);
/* The value must be one of a list of names ended by NULL; answers its index, or -1 with a problem. */
int read_choice(struct loader *l, const struct yaml_node *at, const char *key, struct str value,
                const char *const names[]);

/* ---- type_read.c, field_read.c: one file, without a look at the others ---- */
void type_read_head(struct loader *l, struct draft *d);
void type_read_states(struct loader *l, struct draft *d);
void fields_read(struct loader *l, struct draft *d);

/* ---- resolve.c: names of other types ---- */
void fields_resolve(struct loader *l, struct draft *d); /* links, lines */
void derived_resolve(struct loader *l, struct draft *d);
void dependants_collect(struct loader *l);

/* ---- compile.c: expressions ---- */
enum env_actor { WITHOUT_ACTOR, WITH_ACTOR };
/* Compiles the text of a scalar over a type; NULL with a problem at the node. want NULL: any. */
const struct expr *expr_read(struct loader *l, const struct type *t, const struct yaml_node *at, enum env_actor actor,
                             const struct expr_type *want);
const struct expr *expr_read_bool(struct loader *l, const struct type *t, const struct yaml_node *at,
                                  enum env_actor actor);
/* A row predicate: also tried as SQL. */
const struct expr *expr_read_where(struct loader *l, const struct type *t, const struct yaml_node *at,
                                   enum env_actor actor);
/* May a value of this field be assigned from the expression; adds a problem where not. */
void assign_check(struct loader *l, const struct yaml_node *at, const struct field *f, const struct expr *e);
/* Moves what one check found to the file and line of the node. */
void problem_move(struct loader *l, const struct yaml_node *at, const struct problem *from);
void derived_compile(struct loader *l, struct draft *d);
void derived_check_levels(struct loader *l, struct draft *d);
void defaults_read(struct loader *l, struct draft *d);

/* ---- views.c, transitions.c, effects.c ---- */
void title_read(struct loader *l, struct draft *d);
void views_read(struct loader *l, struct draft *d);
void rights_read(struct loader *l, struct draft *d);
void limits_read(struct loader *l, struct draft *d);
void transitions_read(struct loader *l, struct draft *d);
void effects_read(struct loader *l, struct draft *d, const struct yaml_node *list, struct transition *tr);

#endif
