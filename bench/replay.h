/*
 * The bare loop: the statements that the server's writer runs for one create, recorded from it, run again and again.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The statements come from a trace of creates that the server's own modules make on a copy of the data folder, without
 * its BEGIN, COMMIT and savepoints. Two creates of the trace are laid side by side: a value that differs between them
 * is made afresh for each round (an id is a new id, a number goes on, bytes are random), equal ones stay equal; every
 * other value is bound as it was. Threads: one.
 */
#ifndef TANDEM_BENCH_REPLAY_H
#define TANDEM_BENCH_REPLAY_H

#include "base/base.h"

struct replay;

/* Records on a copy of the data folder `dir`, and opens a copy of its database beside it for the loop. */
struct replay *replay_new(const char *dir);
struct replay *replay_free(struct replay *r);
/* Tells the statements, on standard error. */
void replay_tell(const struct replay *r);
/* Runs creates, 16 to a transaction, for that long; returns how many a second. */
double replay_run(struct replay *r, int64_t duration_ms);

#endif
