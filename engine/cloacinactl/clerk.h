/* SPDX-License-Identifier: Apache-2.0 */
/* clerk.h - a runner without bodies, for as long as one command needs it: what a person asks of an
 * execution goes the same way as what a program asks.
 *
 *     clerk_open -> clerk_ask ... -> clerk_close
 *
 * It is stepped by the calling thread. It claims nothing, since it offers nothing. */
#ifndef CLOACINACTL_CLERK_H
#define CLOACINACTL_CLERK_H

#include "registry/registry.h"
#include "runner/runner.h"

/* Owned by the caller, and stays where it is; fields private. */
struct clerk {
    struct executor executor;
    struct registry bodies; /* empty */
    struct random_seeded random;
    struct cloacina_clock *clock;
    struct dal *dal;
    struct runner *runner;
    atomic_bool is_woken;
    bool is_answered;
};

/* The store is Borrowed, and must be open for writing. On an error there is nothing to close. */
enum cloacina_code clerk_open(struct clerk *clerk, struct cloacina_heap *heap, struct dal *dal,
                              struct cloacina_error *err) MUST_CHECK;

/* Asks, and steps until the answer has come; `done` and `user` of the command are set here. A
 * RUNNER_SUBMIT that waits, or a RUNNER_WAIT, is ended after `timeout_ns` (INT64_MAX: never) with
 * TIMEOUT. Whatever the store does not answer for a minute is given up with UNAVAILABLE: nobody
 * knows then whether it was carried out, and the clerk can only be closed. */
enum cloacina_code clerk_ask(struct clerk *clerk, struct runner_command *command,
                             int64_t timeout_ns, struct cloacina_error *err) MUST_CHECK;

/* Closes its lease, if the store lets it within a few seconds. */
void clerk_close(struct clerk *clerk);

#endif
