/*
 * The event log, which is also the history: append in a write transaction, sealed in one order, read by cursor.
 * SPDX-License-Identifier: Apache-2.0
 *
 * On SQLite the writer seals inline: an event has its seq when event_append() returns. The chain is a keyed hash over
 * the previous hash, the header and H(salt ‖ changes); changes and salt lie beside it (event_value) so that a person's
 * values can be erased and the chain still verifies. Every EVENT_CHECKPOINT_EVERY events a signed checkpoint is
 * written.
 *
 * Errors: those of db.
 *
 * Threads: struct event_log from any.
 */
#ifndef TANDEM_EVENT_EVENT_H
#define TANDEM_EVENT_EVENT_H

#include "crypto/crypto.h"
#include "db/db.h"

enum { EVENT_CHECKPOINT_EVERY = 1000, EVENT_HOPS_MAX = 16 };

struct event_log;

struct event {
    int64_t seq;   /* 0 before it is sealed */
    struct str id; /* UUID */
    int64_t at_ms;
    struct str type; /* "record.created", "record.updated", "record.transitioned", "record.deleted", "record.derived",
                        "hook.received", "flow.finished", … */
    struct str subject_type; /* "expense_claim" */
    struct str subject;      /* its id */
    struct str company;      /* id, or empty */
    struct str actor;        /* user id, or "system" */
    struct str on_behalf_of; /* user id, or empty */
    struct str source;       /* "api", "web", "hook:NAME", "flow:NAME", "import", "system" */
    struct str cause;        /* id of the event that this one follows from, or empty */
    int hops;                /* the cause's hops + 1; beyond EVENT_HOPS_MAX nothing reacts any more */
    int64_t rev;             /* of the subject after the change; 0 where there is none */
    struct str mode;         /* the plan's: user, flow, import, adopt, replay, repair */
    struct str transition;   /* name, or empty */
    struct str state_before; /* where the state changed */
    struct str state_after;
    int64_t entered; /* how often the subject has entered state_after by a true transition, this one included; else 0 */
    struct str changes; /* JSON {"field": {"before": …, "after": …}}; empty after an erasure */
    struct id made;     /* where event_append() made the id, its text is kept here */
};

extern const struct db_migration event_migrations[];
extern const size_t event_migrations_len;

MUST_CHECK int event_log_open(struct db *db, const struct keys *keys, struct event_log **ret, struct problem *why);
struct event_log *event_log_free(struct event_log *log); /* writes a last checkpoint */

/* Inside a write transaction. Fills seq (SQLite) and, where empty, id and at_ms. Strings are used until it returns. */
MUST_CHECK int event_append(struct event_log *log, struct db_tx *tx, struct event *e);
/* How often the subject has entered a state by a true transition so far (see event.entered). */
MUST_CHECK int event_entered_count(struct db_tx *tx, struct str subject, struct str state, int64_t *ret);

/* Reads in seq order. fn gets each event (its text lives in `a`); a non-zero return stops and is returned. */
typedef int (*event_fn)(void *arg, const struct event *e);
MUST_CHECK int event_read(struct db_tx *tx, struct arena *a, int64_t after_seq, size_t limit, event_fn fn, void *arg);
/* Of one subject, oldest first, after a seq; record.derived left out. */
MUST_CHECK int event_read_subject(struct db_tx *tx, struct arena *a, struct str subject, int64_t after_seq,
                                  size_t limit, event_fn fn, void *arg);
/* The same, newest first. */
MUST_CHECK int event_read_subject_last(struct db_tx *tx, struct arena *a, struct str subject, size_t limit, event_fn fn,
                                       void *arg);
MUST_CHECK int event_by_id(struct db_tx *tx, struct arena *a, struct str id, struct event *ret); /* ERR_NOT_FOUND */
MUST_CHECK int event_by_cause(struct db_tx *tx, struct arena *a, struct str cause, size_t limit, event_fn fn,
                              void *arg);
MUST_CHECK int event_last_seq(struct db_tx *tx, int64_t *ret);

/* Waits until an event after `after_seq` is sealed, or the time is over; returns the last sealed seq. Any number of
 * threads. */
int64_t event_wait(struct event_log *log, int64_t after_seq, int timeout_ms);
/* The last sealed seq, without waiting or reading. */
int64_t event_sealed(struct event_log *log);
/* Called after each commit with new events, on the database's thread; must be quick. At most 8. */
void event_on_sealed(struct event_log *log, void (*fn)(void *arg, int64_t last_seq), void *arg);

/*
 * Cursors of consumers, kept in the same database. A new cursor begins at `start` (0: the beginning; -1: the end);
 * asked for in a write transaction it is kept from then on, in a read transaction only by the first event_cursor_set().
 */
MUST_CHECK int event_cursor_get(struct db_tx *tx, struct str consumer, int64_t start, int64_t *ret);
MUST_CHECK int event_cursor_set(struct db_tx *tx, struct str consumer, int64_t seq);

/*
 * Erases the changes of one event and their salt, so that nobody can guess them back from their hash; an event
 * "event.erased" about it is appended, and the chain still verifies. Once erased, it is 0 and nothing more happens.
 * ERR_NOT_FOUND.
 */
MUST_CHECK int event_erase(struct event_log *log, struct db_tx *tx, struct str event_id, struct str actor);
/* Verifies chain and checkpoints from the beginning; ERR_INTERNAL with the first seq that does not fit. Returns how
 * many were verified. */
MUST_CHECK int event_verify(struct event_log *log, struct db_tx *tx, int64_t *ret_verified, struct problem *why);

#endif
