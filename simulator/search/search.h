/* SPDX-License-Identifier: Apache-2.0 */
/* search.h - one subject, many runs: what is explored, and what came out of one run.
 *
 *   subject (how a world is made and judged)
 *      |                       seeds    a plan and one seed after the other          seeds.h
 *      v                       sweep    one fault after the other; pairs             sweep.h
 *   search_run(source) ------- shrink   fewer and smaller decisions, same finding    shrink.h
 *      |                       pool     the same in child processes                  pool.h
 *      v
 *   outcome: finding, decisions, figures
 *
 * Law: a run is a function of the subject and the decisions alone. Whatever explores, the decisions
 * of what it found, replayed, find it again. */
#ifndef SEARCH_SEARCH_H
#define SEARCH_SEARCH_H

#include <cloacina/property.h>
#include <cloacina/world.h>

#include "checker/edges.h"
#include "oracle/sources.h"
#include "oracle/token.h"
#include "world/tale.h"

/* What is explored. Everything is Borrowed and outlives the search. */
struct search_subject {
    struct cloacina_heap *heap; /* NULL: the system heap */
    /* Of every world; seed, is_seeded and faults are not looked at. */
    struct cloacina_world_options world;
    const char *workflow; /* in tokens */
    const char *plan;     /* in tokens; NULL: none */
    /* Puts workflows, properties, behaviours and submissions into a fresh world. `seed` is that of
     * the run (0 in a sweep); a replay gets it back from the token ("seed=17"), if `uses_seed`.
     * An error ends the search. */
    enum cloacina_code (*prepare)(void *user, struct cloacina_world *world, uint64_t seed,
                                  struct cloacina_error *err);
    /* After a run, before its world is destroyed; NULL: nothing. */
    void (*finish)(void *user, struct cloacina_world *world);
    void *user;
    bool uses_seed;
    bool is_transparent; /* I-20: transient store errors alone must not change how tasks end; set it
                            when the calm run is deterministic in its outcome */
};

/* What was wrong in a run. */
struct search_finding {
    /* "I-03", "always", "eventually", "crash" (a signal or an exit), "hang"; static. NULL: nothing
     * was wrong. */
    const char *id;
    char name[96]; /* of the property; else "" */
    char message[CLOACINA_ERROR_MESSAGE_SIZE];
    int64_t at; /* virtual time since the start */
};

/* Two findings are the same one: same id, and same property. */
bool search_finding_equal(const struct search_finding *a, const struct search_finding *b);

/* Figures of one run; those of many are added up. Plain data. */
struct search_figures {
    uint64_t runs, events, attempts, decisions;
    int64_t virtual_ns;
};

/* What came out of one run. Owned by the caller. */
struct search_outcome {
    struct search_finding finding;
    struct search_figures figures;
    struct hash128 trace;
    struct decision *decisions; /* from the arena, in the order in which they were taken */
    size_t decision_count;
    struct arena arena;
};
void search_outcome_init(struct search_outcome *outcome, struct cloacina_heap *heap);
void search_outcome_finish(struct search_outcome *outcome);

/* What a run is asked, beside its source. All-zero: nothing. Borrowed. */
struct search_setup {
    uint64_t seed; /* handed to `prepare` */
    struct coverage *coverage;
    struct edges *edges;
    struct tape *tape;
    struct teller *teller;
    uint64_t *sometimes;    /* bit i is set when the i-th "sometimes" property was true */
    uint64_t *pulse;        /* counts up while the world moves: somebody watches it */
    bool without_decisions; /* only the finding is wanted */
};

/* One world from beginning to end. What was wrong is an outcome, not an error; errors are those of
 * `prepare`, and NO_MEMORY. `ret_outcome` is initialised, and what it held is forgotten. */
enum cloacina_code search_run(const struct search_subject *subject, struct source *source,
                              const struct search_setup *setup, struct search_outcome *ret_outcome,
                              struct cloacina_error *err) MUST_CHECK;

/* The same with a list of decisions. `ret_found` may be NULL: how many of them were asked for. */
enum cloacina_code search_replay(const struct search_subject *subject,
                                 const struct decision *decisions, size_t count,
                                 const struct search_setup *setup,
                                 struct search_outcome *ret_outcome, size_t *ret_found,
                                 struct cloacina_error *err) MUST_CHECK;

#endif
