/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_findings.h - what a search has found, each finding once.
 *
 *   stage (tokens of the corpus | the calm run | the sweep | the seeds)
 *      run, run, run ...  --findings_note-->  found: the same id and property are one
 *
 * Law: of all runs with a finding, the one with the lowest number of the earliest stage is told,
 * whichever child was faster. */
#ifndef CLI_SIMULATE_FINDINGS_H
#define CLI_SIMULATE_FINDINGS_H

#include "simulate/simulate_subject.h"
#include "simulate/simulate_token.h"

/* In the order of a search. */
enum stage_kind { STAGE_TOKEN, STAGE_CORPUS, STAGE_CALM, STAGE_SWEEP, STAGE_SEEDS };

/* Where runs come from. Owned by the caller, and stays where it is. */
struct stage {
    enum stage_kind kind;
    struct simulate_subject subject;
    struct simulate_token said; /* the world, for tokens; `seed` is that of run 0 */
    const char *plan;           /* Borrowed; for tokens; NULL: none */
    const char *name;           /* Borrowed; of a corpus token */
};

/* The seed of a run, as its world gets it. */
uint64_t stage_seed(const struct stage *stage, uint64_t run);

/* "seed 17", "sweep, run 204", "corpus/a.token". */
void stage_describe_run(const struct stage *stage, uint64_t run, struct text_builder *builder);

struct found {
    const struct stage *stage; /* Borrowed */
    uint64_t run;
    struct search_finding finding;
    struct decision *decisions; /* in the arena */
    size_t decision_count;
    uint64_t count; /* runs that had it */
};

/* Owned by the caller; read freely. */
struct findings {
    struct cloacina_heap *heap; /* Borrowed */
    struct arena arena;
    struct found *list; /* Owned */
    size_t count, capacity;
};

void findings_init(struct findings *findings, struct cloacina_heap *heap);
void findings_finish(struct findings *findings);

/* `tape` has the decisions of the run, a line each. NO_MEMORY. */
enum cloacina_code findings_note(struct findings *findings, const struct stage *stage, uint64_t run,
                                 const struct search_finding *finding, struct text tape,
                                 struct cloacina_error *err) MUST_CHECK;

/* Puts them into the order of their stages and runs. */
void findings_sort(struct findings *findings);

/* Ends the process, or jumps out of it: such a run is repeated in child processes only. */
bool finding_is_deadly(const struct search_finding *finding);

#endif
