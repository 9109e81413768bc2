/*
 * The moves of a job's row: into the queue, done, tried again, dead, taken back from who does not answer, cleaned away.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Of a lane only the head may be leased: its one active row with blocked = 0. Whoever makes a head leave or go back
 * lets the earliest of the lane become the head in the same transaction.
 */
#include "codec/json.h"
#include "job/job_internal.h"
#include "job/job_sql.h"

static struct value text(struct str s)
{
    return value_str(s.len ? s : STR(""));
}

static void enqueue_note(void *arg, int64_t n UNUSED)
{
    jobs_wake(arg);
}

int job_enqueue(struct jobs *q, struct db_tx *tx, const struct job_spec *spec)
{
    assert(q && db_is_write(tx) && !str_empty(spec->kind) && spec->attempts_max >= 0);
    if (spec->payload.len > JOB_PAYLOAD_BYTES_MAX)
        return ERR_LIMIT;
    struct id id;
    id_new(&id);
    int64_t now = clock_now_ms();
    int attempts_max = spec->attempts_max ? spec->attempts_max : JOB_ATTEMPTS_DEFAULT;
    int r = db_exec(tx, SQL_JOB_INSERT,
                    DB_VALUES(value_str(str_n(id.text, ID_LEN)), text(spec->kind), text(spec->lane), text(spec->key),
                              text(spec->payload), text(spec->cause), text(spec->lane), value_int(attempts_max),
                              value_int(spec->due_ms ? spec->due_ms : now), value_int(now), value_int(now)));
    if (r > 0)
        db_after_commit(tx, enqueue_note, q, 0);
    return r;
}

static int lane_next(struct db_tx *tx, struct str lane)
{
    if (str_empty(lane))
        return 0;
    int r = db_exec(tx, SQL_JOB_LANE_NEXT, DB_VALUES(value_str(lane)));
    return r < 0 ? r : 0;
}

int job_finish(struct db_tx *tx, const struct job *job)
{
    assert(db_is_write(tx));
    int r = db_exec(tx, SQL_JOB_DONE, DB_VALUES(value_int(clock_now_ms()), value_int(job->seq), value_int(job->fence)));
    if (r < 0)
        return r;
    return r == 0 ? ERR_CONFLICT : lane_next(tx, job->lane);
}

bool job_err_is_final(int err)
{
    switch (err) {
    case ERR_UNAVAILABLE:
    case ERR_TIMEOUT:
    case ERR_CONFLICT:
    case ERR_INTERNAL:
    case ERR_DISK_FULL:
    case ERR_TOO_MANY:
        return false;
    default:
        return true;
    }
}

int64_t job_backoff_ms(int attempts, uint32_t random)
{
    int64_t ms = JOB_BACKOFF_MS_FIRST;
    for (int i = 1; i < attempts && ms < JOB_BACKOFF_MS_MAX; i++)
        ms *= 2;
    /* 80 to 120 in a hundred, so that what failed together does not come back together. */
    ms = ms * (800 + (int64_t)(random % 401)) / 1000;
    return ms > JOB_BACKOFF_MS_MAX ? JOB_BACKOFF_MS_MAX : ms;
}

int job_fail(struct db_tx *tx, const struct job_hold *h, int err, struct str error_json)
{
    bool dead = job_err_is_final(err) || h->attempts >= h->attempts_max;
    uint32_t random;
    random_bytes(&random, sizeof(random));
    int64_t now = clock_now_ms();
    /* Back in the queue it may have to let an earlier one pass that was replayed meanwhile. */
    bool blocked = !dead && !str_empty(h->lane);
    int r = db_exec(tx, SQL_JOB_FAIL,
                    DB_VALUES(value_str(str_of(job_state_name(dead ? JOB_DEAD : JOB_WAITING))), value_int(blocked),
                              value_int(now + job_backoff_ms(h->attempts, random)), value_int(now), text(error_json),
                              value_int(h->seq), value_int(h->fence)));
    if (r < 0)
        return r;
    return r == 0 ? ERR_CONFLICT : lane_next(tx, h->lane);
}

static void sentence_json(struct buf *out, enum message m, const struct problem_arg *args)
{
    static const char *const keys[LANG_COUNT] = {[LANG_EN] = "en", [LANG_ZH] = "zh"};
    json_key(out, "code");
    json_write_str(out, str_of(message_code(m)));
    json_key(out, "detail");
    buf_add_char(out, '{');
    for (int lang = 0; lang < LANG_COUNT; lang++) {
        CLEANUP(buf_release) struct buf words = {0};
        buf_init(&words, 65536);
        message_render(m, args, (enum lang)lang, &words);
        json_key(out, keys[lang]);
        json_write_str(out, buf_str(&words));
    }
    buf_add_char(out, '}');
}

void job_error_json(const struct problem *why, int err, struct buf *out)
{
    buf_add_char(out, '{');
    json_key(out, "error");
    json_write_str(out, str_of(err_name(err)));
    if (why && why->message != MSG_NONE)
        sentence_json(out, why->message, why->args);
    if (why && why->items) {
        json_key(out, "errors");
        buf_add_char(out, '[');
        for (const struct problem_item *i = why->items; i; i = i->next) {
            json_comma(out);
            buf_add_char(out, '{');
            json_key(out, "pointer");
            json_write_str(out, i->place);
            sentence_json(out, i->message, i->args);
            buf_add_char(out, '}');
        }
        buf_add_char(out, ']');
    }
    buf_add_char(out, '}');
}

static int expire_one(struct db_tx *tx, const struct job_hold *h)
{
    if (h->attempts < h->attempts_max) {
        int64_t now = clock_now_ms();
        int r = db_exec(tx, SQL_JOB_AGAIN,
                        DB_VALUES(value_int(!str_empty(h->lane)), value_int(now), value_int(now), value_int(h->seq),
                                  value_int(h->fence)));
        return r < 0 ? r : lane_next(tx, h->lane);
    }
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    CLEANUP(buf_release) struct buf json = {0};
    buf_init(&json, 65536);
    struct problem why;
    problem_init(&why, &a);
    int err = PROBLEM(&why, JOB_LEASE_OVER, ARG("attempts", arena_fmt(&a, "%d", h->attempts)));
    job_error_json(&why, err, &json);
    return job_fail(tx, h, err, buf_str(&json));
}

int jobs_expire(struct db_tx *tx)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    VEC(struct job_hold) expired = {0};
    CLEANUP(db_donep) struct db_stmt *st = NULL;
    int r = db_prepare(tx, SQL_JOB_EXPIRED, &st);
    if (r < 0)
        return r;
    db_bind_i64(st, 1, clock_now_ms());
    while ((r = db_step(st)) > 0) {
        struct job_hold h = {.seq = db_col_i64(st, 0),
                             .fence = db_col_i64(st, 1),
                             .lane = db_col_copy(st, 2, &a),
                             .attempts = (int)db_col_i64(st, 3),
                             .attempts_max = (int)db_col_i64(st, 4)};
        vec_push(&a, &expired, h);
    }
    for (size_t i = 0; i < expired.len && r >= 0; i++)
        r = expire_one(tx, &expired.items[i]);
    return r < 0 ? r : (int)expired.len;
}

int jobs_orphans(struct db_tx *tx)
{
    /* That the server died says little about the job, so it costs no attempt; only one that is there each time is
     * blamed at last. */
    return db_exec(tx, SQL_JOB_ORPHANS, DB_VALUES(value_int(JOB_LOST_MAX)));
}

int jobs_clean(struct db_tx *tx)
{
    return db_exec(tx, SQL_JOB_CLEAN, DB_VALUES(value_int(JOB_CLEAN_BATCH), value_int(clock_now_ms() - JOB_KEEP_MS)));
}
