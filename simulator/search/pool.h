/* SPDX-License-Identifier: Apache-2.0 */
/* pool.h - runs in child processes: a crash or a hang of a body is a finding, not the end.
 *
 *   parent --fork--> child 0: runs 0, j, 2j, ...      shared memory, one cell per child:
 *          --fork--> child 1: runs 1, j+1, ...          which run, its decisions as text, findings,
 *          ...                                          figures, coverage, a pulse
 *   parent: watches pulses (ten seconds without one is a hang), collects, starts a new child behind
 *           the run that killed the last one
 *
 * Nothing here handles signals: Ctrl-C ends the children with the parent.
 * Law: what the parent needs to replay a run is in shared memory before the run can die. */
#ifndef SEARCH_POOL_H
#define SEARCH_POOL_H

#include "checker/edges.h"
#include "search/isolate.h"
#include "search/search.h"

#define POOL_HANG_NS SEARCH_HANG_NS
enum { POOL_JOBS_MAX = 256 };

struct pool_options {
    uint32_t jobs;       /* child processes; 0: one */
    uint64_t runs;       /* how many; 0: until the budget ends, or `run` says that there are none */
    int64_t budget_ns;   /* of wall time; 0: no limit. What is under way then is finished */
    int64_t hang_ns;     /* 0: POOL_HANG_NS */
    bool stops_at_first; /* finding */
    /* In the child: does run number `run`. Tape, pulse, coverage, edges and sometimes of `setup`
     * are in shared memory. NOT_FOUND: there is no such run, and none behind it. */
    enum cloacina_code (*run)(void *user, uint64_t run, const struct search_setup *setup,
                              struct search_outcome *ret_outcome, struct cloacina_error *err);
    /* In the parent, for every run with a finding, as it comes in; `tape` has its decisions, a line
     * each. False: end all children. */
    bool (*found)(void *user, uint64_t run, const struct search_finding *finding, struct text tape);
    void (*progress)(void *user, uint64_t runs_done); /* NULL: nobody listens */
    /* As in search_isolation, around everything that a child does; NULL: nothing. What it finds
     * belongs to the run under way, and the next child goes on behind that. */
    bool (*enter)(void *user, void (*loop)(void *argument), void *argument,
                  struct search_finding *ret_finding);
    void *user;
};

struct pool_result {
    struct search_figures figures;
    struct coverage coverage;
    uint64_t properties_seen; /* bit i: the i-th "sometimes" of the subject was true in some run */
    struct edges edges;       /* of the state tables: how often each was taken */
    uint64_t runs;
    int64_t wall_ns;
};

/* Blocks until all is done. Errors: those of `run` (the first one), UNAVAILABLE (no process could
 * be started, or one died before its first run), INVALID (more than POOL_JOBS_MAX jobs),
 * NO_MEMORY. */
enum cloacina_code pool_run(const struct pool_options *options, struct pool_result *ret_result,
                            struct cloacina_error *err) MUST_CHECK;

#endif
