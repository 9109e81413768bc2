/*
 * The tables of the event log.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "event/event.h"

const struct db_migration event_migrations[] = {
    {.module = "event",
     .number = 1,
     .sql = "CREATE TABLE event (\n"
            "    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at_ms BIGINT NOT NULL, type TEXT NOT NULL,\n"
            "    subject_type TEXT NOT NULL, subject TEXT NOT NULL, company TEXT NOT NULL, actor TEXT NOT NULL,\n"
            "    on_behalf_of TEXT NOT NULL, source TEXT NOT NULL, cause TEXT NOT NULL, hops BIGINT NOT NULL,\n"
            "    rev BIGINT NOT NULL, mode TEXT NOT NULL, transition TEXT NOT NULL, state_before TEXT NOT NULL,\n"
            "    state_after TEXT NOT NULL, entered BIGINT NOT NULL, value_hash BLOB NOT NULL, hash BLOB NOT NULL);\n"
            "CREATE INDEX event_subject ON event (subject, seq);\n"
            "CREATE INDEX event_cause ON event (cause, seq) WHERE cause <> '';\n"
            "CREATE INDEX event_entered ON event (subject, state_after, entered) WHERE entered > 0;\n"
            "CREATE TABLE event_value (seq INTEGER PRIMARY KEY, salt BLOB, changes TEXT);\n"
            "CREATE TABLE event_checkpoint (\n"
            "    seq INTEGER PRIMARY KEY, hash BLOB NOT NULL, at_ms BIGINT NOT NULL, signature BLOB NOT NULL);\n"
            "CREATE TABLE event_cursor (consumer TEXT NOT NULL PRIMARY KEY, seq BIGINT NOT NULL);\n"},
};
const size_t event_migrations_len = ARRAY_LEN(event_migrations);
