/*
 * YAML as descriptions use it: a tree that knows its lines, with typed scalars and nothing clever.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Anchors, aliases, tags, several documents, duplicate keys, keys that are not scalars, more than YAML_DEPTH_MAX levels
 * and files over YAML_BYTES_MAX are refused with file and line. Plain scalars: null and ~, true and false, integers,
 * else text; quoted scalars are text. Errors: ERR_SYNTAX, with an item WHERE_FILE "file:line" that says what to do.
 * Life: nodes live in the arena. Threads: safe.
 */
#ifndef TANDEM_CODEC_YAML_H
#define TANDEM_CODEC_YAML_H

#include "base/value.h"

enum { YAML_DEPTH_MAX = 24, YAML_BYTES_MAX = 1 << 20 };

enum yaml_kind { YAML_SCALAR, YAML_SEQ, YAML_MAP };

struct yaml_node;
struct yaml_pair {
    struct str key;
    int key_line;
    struct yaml_node *value;
};

struct yaml_node {
    enum yaml_kind kind;
    struct str file;          /* as given to yaml_parse() */
    int line;                 /* from 1 */
    struct str text;          /* SCALAR: as written, unquoted */
    bool quoted;              /* SCALAR: in quotes or a block: always text */
    struct yaml_node **items; /* SEQ */
    struct yaml_pair *pairs;  /* MAP */
    size_t len;               /* of SEQ or MAP */
};

MUST_CHECK int yaml_parse(struct arena *a, struct str file, struct str text, struct yaml_node **ret,
                          struct problem *why);
MUST_CHECK int yaml_load(struct arena *a, const char *path, struct yaml_node **ret, struct problem *why);

/* Readers add a problem item with the line and return ERR_INVALID. NULL map or missing key gives NULL / the default. */
struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);
bool yaml_is_null(const struct yaml_node *n); /* also for NULL */
/* The scalar as a value: NULL, BOOL, INT or STRING. A sequence or map becomes LIST or MAP, deeply. */
struct value yaml_value(struct arena *a, const struct yaml_node *n);
MUST_CHECK int yaml_need(const struct yaml_node *map, const char *key, struct yaml_node **ret, struct problem *why);
MUST_CHECK int yaml_str(const struct yaml_node *map, const char *key, struct str def, struct str *ret,
                        struct problem *why);
MUST_CHECK int yaml_bool(const struct yaml_node *map, const char *key, bool def, bool *ret, struct problem *why);
MUST_CHECK int yaml_int(const struct yaml_node *map, const char *key, int64_t def, int64_t *ret, struct problem *why);
/* A list of texts; a single scalar counts as a list of one; missing gives an empty list. */
MUST_CHECK int yaml_str_list(struct arena *a, const struct yaml_node *map, const char *key, struct str **ret,
                             size_t *ret_len, struct problem *why);
/* Refuses a node that is not a map, and every key that `known` (ended by NULL) does not name, with the nearest known
 * one as advice. */
MUST_CHECK int yaml_check_keys(const struct yaml_node *map, const char *const known[], struct problem *why);
/* Adds an item "file:line" with message m. */
int yaml_problem(struct problem *why, const struct yaml_node *n, enum message m, const struct problem_arg *args);
#define YAML_PROBLEM(why, n, m, ...)                                                                                   \
    yaml_problem((why), (n), MSG_##m, (const struct problem_arg[]){__VA_ARGS__ __VA_OPT__(, ){.name = NULL}})

#endif
