/* SPDX-License-Identifier: Apache-2.0 */
/* simulate.h - what `cloacinactl simulate` was asked for.
 *
 *   simulate.c           the command: options, list, report
 *   simulate_source.c    which workflow: a file, a formula, a library, a built-in name
 *   simulate_run.c       one seed in one world
 *   simulate_progress.c  the bar */
#ifndef CLI_SIMULATE_H
#define CLI_SIMULATE_H

#include <stdbool.h>
#include <stdint.h>

enum simulate_progress { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };
enum simulate_checkers { CHECKERS_ON, CHECKERS_OFF };

enum { SIMULATE_SEEDS_MAX = 1000000, SIMULATE_SLOTS_MAX = 1000000 };

/* Texts are Borrowed from the command line; NULL: not given. */
struct simulate_options {
    const char *workflow;
    const char *generate;
    const char *library;
    const char *context;
    const char *json;
    const char *trace;
    uint64_t seed;
    uint64_t seeds;
    uint64_t runners;
    uint64_t slots;    /* per runner; 0: unlimited */
    uint64_t progress; /* enum simulate_progress */
    uint64_t checkers; /* enum simulate_checkers */
    bool is_strict;
    bool is_list;
};

#endif
