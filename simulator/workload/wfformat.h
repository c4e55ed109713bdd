/* SPDX-License-Identifier: Apache-2.0 */
/* wfformat.h - recorded runs of real workflows (WfFormat, https://wfcommons.org) as workloads.
 *
 * Of the file these parts are read, the rest is skipped:
 *
 *   "name"            the name of the workflow
 *   "schemaVersion"   "1.5", or "1.4", in which these parts are the same
 *   "workflow"
 *     "specification" "tasks": [{"id", "parents": [ids], "children": [ids]}]
 *     "execution"     "tasks": [{"id", "runtimeInSeconds"}]
 *
 * An edge may be written in its parent, in its child, or in both: what any of them says counts. A
 * runtime is taken from its decimal digits, rounded once to nanoseconds. */
#ifndef WFFORMAT_H
#define WFFORMAT_H

#include "workload/workload.h"

enum { WFFORMAT_BYTES_MAX = 1073741824 };                           /* of a file: 1 GiB */
#define WFFORMAT_RUNTIME_NS_MAX (INT64_C(365) * 86400 * 1000000000) /* of one task */

/* Fills `workload`, which is as after workload_init. `file` names the source in messages and must
 * outlive the workload. INVALID, LIMIT: "run.json:12:3: task 'b': parent 'a' does not exist";
 * NO_MEMORY. A cycle is found by workload_build. */
enum cloacina_code wfformat_read(struct text json, const char *file, struct workload *workload,
                                 struct cloacina_error *err) MUST_CHECK;

#endif
