/* SPDX-License-Identifier: Apache-2.0 */
/* source_random.c - chance: a fault plan and a seed answer.
 *
 * At one site the chances of the rules stand side by side, and one draw points at a rule or, nearly
 * always, beyond the last one:
 *
 *   0        rule 1   rule 4                      PLAN_CERTAIN
 *   |--------|--------|-------------------------------|
 *                          ^ nothing happens
 *
 * Where the chances add up to more than certainty, each rule has a draw of its own instead. Rules
 * that count places (nth, from_nth) are looked at every time. A rule with `again` is drawn at the
 * first question of a label; at the later ones of the same label that draw is made once more, so
 * nothing has to be remembered.
 * Law: the answer is a function of the seed, the label and its number, and of what counting rules
 * have counted in this run. */
#include "oracle/sources.h"

#include "base/compiler.h"
#include "base/hash.h"
#include "base/instant.h"

/* One in so many lets everybody else of its instant go first. A call to the store is some dozens of
 * calls to the disk. */
enum { POSTPONE_ONE_IN = 16, POSTPONE_DISK_ONE_IN = 128 };

/* What a number is drawn for; each has a stream of its own. */
enum { STREAM_AMOUNT = 1, STREAM_SWARM, STREAM_RULE };

struct random_rule_state {
    bool is_on;
    uint32_t matched; /* places, of a rule that counts them */
    uint32_t fired;
};

struct drawn {
    uint64_t bits;
    uint64_t place; /* where the draw points: below PLAN_CERTAIN */
};

/* What is asked, and what was drawn for it. */
struct question {
    const struct label *label;
    struct drawn drawn;
    struct drawn first; /* what was drawn for the label's first question */
    int64_t elapsed;    /* virtual time since the start */
};

static uint64_t draw(const struct source_random *random, uint64_t key, uint32_t number)
{
    return hash_mix(hash_mix(random->seed, key), number);
}

/* The upper bits say whether a turn is postponed; the place must not depend on them. */
static struct drawn drawn_of(uint64_t bits)
{
    return (struct drawn){bits, (bits & UINT32_MAX) * PLAN_CERTAIN >> 32};
}

/* 0 to bound - 1. */
static uint64_t below(uint64_t drawn, uint64_t bound)
{
    return (uint64_t)((uint128_t)drawn * bound >> 64);
}

/* ---- amounts ---- */

/* Minimum to maximum, both included. */
static int64_t between(uint64_t drawn, int64_t minimum, int64_t maximum)
{
    uint64_t span = (uint64_t)maximum - (uint64_t)minimum;
    uint64_t offset = span == UINT64_MAX ? drawn : below(drawn, span + 1);
    return (int64_t)((uint64_t)minimum + offset);
}

/* Towards zero, to whole milliseconds or ppm, when that is not outside. */
static int64_t rounded(int64_t amount, int64_t unit, int64_t minimum, int64_t maximum)
{
    int64_t round = amount - amount % unit;
    return round >= minimum && round <= maximum ? round : amount;
}

/* Each doubling from the minimum on (but from a millisecond at least) is as probable as every other
 * one, so both 10 ms and a minute come up. */
static int64_t duration_between(uint64_t drawn, int64_t minimum, int64_t maximum)
{
    int64_t first = minimum > NANOSECONDS_PER_MILLISECOND ? minimum : NANOSECONDS_PER_MILLISECOND;
    unsigned doublings = 0;
    while (doublings < 62 && first <= maximum >> (doublings + 1)) {
        doublings++;
    }
    unsigned chosen = (unsigned)below(drawn, doublings + 1);
    int64_t from = chosen == 0 ? minimum : first << chosen;
    int64_t to = chosen == doublings ? maximum : (first << (chosen + 1)) - 1;
    return between(hash_mix(drawn, STREAM_AMOUNT), from, to);
}

static int64_t amount_of(const struct plan_rule *rule, uint64_t drawn)
{
    int64_t least, largest;
    int64_t minimum = rule->amount_minimum, maximum = rule->amount_maximum;
    switch (fault_amount(rule->fault, &least, &largest)) {
    case AMOUNT_NONE:
        return 0;
    case AMOUNT_DURATION:
        return rounded(duration_between(drawn, minimum, maximum), NANOSECONDS_PER_MILLISECOND,
                       minimum, maximum);
    case AMOUNT_SIGNED:
        return rounded(between(drawn, minimum, maximum), NANOSECONDS_PER_MILLISECOND, minimum,
                       maximum);
    case AMOUNT_PPB:
        return rounded(between(drawn, minimum, maximum), 1000, minimum, maximum);
    case AMOUNT_COUNT:
        break;
    }
    return between(drawn, minimum, maximum);
}

/* ---- rules ---- */

static bool is_counting(const struct plan_rule *rule)
{
    return rule->nth != 0 || rule->from_nth != 0;
}

static bool is_about(const struct source_random *random, size_t rule, enum site site)
{
    return random->states[rule].is_on && (random->plan->rules[rule].sites >> site & 1) != 0;
}

/* The label as text is made here only. Without memory nothing matches. */
static bool matches(const struct source_random *random, const struct plan_rule *rule,
                    const struct label *label)
{
    if (rule->glob.length == 0) {
        return true;
    }
    struct label place = *label;
    struct text_builder builder;
    place.number = 0;
    text_builder_init(&builder, random->heap);
    label_print(&place, &builder);
    bool fits = !builder.failed && glob_matches(rule->glob, text_builder_text(&builder));
    text_builder_finish(&builder);
    return fits;
}

static bool own_draw(struct drawn drawn, size_t rule, uint64_t chance)
{
    uint64_t own = hash_mix(hash_mix(drawn.bits, STREAM_RULE), rule);
    return below(own, PLAN_CERTAIN) < chance;
}

/* A place like this has come once more. Is it the time of a counting rule? */
static bool count_place(const struct source_random *random, size_t index,
                        const struct question *question)
{
    const struct plan_rule *rule = &random->plan->rules[index];
    struct random_rule_state *state = &random->states[index];
    if (!matches(random, rule, question->label)) {
        return false;
    }
    state->matched++;
    bool is_time = rule->nth != 0 ? state->matched == rule->nth : state->matched >= rule->from_nth;
    return is_time && (rule->chance == 0 || own_draw(question->drawn, index, rule->chance));
}

/* Has a rule that happened at a place come back to it? */
static bool is_again(const struct plan_rule *rule, size_t index, const struct question *question)
{
    return rule->again == 0 || question->label->number == 1 ||
           own_draw(question->drawn, index, rule->again);
}

/* Of rules that do not count: does the draw mean this one? `*passed` adds up what stands before. */
static bool is_meant(const struct source_random *random, size_t index,
                     const struct question *question, uint64_t *passed)
{
    const struct plan_rule *rule = &random->plan->rules[index];
    struct drawn drawn = rule->again != 0 ? question->first : question->drawn;
    uint64_t begin = *passed;
    *passed += rule->chance;
    bool is_drawn = random->chance_at[question->label->site] > PLAN_CERTAIN
                        ? own_draw(drawn, index, rule->chance)
                        : drawn.place >= begin && drawn.place < *passed;
    return is_drawn && is_again(rule, index, question) && matches(random, rule, question->label);
}

static bool may_fire(const struct source_random *random, size_t rule, int64_t elapsed)
{
    const struct plan_rule *asked = &random->plan->rules[rule];
    return elapsed < asked->until_ns &&
           (asked->at_most == 0 || random->states[rule].fired < asked->at_most);
}

/* The first that fires wins, and the others go on counting. SIZE_MAX: none. */
static size_t rule_that_fires(struct source_random *random, const struct question *question)
{
    size_t first = SIZE_MAX;
    uint64_t passed = 0;
    for (size_t i = 0; i < random->rule_count; i++) {
        if (!is_about(random, i, question->label->site)) {
            continue;
        }
        bool fires = is_counting(&random->plan->rules[i]) ? count_place(random, i, question)
                                                          : is_meant(random, i, question, &passed);
        if (fires && first == SIZE_MAX && may_fire(random, i, question->elapsed)) {
            first = i;
        }
    }
    return first;
}

/* False at nearly every question: one comparison. */
static bool is_worth_a_look(const struct source_random *random, const struct label *label,
                            uint64_t place)
{
    return place < random->chance_at[label->site] || (random->counted_at >> label->site & 1) != 0 ||
           (label->number > 1 && (random->again_at >> label->site & 1) != 0);
}

static struct choice plan_ask(struct source_random *random, const struct label *label, uint64_t key,
                              uint64_t bits, int64_t now)
{
    struct question question = {
        .label = label, .drawn = drawn_of(bits), .elapsed = now - ORACLE_START_NS};
    struct choice none = {FAULT_NONE, 0};
    if (!is_worth_a_look(random, label, question.drawn.place) ||
        question.elapsed >= random->plan->until_ns) {
        return none;
    }
    question.first = drawn_of(draw(random, key, 1));
    size_t fires = rule_that_fires(random, &question);
    if (fires == SIZE_MAX) {
        return none;
    }
    const struct plan_rule *rule = &random->plan->rules[fires];
    random->states[fires].fired++;
    return (struct choice){rule->fault, amount_of(rule, hash_mix(bits, STREAM_AMOUNT))};
}

static struct choice ask(struct source *source, const struct label *label, uint64_t key,
                         int64_t now)
{
    struct source_random *random = CONTAINER_OF(source, struct source_random, source);
    uint64_t drawn = draw(random, key, label->number);
    struct choice choice = {FAULT_NONE, 0};
    if (random->states != NULL) {
        choice = plan_ask(random, label, key, drawn, now);
    }
    uint64_t one_in = site_is_disk_call(label->site) ? POSTPONE_DISK_ONE_IN : POSTPONE_ONE_IN;
    if (choice.fault == FAULT_NONE && drawn < UINT64_MAX / one_in &&
        site_allows(label->site, FAULT_POSTPONE)) {
        choice.fault = FAULT_POSTPONE;
    }
    return choice;
}

static uint64_t number(struct source *source, const struct label *label, uint64_t key,
                       uint64_t bound)
{
    const struct source_random *random = CONTAINER_OF(source, struct source_random, source);
    return below(draw(random, key, label->number), bound);
}

/* ---- the swarm ---- */

static void switch_on(struct source_random *random, size_t index)
{
    const struct plan_rule *rule = &random->plan->rules[index];
    uint64_t drawn = hash_mix(hash_mix(random->seed, STREAM_SWARM), index);
    random->states[index].is_on = !rule->never && below(drawn, PLAN_CERTAIN) < random->plan->swarm;
    for (uint64_t left = random->states[index].is_on ? rule->sites : 0; left != 0;
         left &= left - 1) {
        if (is_counting(rule)) {
            random->counted_at |= left & (~left + 1);
        } else {
            random->chance_at[TRAILING_ZEROS(left)] += rule->chance;
        }
    }
    random->again_at |= random->states[index].is_on && rule->again != 0 ? rule->sites : 0;
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
    if (plan == NULL || plan->rule_count == 0) {
        return true;
    }
    random->states = heap_take_zeroed(heap, plan->rule_count, sizeof(random->states[0]));
    if (random->states == NULL) {
        return false;
    }
    random->rule_count = plan->rule_count;
    for (size_t i = 0; i < random->rule_count; i++) {
        switch_on(random, i);
    }
    return true;
}

void source_random_finish(struct source_random *random)
{
    if (random->states != NULL) {
        heap_give(random->heap, random->states, random->rule_count * sizeof(random->states[0]));
    }
    random->states = NULL;
}
