/*
 * What the files of hub/ share: the loaded connectors and mappings, and the registry.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_HUB_HUB_INTERNAL_H
#define TANDEM_HUB_HUB_INTERNAL_H

#include "hub/hub.h"

enum { HUB_ROWS_MAX = 400, HUB_ENTITIES_MAX = 50, HUB_EVENTS_MAX = 200 };

/* connectors/<name>.yaml: how a system's messages are verified and told apart. */
struct connector {
    struct str name;
    struct label label;
    struct str signature_header,
        signature_prefix;       /* hmac-sha256 over the raw bytes, in hexadecimal; empty: it can't sign */
    bool address_secret;        /* a sender that can't sign may put the secret into the address */
    struct str delivery_header; /* or empty: the body's hash tells repeats */
    const struct expr *event;   /* over payload: the name of the event */
    const struct expr *sent_at; /* over payload: milliseconds; or NULL */
    const struct expr *record;  /* over payload: the outside record whose messages keep their order; or NULL */
};

struct value_map_item {
    struct str from;
    struct value to;
};

/* One row of a mapping table: a field pair. */
struct mapping_row {
    const struct field *field; /* of ours; NULL for the state */
    bool is_state;
    const struct expr *from;    /* over payload */
    const struct expr *person;  /* over payload: an account's object, becomes an employee through the identity map */
    struct str entity;          /* the record of another entity of the same message */
    const struct expr *entered; /* state: true where the message's own change list enters it */
    const struct value_map_item *map;
    size_t map_len;
    bool has_else;
    struct value otherwise; /* where the map has no such value */
    bool once;              /* only when the record is made */
    bool ours;              /* the field belongs to us: it may be written here */
    struct str left, direction, update, owner_left, owner_right, conflict; /* as written, for people */
    struct label definition;
    int64_t sensitivity;
    int line;
};

struct mapping_entity {
    struct str name;
    const struct type *type;
    const struct expr *id; /* over payload: the outside id */
    const struct mapping_row *rows;
    size_t rows_len;
};

struct mapping_event {
    struct str event;
    const struct expr *when; /* or NULL */
    const struct mapping_entity **upsert;
    size_t upsert_len;
    const struct mapping_entity **archive;
    size_t archive_len;
};

struct mapping {
    struct str name;
    const struct connector *connector;
    struct label label;
    const struct expr *account, *account_title; /* over person */
    const struct mapping_entity *entities;
    size_t entities_len;
    const struct mapping_event *events;
    size_t events_len;
    struct str file;
};

struct hub {
    struct records *records;
    struct jobs *jobs;
    struct db *db;
    const struct meta *meta;
    struct arena arena;
    const struct connector **connectors;
    size_t connectors_len;
    const struct mapping **mappings;
    size_t mappings_len;
};

/* A connection's record, as the receiver needs it. */
struct connection {
    struct str id, name, company, secret;
    bool on;
    const struct connector *connector;
    const struct mapping *mapping; /* NULL: messages are kept only */
};

/* load.c */
MUST_CHECK int connector_load(struct hub *h, const struct meta_source *src, const struct connector **ret,
                              struct problem *why);
MUST_CHECK int mapping_load(struct hub *h, const struct meta_source *src, const struct mapping **ret,
                            struct problem *why);
const struct connector *hub_connector(const struct hub *h, struct str name);
const struct mapping *hub_mapping(const struct hub *h, struct str name);
const struct mapping_entity *mapping_entity(const struct mapping *m, struct str name);

/* inbound.c: expressions over one message. absent gives ERR_NOT_FOUND: it names what the payload does not have. */
struct inbound {
    struct hub *h;
    const struct connection *connection;
    struct value payload; /* an object */
    struct str currency;  /* of the company */
    struct arena *a;
};
MUST_CHECK int inbound_open(struct hub *h, struct str body, struct arena *a, struct inbound *ret, struct problem *why);
MUST_CHECK int inbound_eval(const struct inbound *m, const struct expr *e, struct value *ret, struct problem *why);
/* A text (numbers in digits); empty where it is absent or null. */
MUST_CHECK int inbound_text(const struct inbound *m, const struct expr *e, struct str *ret, struct problem *why);

/* connection.c */
MUST_CHECK int connection_get(struct hub *h, struct db_tx *tx, struct str name, bool with_secret, struct arena *a,
                              struct connection *ret, struct problem *why);

/* pair.c */
struct pair_row {
    struct pair pair;
    int64_t sent_ms;
    struct str base; /* JSON of the values agreed last */
};
MUST_CHECK int pair_find(struct db_tx *tx, struct str connection, struct str entity, struct str outside_id,
                         struct arena *a, struct pair_row *ret);
MUST_CHECK int pair_insert(struct db_tx *tx, const struct pair_row *p);
MUST_CHECK int pair_agree(struct db_tx *tx, struct str id, int64_t sent_ms, struct str base);

#endif
