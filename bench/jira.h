/*
 * The messages of a Jira: campaigns that are under way, and campaigns that somebody moves to Done, signed.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef TANDEM_BENCH_JIRA_H
#define TANDEM_BENCH_JIRA_H

#include "bench.h"

#define JIRA_SECRET "a secret that only this benchmark knows"

/* The requests of campaign n, ready to be sent to the connection "jira" of the demo company. */
void jira_started(struct buf *out, int n);
void jira_done(struct buf *out, int n);

#endif
