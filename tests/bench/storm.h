/* SPDX-License-Identifier: Apache-2.0 */
/* storm.h - what is measured beside calm weather: searches, and a year.
 *
 *   ten tasks on three runners, chaos     floor: the same workflow, nothing goes wrong
 *   a sweep over five tasks               floor: as many calm runs
 *   three tasks, every hour for a year    floor: the bare loop of floor.c with as many events */
#ifndef BENCH_STORM_H
#define BENCH_STORM_H

#include <stdint.h>

/* Processor time of `seeds` worlds of ten tasks on three runners, checkers on; with the plan
 * `faults`, NULL: calm. Ends the program when a promise is broken. */
int64_t storm_seeds_ns(const char *faults, uint64_t seeds);

/* Of a whole sweep over five tasks on two runners; `ret_runs`: how many runs that is. */
int64_t storm_sweep_ns(uint64_t *ret_runs);

/* Of one calm run of the same. */
int64_t storm_calm_ns(void);

/* Of a year of three tasks that are submitted every hour, checkers on; `ret_beats`: how often the
 * runner beats in it. */
int64_t storm_year_ns(uint64_t *ret_beats);

#endif
