/* SPDX-License-Identifier: Apache-2.0 */
/* execution.h - what the commands about executions share. Each verb is a file of its own:
 * execution_list.c, execution_show.c, execution_events.c, execution_change.c, execution_export.c. */
#ifndef CLOACINACTL_EXECUTION_H
#define CLOACINACTL_EXECUTION_H

#include "cloacinactl/database.h"
#include "cloacinactl/document.h"
#include "cloacinactl/loaded.h"

/* The values of a verb with an operand and no option of its own. */
struct execution_values {
    struct database_values database;
    const char *id;
};

/* The members of an execution in every document. */
void execution_document(struct document *document, const struct dal_listed *listed);

/* The same as it is listed. Texts are Borrowed from `loaded`. */
struct dal_listed execution_listed(const struct loaded *loaded);

/* Finds the execution that `text` names, and reads it. On an error there is nothing to finish. */
enum cloacina_code execution_read(const struct command_call *call, struct dal *dal,
                                  const char *text, struct loaded *ret_loaded,
                                  struct cloacina_error *err) MUST_CHECK;

/* Writes what it did, attempt by attempt, as simulator/workload/logbook.h reads it. */
enum cloacina_code execution_record(struct loaded *loaded, struct dal *dal,
                                    struct document *document,
                                    struct cloacina_error *err) MUST_CHECK;

#endif
