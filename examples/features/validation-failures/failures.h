/* SPDX-License-Identifier: Apache-2.0 */
/* failures.h - workflows that are wrong, each in its own way. */
#ifndef FAILURES_H
#define FAILURES_H

#include <cloacina/workflow.h>

/* One mistake: provoke() tries to build the workflow, and answers what the attempt answered. */
struct failure {
    const char *mistake; /* in words */
    enum cloacina_code (*provoke)(struct cloacina_error *err);
};

/* All of them; `failure_count` many. */
extern const struct failure failures[];
extern const unsigned failure_count;

/* The declared one among them, for its file and line. */
CLOACINA_TASK_DECLARE(pay);

#endif
