/* SPDX-License-Identifier: Apache-2.0 */
/* random.c - two oracles without state: calm and seeded.
 *
 * Law: the same question gets the same answer, whoever asked what before. */
#include "base/random.h"

#include <stddef.h>

#include "base/compiler.h"
#include "base/hash.h"

const char *random_site_name(enum random_site site)
{
    switch (site) {
    case RANDOM_SITE_RETRY_JITTER:
        return "retry-jitter";
    case RANDOM_SITE_ENTROPY:
        return "entropy";
    case RANDOM_SITE_RANDOM:
        return "random";
    }
    return "unknown-site";
}

static uint64_t calm_choose(struct random *random, struct random_label label, uint64_t bound)
{
    (void)random;
    (void)label;
    (void)bound;
    return 0;
}

struct random *random_calm(void)
{
    static const struct random_impl impl = {.choose = calm_choose};
    static struct random calm = {.impl = &impl};
    return &calm;
}

static uint64_t seeded_choose(struct random *random, struct random_label label, uint64_t bound)
{
    const struct random_seeded *seeded = CONTAINER_OF(random, struct random_seeded, random);
    uint64_t place = (uint64_t)label.actor << 32 | label.site;
    uint64_t subject = (uint64_t)label.attempt << 32 | label.number;
    uint64_t word = hash_mix(hash_mix(seeded->seed, place), subject);
    word = hash_mix(hash_mix(word, label.execution.high), label.execution.low);
    word = hash_mix(word, hash_of(label.task.bytes, label.task.length, 0));
    return (uint64_t)((uint128_t)word * bound >> 64);
}

void random_seeded_init(struct random_seeded *seeded, uint64_t seed)
{
    static const struct random_impl impl = {.choose = seeded_choose};
    *seeded = (struct random_seeded){.random.impl = &impl, .seed = seed};
}
