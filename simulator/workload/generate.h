/* SPDX-License-Identifier: Apache-2.0 */
/* generate.h - workloads from a formula: the same text gives the same tasks, on every machine.
 *
 *   chain:N                 task 1 <- task 2 <- ... <- task N
 *   layered:WxD,edges=E     D layers of W tasks; each task waits for E distinct tasks of the layer
 *                           before its own
 *   random:N,edges=E        each task waits for E distinct tasks among those before it, or for all
 *                           of them if there are fewer
 *
 * Behind that, in any order: edges=E (default 3, or W if that is smaller), seed=S (default 0) for
 * the choice of edges and costs, cost=MS for the same cost everywhere; otherwise each task costs 1
 * to 1000 ms. */
#ifndef GENERATE_H
#define GENERATE_H

#include "workload/workload.h"

enum { GENERATE_DEPENDENCIES_MAX = 67108864 };         /* of all tasks together */
#define GENERATE_COST_MS_MAX (INT64_C(365) * 86400000) /* of one task */

/* Fills `workload`, which is as after workload_init. INVALID, OUT_OF_RANGE: the formula, with the
 * part that is wrong; LIMIT: too many dependencies; NO_MEMORY. */
enum cloacina_code generate(struct text formula, struct workload *workload,
                            struct cloacina_error *err) MUST_CHECK;

#endif
