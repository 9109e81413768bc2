/*
 * The parts of a running Tandem, opened and closed in one order.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A data folder has one user at a time: server_open() takes its lock. Commands open it without serving; `tandem serve`
 * starts the rest. Errors: ERR_NOT_FOUND (no data folder), ERR_CONFLICT (in use), those of the parts. Threads: made and
 * ended on one.
 */
#ifndef TANDEM_APP_SERVER_H
#define TANDEM_APP_SERVER_H

#include "api/api.h"
#include "app/sources.h"

struct server {
    struct str dir;
    struct arena arena;
    int lock_fd;
    struct keys keys;
    struct sources sources;
    struct db *db;
    struct event_log *log;
    struct meta *meta;
    struct records *records;
    struct auth *auth;
    struct hub *hub;
    struct flows *flows;
    struct jobs *jobs;
    struct job_kind kinds[2];
    struct api *api;
    struct http_server *http;
    bool demo;          /* the demo company is there */
    struct str address; /* "http://127.0.0.1:8080" once it listens */
};

/* Makes DIR (new or empty) a data folder: keys and an empty database. */
MUST_CHECK int server_create(const char *dir, struct problem *why);
MUST_CHECK int server_open(const char *dir, struct server *s, struct problem *why);
struct serve_options {
    const char *listen;
    bool behind_proxy; /* plain HTTP beyond loopback is fine: a proxy does TLS */
};
MUST_CHECK int server_start(struct server *s, const struct serve_options *o, struct problem *why);
/* Drains within 10 s. */
void server_stop(struct server *s);
void server_close(struct server *s);
/* 1: another process uses the folder; 0: none; negative: no such folder. */
int server_is_running(const char *dir);

/* The company of commands and of the demo: the first one. ERR_NOT_FOUND before init. */
MUST_CHECK int server_system_actor(struct server *s, struct arena *a, struct actor *ret);

#endif
