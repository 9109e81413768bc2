/* The live stream: one thread reads the log and tells each open stream what its reader may see. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "api/api_internal.h"
#include "codec/json.h"

enum { STREAM_BATCH = 1000, STREAM_CATCH_UP_MAX = 10000, STREAM_WAIT_MS = 250, STREAM_CHECK_MS = 2000 };

struct subscriber {
    struct http_stream *stream;
    struct arena arena; /* of the actor */
    struct actor actor;
    char *credential; /* the token or cookie that opened it, asked again now and then */
    bool by_cookie;
    int64_t after; /* the last seq it was told of */
    bool gone;
    struct subscriber *next;
};

struct streams {
    struct api *api;
    pthread_t thread;
    pthread_mutex_t lock;   /* of `subscribers` and each one's `gone` */
    pthread_cond_t arrived; /* the first subscriber, or the end */
    struct subscriber *subscribers;
    int64_t cursor;     /* of the thread alone, as the next */
    int64_t checked_ms; /* monotonic: when credentials were asked last */
    bool stopping;
};

static struct event_log *stream_log(struct streams *s)
{
    return records_log(s->api->o.records);
}

static void subscriber_free(struct subscriber *sub)
{
    http_stream_unref(sub->stream);
    arena_release(&sub->arena);
    free(sub->credential);
    free(sub);
}

static bool may_be_told(struct streams *s, struct db_tx *tx, const struct actor *actor, const struct type *t,
                        const struct event *e)
{
    if (!record_may(actor, t, RIGHT_READ))
        return false;
    bool own = str_empty(e->company) || actor->admin || str_eq(e->company, actor->company);
    if (own && record_may_all(actor, t, RIGHT_READ))
        return true;
    return own && !str_is(e->type, "record.deleted") && record_visible(s->api->o.records, tx, actor, t, e->subject);
}

static void tell(struct subscriber *sub, const struct event *e)
{
    CLEANUP(buf_release) struct buf line = {0};
    buf_init(&line, 4096);
    buf_addf(&line, "id: %lld\nevent: record\ndata: {\"type\":", (long long)e->seq);
    json_write_str(&line, e->subject_type);
    json_key(&line, "id");
    json_write_str(&line, e->subject);
    buf_addf(&line, ",\"rev\":%lld}\n\n", (long long)e->rev);
    if (http_stream_send(sub->stream, buf_str(&line)) < 0)
        sub->gone = true;
}

struct batch {
    struct streams *s;
    struct db_tx *tx;
    struct arena a;
    struct event *events;
    size_t len, cap;
    int64_t last;
    int64_t from;
};

/* Keeps the last event of each record: bursts are merged. */
static int batch_event(void *arg, const struct event *e)
{
    struct batch *b = arg;
    b->last = e->seq;
    if (str_empty(e->subject))
        return 0;
    for (size_t i = b->len; i-- > 0;) {
        if (str_eq(b->events[i].subject, e->subject)) {
            b->events[i] = *e;
            return 0;
        }
    }
    if (b->len == b->cap)
        b->events = vec_grow(&b->a, b->events, b->len, &b->cap, sizeof(b->events[0]));
    b->events[b->len++] = *e;
    return 0;
}

/* A change of a user's record may have changed rights: they count from this event on. */
static void refresh_rights(struct batch *b, struct subscriber *sub, const struct event *e)
{
    if (!str_is(e->subject_type, "user") || !str_eq(e->subject, sub->actor.id))
        return;
    struct actor actor;
    struct arena fresh;
    arena_init(&fresh);
    struct str id = arena_str(&fresh, sub->actor.id);
    if (auth_actor_by_id(b->s->api->o.auth, b->tx, id, &fresh, &actor) < 0) {
        arena_release(&fresh);
        sub->gone = true;
        http_stream_close(sub->stream);
        return;
    }
    if (sub->actor.scopes_len > 0) { /* the scopes are the token's own, the rights that they narrow are the user's */
        struct str *scopes = arena_array(&fresh, struct str, sub->actor.scopes_len);
        for (size_t i = 0; i < sub->actor.scopes_len; i++)
            scopes[i] = arena_str(&fresh, sub->actor.scopes[i]);
        actor.scopes = scopes;
        actor.scopes_len = sub->actor.scopes_len;
    }
    arena_release(&sub->arena);
    sub->arena = fresh;
    sub->actor = actor;
}

static void tell_batch(struct batch *b, struct subscriber *sub)
{
    for (size_t i = 0; i < b->len && !sub->gone; i++) {
        const struct event *e = &b->events[i];
        const struct type *t = meta_type(b->s->api->meta, e->subject_type);
        if (e->seq <= sub->after || t == NULL || t->part_of != NULL)
            continue;
        refresh_rights(b, sub, e);
        if (!sub->gone && may_be_told(b->s, b->tx, &sub->actor, t, e))
            tell(sub, e);
    }
    if (b->last > sub->after)
        sub->after = b->last;
}

static int by_seq(const void *x, const void *y)
{
    const struct event *a = x, *b = y;
    return (a->seq > b->seq) - (a->seq < b->seq);
}

static int run_batch(struct db_tx *tx, void *arg)
{
    struct batch *b = arg;
    struct streams *s = b->s;
    b->tx = tx;
    int err = event_read(tx, &b->a, b->from, STREAM_BATCH, batch_event, b);
    if (err < 0)
        return err;
    if (b->len > 1) /* a client that was cut off resumes at the last id it saw, so ids only rise */
        qsort(b->events, b->len, sizeof(b->events[0]), by_seq);
    pthread_mutex_lock(&s->lock);
    for (struct subscriber *sub = s->subscribers; sub != NULL; sub = sub->next) {
        if (!sub->gone && sub->after >= b->from)
            tell_batch(b, sub);
    }
    pthread_mutex_unlock(&s->lock);
    return 0;
}

static void drop_gone(struct streams *s)
{
    pthread_mutex_lock(&s->lock);
    for (struct subscriber **at = &s->subscribers; *at != NULL;) {
        struct subscriber *sub = *at;
        if (!sub->gone) {
            at = &sub->next;
            continue;
        }
        *at = sub->next;
        subscriber_free(sub);
    }
    pthread_mutex_unlock(&s->lock);
}

/* Where the next batch begins: at the cursor, or earlier where a stream resumes. Streams too far behind are told to
 * read anew. */
static int64_t next_from(struct streams *s)
{
    int64_t from = s->cursor;
    pthread_mutex_lock(&s->lock);
    for (struct subscriber *sub = s->subscribers; sub != NULL; sub = sub->next) {
        if (sub->gone || sub->after >= s->cursor)
            continue;
        if (s->cursor - sub->after > STREAM_CATCH_UP_MAX) {
            if (http_stream_send(sub->stream, STR("event: reset\ndata: {}\n\n")) < 0)
                sub->gone = true;
            sub->after = s->cursor;
        } else if (sub->after < from)
            from = sub->after;
    }
    pthread_mutex_unlock(&s->lock);
    return from;
}

static bool is_stopping(struct streams *s)
{
    return __atomic_load_n(&s->stopping, __ATOMIC_ACQUIRE);
}

/* While nobody listens the log is not read, and begins anew where it then ends. */
static void await_subscriber(struct streams *s)
{
    bool waited = false;
    pthread_mutex_lock(&s->lock);
    while (s->subscribers == NULL && !is_stopping(s)) {
        waited = true;
        pthread_cond_wait(&s->arrived, &s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    if (waited) /* what a stream that resumes missed lies before it, and is read for it */
        s->cursor = event_sealed(stream_log(s));
}

/* A stream ends with its credential: at log-out, when a session ends or a token expires. */
static int check_credentials(struct db_tx *tx, void *arg)
{
    struct streams *s = arg;
    pthread_mutex_lock(&s->lock);
    for (struct subscriber *sub = s->subscribers; sub != NULL; sub = sub->next) {
        if (sub->gone || auth_still_good(s->api->o.auth, tx, str_of(sub->credential), sub->by_cookie))
            continue;
        sub->gone = true;
        http_stream_close(sub->stream);
    }
    pthread_mutex_unlock(&s->lock);
    return 0;
}

static void check_now_and_then(struct streams *s)
{
    int64_t now = clock_mono_ms();
    if (now - s->checked_ms < STREAM_CHECK_MS)
        return;
    s->checked_ms = now;
    if (db_read(s->api->db, check_credentials, s) < 0)
        LOG(WARN, "the live stream could not check its credentials");
}

static void *streams_run(void *arg)
{
    struct streams *s = arg;
    for (;;) {
        await_subscriber(s);
        if (is_stopping(s))
            return NULL;
        check_now_and_then(s);
        int64_t from = next_from(s);
        if (from >= s->cursor && event_wait(stream_log(s), s->cursor, STREAM_WAIT_MS) <= s->cursor) {
            drop_gone(s);
            continue;
        }
        struct batch b = {.s = s, .from = from, .last = from};
        arena_init(&b.a);
        int err = db_read(s->api->db, run_batch, &b);
        if (err < 0)
            LOG(WARN, "the live stream could not read the log", ARG("error", str_of(err_name(err))));
        else if (b.last > s->cursor)
            s->cursor = b.last;
        arena_release(&b.a);
        drop_gone(s);
    }
}

int streams_open(struct api *api, struct streams **ret)
{
    struct streams *s = xcalloc(1, sizeof(*s));
    s->api = api;
    s->cursor = event_sealed(stream_log(s));
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->arrived, NULL);
    if (pthread_create(&s->thread, NULL, streams_run, s) != 0)
        die("no thread for the live stream");
    *ret = s;
    return 0;
}

void streams_stop(struct streams *s)
{
    if (__atomic_exchange_n(&s->stopping, true, __ATOMIC_ACQ_REL))
        return;
    pthread_mutex_lock(&s->lock); /* so that it is not just between asking and waiting */
    pthread_cond_signal(&s->arrived);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->thread, NULL);
}

struct streams *streams_free(struct streams *s)
{
    if (s == NULL)
        return NULL;
    streams_stop(s);
    while (s->subscribers != NULL) {
        struct subscriber *sub = s->subscribers;
        s->subscribers = sub->next;
        http_stream_close(sub->stream);
        subscriber_free(sub);
    }
    pthread_mutex_destroy(&s->lock);
    pthread_cond_destroy(&s->arrived);
    free(s);
    return NULL;
}

static struct actor actor_copy(const struct actor *from, struct arena *a)
{
    struct actor to = *from;
    struct str *roles = arena_array(a, struct str, from->roles_len);
    struct str *scopes = arena_array(a, struct str, from->scopes_len);
    for (size_t i = 0; i < from->roles_len; i++)
        roles[i] = arena_str(a, from->roles[i]);
    for (size_t i = 0; i < from->scopes_len; i++)
        scopes[i] = arena_str(a, from->scopes[i]);
    to.id = arena_str(a, from->id);
    to.name = arena_str(a, from->name);
    to.title = arena_str(a, from->title);
    to.employee = arena_str(a, from->employee);
    to.company = arena_str(a, from->company);
    to.roles = roles;
    to.scopes = from->scopes_len > 0 ? scopes : NULL;
    return to;
}

int route_stream(struct call *c)
{
    struct streams *s = c->api->streams;
    struct str last = http_header(c->rq, "Last-Event-ID");
    static const struct http_stream_ops ops = {0}; /* a stream that is gone is seen when it is sent to */
    int64_t now = event_sealed(stream_log(s)), after = now;
    if (last.ptr != NULL && (str_to_i64(last, &after) < 0 || after < 0 || after > now))
        after = now;
    struct subscriber *sub = xcalloc(1, sizeof(*sub));
    arena_init(&sub->arena);
    sub->actor = actor_copy(&c->actor, &sub->arena);
    sub->by_cookie = c->by_cookie;
    sub->credential = xstrndup(c->credential);
    sub->after = after;
    sub->stream = http_stream_new(&ops, NULL);
    http_body(c->rq, c->rs, 200, "text/event-stream", STR_NULL);
    http_set(c->rq, c->rs, "Cache-Control", STR("no-store"));
    c->rs->stream = http_stream_ref(sub->stream);
    (void)http_stream_send(sub->stream, STR(": connected\n\n")); /* so that the client sees an answer at once */
    pthread_mutex_lock(&s->lock);
    sub->next = s->subscribers;
    s->subscribers = sub;
    pthread_mutex_unlock(&s->lock);
    pthread_cond_signal(&s->arrived);
    return 0;
}
