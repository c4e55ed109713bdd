/* SPDX-License-Identifier: Apache-2.0 */
/* simulate.h - what `cloacinactl simulate` was asked for.
 *
 *   simulate.c           the command: its options, and which way it goes
 *     |   simulate_check.c     what contradicts itself
 *     |   simulate_session.c   what every way needs: source, context, outputs
 *     v
 *   calm      simulate_calm.c, simulate_run.c   one seed after the other, nothing goes wrong
 *   search    simulate_search.c                 many runs in child processes
 *   replay    simulate_replay.c                 one token
 *
 * README.md has the rest. */
#ifndef CLI_SIMULATE_H
#define CLI_SIMULATE_H

#include <stdbool.h>
#include <stdint.h>

enum simulate_progress { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };
enum simulate_checkers { CHECKERS_ON, CHECKERS_OFF };
enum simulate_story { STORY_SHORT, STORY_ALL };

enum {
    SIMULATE_SEEDS_MAX = 1000000,
    SIMULATE_SLOTS_MAX = 1000000,
    SIMULATE_RUNNERS_DEFAULT = 1,
    SIMULATE_SLOTS_DEFAULT = 4
};

/* Not given on the command line; of seeds, runners and jobs that is 0. */
#define SIMULATE_NOT_GIVEN UINT64_MAX

/* Texts are Borrowed from the command line or a token; NULL: not given. */
struct simulate_options {
    const char *workflow;
    const char *generate;
    const char *library;
    const char *context;
    const char *json;
    const char *trace;
    const char *faults;        /* a plan, a file with one, or "list" */
    const char *budget;        /* of wall time, for a search: "60s" */
    const char *replay;        /* a token, or a file with one */
    const char *corpus;        /* a folder of tokens */
    const char *known;         /* a file of failures that are accepted */
    const char *require_sites; /* a pattern over "site=fault" */
    const char *upgrade_from;  /* a shared object with the old bodies */
    const char *junit;
    const char *coverage;
    const char *emit_test; /* a file, or "none" */
    uint64_t seed;
    uint64_t seeds;
    uint64_t runners;
    uint64_t slots;    /* per runner; 0: unlimited */
    uint64_t jobs;     /* child processes of a search */
    uint64_t progress; /* enum simulate_progress */
    uint64_t checkers; /* enum simulate_checkers */
    uint64_t story;    /* enum simulate_story */
    uint64_t store;    /* enum cloacina_world_store */
    bool is_strict;
    bool is_list;
    bool is_sweep;
    bool has_pairs;
    bool is_twice;
    bool adds_to_corpus;
};

#endif
