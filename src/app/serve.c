/* `tandem serve`: start, say where, wait for the signal to stop, drain. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "app/command.h"

/* No core files, and nobody else's debugger: keys are in memory. */
static void harden(void)
{
    const struct rlimit none = {0, 0};
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* Each request takes and gives back a little memory, in many threads: it must not go to the kernel and back each time.
 */
static void keep_memory(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, 4 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 2 << 20);
    (void)mallopt(M_TOP_PAD, 128 << 10);
}

struct first_start {
    struct server *s;
    bool first;
};

static int is_first(struct db_tx *tx, void *arg)
{
    struct first_start *f = arg;
    return auth_is_first_start(f->s->auth, tx, &f->first);
}

/* Until somebody has set a password there is no way in but a one-time link; only the log of this start shows it. */
static void offer_link(struct server *s)
{
    CLEANUP(arena_release) struct arena a = {0};
    struct first_start f = {.s = s};
    struct problem why;
    struct str token;
    arena_init(&a);
    problem_init(&why, &a);
    if (db_read(s->db, is_first, &f) < 0 || !f.first)
        return;
    if (auth_link_create(s->auth, STR("admin"), &a, &token, &why) == 0)
        (void)fprintf(stderr, "first log-in, once, as admin: %.*s/welcome/%.*s\n", STR_ARG(s->address), STR_ARG(token));
}

static void wait_for_signal(const sigset_t *signals)
{
    int number;
    while (sigwait(signals, &number) != 0)
        ;
    LOG(INFO, "stopping");
}

/* A folder whose keys are there and whose database is not lost something (a disk that is not mounted, a restore half
 * done): an empty one must not take its place unseen. */
static int check_database(struct str data, struct problem *why)
{
    CLEANUP(arena_release) struct arena a = {0};
    arena_init(&a);
    struct str keys = arena_fmt(&a, "%.*s/keys", STR_ARG(data)), file = arena_fmt(&a, "%.*s/tandem.db", STR_ARG(data));
    if (access(keys.ptr, F_OK) < 0 || access(file.ptr, F_OK) == 0)
        return 0; /* server_open() says what the folder is */
    return PROBLEM(why, FILE_UNREADABLE, ARG("file", file), ARG("reason", str_of(strerror(errno))));
}

int cmd_serve(struct value args, struct problem *why)
{
    struct server s;
    struct control *control = NULL;
    sigset_t signals;
    struct str data = command_arg(args, "--data"), listen = command_arg(args, "--listen");
    harden();
    keep_memory();
    (void)signal(SIGPIPE, SIG_IGN);
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL); /* before threads start, so that only sigwait() takes them */
    int err = check_database(data, why);
    if (err == 0)
        err = server_open(data.ptr, &s, why);
    if (err < 0)
        return err;
    err = server_start(&s,
                       &(struct serve_options){.listen = str_empty(listen) ? "127.0.0.1:8080" : listen.ptr,
                                               .behind_proxy = command_flag(args, "--behind-proxy")},
                       why);
    if (err == 0)
        err = control_start(&s, &control, why);
    if (err == 0) {
        offer_link(&s);
        (void)printf("listening on %.*s\n", STR_ARG(s.address));
        (void)fflush(stdout);
        wait_for_signal(&signals);
    }
    control_stop(control);
    server_stop(&s);
    server_close(&s);
    return err;
}
