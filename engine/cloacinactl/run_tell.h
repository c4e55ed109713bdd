/* SPDX-License-Identifier: Apache-2.0 */
/* run_tell.h - how a run ended, for people and for programs, whoever ran it. */
#ifndef CLOACINACTL_RUN_TELL_H
#define CLOACINACTL_RUN_TELL_H

#include <cloacina/runner.h>

#include "cloacinactl/command.h"
#include "cloacinactl/loaded.h"

/* Everything is Borrowed. */
struct ending {
    struct cloacina_execution_info info;
    const struct cloacina_task_info *tasks; /* info.tasks of them */
    struct text context;                    /* canonical JSON; "null": it is not over */
};

/* What a handle knows. Arrays are in the arena. NO_MEMORY. */
enum cloacina_code ending_of_handle(const struct cloacina_execution *execution, struct arena *arena,
                                    struct ending *ret_ending,
                                    struct cloacina_error *err) MUST_CHECK;

/* What the store's rows say. Likewise. */
enum cloacina_code ending_of_rows(struct loaded *loaded, struct ending *ret_ending,
                                  struct cloacina_error *err) MUST_CHECK;

/* Completed is OK, everything else FAILED with its reason. */
enum cloacina_code ending_judge(const struct ending *ending, struct cloacina_error *err) MUST_CHECK;

enum cloacina_code ending_tell(const struct command_call *call, const struct ending *ending,
                               bool is_json, struct cloacina_error *err) MUST_CHECK;

#endif
