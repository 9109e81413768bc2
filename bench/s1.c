/*
 * From a campaign that is done in Jira to its expense claim: 300 signed messages a second, as they come.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The loop is open: a message is due at its time whether or not the ones before were answered, and its latency counts
 * from then on. A campaign is through when a GET of the claims with its task as the filter first answers one; the live
 * stream tells when to ask. Afterwards the rate rises in steps until claims fall behind.
 */
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "crypto/crypto.h"
#include "jira.h"

enum {
    RATE = 300,
    SECONDS = 60,
    HOOKS = 24,  /* connections that send messages */
    GETTERS = 6, /* connections that ask for claims */
    SEED_CLIENTS = 16,
    LOOK_AHEAD = 64, /* of the campaigns that wait, the oldest ones are asked about */
    RETRY_US = 4000,
    PATIENCE_US = 50000, /* without a word of the stream, before it is asked all the same */
    DRAIN_US = 1000000,
    STEP_SECONDS = 5,
    STEP_RATE = 100,
    STEP_RATE_MAX = 3000,
};

struct campaign {
    char task[ID_LEN + 1];
    int64_t due_us, look_us, done_us; /* look_us: not to be asked about before; INT64_MAX: is being asked about */
    bool told, missed;
};

enum conn_kind { CONN_HOOK, CONN_GETTER, CONN_STREAM };

struct client {
    struct bench_conn conn;
    enum conn_kind kind;
    bool busy;
    int campaign;
};

struct s1 {
    struct bench_server server;
    struct str token;
    int epoll;
    struct client hooks[HOOKS], getters[GETTERS], stream;
    struct campaign *campaigns;
    int seeded; /* campaigns that are under way or done */
    /* of the run */
    int first, sent, end, oldest, done, credits;
    int64_t last_word_us;
    struct buf request;
};

static void client_open(struct s1 *s, struct client *c, enum conn_kind kind)
{
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
    *c = (struct client){.kind = kind};
    bench_connect(&c->conn, s->server.port);
    if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, c->conn.fd, &e) < 0)
        die("no epoll");
}

/* Anew for each run: a connection that says nothing for long is cut off, and so is a stream that nobody reads. */
static void clients_open(struct s1 *s)
{
    for (int i = 0; i < HOOKS; i++)
        client_open(s, &s->hooks[i], CONN_HOOK);
    for (int i = 0; i < GETTERS; i++)
        client_open(s, &s->getters[i], CONN_GETTER);
    client_open(s, &s->stream, CONN_STREAM);
    buf_clear(&s->request);
    bench_request(&s->request, "GET", STR("/api/v1/stream"), s->token, "Accept: text/event-stream\r\n", STR_NULL);
    bench_send(&s->stream.conn, buf_str(&s->request));
}

static void clients_close(struct s1 *s)
{
    for (int i = 0; i < HOOKS; i++)
        bench_disconnect(&s->hooks[i].conn);
    for (int i = 0; i < GETTERS; i++)
        bench_disconnect(&s->getters[i].conn);
    bench_disconnect(&s->stream.conn);
}

/* ---- Campaigns that are under way ---- */

static void seed_messages(struct s1 *s, int from, int to)
{
    struct bench_conn clients[SEED_CLIENTS];
    struct bench_answer answer;
    for (int i = 0; i < SEED_CLIENTS; i++)
        bench_connect(&clients[i], s->server.port);
    for (int n = from; n < to; n += SEED_CLIENTS) {
        int batch = to - n < SEED_CLIENTS ? to - n : SEED_CLIENTS;
        for (int i = 0; i < batch; i++) {
            buf_clear(&s->request);
            jira_started(&s->request, n + i);
            bench_send(&clients[i], buf_str(&s->request));
        }
        for (int i = 0; i < batch; i++) {
            while (!bench_receive(&clients[i], true, &answer))
                ;
            if (answer.status != 202)
                die("a message was answered %d: %.*s", answer.status, STR_ARG(answer.body));
        }
    }
    for (int i = 0; i < SEED_CLIENTS; i++)
        bench_disconnect(&clients[i]);
}

static int64_t metric(struct str text, const char *name)
{
    CLEANUP(buf_release) struct buf mark = {0};
    buf_init(&mark, 200);
    buf_addf(&mark, "\n%s ", name);
    size_t at = str_find(text, buf_str(&mark), 0);
    if (at == SIZE_MAX)
        die("no metric %s", name);
    return strtoll(text.ptr + at + mark.len, NULL, 10);
}

/* Jobs and events that nobody has dealt with yet. */
static int64_t backlog(struct s1 *s)
{
    struct bench_conn c;
    bench_connect(&c, s->server.port);
    struct str text = bench_call(&c, "GET", "/metrics", s->token, NULL, STR_NULL, 200);
    int64_t n = metric(text, "tandem_jobs_waiting") + metric(text, "tandem_jobs_leased") +
                metric(text, "tandem_flow_lag_events");
    if (metric(text, "tandem_jobs_dead") > 0)
        die("a job failed for good; see %s/server.log", s->server.dir);
    bench_disconnect(&c);
    return n;
}

static void await_quiet(struct s1 *s, int64_t limit_ms)
{
    int64_t end_ms = clock_mono_ms() + limit_ms;
    while (backlog(s) > 0) {
        if (clock_mono_ms() > end_ms)
            die("the server did not get done with what it has");
        (void)usleep(20000); /* between two looks at what is waited for */
    }
}

static void learn_page(struct s1 *s, struct str page)
{
    static const struct str mark = STR("\"id\":\"");
    for (size_t at = 0; (at = str_find(page, mark, at)) != SIZE_MAX; at += mark.len) {
        struct str rest = str_sub(page, at, page.len);
        struct str key = bench_json_text(rest, "outside_key");
        int64_t n;
        if (str_to_i64(str_sub(key, sizeof("BENCH-") - 1, key.len), &n) < 0 || n < 0 || n >= s->seeded)
            die("an unexpected campaign: %.*s", STR_ARG(key));
        memcpy(s->campaigns[n].task, bench_json_text(rest, "id").ptr, ID_LEN);
    }
}

/* Which task each of the new campaigns became. */
static void learn_tasks(struct s1 *s)
{
    CLEANUP(buf_release) struct buf path = {0}, next = {0};
    struct bench_conn c;
    buf_init(&path, 8192);
    buf_init(&next, 4096);
    bench_connect(&c, s->server.port);
    do {
        buf_clear(&path);
        buf_addf(&path,
                 "/api/v1/records/task?outside_key=like.BENCH-*&state=eq.in_progress&select=id,outside_key"
                 "&limit=200&count=none%s%.*s",
                 next.len ? "&after=" : "", STR_ARG(buf_str(&next)));
        struct str page = bench_call(&c, "GET", path.ptr, s->token, NULL, STR_NULL, 200);
        learn_page(s, page);
        bool more = str_find(page, STR("\"next\":\""), 0) != SIZE_MAX;
        buf_clear(&next);
        if (more)
            buf_add(&next, bench_json_text(page, "next"));
    } while (next.len > 0);
    bench_disconnect(&c);
}

static void seed(struct s1 *s, int count)
{
    int from = s->seeded;
    s->seeded += count;
    s->campaigns = xrealloc(s->campaigns, (size_t)s->seeded * sizeof(s->campaigns[0]));
    memset(&s->campaigns[from], 0, (size_t)count * sizeof(s->campaigns[0]));
    seed_messages(s, from, s->seeded);
    await_quiet(s, 300000);
    learn_tasks(s);
    for (int i = from; i < s->seeded; i++) {
        if (!s->campaigns[i].task[0])
            die("campaign %d is not under way", i);
    }
}

/* ---- The loop ---- */

static void send_due(struct s1 *s)
{
    for (int i = 0; i < HOOKS && s->sent < s->end; i++) {
        struct client *c = &s->hooks[i];
        if (c->busy)
            continue;
        if (clock_mono_us() < s->campaigns[s->sent].due_us)
            return;
        buf_clear(&s->request);
        jira_done(&s->request, s->sent);
        bench_send(&c->conn, buf_str(&s->request));
        c->busy = true;
        c->campaign = s->sent++;
    }
}

/* The campaign that is to be asked about now, or -1. */
static int to_ask(struct s1 *s, int64_t now_us)
{
    for (int i = s->oldest; i < s->sent && i < s->oldest + LOOK_AHEAD; i++) {
        struct campaign *c = &s->campaigns[i];
        if (c->done_us || !c->told || now_us < c->look_us)
            continue;
        if (!c->missed && s->credits <= 0)
            return -1; /* nobody said that there is another claim */
        s->credits -= !c->missed;
        return i;
    }
    return -1;
}

static void ask(struct s1 *s)
{
    int64_t now_us = clock_mono_us();
    if (s->oldest < s->sent && now_us - s->last_word_us > PATIENCE_US) {
        s->last_word_us = now_us;
        s->credits = 1;
    }
    for (int i = 0; i < GETTERS; i++) {
        struct client *c = &s->getters[i];
        int n = c->busy ? -1 : to_ask(s, now_us);
        if (n < 0)
            continue;
        CLEANUP(buf_release) struct buf path = {0};
        buf_init(&path, 1000);
        buf_addf(&path, "/api/v1/records/expense_claim?task=eq.%s&select=id", s->campaigns[n].task);
        buf_clear(&s->request);
        bench_request(&s->request, "GET", buf_str(&path), s->token, NULL, STR_NULL);
        bench_send(&c->conn, buf_str(&s->request));
        c->busy = true;
        c->campaign = n;
        s->campaigns[n].look_us = INT64_MAX;
    }
}

static void answered_ask(struct s1 *s, struct campaign *c, const struct bench_answer *a)
{
    if (a->status != 200)
        die("a list of claims was answered %d: %.*s", a->status, STR_ARG(a->body));
    if (str_find(a->body, STR("\"count\":0"), 0) != SIZE_MAX) {
        c->missed = true;
        c->look_us = clock_mono_us() + RETRY_US;
        return;
    }
    if (str_find(a->body, STR("\"count\":1"), 0) == SIZE_MAX)
        die("a campaign has several claims: %.*s", STR_ARG(a->body));
    c->done_us = clock_mono_us();
    s->done++;
    while (s->oldest < s->sent && s->campaigns[s->oldest].done_us)
        s->oldest++;
}

/* A claim is made and submitted in one transaction, so the stream says one thing about it. */
static void heard(struct s1 *s, struct client *c)
{
    static const struct str mark = STR("{\"type\":\"expense_claim\"");
    struct bench_conn *conn = &c->conn;
    ssize_t n = recv(conn->fd, conn->in + conn->in_len, conn->in_cap - conn->in_len, MSG_DONTWAIT);
    if (n == 0)
        die("the live stream ended");
    conn->in_len += n > 0 ? (size_t)n : 0;
    struct str text = str_n(conn->in, conn->in_len);
    size_t at = 0, seen = 0;
    while ((at = str_find(text, mark, seen)) != SIZE_MAX) {
        seen = at + mark.len;
        s->credits++;
        s->last_word_us = clock_mono_us();
    }
    /* What may be the beginning of another stays. */
    size_t keep = conn->in_len - seen < mark.len ? conn->in_len - seen : mark.len;
    memmove(conn->in, conn->in + conn->in_len - keep, keep);
    conn->in_len = keep;
}

static void client_ready(struct s1 *s, struct client *c)
{
    struct bench_answer a;
    if (c->kind == CONN_STREAM) {
        heard(s, c);
        return;
    }
    if (!c->busy) { /* the server closes a connection that says nothing for long */
        bench_disconnect(&c->conn);
        client_open(s, c, c->kind);
        return;
    }
    if (!bench_receive(&c->conn, false, &a))
        return;
    c->busy = false;
    if (c->kind == CONN_GETTER)
        answered_ask(s, &s->campaigns[c->campaign], &a);
    else if (a.status == 202)
        s->campaigns[c->campaign].told = true;
    else
        die("a message was answered %d: %.*s", a.status, STR_ARG(a.body));
}

static void turn(struct s1 *s)
{
    struct epoll_event events[HOOKS + GETTERS + 1];
    send_due(s);
    ask(s);
    int n = epoll_wait(s->epoll, events, HOOKS + GETTERS + 1, 1);
    for (int i = 0; i < n; i++)
        client_ready(s, events[i].data.ptr);
}

/* Sends `rate` messages a second; returns how many claims were still missing when the last one had been due. */
static int run(struct s1 *s, int rate, int seconds)
{
    clients_open(s);
    int64_t begin_us = clock_mono_us() + 100000;
    s->first = s->sent = s->oldest = s->seeded - rate * seconds;
    s->end = s->seeded;
    s->done = s->credits = 0;
    for (int i = s->first; i < s->end; i++)
        s->campaigns[i].due_us = begin_us + (int64_t)(i - s->first) * 1000000 / rate;
    s->last_word_us = begin_us;
    int64_t end_us = begin_us + (int64_t)seconds * 1000000;
    while (clock_mono_us() < end_us)
        turn(s);
    return s->end - s->first - s->done;
}

/* Up to a limit; true where every claim is there. */
static bool finish(struct s1 *s, int64_t limit_us)
{
    int64_t end_us = clock_mono_us() + limit_us;
    while (s->done < s->end - s->first && clock_mono_us() < end_us)
        turn(s);
    return s->done == s->end - s->first;
}

/* ---- The whole ---- */

static void set_secret(struct s1 *s)
{
    struct bench_conn c;
    CLEANUP(buf_release) struct buf path = {0}, body = {0}, match = {0};
    buf_init(&path, 1000);
    buf_init(&body, 1000);
    buf_init(&match, 1000);
    bench_connect(&c, s->server.port);
    struct str found =
        bench_call(&c, "GET", "/api/v1/records/connection?name=eq.jira&select=id", s->token, NULL, STR_NULL, 200);
    buf_addf(&path, "/api/v1/records/connection/%.*s", STR_ARG(bench_json_text(found, "id")));
    size_t rev = str_find(found, STR("\"rev\":"), 0);
    if (rev == SIZE_MAX)
        die("no revision in %.*s", STR_ARG(found));
    buf_addf(&match, "If-Match: \"%ld\"\r\n", strtol(found.ptr + rev + sizeof("\"rev\":") - 1, NULL, 10));
    buf_addf(&body, "{\"secret\":\"%s\"}", JIRA_SECRET);
    (void)bench_call(&c, "PATCH", path.ptr, s->token, match.ptr, buf_str(&body), 200);
    bench_disconnect(&c);
}

static bool measure(struct s1 *s, int seconds)
{
    size_t len = (size_t)(RATE * seconds);
    int64_t *latency_us = xcalloc(len, sizeof(latency_us[0]));
    seed(s, RATE * seconds);
    bench_note("%d campaigns are under way", RATE * seconds);
    int64_t cpu_ms = bench_server_cpu_ms(&s->server);
    int missing = run(s, RATE, seconds);
    cpu_ms = bench_server_cpu_ms(&s->server) - cpu_ms;
    bool all = finish(s, DRAIN_US);
    int64_t left = backlog(s);
    if (!all && !finish(s, 60 * DRAIN_US))
        die("%d claims never came", s->end - s->first - s->done);
    clients_close(s);
    for (size_t i = 0; i < len; i++) {
        const struct campaign *c = &s->campaigns[(size_t)s->first + i];
        latency_us[i] = c->done_us - c->due_us;
    }
    double p99 = (double)bench_percentile(latency_us, len, 99) / 1000;
    bench_note(
        "at %d a second: %.1f ms in the middle, p99 %.1f ms, at most %.1f ms; %d missing at the end, %.0f us of the "
        "server's time each",
        RATE, (double)bench_percentile(latency_us, len, 50) / 1000, p99, (double)latency_us[len - 1] / 1000, missing,
        (double)cpu_ms * 1000 / (double)len);
    free(latency_us);
    bool pass = bench_report("s1_p99_ms", p99, "ms", BENCH_AT_MOST, 250);
    return bench_report("s1_backlog_after_1s", (double)left, "items", BENCH_AT_MOST, 0) && pass;
}

static void find_breaking_rate(struct s1 *s)
{
    int rate = RATE;
    bool kept_up = true;
    while (kept_up && rate < STEP_RATE_MAX) {
        rate += STEP_RATE;
        seed(s, rate * STEP_SECONDS);
        int missing = run(s, rate, STEP_SECONDS);
        /* Half a second's worth that waits at the end of five did not come from a hiccup. */
        kept_up = finish(s, DRAIN_US) && missing < rate / 2;
        bench_note("at %d a second: %d missing at the end", rate, missing);
        (void)finish(s, 120 * (int64_t)DRAIN_US);
        clients_close(s);
        await_quiet(s, 120000);
    }
    (void)bench_report("s1_breaking_rate", rate, "messages/s", BENCH_NO_TARGET, 0);
}

int main(int argc, char **argv)
{
    struct s1 s = {.epoll = epoll_create1(EPOLL_CLOEXEC)};
    int seconds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : SECONDS; /* fewer for a quick look */
    crypto_init();
    buf_init(&s.request, 1 << 20);
    bench_server_init(&s.server, true);
    bench_server_start(&s.server);
    char *token = bench_server_token(&s.server, "admin");
    s.token = str_of(token);
    set_secret(&s);
    bool pass = measure(&s, seconds);
    find_breaking_rate(&s);
    bench_server_remove(&s.server);
    free(s.campaigns);
    free(token);
    buf_release(&s.request);
    return pass ? 0 : 1;
}
