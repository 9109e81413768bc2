/*
 * The demo company: its records, read from packs/demo/data, and its actions, which send real messages to this server.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_APP_DEMO_H
#define TANDEM_APP_DEMO_H

#include "app/server.h"

/* Loads every data file, in the order of their names, in mode import. The secret of each connection is made at random.
 */
MUST_CHECK int demo_load(struct server *s, struct problem *why);

extern const struct api_demo_ops demo_ops; /* ctx is the server */
/* Runs an action: writes {"status", "delivery", "record"} to out. Needs a server that listens. */
MUST_CHECK int demo_run(struct server *s, struct str name, struct arena *a, struct buf *out, struct problem *why);

#endif
