/*
 * The table of jobs.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "job/job.h"

const struct db_migration job_migrations[] = {
    {.module = "job",
     .number = 1,
     .sql = "CREATE TABLE job (\n"
            "    seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, lane TEXT NOT NULL,\n"
            "    key TEXT NOT NULL, payload TEXT NOT NULL, cause TEXT NOT NULL, state TEXT NOT NULL,\n"
            "    blocked BIGINT NOT NULL, attempts BIGINT NOT NULL, attempts_max BIGINT NOT NULL,\n"
            "    due_ms BIGINT NOT NULL, lease_until_ms BIGINT NOT NULL, fence BIGINT NOT NULL,\n"
            "    created_ms BIGINT NOT NULL, changed_ms BIGINT NOT NULL, error TEXT NOT NULL, lost BIGINT NOT NULL);\n"
            "CREATE UNIQUE INDEX job_key ON job (kind, key) WHERE key <> '';\n"
            "CREATE INDEX job_due ON job (state, blocked, due_ms, seq) WHERE state = 'waiting' AND blocked = 0;\n"
            "CREATE INDEX job_lane ON job (lane, blocked, seq) WHERE lane <> '' AND state IN ('waiting', 'leased');\n"
            "CREATE INDEX job_state ON job (state, seq);\n"},
};
const size_t job_migrations_len = ARRAY_LEN(job_migrations);
