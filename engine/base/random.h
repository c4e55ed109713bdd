/* SPDX-License-Identifier: Apache-2.0 */
/* random.h - randomness is a question with a label.
 *
 * Whoever needs an arbitrary choice asks `random_choose(random, label, bound)` and gets a number
 * below `bound`. Zero is the calm choice: no jitter, nothing goes wrong. The label says at which
 * place in the code (site) who asks (actor) about what (execution, task, attempt), so the same
 * question gets the same answer whatever else has changed. Production answers from the operating
 * system's entropy; a world answers from its decision oracle, which can write the choice down,
 * replay it, and take it back. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

#include "base/id.h"
#include "base/text.h"

/* The places that ask. The text is what tokens print: never reuse a number or a name. */
enum random_site {
    RANDOM_SITE_RETRY_JITTER = 1, /* "retry-jitter": of an attempt that failed */
    RANDOM_SITE_ENTROPY = 2,      /* "entropy": the seed of an id maker */
    RANDOM_SITE_RANDOM = 3        /* "random": a body asks */
};
enum { RANDOM_SITES = 4 };

/* What is asked, by names that stay when other code changes: never an index. */
struct random_label {
    uint32_t site;       /* enum random_site */
    uint32_t actor;      /* the number of the runner; 0: none */
    struct id execution; /* all-zero: none */
    struct text task;    /* Borrowed for the call; empty: none */
    uint32_t attempt;    /* from 1; 0: none */
    uint32_t number;     /* of alike questions, from 0 */
};

struct random;

struct random_impl {
    /* A number below `bound` (at least 1). Never blocks, cannot fail. */
    uint64_t (*choose)(struct random *random, struct random_label label, uint64_t bound);
};

/* Embed first. */
struct random {
    const struct random_impl *impl;
};

static inline uint64_t random_choose(struct random *random, struct random_label label,
                                     uint64_t bound)
{
    return bound <= 1 ? 0 : random->impl->choose(random, label, bound);
}

/* The text of a site, "retry-jitter"; "unknown-site" for a number that is none. Static. */
const char *random_site_name(enum random_site site);

/* Always zero: the calm oracle, static. */
struct random *random_calm(void);

/* Labelled streams from one seed: the answer is a pure function of (seed, label, bound), scaled to
 * the bound by multiplication (Lemire, "Fast random integer generation in an interval", 2019,
 * without its rejection step: some answers come up more often by bound / 2^64 at most). Who asks
 * the same question often counts in the subject. Nothing is owned: there is no finish. */
struct random_seeded {
    struct random random;
    uint64_t seed;
};
void random_seeded_init(struct random_seeded *seeded, uint64_t seed);

#endif
