/*
 * Records: the one write path, queries under rights, history.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Whoever writes hands a plan to record_write(): rights → validation → derived fields → effects → event, in one
 * transaction, all or nothing. Whoever reads goes through the same row predicate of his roles, for one record, a list,
 * a count, a link label or a picker.
 *
 * Life: struct records is made once; a struct record lives in the arena it was read into. Errors: ERR_* with a problem
 * whose pointers name fields. Threads: struct records from any; functions with a tx on that transaction's thread.
 */
#ifndef TANDEM_RECORD_RECORD_H
#define TANDEM_RECORD_RECORD_H

#include "db/db.h"
#include "event/event.h"
#include "job/job.h"
#include "meta/meta.h"

enum {
    RECORD_PAGE_DEFAULT = 50,
    RECORD_PAGE_MAX = 200,
    RECORD_FILTER_DEPTH_MAX = 5,
    RECORD_FILTER_COUNT_MAX = 100,
    RECORD_EFFECT_DEPTH_MAX = 8,
    RECORD_PLAN_CHANGES_MAX = 1000,
    RECORD_IDEMPOTENCY_KEEP_MS = 24 * 3600 * 1000,
};

struct records;

/* Who acts. Made by auth/ (a person, a token) or by record_service_actor() (a flow, a connection). */
struct actor {
    struct str id; /* user record */
    struct str name, title;
    struct str employee; /* id, or empty */
    struct str company;  /* id */
    const struct str *roles;
    size_t roles_len;
    bool admin;     /* role admin: every type, every row, every level; segregation of duties holds all the same */
    bool read_only; /* a token whose scope is read */
    const struct str *scopes; /* of a token: "read", "read:TYPE", "write", "write:TYPE"; NULL: all rights of the user */
    size_t scopes_len;
    enum lang lang;
};
bool actor_has_role(const struct actor *a, struct str role);

/* One of our own fields is owned outside: the system's name for a record with that origin, or an empty str. Registered
 * by hub/. */
typedef struct str (*record_owner_fn)(void *ctx, const struct type *type, struct str origin, const struct field *field,
                                      struct arena *a);

struct records_options {
    struct db *db;
    struct event_log *log;
    const struct meta *meta;
    const struct keys *keys; /* seals secret fields */
};
/* Creates missing tables and columns for the types. */
MUST_CHECK int records_open(const struct records_options *o, struct records **ret, struct problem *why);
struct records *records_free(struct records *rs);
void records_set_owner(struct records *rs, record_owner_fn fn, void *ctx);
const struct meta *records_meta(const struct records *rs);
struct db *records_db(const struct records *rs);
struct event_log *records_log(const struct records *rs);

/* ---- Writing ---- */

enum plan_mode {
    MODE_USER,   /* a person or a token: all rules, all effects */
    MODE_FLOW,   /* a flow or a sync that follows a true change outside: all rules, all effects; may write read_only
                    fields */
    MODE_IMPORT, /* rules, no effects but numbering */
    MODE_ADOPT,  /* the first sight of what was so before: no effects, no true transition */
    MODE_REPLAY,
    MODE_REPAIR,
};
const char *plan_mode_name(enum plan_mode m);

enum change_op { CHANGE_CREATE, CHANGE_UPDATE, CHANGE_DELETE, CHANGE_TRANSITION, CHANGE_ARCHIVE };

struct change {
    enum change_op op;
    struct str type;
    struct str id;         /* CREATE: empty, or the id it shall have */
    int64_t expected_rev;  /* 0: any */
    struct str transition; /* TRANSITION */
    struct str
        state; /* CREATE in modes ADOPT, IMPORT, FLOW: the state it has; UPDATE in ADOPT: set without a transition */
    struct value values; /* a MAP of field → JSON or typed value; NULL kind: none */
    struct str origin;   /* CREATE: the pair it mirrors, or empty */
    struct str note;     /* ARCHIVE: the reason; kept with the event */
};

struct plan {
    const struct actor *actor;
    struct str on_behalf_of; /* user id or empty */
    enum plan_mode mode;
    struct str source; /* "api", "web", "hook:CONNECTION", "flow:campaign_claim" */
    struct str cause;  /* event id or empty */
    int hops;          /* the cause's + 1 */
    const struct change *changes;
    size_t changes_len;
    /* Idempotency-Key: empty for none. */
    struct str key, key_hash; /* key_hash: of method, path and body */
    /* Further work in the same transaction (a journal row, job_finish()); negative rolls all back. May be NULL. */
    int (*also)(struct db_tx *tx, void *arg);
    void *arg;
};

struct write_item {
    struct str id, event_id; /* event_id: empty where nothing changed */
    int64_t rev;
    bool changed;
};
struct write_result {
    struct write_item *items; /* one a change */
    size_t len;
    bool replayed;        /* the key was known: `response` is the first answer */
    struct str response;  /* with a key or wanted: JSON of the first change's record as the actor sees it */
    int64_t response_rev; /* of the record in `response`; 0 where that was replayed or is empty */
};

/* In a transaction of its own, durable on return. */
MUST_CHECK int record_write(struct records *rs, const struct plan *plan, struct arena *a, struct write_result *ret,
                            struct problem *why);
/* Inside a write transaction that the caller began. Changes nothing when it fails (a savepoint). */
MUST_CHECK int record_write_in(struct records *rs, struct db_tx *tx, const struct plan *plan, struct arena *a,
                               struct write_result *ret, struct problem *why);

/* ---- Reading ---- */

struct record {
    const struct type *type;
    struct value *values;  /* typed, by field->index, system fields included (state: STRING); LINES: LIST of OBJECT, see
                              record_line() */
    struct record **lines; /* by field->index: arrays of line records, NULL where the field is not LINES */
    size_t *lines_len;
};
static inline struct value record_value(const struct record *r, enum system_field f)
{
    return r->values[f];
}

/* Reads one record by id. `actor` NULL: as the system, without rights (flows resolve their own references, effects).
 * ERR_NOT_FOUND also where it may not be seen. */
MUST_CHECK int record_get(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct type *type,
                          struct str id, struct arena *a, struct record **ret);
/* The record as an object of expressions; links are followed through tx when asked for. */
struct value record_object(struct records *rs, struct db_tx *tx, const struct record *r, struct arena *a);
/* Runs an expression over a record with its actor (either may be NULL) and more variables. */
struct record_scope {
    struct records *rs;
    struct db_tx *tx;
    const struct record *record;
    const struct actor *actor;
    const struct expr_var *names; /* more variables */
    const struct value *values;
    size_t len;
    int64_t today_days; /* 0: the company's day */
};
MUST_CHECK int record_eval(const struct record_scope *s, const struct expr *e, struct arena *a, struct value *ret,
                           struct problem *why);
MUST_CHECK int record_eval_bool(const struct record_scope *s, const struct expr *e, struct arena *a, bool *ret,
                                struct problem *why);
/* Every record of a type that fulfils a CEL predicate in the SQL subset, as the system; for flows' find steps. At most
 * `limit`. */
MUST_CHECK int record_find(const struct record_scope *s, const struct type *type, const struct expr *where,
                           size_t limit, struct arena *a, struct record ***ret, size_t *ret_len, struct problem *why);

/* Opens a secret field of a record, as the system: for connections and hooks. ERR_NOT_FOUND where it is empty. */
MUST_CHECK int record_secret(struct records *rs, struct db_tx *tx, const struct type *type, struct str id,
                             const struct field *field, struct arena *a, struct str *ret);

/* JSON of a record as the actor may see it: fields above his level are absent. */
void record_to_json(const struct record *r, const struct actor *actor, struct buf *out);

/* Query parameters of a list in PostgREST's words (docs/API). Unknown ones are refused by name. */
struct query_param {
    struct str name, value;
};
/* Answers {"records": […], "next": …, "count": N, "labels"?: {…}}. */
MUST_CHECK int record_list(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct type *type,
                           const struct query_param *params, size_t len, struct arena *a, struct buf *out,
                           struct problem *why);
MUST_CHECK int record_count(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct type *type,
                            const struct query_param *params, size_t len, struct arena *a, int64_t *ret,
                            struct problem *why);
/* {"history": […]}; for a deleted record too, if the actor may read the type. */
MUST_CHECK int record_history(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct type *type,
                              struct str id, struct arena *a, struct buf *out, struct problem *why);
/* docs/WEB-API.md: /context, /search, /story and the labels. */
MUST_CHECK int record_context(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct type *type,
                              struct str id, struct arena *a, struct buf *out, struct problem *why);
MUST_CHECK int record_search(struct records *rs, struct db_tx *tx, const struct actor *actor, struct str text,
                             struct arena *a, struct buf *out);
MUST_CHECK int record_story(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct type *type,
                            struct str id, struct arena *a, struct buf *out, struct problem *why);

/* ---- Rights ---- */

/* May the actor do this with the type at all (some row)? */
bool record_may(const struct actor *actor, const struct type *type, enum right_action action);
/* May he do it on every row of his company, so that no row need be looked at? */
bool record_may_all(const struct actor *actor, const struct type *type, enum right_action action);
/* The highest sensitivity that the actor reads on the type; -1: none. */
int record_level(const struct actor *actor, const struct type *type);
/* May the actor see this record now? For the live stream. */
bool record_visible(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct type *type,
                    struct str id);
/* May the actor do this transition on the record: 0, or the error with its reason. Guards, states and segregation of
 * duties included. */
int record_may_transition(struct records *rs, struct db_tx *tx, const struct actor *actor, const struct record *r,
                          const struct transition *tr, struct arena *a, struct problem *why);
/* The actor of a service user by its name ("flow", "sync"), made at the first call. */
MUST_CHECK int record_service_actor(struct records *rs, struct str name, struct str company, struct arena *a,
                                    struct actor *ret);

#endif
