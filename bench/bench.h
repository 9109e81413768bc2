/*
 * What the benchmarks share: a lean HTTP client, a server to measure, figures and how they are told.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A benchmark prints one JSON object a line on standard output, {"name", "value", "unit", "target", "pass"}, and tells
 * its progress on standard error. Errors end it: half a measurement is none. Threads: one.
 */
#ifndef TANDEM_BENCH_BENCH_H
#define TANDEM_BENCH_BENCH_H

#include <sys/types.h>

#include "base/base.h"

/* ---- figures.c ---- */

enum bench_want { BENCH_NO_TARGET, BENCH_AT_LEAST, BENCH_AT_MOST, BENCH_BELOW };

/* Prints the line; returns whether the target was met (true without one). */
bool bench_report(const char *name, double value, const char *unit, enum bench_want want, double target);
/* Words about the run, on standard error. */
void bench_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
double bench_median(double *values, size_t len); /* sorts them */
/* The value that `percent` of them do not exceed; sorts them. */
int64_t bench_percentile(int64_t *values, size_t len, double percent);

/* ---- http.c ---- */

enum { BENCH_IN_BYTES = 1 << 16 };

/* One keep-alive connection. An answer is read whole into `in`. */
struct bench_conn {
    int fd;
    char *in;
    size_t in_len, in_cap;
    size_t head_len, answer_len; /* of the answer in `in`, once the header is there; else 0 */
    int status;
};

struct bench_answer {
    int status;
    struct str body; /* until the next answer of the connection */
};

void bench_connect(struct bench_conn *c, int port);
void bench_disconnect(struct bench_conn *c);
/* Sends the whole of it; waits where the peer is slow. */
void bench_send(struct bench_conn *c, struct str bytes);
/* Takes what has arrived (waits for the first byte only where `wait`); true once an answer is whole. */
bool bench_receive(struct bench_conn *c, bool wait, struct bench_answer *ret);
/* A request with its body, ready to be sent. `extra`: more header lines, each ended by CR LF, or NULL. */
void bench_request(struct buf *out, const char *method, struct str path, struct str token, const char *extra,
                   struct str body);
/* Sends a request and waits for its answer; ends the program where the status is another than `want`. */
struct str bench_call(struct bench_conn *c, const char *method, const char *path, struct str token, const char *extra,
                      struct str body, int want);
/* The text at a key, found without parsing the rest: "id" of {"id":"…"}. Ends the program where it is not there. */
struct str bench_json_text(struct str json, const char *key);

/* ---- server.c ---- */

struct bench_server {
    const char *program;
    char *dir; /* the data folder */
    pid_t pid;
    int out; /* its standard output */
    int port;
};

/* A new data folder beside the build, made by `tandem init`. */
void bench_server_init(struct bench_server *s, bool demo);
void bench_server_start(struct bench_server *s); /* returns when it has said where it listens */
void bench_server_stop(struct bench_server *s);
void bench_server_remove(struct bench_server *s); /* the data folder, too */
/* A token of a user. */
char *bench_server_token(struct bench_server *s, const char *user);
int64_t bench_server_rss_kib(const struct bench_server *s);
int64_t bench_server_cpu_ms(const struct bench_server *s); /* its threads' time so far */

#endif
