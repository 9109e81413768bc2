/*
 * Outside systems: connectors, connections, mappings, the pair registry and the identity map; messages that come in by
 * webhook. SPDX-License-Identifier: Apache-2.0
 *
 * A connector is a manifest (connectors/<name>.yaml), a mapping a table of rows (packs/<pack>/mappings/<name>.yaml):
 * docs/MAPPINGS.md is the manual of both. No vendor's name stands in this module. A message is stored (record
 * hook_delivery and a job) before it is answered; the job turns it into record changes under the mapping: person →
 * identity, entity → pair → record, in one transaction with its own end. Errors: ERR_UNAUTHENTICATED (signature),
 * ERR_NOT_FOUND (connection), those of record. Threads: struct hub from any.
 */
#ifndef TANDEM_HUB_HUB_H
#define TANDEM_HUB_HUB_H

#include "record/record.h"

enum { HOOK_BODY_BYTES_MAX = 1 << 20, HOOK_REPEAT_MS = 7 * 24 * 3600 * 1000 };

struct hub;
extern const struct db_migration hub_migrations[];
extern const size_t hub_migrations_len;

struct hub_options {
    struct records *records;
    struct jobs *jobs;                    /* may be set later: hub_set_jobs() */
    const struct meta_source *connectors; /* the manifests */
    size_t connectors_len;
    const struct meta_source *mappings;
    size_t mappings_len;
};
/* Errors in a file: ERR_INVALID with file, line and what to do. */
MUST_CHECK int hub_open(const struct hub_options *o, struct hub **ret, struct problem *why);
struct hub *hub_free(struct hub *h);
void hub_set_jobs(struct hub *h, struct jobs *jobs);

struct hook_message {
    struct str connection;             /* from the address */
    struct str secret;                 /* from the address, or empty */
    const struct query_param *headers; /* name, value */
    size_t headers_len;
    struct str body; /* raw bytes */
};
struct hook_receipt {
    struct str delivery; /* id of the hook_delivery record */
    bool repeat;         /* known already: nothing was done */
};
/* Verifies, drops repeats, stores: durable on return. */
MUST_CHECK int hub_receive(struct hub *h, const struct hook_message *m, struct arena *a, struct hook_receipt *ret,
                           struct problem *why);
/* The handler of jobs of kind "hook.process"; ctx is the hub. */
int hub_process_job(void *ctx, const struct job *job, struct arena *a, struct problem *why);

/* Headers that a sender of this connection would add to a body, for the demo and for tests: the signature among them.
 */
MUST_CHECK int hub_sign(struct hub *h, struct str connection, struct str body, struct arena *a,
                        struct query_param **ret, size_t *ret_len, struct problem *why);
MUST_CHECK int hub_set_secret(struct hub *h, const struct actor *actor, struct str connection, struct str secret,
                              struct problem *why);

/* The pair of one of our records: which outside record it mirrors. ERR_NOT_FOUND. */
struct pair {
    struct str id, connection, entity, outside_id, type, record;
};
MUST_CHECK int hub_pair_by_record(struct hub *h, struct db_tx *tx, struct str record, struct arena *a,
                                  struct pair *ret);
MUST_CHECK int hub_pair_by_outside(struct hub *h, struct db_tx *tx, struct str connection, struct str entity,
                                   struct str outside_id, struct arena *a, struct pair *ret);

/* Adoption: a record that is made now mirrors an outside record that was there before. begin() gives the origin for its
 * creation, end() the pair. */
struct hub_adoption {
    struct str connection, entity, outside_id; /* connection: its name */
    struct str origin, pair, connection_id;    /* filled by begin() */
};
MUST_CHECK int hub_adoption_begin(struct hub *h, struct hub_adoption *ad, struct arena *a, struct problem *why);
MUST_CHECK int hub_adoption_end(struct hub *h, const struct hub_adoption *ad, struct str type, struct str record);

/* A mapping as a table, for the web: {"mappings": [{"name", "connector", "rows": […]}]}. */
void hub_mappings_json(struct hub *h, struct buf *out);

#endif
