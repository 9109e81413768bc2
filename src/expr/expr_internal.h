/*
 * What the files of expr share: tokens, the syntax tree, the table of functions, and a run.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The way of an expression: lex.c → parse.c (with macro.c) → check.c → eval.c, or sql.c. A tree never changes after
 * check.c.
 */
#ifndef TANDEM_EXPR_EXPR_INTERNAL_H
#define TANDEM_EXPR_EXPR_INTERNAL_H

#include "expr/expr.h"

enum {
    EXPR_TREE_DEPTH_MAX = 128, /* levels of the tree; a chain like a + b + c adds one each, parentheses add none */
    EXPR_ARGS_MAX = 31,        /* arguments of one call, the receiver counted */
};

/* Lexer. */

enum token_kind {
    TOKEN_END,
    TOKEN_IDENT,
    TOKEN_QUOTED_IDENT, /* `a-b`, only after a dot */
    TOKEN_INT,
    TOKEN_UINT,
    TOKEN_DOUBLE,
    TOKEN_STRING,
    TOKEN_BYTES,
    TOKEN_PUNCT, /* text says which */
};

struct token {
    enum token_kind kind;
    uint32_t at;        /* byte offset */
    struct str text;    /* as written; a quoted identifier without its quotes */
    struct str content; /* STRING and BYTES, unescaped */
};

struct lexer {
    struct arena *arena;
    struct str text;
    size_t pos;
    const char *error; /* why expr_lex() failed, and where */
    uint32_t error_at;
};

/* The next token; ERR_SYNTAX sets error and error_at. */
int expr_lex(struct lexer *lx, struct token *ret);
/* Unescapes the inside of a string literal. */
int expr_unescape(struct lexer *lx, struct str inside, uint32_t at, bool bytes, struct str *ret);

/* Tree. */

enum node_kind {
    NODE_LITERAL, /* literal */
    NODE_IDENT,   /* name; names: what to look up when nothing was checked */
    NODE_LOCAL,   /* name: a variable of a macro */
    NODE_SELECT,  /* target.name */
    NODE_HAS,     /* has(target.name) */
    NODE_CALL,    /* name(args), target (a receiver) is args[0] then */
    NODE_AND,     /* args */
    NODE_OR,      /* args */
    NODE_COND,    /* args: condition, then, else */
    NODE_LIST,    /* args */
    NODE_MAP,     /* args: key, value, key, value … */
    NODE_MESSAGE, /* name{…}: parsed, then refused */
    NODE_FOLD,    /* a macro over target */
    NODE_BIND,    /* cel.bind(var1, target, args[0]) */
};

enum fold_kind { FOLD_ALL, FOLD_EXISTS, FOLD_EXISTS_ONE, FOLD_MAP, FOLD_FILTER, FOLD_MAP_VALUES };

struct function;

struct node {
    enum node_kind kind;
    uint32_t at; /* byte offset in the text */
    uint32_t depth;
    bool rooted; /* IDENT: written with a leading dot */
    bool member; /* CALL: written with a receiver */
    enum fold_kind fold;
    struct str name;
    struct value literal;
    enum expr_type_kind field_kind; /* HAS: of the field it asks for */
    struct node *target;
    struct node **args; /* FOLD: condition (or NULL), result (or NULL) */
    size_t args_len;
    struct str var1, var2; /* FOLD and BIND; var2 empty where there is one variable */
    const struct function *fn;
    struct expr_type type;
    const struct str *names; /* IDENT and SELECT: full names to look up at run time, the first that is there wins */
    size_t names_len;
};

struct expr {
    struct str text;
    struct node *root;
    struct expr_type type;
    bool checked;
};

/* State of one compilation. */
struct compile {
    struct arena *arena;
    struct str text;
    const struct expr_env *env;
    struct problem *why;
};

/* Appends "a.b.c" of a chain of selections on a variable; false where n is another thing (b then holds rubbish). */
bool expr_path(const struct node *n, struct buf *b);
/* "line:column" of an offset, both from 1, columns in characters. */
struct str expr_place(struct arena *a, struct str text, uint32_t at);
int expr_fail(struct compile *c, enum message m, uint32_t at, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

int expr_parse(struct compile *c, struct node **ret);
struct node *expr_node(struct compile *c, enum node_kind kind, uint32_t at);
/* Turns a call that is a macro into what it stands for; leaves any other as it is. */
int expr_macro(struct compile *c, struct node *call, struct node **ret);
int expr_check(struct compile *c, struct node *root);

/* Types. */

struct str expr_type_name(struct arena *a, struct expr_type t);
struct expr_type expr_type_copy(struct arena *a, struct expr_type t);
/* Whether values of the two can be compared or one stand for the other; dyn goes with all, null with all. */
bool expr_type_fits(struct expr_type a, struct expr_type b);
/* The type of "one or the other"; dyn where they differ. */
struct expr_type expr_type_join(struct expr_type a, struct expr_type b);
/* One letter for a kind as function signatures write it. */
char expr_type_letter(enum expr_type_kind kind);
char expr_value_letter(enum value_kind kind);
struct str expr_value_type_name(const struct value *v);
/* The type value that an identifier names ("int", "google.protobuf.Timestamp"). */
bool expr_type_ident(struct str name, struct str *ret);

/* Run. */

struct local {
    struct str name;
    struct value value;
    const struct local *next;
};

struct run {
    const struct expr_run *in;
    struct str text;
    struct arena *arena;
    size_t used_before;
    int64_t cost;
    bool null_rule; /* a comparison with null is false, null in gives null out (expr_eval_bool) */
    const struct local *locals;
    const struct node *node; /* the call that runs */
    const char *reason;      /* of the last failure; absorbed ones are forgotten */
    struct str detail;
    uint32_t at;
    bool absent; /* the last failure: a name that the value does not have */
};

int expr_run_node(struct run *r, const struct node *n, struct value *ret);
/* Remembers why and returns ERR_INVALID. */
int run_fail(struct run *r, const char *reason, struct str detail);
/* The same for a key or field that is not there: the run as a whole then ends with ERR_NOT_FOUND. */
int run_absent(struct run *r, const char *reason, struct str detail);
int run_no_overload(struct run *r);
/* Counts work of about `steps`; ERR_LIMIT when the budget is spent. */
int run_charge(struct run *r, size_t steps);
/* Memory of the run, within its budget. */
int run_alloc(struct run *r, size_t n, size_t size, void *ret_pointer);
int run_str(struct run *r, struct str s, struct value *ret);

/* Functions. */

enum function_flags {
    FN_BOOL = 1,      /* a predicate: with null it is false under the null rule */
    FN_NULL_OK = 2,   /* takes null itself */
    FN_NULL_TRUE = 8, /* with null it is true under the null rule: the negation of what is false then */
    FN_SPECIAL = 4,   /* check.c types it by hand */
};

/*
 * A signature: receiver, dot, arguments, '>', result, one letter each (see expr_type_letter), with spaces between
 * overloads: "s.s>b" is string.f(string) → bool. '*' any; 'L' list, 'S' list of strings, 'M' map; '+' after the last:
 * any number more of it.
 */
struct function {
    const char *name;
    const char *signatures;
    int (*call)(struct run *r, const struct value *args, size_t n, struct value *ret);
    unsigned flags;
};

const struct function *expr_function(struct str name);
/* Whether arguments of these letters fit the signature at *sig; moves *sig on and tells the result's letter. */
bool expr_signature_next(const char **sig, bool member, const char *letters, size_t n, char *ret_result);

extern const struct function FUNCTIONS_OPERATOR[], FUNCTIONS_CONVERT[], FUNCTIONS_STRING[], FUNCTIONS_TIME[],
    FUNCTIONS_MATH[], FUNCTIONS_OURS[];

bool run_equal(struct run *r, const struct value *a, const struct value *b);
enum { UNORDERED = 2 };
/* <0, 0, >0 or UNORDERED (with NaN); ERR_INVALID where the kinds have no order. */
int run_compare(const struct value *a, const struct value *b, int *ret);
/* The entry of a map; NULL where there is none. */
const struct value *run_map_get(struct run *r, const struct value *map, const struct value *key);
bool run_key_kind(enum value_kind k);

/* Texts of values, appended. */
void double_format(double d, struct buf *out);
void duration_format(struct value_time t, struct buf *out);
/* As string() and format("%s") write it; ERR_INVALID for kinds without a text. */
int run_text(struct run *r, const struct value *v, int depth, struct buf *out);
/* Copies a buffer's text into the run and releases the buffer. */
int run_take(struct run *r, struct buf *b, enum value_kind kind, struct value *ret);

int duration_make(struct run *r, __int128 nanos, struct value *ret);
int timestamp_make(struct run *r, __int128 nanos, struct value *ret);
__int128 time_nanos(struct value_time t);

int run_format(struct run *r, const struct value *args, size_t n, struct value *ret);
int run_matches(struct run *r, const struct value *args, size_t n, struct value *ret);

#endif
