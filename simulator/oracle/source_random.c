/* SPDX-License-Identifier: Apache-2.0 */
/* source_random.c - chance: a fault plan and a seed answer.
 *
 * Law: the answer is a function of the seed, the label and its number. */
#include "oracle/sources.h"

#include "base/compiler.h"
#include "base/hash.h"

/* One in so many lets everybody else of its instant go first. */
enum { POSTPONE_ONE_IN = 16 };

static uint64_t draw(const struct source_random *random, uint64_t key, uint32_t number)
{
    return hash_mix(hash_mix(random->seed, key), number);
}

static struct choice ask(struct source *source, const struct label *label, uint64_t key,
                         int64_t now)
{
    const struct source_random *random = CONTAINER_OF(source, struct source_random, source);
    (void)now;
    bool fires = site_allows(label->site, FAULT_POSTPONE) &&
                 draw(random, key, label->number) < UINT64_MAX / POSTPONE_ONE_IN;
    return (struct choice){fires ? FAULT_POSTPONE : FAULT_NONE, 0};
}

static uint64_t number(struct source *source, const struct label *label, uint64_t key,
                       uint64_t bound)
{
    const struct source_random *random = CONTAINER_OF(source, struct source_random, source);
    return (uint64_t)((uint128_t)draw(random, key, label->number) * bound >> 64);
}

bool source_random_init(struct source_random *random, struct cloacina_heap *heap,
                        const struct cloacina_fault_plan *plan, uint64_t seed)
{
    static const struct source_impl impl = {.ask = ask, .number = number};
    *random = (struct source_random){
        .source.impl = &impl,
        .plan = plan,
        .seed = seed,
        .heap = heap,
    };
    return true;
}

void source_random_finish(struct source_random *random)
{
    random->heap = NULL;
}
