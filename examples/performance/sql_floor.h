/* SPDX-License-Identifier: Apache-2.0 */
/* sql_floor.h - what the database alone could do: the statements of the engine, without the engine.
 *
 *   lanes     1        2        ...  concurrency
 *   -----  submit   submit           submit      one transaction
 *   -----  wave 1   wave 1           wave 1      one transaction: its tasks end, the next are
 *   -----  wave 2   ...                          claimed; the last one ends the execution
 *
 * As many executions as there are callers go forward together, and each step of all of them is one
 * transaction: larger batches than the engine can have, whose callers do not march in step. The
 * tables are the engine's own: a runner makes them. The files are frozen: they change only when the
 * statements of the stores do, and tests/bench/test_floor.c says when. */
#ifndef EXAMPLES_SQL_FLOOR_H
#define EXAMPLES_SQL_FLOOR_H

#include "performance.h"

struct sql_floor_options {
    const char *database;                /* URL of what the engine uses; the floor's own is beside
                                            it */
    enum cloacina_durability durability; /* FULL or NORMAL */
    uint32_t concurrency;
};

struct sql_floor;

struct sql_floor_impl {
    /* Runs at least `executions`, and says how many it were. */
    enum cloacina_code (*run)(struct sql_floor *floor, uint64_t executions,
                              uint64_t *ret_executions, struct cloacina_error *err);
    void (*close)(struct sql_floor *floor);
};

/* Embedded first. */
struct sql_floor {
    const struct sql_floor_impl *impl;
};

/* INVALID: this kind of database has no floor. */
enum cloacina_code sql_floor_open(const struct performance *shape,
                                  const struct sql_floor_options *options,
                                  struct sql_floor **ret_floor,
                                  struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* The stores' own. */
enum cloacina_code floor_sqlite_open(const struct performance *shape,
                                     const struct sql_floor_options *options,
                                     struct sql_floor **ret_floor,
                                     struct cloacina_error *err) CLOACINA_MUST_CHECK;
enum cloacina_code floor_postgres_open(const struct performance *shape,
                                       const struct sql_floor_options *options,
                                       struct sql_floor **ret_floor,
                                       struct cloacina_error *err) CLOACINA_MUST_CHECK;

#endif
