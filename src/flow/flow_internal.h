/*
 * What the files of flow/ share: a flow as it was read, a run as it goes.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_FLOW_FLOW_INTERNAL_H
#define TANDEM_FLOW_FLOW_INTERNAL_H

#include <pthread.h>

#include "flow/flow.h"

enum step_verb { STEP_SET, STEP_FIND, STEP_CREATE, STEP_UPDATE, STEP_TRANSITION, STEP_NOTIFY, STEP_VERBS };
const char *step_verb_name(enum step_verb v);

struct flow_assign {
    struct str name; /* a field of the type, or a variable */
    const struct expr *value;
};

struct flow_step {
    struct str name;
    struct label label;
    enum step_verb verb;
    const struct expr *when;   /* or NULL */
    const struct type *type;   /* FIND, CREATE, UPDATE, TRANSITION */
    const struct expr *where;  /* FIND */
    bool first;                /* FIND: one record or null; else a list */
    const struct expr *record; /* UPDATE, TRANSITION; NOTIFY: what it is about */
    struct str transition;
    const struct flow_assign *set;
    size_t set_len;
    const struct expr *to;               /* NOTIFY: a role, an employee or a user */
    const struct expr *text[LANG_COUNT]; /* NOTIFY */
    /* A refusal with one of these codes does not fail the run: it sets these variables instead. */
    const struct str *refused;
    size_t refused_len;
    const struct flow_assign *refused_set;
    size_t refused_set_len;
};

enum trigger_kind { TRIGGER_CREATED, TRIGGER_UPDATED, TRIGGER_ENTERED };

struct flow {
    struct str name, file, version;
    struct label label, note;
    bool on_by_default;
    enum trigger_kind trigger;
    const struct type *type;
    struct str state;              /* ENTERED */
    const struct expr *when;       /* over record and event; or NULL */
    const struct expr *occurrence; /* int or text */
    const struct flow_step *steps;
    size_t steps_len;
};

struct flows {
    struct records *records;
    struct jobs *jobs;
    struct db *db;
    const struct meta *meta;
    struct arena arena;
    struct arena consumer_arena; /* of the consumer's thread alone */
    const struct flow **flows;
    size_t len;
    bool *on; /* by index, under `lock` */
    pthread_mutex_t lock;
    pthread_t thread;
    bool started, stopping;
    int64_t cursor; /* of the consumer; read by others with atomics */
};

/* load.c */
MUST_CHECK int flow_load(struct flows *f, const struct meta_source *src, const struct flow **ret, struct problem *why);
extern const struct expr_var flow_vars[]; /* record (typed by the flow), event, steps, vars: in this order */
enum { FLOW_VAR_RECORD, FLOW_VAR_EVENT, FLOW_VAR_STEPS, FLOW_VAR_VARS, FLOW_VARS };

/* trigger.c */
void *flows_consume(void *arg);
bool flow_is_on(struct flows *f, size_t index);
/* The event as expressions see it: a map. */
struct value flow_event_value(const struct event *e, struct arena *a);
const struct flow *flows_find(const struct flows *f, struct str name);

#endif
