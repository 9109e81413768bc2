/*
 * Durable creates over HTTP by 16 clients, against a bare loop of the same statements on a file of the same disk.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Both run in turns in one process' time, so that a disk or a neighbour that is slow for a while is slow for both; the
 * figure is the ratio of their medians.
 */
#include <sys/epoll.h>
#include <unistd.h>

#include "bench.h"
#include "replay.h"
#include "trace.h"

enum { CLIENTS = 16, ROUNDS = 9, ROUND_MS = 2000, WARM_UP_MS = 1000 };

struct load {
    struct bench_conn clients[CLIENTS];
    struct str token;
    struct buf request, body;
    int epoll;
    int64_t sent, answered;
};

static void send_create(struct load *l, struct bench_conn *c)
{
    buf_clear(&l->body);
    buf_clear(&l->request);
    create_body(&l->body, l->sent++);
    bench_request(&l->request, "POST", STR("/api/v1/records/" CREATE_TYPE), l->token, NULL, buf_str(&l->body));
    bench_send(c, buf_str(&l->request));
}

static void load_open(struct load *l, int port, const char *token)
{
    *l = (struct load){.token = str_of(token), .epoll = epoll_create1(EPOLL_CLOEXEC)};
    buf_init(&l->request, 1 << 16);
    buf_init(&l->body, 1 << 16);
    for (int i = 0; i < CLIENTS; i++) {
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = &l->clients[i]};
        bench_connect(&l->clients[i], port);
        if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, l->clients[i].fd, &e) < 0)
            die("no epoll");
    }
}

static void load_close(struct load *l)
{
    for (int i = 0; i < CLIENTS; i++)
        bench_disconnect(&l->clients[i]);
    (void)close(l->epoll);
    buf_release(&l->request);
    buf_release(&l->body);
}

/* Each client has one request under way, until the time is over; then the last ones are awaited. */
static double load_run(struct load *l, int64_t duration_ms)
{
    int64_t begun_us = clock_mono_us(), end_us = begun_us + duration_ms * 1000, counted = 0;
    int under_way = CLIENTS;
    struct bench_answer answer;
    struct epoll_event events[CLIENTS];
    for (int i = 0; i < CLIENTS; i++)
        send_create(l, &l->clients[i]);
    while (under_way > 0) {
        int n = epoll_wait(l->epoll, events, CLIENTS, 10000);
        if (n == 0)
            die("the server answers no more");
        for (int i = 0; i < n; i++) {
            struct bench_conn *c = events[i].data.ptr;
            if (!bench_receive(c, false, &answer))
                continue;
            if (answer.status != 201)
                die("a create was answered %d: %.*s", answer.status, STR_ARG(answer.body));
            bool go_on = clock_mono_us() < end_us;
            counted += go_on;
            if (go_on)
                send_create(l, c);
            else
                under_way--;
        }
    }
    return (double)counted * 1000 / (double)duration_ms;
}

/* A person without a role: may create tasks, and sees what everyone sees. */
static char *make_user(struct bench_server *s)
{
    struct bench_conn c;
    bench_server_start(s);
    char *admin = bench_server_token(s, "admin");
    bench_connect(&c, s->port);
    (void)bench_call(&c, "POST", "/api/v1/records/user", str_of(admin), NULL,
                     STR("{\"name\":\"" CREATE_USER "\",\"title\":\"Bench\"}"), 201);
    bench_disconnect(&c);
    char *token = bench_server_token(s, CREATE_USER);
    bench_server_stop(s);
    free(admin);
    return token;
}

int main(void)
{
    struct bench_server s;
    struct load l;
    double ours[ROUNDS], bare[ROUNDS];
    bench_server_init(&s, false);
    char *token = make_user(&s);
    struct replay *r = replay_new(s.dir);
    replay_tell(r);
    bench_server_start(&s);
    load_open(&l, s.port, token);
    (void)load_run(&l, WARM_UP_MS);
    (void)replay_run(r, WARM_UP_MS);
    for (int i = 0; i < ROUNDS; i++) {
        int64_t cpu_ms = bench_server_cpu_ms(&s);
        ours[i] = load_run(&l, ROUND_MS);
        cpu_ms = bench_server_cpu_ms(&s) - cpu_ms;
        bare[i] = replay_run(r, ROUND_MS);
        bench_note("round %d: %.0f creates a second over HTTP (%.0f us of the server's time each), %.0f in the bare "
                   "loop: %.3f",
                   i + 1, ours[i], (double)cpu_ms * 1e6 / (ours[i] * ROUND_MS), bare[i], ours[i] / bare[i]);
    }
    load_close(&l);
    replay_free(r);
    bench_server_remove(&s);
    free(token);
    double rate = bench_median(ours, ROUNDS), loop = bench_median(bare, ROUNDS);
    bool pass = bench_report("create_ratio", rate / loop, "ratio", BENCH_AT_LEAST, 0.4);
    bench_report("create_rate", rate, "creates/s", BENCH_NO_TARGET, 0);
    bench_report("create_bare_rate", loop, "creates/s", BENCH_NO_TARGET, 0);
    return pass ? 0 : 1;
}
