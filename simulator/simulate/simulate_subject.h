/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_subject.h - what this command explores: worlds of one source, under one plan.
 *
 * Where nothing can go wrong, a workflow must complete. Where faults happen, they may be why it
 * does not, and only promises and properties are judged.
 * Law: a subject made from a token is the one that the token was written for. */
#ifndef CLI_SIMULATE_SUBJECT_H
#define CLI_SIMULATE_SUBJECT_H

#include "search/search.h"
#include "simulate/simulate_source.h"

/* What is asked of it then, beside its own properties. */
#define SIMULATE_COMPLETION "the workflow completes"

/* Owned by the caller, and stays where it is. */
struct simulate_subject {
    struct search_subject search;
    struct simulate_source *source; /* Borrowed */
    const char *context;            /* Borrowed; JSON */
    bool must_complete;
    struct cloacina_property completion;       /* with must_complete */
    struct cloacina_world_execution execution; /* of the world that was prepared last */
};

/* `plan` is the name for tokens, NULL or "none": nothing goes wrong. Everything is Borrowed. */
void simulate_subject_init(struct simulate_subject *subject, struct cloacina_heap *heap,
                           struct simulate_source *source, const struct simulate_options *options,
                           const char *context, const char *plan);

/* One run with these decisions, in a child process; or two of them in this one (I-29). `outcome` is
 * initialised. */
enum cloacina_code simulate_subject_replay(const struct simulate_subject *subject,
                                           const struct decision *decisions, size_t count,
                                           uint64_t seed, bool is_twice,
                                           struct search_outcome *outcome,
                                           struct cloacina_error *err) MUST_CHECK;

/* The options of a world for this source; the seed is not set. */
struct cloacina_world_options simulate_world_options(const struct simulate_source *source,
                                                     const struct simulate_options *options);

/* Can nothing go wrong under a plan of this name? */
bool simulate_plan_is_calm(struct text plan);

#endif
