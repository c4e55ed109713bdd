/* SPDX-License-Identifier: Apache-2.0 */
/* search.h - one subject, many runs: what is explored, and what came out of one run.
 *
 *   subject (how a world is made and judged)
 *      |                       seeds    a plan and one seed after the other          search_seed
 *      v                       sweep    one fault after the other; pairs             sweep.h
 *   search_run(source) ------- shrink   fewer and smaller decisions, same finding    shrink.h
 *      |                       twice    the same decisions, the same trace?          twice.h
 *      v                       pool     the same in child processes                  pool.h
 *   outcome: finding, decisions, figures
 *
 * Law: a run is a function of the subject and the decisions alone. Whatever explores, the decisions
 * of what it found, replayed, find it again. */
#ifndef SEARCH_SEARCH_H
#define SEARCH_SEARCH_H

#include <cloacina/property.h>
#include <cloacina/world.h>

#include "base/hash.h"
#include "checker/edges.h"
#include "oracle/sources.h"
#include "oracle/token.h"
#include "world/tale.h"

/* What is explored. Everything is Borrowed and outlives the search; `heap` also outlives the
 * outcomes. */
struct search_subject {
    struct cloacina_heap *heap; /* NULL: the system heap */
    /* Of every world; seed, is_seeded and faults are not looked at. */
    struct cloacina_world_options world;
    const char *workflow; /* in tokens */
    const char *plan;     /* in tokens; NULL: none */
    /* Puts workflows, properties, behaviours and submissions into a fresh world. `seed` is that of
     * the run, if `uses_seed`, and else 0; a replay gets it back from the token ("seed=17").
     * An error ends the search. */
    enum cloacina_code (*prepare)(void *user, struct cloacina_world *world, uint64_t seed,
                                  struct cloacina_error *err);
    void *user;
    bool uses_seed;
    bool is_transparent; /* I-20: transient store errors alone must not change how tasks end; set it
                            when the calm run is deterministic in its outcome */
};

/* Whose memory the search uses. */
struct cloacina_heap *search_heap(const struct search_subject *subject);

/* What was wrong in a run. */
struct search_finding {
    /* "I-03", "always", "eventually", "crash" (a signal or an exit), "hang", "assertion"; static.
     * NULL: nothing was wrong. */
    const char *id;
    char name[96]; /* of the property; else "" */
    char message[CLOACINA_ERROR_MESSAGE_SIZE];
    int64_t at; /* virtual time since the start */
};

/* The static text of an id that was written down; NULL: there is no such. */
const char *search_finding_id(const char *text);

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

/* How every task of a calm run ended, so that transparent subjects need it only once (I-20). Owned
 * by the caller; fields private. */
struct search_calm {
    struct cloacina_heap *heap;
    uint64_t seed;
    bool is_known;
    uint8_t *endings; /* Owned */
    size_t count, capacity;
};
void search_calm_init(struct search_calm *calm, struct cloacina_heap *heap);
void search_calm_finish(struct search_calm *calm);

/* What a run is asked, beside its source. All-zero: nothing. Borrowed. */
struct search_setup {
    uint64_t seed; /* handed to `prepare` */
    struct coverage *coverage;
    struct edges *edges;
    struct tape *tape;
    struct teller *teller;
    uint64_t *sometimes;      /* bit i is set when the i-th "sometimes" property was true */
    uint64_t *pulse;          /* counts up while the world moves: somebody watches it */
    struct search_calm *calm; /* of this subject, for many runs; NULL: made again when needed */
    /* The run ends there, without a finding; 0: where the world's options say. */
    uint64_t events_max;
    struct cloacina_world **world; /* points at the world while there is one, for a teller */
    uint8_t scribble;       /* of world_setup: bodies find their memory elsewhere, and filled so */
    bool without_decisions; /* only the finding is wanted */
};

/* ---- one run ---- */

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

/* The same with chance: a plan (NULL: no faults, but order, jitter and ids vary) and a seed, which
 * is also handed to `prepare`: `setup->seed` is not looked at. */
enum cloacina_code search_seed(const struct search_subject *subject,
                               const struct cloacina_fault_plan *plan, uint64_t seed,
                               const struct search_setup *setup, struct search_outcome *ret_outcome,
                               struct cloacina_error *err) MUST_CHECK;

/* The world of such a run, still to be run; `setup` is that of search_run. For those who look into
 * it: search_run is this, cloacina_world_run and a judgement. Destroy it. */
enum cloacina_code search_world(const struct search_subject *subject, struct source *source,
                                const struct search_setup *setup, struct cloacina_world **ret_world,
                                struct cloacina_error *err) MUST_CHECK;

#endif
