/*
 * The descriptions that a server runs on: those compiled in, and the organisation's own from its data folder.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Own files lie in DIR/model, DIR/connectors and DIR/packs, shaped as the shipped ones; one with the same path replaces
 * a shipped one. Errors: ERR_NOT_FOUND where a file can't be read. Life: everything lives in the arena.
 */
#ifndef TANDEM_APP_SOURCES_H
#define TANDEM_APP_SOURCES_H

#include "meta/meta.h"

struct source_list {
    struct meta_source *items;
    size_t len;
};

struct sources {
    struct source_list model, connectors, mappings, flows;
    struct source_list data, actions; /* the demo company's */
};

MUST_CHECK int sources_load(const char *dir, struct arena *a, struct sources *ret, struct problem *why);

#endif
