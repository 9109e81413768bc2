/* Adoption: records that are made here for outside records that were there before. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/hub_internal.h"

struct adopt {
    struct hub *h;
    struct hub_adoption *ad;
    struct arena *a;
    struct problem *why;
    struct connection connection;
};

static int find(struct db_tx *tx, void *arg)
{
    struct adopt *w = arg;
    return connection_get(w->h, tx, w->ad->connection, false, w->a, &w->connection, w->why);
}

int hub_adoption_begin(struct hub *h, struct hub_adoption *ad, struct arena *a, struct problem *why)
{
    struct adopt w = {.h = h, .ad = ad, .a = a, .why = why};
    int err = db_read(h->db, find, &w);
    if (err < 0)
        return err;
    const struct mapping *m = w.connection.mapping;
    if (m == NULL || mapping_entity(m, ad->entity) == NULL)
        return PROBLEM(why, MODEL_UNKNOWN, ARG("kind", STR("entity")), ARG("name", ad->entity),
                       ARG("known", m != NULL ? m->file : STR("none: the connection has no mapping")));
    ad->pair = id_new_str(a);
    ad->connection_id = w.connection.id;
    ad->origin = arena_fmt(a, "%.*s:%.*s:%.*s", STR_ARG(m->name), STR_ARG(ad->entity), STR_ARG(ad->pair));
    return 0;
}

static int insert(struct db_tx *tx, void *arg)
{
    return pair_insert(tx, arg);
}

int hub_adoption_end(struct hub *h, const struct hub_adoption *ad, struct str type, struct str record)
{
    struct pair_row row = {.pair = {.id = ad->pair,
                                    .connection = ad->connection_id,
                                    .entity = ad->entity,
                                    .outside_id = ad->outside_id,
                                    .type = type,
                                    .record = record},
                           .base = STR("{}")};
    return db_write(h->db, insert, &row);
}
