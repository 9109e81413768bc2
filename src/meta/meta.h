/*
 * Types, fields, states, rights and views: read from model/<type>.yaml, checked, compiled, never changed afterwards.
 * SPDX-License-Identifier: Apache-2.0
 *
 * docs/TYPES.md is the manual of the description language. A struct meta is one immutable snapshot of every type, with
 * all names resolved and all expressions compiled; it lives in an arena of its own and is read from any thread without
 * a lock. Errors: meta_load() answers ERR_SYNTAX or ERR_INVALID with an item "file:line" for every mistake it found (up
 * to PROBLEM_ITEMS_MAX).
 */
#ifndef TANDEM_META_META_H
#define TANDEM_META_META_H

#include "codec/yaml.h"
#include "expr/expr.h"

enum {
    META_TYPES_MAX = 500,
    META_FIELDS_MAX = 400,
    META_STATES_MAX = 40,
    META_NAME_LEN_MAX = 48,
    META_TEXT_LEN_MAX = 1 << 20, /* the most that max_length may say: code points of text, bytes of json */
    META_LINES_MAX = 1000,
    META_MANY_MAX = 200,
};

struct type;
struct field;

struct label {
    struct str text[LANG_COUNT]; /* both filled: a missing one repeats the other */
};

enum field_kind {
    FIELD_TEXT,
    FIELD_RICH,
    FIELD_INT,
    FIELD_DECIMAL,
    FIELD_MONEY,
    FIELD_PERCENT, /* a decimal of scale 4: "0.2500" is 25 % */
    FIELD_BOOL,
    FIELD_DATE,
    FIELD_DATETIME,
    FIELD_DURATION, /* milliseconds */
    FIELD_SELECT,
    FIELD_MULTISELECT,
    FIELD_TAGS,
    FIELD_LINK,
    FIELD_LINK_ANY,
    FIELD_USER, /* a link to type user */
    FIELD_LINES,
    FIELD_JSON,
    FIELD_SECRET,
    FIELD_KINDS
};
const char *field_kind_name(enum field_kind k); /* as in YAML */

struct option_item {
    struct str value;
    struct label label;
    struct str color; /* or empty */
};

enum derived_kind {
    DERIVED_NO,
    DERIVED_EXPR,      /* of the same record */
    DERIVED_SUM_LINES, /* sum of a field of own lines */
    DERIVED_COUNT_LINES,
    DERIVED_SUM_BY, /* sum of a field of records of `from` whose link `by` points here and that fulfil `where` */
    DERIVED_COUNT_BY,
};

struct derived {
    enum derived_kind kind;
    const struct expr *expr;   /* EXPR */
    const struct field *lines; /* *_LINES: the lines field */
    const struct type *from;   /* *_BY, and the line type of *_LINES */
    const struct field *of;    /* SUM_*: the field that is summed; money, int, decimal or duration */
    const struct field *by;    /* *_BY: the link field of `from` */
    const struct expr *where;  /* *_BY: or NULL */
};

struct field {
    struct str name;
    enum field_kind kind;
    int index; /* in type->fields */
    struct label label, help;
    bool system; /* id, rev, number, state, company, created_at, created_by, changed_at, changed_by, archived, origin */
    bool required, unique, indexed, search;
    bool many; /* links, users: several; multiselect and tags always are. Kept in the side table m_<type>_<field> */
    bool multiline;
    bool history;       /* false: the event log keeps only a hash of the value */
    bool read_only;     /* by description: nobody but effects, flows and sync may write it */
    int sensitivity;    /* 0–3 */
    int64_t max_length; /* TEXT, RICH, TAGS (of one), SECRET, JSON (bytes) */
    bool has_min, has_max;
    struct decimal min, max;           /* INT, DECIMAL, PERCENT, DURATION, MONEY (amount) */
    uint8_t scale;                     /* DECIMAL, PERCENT */
    const struct option_item *options; /* SELECT, MULTISELECT */
    size_t options_len;
    const struct type *to;      /* LINK, USER: the type; LINES: the line type */
    const struct type **to_any; /* LINK_ANY: allowed types; NULL: every type */
    size_t to_any_len;
    struct value def;                  /* default as a constant; NULL kind: none */
    const struct expr *def_expr;       /* default as an expression over actor and the record so far */
    const struct str *immutable_after; /* names of states in which it can't be changed any more */
    size_t immutable_after_len;
    struct derived derived;
};
static inline bool field_is_many(const struct field *f)
{
    return f->many || f->kind == FIELD_MULTISELECT || f->kind == FIELD_TAGS;
}
/* Has a column of its own in the type's table (not many, not lines). */
static inline bool field_has_column(const struct field *f)
{
    return f->kind != FIELD_LINES && !field_is_many(f);
}

enum state_kind { STATE_DRAFT, STATE_OPEN, STATE_DONE, STATE_CANCELLED };
const char *state_kind_name(enum state_kind k);

struct state {
    struct str name;
    enum state_kind kind;
    struct label label;
    bool effective, posted; /* posted: the document never changes again */
};

enum effect_verb {
    EFFECT_POST,
    EFFECT_CREATE,
    EFFECT_UPDATE,
    EFFECT_TRANSITION,
    EFFECT_LINK,
    EFFECT_SET,
    EFFECT_NOTIFY
};

struct assignment {
    const struct field *field;
    const struct expr *value; /* over the record of the transition */
};

struct effect {
    enum effect_verb verb;
    const struct expr *when;      /* or NULL */
    const struct type *type;      /* POST: the ledger; CREATE, UPDATE, TRANSITION, LINK: the type */
    const struct expr *record;    /* UPDATE, TRANSITION, LINK: which record; null does nothing */
    const struct expr *amount;    /* POST */
    struct str stage;             /* POST: value of the ledger's field `stage` */
    bool release;                 /* POST: takes back what this document still holds at the stage, line by line */
    struct str transition;        /* TRANSITION */
    const struct assignment *set; /* POST, CREATE, UPDATE, SET; LINK: one */
    size_t set_len;
    const struct expr *to; /* NOTIFY: a user, an employee, or a role name as text */
    struct label text;     /* NOTIFY: {field} stands for a field of the record */
    int line;              /* in the file, for messages */
};

struct transition {
    struct str name;
    struct label label;
    uint64_t from;         /* bit i: allowed from state i */
    int to;                /* index of the state */
    const struct str *who; /* roles; "creator"; "field:NAME" (a user or employee link of the record) */
    size_t who_len;
    bool decides;                 /* segregation of duties: neither the creator nor who did `apart_from` may do it */
    const struct str *apart_from; /* names of transitions */
    size_t apart_from_len;
    const struct expr *guard; /* or NULL */
    struct label guard_text;  /* what to do when it is false */
    const struct field **requires;
    size_t requires_len;
    const struct effect *effects;
    size_t effects_len;
    struct str style; /* "primary", "danger" or "default" */
};

enum right_action { RIGHT_READ = 1, RIGHT_CREATE = 2, RIGHT_UPDATE = 4, RIGHT_DELETE = 8 };

struct right {
    struct str role;          /* "everyone": every user who is logged in */
    unsigned actions;         /* RIGHT_* */
    const struct expr *where; /* row predicate in the SQL subset, or NULL: every row of the actor's company */
    int level;                /* reads and writes fields of at most this sensitivity */
};

struct limit_rule { /* must be true after derived sums of the row changed in a user's or flow's write; else
                       BUDGET_EXCEEDED */
    const struct expr *that;
    const struct field *shown; /* the field whose value is told as {available} */
};

struct form_group {
    struct label label; /* may be empty */
    const struct field **fields;
    size_t len;
};

/* A derived field elsewhere that depends on records of this type. */
struct dependant {
    const struct type *type;
    const struct field *field;
};

struct type {
    struct str name;
    struct label label, plural;
    struct str engine;                        /* project, operations, integration, system */
    struct str number;                        /* template or empty */
    const struct field *title;                /* names a record to a person; never NULL (falls back to number or id) */
    const struct field *title_in[LANG_COUNT]; /* the same by the reader's language; mostly both are `title` */
    bool ledger;                              /* append-only */
    const struct type *part_of;               /* a line type: the document type that owns it; else NULL */
    const struct field *part_of_field;        /* the lines field there */
    const struct field *fields;               /* system fields first */
    size_t fields_len;
    const struct state *states;
    size_t states_len; /* 0: no state field */
    const struct transition *transitions;
    size_t transitions_len;
    const struct right *rights;
    size_t rights_len;
    const struct limit_rule *limits;
    size_t limits_len;
    const struct field **list;
    size_t list_len;
    const struct form_group *form;
    size_t form_len;
    struct str menu_group; /* or empty */
    int menu_order;
    const struct dependant *dependants;
    size_t dependants_len;
    struct str file;         /* "model/task.yaml" */
    struct expr_type object; /* the CEL type of a record of this type */
};

struct meta {
    struct arena arena;
    const struct type **types; /* by name, ascending */
    size_t types_len;
    struct str version; /* hex SHA-like digest of all descriptions: changes when they do */
};

struct meta_source { /* one description file, given by app/ (embedded) or read from a folder */
    struct str file;
    struct str text;
};
MUST_CHECK int meta_load(const struct meta_source *sources, size_t len, struct meta **ret, struct problem *why);
struct meta *meta_free(struct meta *m);

const struct type *meta_type(const struct meta *m, struct str name);   /* NULL */
const struct field *type_field(const struct type *t, struct str name); /* NULL */
const struct state *type_state(const struct type *t, struct str name); /* NULL */
int type_state_index(const struct type *t, struct str name);           /* -1 */
const struct transition *type_transition(const struct type *t, struct str name);

/*
 * System fields, by position in type->fields of every type. Of a line type, and of a type without a number template or
 * without states, number and state are there but always null, and expressions do not know them. The state is a SELECT
 * whose options are the states.
 */
enum system_field {
    SYS_ID,
    SYS_REV,
    SYS_NUMBER,
    SYS_STATE,
    SYS_COMPANY,
    SYS_CREATED_AT,
    SYS_CREATED_BY,
    SYS_CHANGED_AT,
    SYS_CHANGED_BY,
    SYS_ARCHIVED,
    SYS_ORIGIN,
    SYS_COUNT
};

/*
 * Compiles an expression over a type: its fields by their names, `actor` (id, name, employee, roles, company), today(),
 * now(). A link field is an object of its type; it equals another object or a text by id, and its fields are reached
 * with a dot. Also used by hub/ and flow/ with more variables (`more`), and with type NULL for none.
 */
MUST_CHECK int meta_compile(const struct meta *m, struct arena *a, const struct type *type, struct str text,
                            const struct expr_var *more, size_t more_len, const struct expr_type *want,
                            struct expr **ret, struct problem *why);
/* The CEL type of a field's value. */
struct expr_type field_expr_type(const struct field *f);

/*
 * JSON to typed value and back. From JSON (or from an expression: objects give their ids, typed values pass): checks
 * kind, length, range, scale, options; adds an item at `pointer` and returns ERR_INVALID. Typed values are: TEXT, RICH,
 * SELECT, LINK, USER, SECRET: STRING; INT, DURATION: INT; DECIMAL, PERCENT: DECIMAL of the field's scale; MONEY: MONEY;
 * BOOL; DATE: DATE; DATETIME: TIMESTAMP of whole milliseconds; many: LIST of STRING; LINK_ANY: MAP {type, id}; JSON:
 * any; LINES: LIST of MAP (untyped: record/ takes them apart); empty: NULL.
 */
MUST_CHECK int field_from_json(const struct field *f, struct value in, struct arena *a, struct str pointer,
                               struct value *ret, struct problem *why);
/* The API's form of a typed value, appended to a buffer. */
void field_to_json(const struct field *f, struct value v, struct buf *out);
/* For a person: 12,500.00 CNY, 2026-11-25, the label of an option. */
void field_to_text(const struct field *f, struct value v, enum lang lang, struct buf *out);

#endif
