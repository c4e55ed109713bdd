/* SPDX-License-Identifier: Apache-2.0 */
/* oracle.c - count, ask the source, write down what is not zero.
 *
 * Law: writing down never changes an answer. Without memory the run goes on, and says that its list
 * of decisions has holes. */
#include "oracle/oracle.h"

#include <string.h>

#include "base/compiler.h"
#include "base/hash.h"

/* ---- calm ---- */

static struct choice calm_ask(struct source *source, const struct label *label, uint64_t key,
                              int64_t now)
{
    (void)source, (void)label, (void)key, (void)now;
    return (struct choice){FAULT_NONE, 0};
}

static uint64_t calm_number(struct source *source, const struct label *label, uint64_t key,
                            uint64_t bound)
{
    (void)source, (void)label, (void)key, (void)bound;
    return 0;
}

struct source *source_calm(void)
{
    static const struct source_impl impl = {.ask = calm_ask, .number = calm_number};
    static const struct source calm = {.impl = &impl};
    return (struct source *)&calm; /* nobody writes into a source that keeps nothing */
}

/* ---- how often ---- */

struct oracle_number {
    uint64_t key; /* 0: the place is free */
    uint32_t count;
};

enum { NUMBERS_MIN = 256 };

static struct oracle_number *number_place(struct oracle *oracle, uint64_t key)
{
    size_t place = (size_t)key & (oracle->number_capacity - 1);
    while (oracle->numbers[place].key != 0 && oracle->numbers[place].key != key) {
        place = (place + 1) & (oracle->number_capacity - 1);
    }
    return &oracle->numbers[place];
}

static bool numbers_grow(struct oracle *oracle)
{
    struct oracle_number *old = oracle->numbers;
    size_t old_capacity = oracle->number_capacity;
    size_t capacity = old_capacity == 0 ? NUMBERS_MIN : old_capacity * 2;
    struct oracle_number *made = heap_take_zeroed(oracle->heap, capacity, sizeof(*made));
    if (made == NULL) {
        return false;
    }
    oracle->numbers = made;
    oracle->number_capacity = capacity;
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].key != 0) {
            *number_place(oracle, old[i].key) = old[i];
        }
    }
    heap_give(oracle->heap, old, old_capacity * sizeof(old[0]));
    return true;
}

/* From 1. A table that cannot grow is filled but for one place; what is new then is the first. */
static uint32_t number_next(struct oracle *oracle, uint64_t key)
{
    key |= key == 0;
    bool is_crowded = oracle->number_count * 2 >= oracle->number_capacity;
    if (is_crowded && !numbers_grow(oracle) && oracle->number_capacity == 0) {
        oracle->is_incomplete = true;
        return 1;
    }
    struct oracle_number *place = number_place(oracle, key);
    if (place->key == 0 && oracle->number_count + 1 >= oracle->number_capacity) {
        oracle->is_incomplete = true;
        return 1;
    }
    oracle->number_count += place->key == 0;
    place->key = key;
    return ++place->count;
}

/* ---- writing down ---- */

static bool text_keep(struct arena *arena, struct text *text)
{
    if (text->length > 0) {
        *text = text_copy(arena, *text);
    }
    return text->length == 0 || text->bytes != NULL;
}

static void tape_write(const struct tape *tape, const struct oracle *oracle,
                       const struct label *label, struct choice choice)
{
    struct text_builder builder;
    text_builder_init(&builder, oracle->heap);
    label_print(label, &builder);
    text_builder_append_char(&builder, '=');
    choice_print(label->site, choice, &builder);
    text_builder_append_char(&builder, '\n');
    if (!builder.failed && builder.length <= tape->capacity - *tape->length) {
        memcpy(tape->bytes + *tape->length, builder.bytes, builder.length);
        *tape->length += builder.length;
    }
    text_builder_finish(&builder);
}

static void note(struct oracle *oracle, const struct label *label, struct choice choice)
{
    struct decision decision = {.label = *label, .choice = choice, .at = *oracle->now};
    if (oracle->tape != NULL) {
        tape_write(oracle->tape, oracle, label, choice);
    }
    if (!text_keep(&oracle->arena, &decision.label.task) ||
        !text_keep(&oracle->arena, &decision.label.name) ||
        !heap_grow(oracle->heap, &oracle->decisions, &oracle->decision_capacity,
                   oracle->decision_count + 1, sizeof(oracle->decisions[0]))) {
        oracle->is_incomplete = true;
        return;
    }
    oracle->decisions[oracle->decision_count++] = decision;
}

void coverage_add(struct coverage *sum, const struct coverage *part)
{
    for (int site = 0; site < SITES; site++) {
        sum->asked[site] += part->asked[site];
        for (int fault = 0; fault < FAULTS; fault++) {
            sum->fired[site][fault] += part->fired[site][fault];
        }
    }
}

static void count(struct oracle *oracle, enum site site, enum fault fault)
{
    if (oracle->coverage != NULL) {
        oracle->coverage->asked[site]++;
        oracle->coverage->fired[site][fault] += fault != FAULT_NONE;
    }
}

/* ---- questions ---- */

struct choice oracle_ask(struct oracle *oracle, const struct label *label)
{
    struct choice calm = {FAULT_NONE, 0};
    if (oracle->is_calm) {
        return calm;
    }
    struct label asked = *label;
    uint64_t key = label_key(label);
    asked.number = number_next(oracle, key);
    struct choice choice = oracle->source->impl->ask(oracle->source, &asked, key, *oracle->now);
    if (!site_allows(asked.site, choice.fault)) {
        choice = calm;
    }
    count(oracle, asked.site, choice.fault);
    if (choice.fault != FAULT_NONE) {
        note(oracle, &asked, choice);
    }
    return choice;
}

uint64_t oracle_number(struct oracle *oracle, const struct label *label, uint64_t bound)
{
    if (oracle->is_calm || bound <= 1) {
        return 0;
    }
    struct label asked = *label;
    uint64_t key = label_key(label);
    asked.number = number_next(oracle, key);
    uint64_t value = oracle->source->impl->number(oracle->source, &asked, key, bound);
    value = value < bound ? value : bound - 1;
    count(oracle, asked.site, value == 0 ? FAULT_NONE : FAULT_NUMBER);
    if (value != 0) {
        note(oracle, &asked, (struct choice){FAULT_NUMBER, (int64_t)value});
    }
    return value;
}

/* ---- the engine's questions ---- */

static enum site site_of(uint32_t engine_site)
{
    static const enum site sites[RANDOM_SITES] = {
        [RANDOM_SITE_RETRY_JITTER] = SITE_RETRY_JITTER,
        [RANDOM_SITE_ENTROPY] = SITE_ENTROPY,
        [RANDOM_SITE_RANDOM] = SITE_RANDOM,
    };
    return sites[engine_site];
}

/* What is about a task does not depend on the runner that asks. */
static uint64_t engine_choose(struct random *random, struct random_label asked, uint64_t bound)
{
    struct oracle *oracle = CONTAINER_OF(random, struct oracle, random);
    if (oracle->is_calm) {
        return 0;
    }
    struct label label = {
        .site = site_of(asked.site),
        .runner = asked.task.length == 0 ? asked.actor : 0,
        .task = asked.task,
        .attempt = asked.attempt,
    };
    if (oracle->run_of != NULL && !id_is_zero(asked.execution)) {
        label.run = oracle->run_of(oracle->run_user, asked.execution);
    }
    return oracle_number(oracle, &label, bound);
}

void oracle_init(struct oracle *oracle, struct cloacina_heap *heap, struct source *source,
                 const int64_t *now)
{
    static const struct random_impl impl = {.choose = engine_choose};
    *oracle = (struct oracle){
        .random.impl = &impl,
        .heap = heap,
        .source = source,
        .now = now,
        .is_calm = source == source_calm(),
    };
    arena_init(&oracle->arena, heap);
}

void oracle_finish(struct oracle *oracle)
{
    heap_give(oracle->heap, oracle->decisions,
              oracle->decision_capacity * sizeof(oracle->decisions[0]));
    heap_give(oracle->heap, oracle->numbers, oracle->number_capacity * sizeof(oracle->numbers[0]));
    arena_finish(&oracle->arena);
    oracle->decisions = NULL;
    oracle->numbers = NULL;
    oracle->decision_count = oracle->decision_capacity = 0;
    oracle->number_count = oracle->number_capacity = 0;
}
