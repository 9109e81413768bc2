/*
 * Runs the numbered steps of the modules' schemas that are still missing, each in one transaction with its number.
 * SPDX-License-Identifier: Apache-2.0
 */
#include "db/db_internal.h"
#include "db/migrate_sql.h"

struct migrate_call {
    const struct db_migration *step;
    int64_t last; /* out: the highest number of the module that the database has */
};

static int migrate_prepare(struct db_tx *tx, void *arg UNUSED)
{
    return db_run_ddl(tx, SQL_MIGRATION_TABLE);
}

static int migrate_last(struct db_tx *tx, void *arg)
{
    struct migrate_call *c = arg;
    return db_query_i64(tx, SQL_MIGRATION_LAST, DB_VALUES(value_str(str_of(c->step->module))), 0, &c->last);
}

static int migrate_step(struct db_tx *tx, void *arg)
{
    const struct db_migration *step = ((struct migrate_call *)arg)->step;
    struct value module = value_str(str_of(step->module)), number = value_int(step->number);
    int64_t done;
    int r = db_query_i64(tx, SQL_MIGRATION_DONE, DB_VALUES(module, number), 0, &done);
    if (r < 0 || done)
        return r;
    r = db_run_ddl(tx, str_of(step->sql));
    if (r < 0)
        return r;
    return db_exec(tx, SQL_MIGRATION_ADD, DB_VALUES(module, number));
}

static int highest_of(const char *module, const struct db_migration *steps, size_t len)
{
    int highest = 0;
    for (size_t i = 0; i < len; i++) {
        if (strcmp(steps[i].module, module) == 0 && steps[i].number > highest)
            highest = steps[i].number;
    }
    return highest;
}

int db_migrate(struct db *db, const struct db_migration *steps, size_t len, struct problem *why)
{
    int r = db_write(db, migrate_prepare, NULL);
    for (size_t i = 0; i < len && r >= 0; i++) {
        assert(steps[i].number > 0);
        struct migrate_call call = {.step = &steps[i]};
        r = db_read(db, migrate_last, &call);
        if (r < 0)
            break;
        /* An older program would write what a newer schema does not expect. */
        if (call.last > highest_of(steps[i].module, steps, len))
            return PROBLEM(why, DB_NEWER, ARG("module", str_of(steps[i].module)));
        if (call.last < steps[i].number)
            r = db_write(db, migrate_step, &call);
        if (r < 0)
            LOG(ERROR, "a migration failed", ARG("module", str_of(steps[i].module)), ARG("error", str_of(err_name(r))));
    }
    if (r < 0) {
        int said = PROBLEM(why, DB_MIGRATION, ARG("reason", str_of(err_name(r))));
        (void)said;
        return r;
    }
    return 0;
}
