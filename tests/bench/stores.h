/* SPDX-License-Identifier: Apache-2.0 */
/* stores.h - the shapes of examples/performance on real stores: time per task beside the SQL alone.
 *
 *   SQLite, a file, 32 callers       always
 *   PostgreSQL, 256 callers          when CLOACINA_TEST_POSTGRES has an URL */
#ifndef BENCH_STORES_H
#define BENCH_STORES_H

#include <stdbool.h>

/* Calls `tell` with each figure and that of its floor. Ends the program when a store cannot be
 * measured. `is_quick`: hardly more than that it works. */
void stores_measure(bool is_quick,
                    void (*tell)(void *user, const char *unit, double value, double floor,
                                 const char *name),
                    void *user);

#endif
