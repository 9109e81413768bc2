/*
 * Commands: what the command line does with data, in this process or, while a server runs, in that one through its
 * socket. SPDX-License-Identifier: Apache-2.0
 *
 * A command is a row of one table: its words, its options (parsed, checked and shown by --help from the table), and a
 * function that gets the arguments as a map and answers with a JSON object whose member "text" is for people. Exit
 * codes: 0 done, 1 refused, 2 not understood.
 */
#ifndef TANDEM_APP_COMMAND_H
#define TANDEM_APP_COMMAND_H

#include "app/server.h"

enum { COMMAND_OPTIONS_MAX = 8, EXIT_REFUSED = 1, EXIT_USAGE = 2 };

struct command_option {
    const char *name; /* "--user"; a word in capitals ("NAME") is a positional argument; NULL ends the list */
    const char *help;
    bool required, flag, stdin_secret; /* stdin_secret: read from standard input, never from the command line */
};

struct command {
    const char *words; /* "token create" */
    const char *help;
    struct command_option options[COMMAND_OPTIONS_MAX];
    int (*run)(struct server *s, struct value args, struct arena *a, struct buf *out, struct problem *why);
};
extern const struct command commands[];
extern const size_t commands_len;

/* The argument's text; STR_NULL where it was not given. */
struct str command_arg(struct value args, const char *name);
bool command_flag(struct value args, const char *name);

/* A problem's stable code, and its sentences for a person, one a line. */
struct str command_code(const struct problem *why, int err);
void command_explain(const struct problem *why, int err, enum lang lang, struct buf *out);

/* Runs by its words; answers {"text", …} or a problem. */
int command_run(struct server *s, struct str words, struct value args, struct arena *a, struct buf *out,
                struct problem *why);

/* ---- The socket of a running server: DIR/tandem.sock, for its owner alone ---- */
struct control;
MUST_CHECK int control_start(struct server *s, struct control **ret, struct problem *why);
struct control *control_stop(struct control *c);
/* Asks the running server; the answer is its JSON line {"exit", "out" or "problem"}. */
MUST_CHECK int control_ask(const char *dir, struct str request, struct arena *a, struct str *ret, struct problem *why);

/* Commands that are not asked of a running server. */
int cmd_serve(struct value args, struct problem *why);
int cmd_demo_remove(struct value args, struct arena *a, struct buf *out, struct problem *why);
int cmd_init(struct value args, struct arena *a, struct buf *out, struct problem *why);

#endif
