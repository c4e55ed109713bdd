/* SPDX-License-Identifier: Apache-2.0 */
/* chain.h - three tasks in a chain, for the tests that compare a floor with the engine: one after
 * the other, the engine has no choice of batches either. */
#ifndef BENCH_CHAIN_H
#define BENCH_CHAIN_H

#include "performance.h"

enum { CHAIN_EXECUTIONS = 5 };

extern const struct performance chain;

/* Executes it so often, one after the other. `schema` is PostgreSQL's. A failure fails the test. */
void chain_execute(const char *url, const char *schema);

#endif
