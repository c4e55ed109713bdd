/* SPDX-License-Identifier: Apache-2.0 */
/* oracle.c - ask the source, write down what is not zero.
 *
 * Law: writing down never changes an answer. Without memory the run goes on, and says that its list
 * of decisions has holes. */
#include "oracle/oracle.h"

#include <assert.h>

#include "base/compiler.h"

static void note(struct oracle *oracle, struct random_label label, uint64_t bound, uint64_t value)
{
    if (!heap_grow(oracle->heap, &oracle->decisions, &oracle->decision_capacity,
                   oracle->decision_count + 1, sizeof(oracle->decisions[0]))) {
        oracle->is_incomplete = true;
        return;
    }
    oracle->decisions[oracle->decision_count++] =
        (struct decision){.label = label, .bound = bound, .value = value};
}

static uint64_t oracle_choose(struct random *random, struct random_label label, uint64_t bound)
{
    struct oracle *oracle = CONTAINER_OF(random, struct oracle, random);
    if (oracle->is_calm) {
        return 0;
    }
    uint64_t value = random_choose(oracle->source, label, bound);
    if (value != 0) {
        note(oracle, label, bound, value);
    }
    return value;
}

bool oracle_happens(struct oracle *oracle, struct random_label label, uint64_t one_in)
{
    assert(one_in >= 2);
    if (oracle->is_calm || random_choose(oracle->source, label, one_in) != 1) {
        return false;
    }
    note(oracle, label, one_in, 1);
    return true;
}

void oracle_init_source(struct oracle *oracle, struct cloacina_heap *heap, struct random *source)
{
    static const struct random_impl impl = {.choose = oracle_choose};
    *oracle = (struct oracle){
        .random.impl = &impl,
        .heap = heap,
        .source = source,
        .is_calm = source == random_calm(),
    };
}

void oracle_init_calm(struct oracle *oracle, struct cloacina_heap *heap)
{
    oracle_init_source(oracle, heap, random_calm());
}

void oracle_init_seeded(struct oracle *oracle, struct cloacina_heap *heap, uint64_t seed)
{
    oracle_init_source(oracle, heap, &oracle->seeded.random);
    random_seeded_init(&oracle->seeded, seed);
}

void oracle_finish(struct oracle *oracle)
{
    heap_give(oracle->heap, oracle->decisions,
              oracle->decision_capacity * sizeof(oracle->decisions[0]));
    oracle->decisions = NULL;
    oracle->decision_count = oracle->decision_capacity = 0;
}
