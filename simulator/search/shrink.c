/* SPDX-License-Identifier: Apache-2.0 */
/* shrink.c - try less; keep what still has the finding.
 *
 * A run that has the finding tells which of its decisions were asked for before: the others go for
 * nothing.
 * Law: only what was seen to have the finding is kept. */
#include "search/shrink.h"

#include <string.h>

#include <cloacina/clock.h>

struct shrinker {
    const struct search_subject *subject;
    const struct search_finding *wanted;
    struct shrink_options options;
    struct cloacina_heap *heap;
    int64_t deadline;
    uint64_t runs;
    bool is_over; /* out of runs or time */
    struct search_calm calm;
    struct search_outcome best;  /* of the last run that had the finding */
    struct search_outcome trial; /* of the last run */
    struct decision *current;    /* what is left; texts are Borrowed from `best`, or the caller */
    size_t count;
    struct decision *candidate; /* what is tried */
    size_t candidate_count;
    size_t capacity; /* of both */
    bool has_gained; /* since somebody looked */
};

/* ---- trying ---- */

static enum cloacina_code run_candidate(struct shrinker *shrinker, struct cloacina_error *err)
{
    struct search_setup setup = {.seed = shrinker->options.seed, .calm = &shrinker->calm};
    return shrinker->options.is_isolated
               ? search_isolated(shrinker->subject, shrinker->candidate, shrinker->candidate_count,
                                 &setup, shrinker->options.isolation, &shrinker->trial, err)
               : search_replay(shrinker->subject, shrinker->candidate, shrinker->candidate_count,
                               &setup, &shrinker->trial, NULL, err);
}

/* Those decisions of the trial that were asked for, or, when the process is gone and only what it
 * could write down is known, all of them. */
static void keep_trial(struct shrinker *shrinker)
{
    struct search_outcome outcome = shrinker->best;
    const struct decision *kept = shrinker->candidate;
    size_t count = shrinker->candidate_count;
    shrinker->best = shrinker->trial;
    shrinker->trial = outcome;
    if (!shrinker->options.is_isolated && shrinker->best.decision_count <= count) {
        kept = shrinker->best.decisions;
        count = shrinker->best.decision_count;
    }
    memmove(shrinker->current, kept, count * sizeof(kept[0]));
    shrinker->count = count;
    shrinker->has_gained = true;
}

static bool may_go_on(struct shrinker *shrinker)
{
    shrinker->is_over = shrinker->is_over || shrinker->runs >= shrinker->options.runs_max ||
                        cloacina_clock_monotonic(shrinker->options.clock) >= shrinker->deadline;
    return !shrinker->is_over;
}

/* Runs the candidate; if it has the finding, it becomes the current list. */
static enum cloacina_code try_candidate(struct shrinker *shrinker, bool *ret_holds,
                                        struct cloacina_error *err)
{
    *ret_holds = false;
    if (!may_go_on(shrinker)) {
        return CLOACINA_OK;
    }
    shrinker->runs++;
    enum cloacina_code code = run_candidate(shrinker, err);
    if (code == CLOACINA_OK && search_finding_equal(&shrinker->trial.finding, shrinker->wanted)) {
        keep_trial(shrinker);
        *ret_holds = true;
    }
    return code;
}

/* ---- without a whole kind ---- */

/* Kinds of decisions that come in crowds and seldom matter; the last one is all of them. */
enum crowd { CROWD_POSTPONED, CROWD_JITTER, CROWD_IDS, CROWD_DRAWN, CROWD_ALL };

static bool is_of(enum crowd crowd, const struct decision *decision)
{
    enum site site = decision->label.site;
    switch (crowd) {
    case CROWD_POSTPONED:
        return decision->choice.fault == FAULT_POSTPONE;
    case CROWD_JITTER:
        return site == SITE_RETRY_JITTER;
    case CROWD_IDS:
        return site == SITE_ENTROPY;
    case CROWD_DRAWN:
        return site == SITE_RANDOM;
    case CROWD_ALL:
        break;
    }
    return decision->choice.fault == FAULT_POSTPONE || site_is_number(site);
}

static enum cloacina_code try_without(struct shrinker *shrinker, enum crowd crowd, bool *ret_holds,
                                      struct cloacina_error *err)
{
    size_t count = 0;
    for (size_t i = 0; i < shrinker->count; i++) {
        if (!is_of(crowd, &shrinker->current[i])) {
            shrinker->candidate[count++] = shrinker->current[i];
        }
    }
    *ret_holds = false;
    shrinker->candidate_count = count;
    return count == shrinker->count ? CLOACINA_OK : try_candidate(shrinker, ret_holds, err);
}

static enum cloacina_code remove_crowds(struct shrinker *shrinker, struct cloacina_error *err)
{
    bool holds;
    enum cloacina_code code = try_without(shrinker, CROWD_ALL, &holds, err);
    for (int crowd = 0; code == CLOACINA_OK && crowd < CROWD_ALL; crowd++) {
        code = try_without(shrinker, (enum crowd)crowd, &holds, err);
    }
    return code;
}

/* ---- without a part ---- */

static enum cloacina_code try_without_part(struct shrinker *shrinker, size_t from, size_t size,
                                           bool *ret_holds, struct cloacina_error *err)
{
    size_t to = from + size < shrinker->count ? from + size : shrinker->count;
    memcpy(shrinker->candidate, shrinker->current, from * sizeof(shrinker->candidate[0]));
    memcpy(shrinker->candidate + from, shrinker->current + to,
           (shrinker->count - to) * sizeof(shrinker->candidate[0]));
    shrinker->candidate_count = shrinker->count - (to - from);
    return try_candidate(shrinker, ret_holds, err);
}

/* Each part of this size in turn, from the last to the first: causes are early more often. */
static enum cloacina_code remove_parts(struct shrinker *shrinker, size_t size,
                                       struct cloacina_error *err)
{
    size_t parts = (shrinker->count + size - 1) / size;
    for (size_t i = parts; i > 0; i--) {
        bool holds;
        size_t from = (i - 1) * size;
        if (from >= shrinker->count) {
            continue; /* went with another part */
        }
        enum cloacina_code code = try_without_part(shrinker, from, size, &holds, err);
        if (code != CLOACINA_OK || shrinker->is_over) {
            return code;
        }
    }
    return CLOACINA_OK;
}

static enum cloacina_code remove_some(struct shrinker *shrinker, struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    size_t size = shrinker->count;
    while (code == CLOACINA_OK && size > 0 && !shrinker->is_over) {
        code = remove_parts(shrinker, size, err);
        size = size > shrinker->count ? shrinker->count / 2 : size / 2;
    }
    return code;
}

/* ---- one for all ---- */

/* Another fault at that place, and nothing else. */
static enum cloacina_code try_alone(struct shrinker *shrinker, size_t place, enum fault fault,
                                    bool *ret_holds, struct cloacina_error *err)
{
    struct choice choice = {fault, 0};
    int64_t maximum;
    (void)fault_amount(fault, &choice.amount, &maximum);
    shrinker->candidate[0] = shrinker->current[place];
    shrinker->candidate[0].choice = choice;
    shrinker->candidate_count = 1;
    return try_candidate(shrinker, ret_holds, err);
}

/* Where several small faults are needed, a larger one may do: a dropped connection, an answer that
 * is lost and a crash do no more than the crash alone, and one is understood more easily. */
static enum cloacina_code replace_by_one(struct shrinker *shrinker, struct cloacina_error *err)
{
    for (size_t i = 0; i < shrinker->count && shrinker->count > 1; i++) {
        for (int fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
            bool holds = false;
            enum cloacina_code code = CLOACINA_OK;
            if (fault != FAULT_NUMBER &&
                site_allows(shrinker->current[i].label.site, (enum fault)fault)) {
                code = try_alone(shrinker, i, (enum fault)fault, &holds, err);
            }
            if (code != CLOACINA_OK || holds || shrinker->is_over) {
                return code;
            }
        }
    }
    return CLOACINA_OK;
}

/* ---- milder, lower ---- */

/* The current list with another choice at one place. */
static enum cloacina_code try_choice(struct shrinker *shrinker, size_t place, struct choice choice,
                                     bool *ret_holds, struct cloacina_error *err)
{
    memcpy(shrinker->candidate, shrinker->current,
           shrinker->count * sizeof(shrinker->candidate[0]));
    shrinker->candidate_count = shrinker->count;
    shrinker->candidate[place].choice = choice;
    return try_candidate(shrinker, ret_holds, err);
}

/* What disturbs less, or is understood more easily. FAULT_NONE: nothing is. */
static enum fault milder_than(enum fault fault)
{
    static const enum fault table[FAULTS] = {
        [FAULT_CRASH_AFTER] = FAULT_REPLY_LOST,
        [FAULT_CRASH] = FAULT_ERROR,
        [FAULT_REPLY_LOST] = FAULT_ERROR,
        [FAULT_DROPPED] = FAULT_ERROR,
        [FAULT_DOWN] = FAULT_ERROR,
        [FAULT_FULL] = FAULT_ERROR,
        [FAULT_ERROR] = FAULT_BUSY,
        [FAULT_FREEZE] = FAULT_SLOW,
        [FAULT_POWER_LOSS] = FAULT_CRASH,
        [FAULT_SLOW_REPLY] = FAULT_SLOW,
        [FAULT_DEPLOY] = FAULT_STOP,
        [FAULT_HANG] = FAULT_LATE,
        [FAULT_LOST] = FAULT_LATE,
        [FAULT_FAIL] = FAULT_TRANSIENT,
    };
    return table[fault];
}

static struct choice milder(struct choice choice)
{
    int64_t minimum, maximum;
    struct choice mild = {milder_than(choice.fault), choice.amount};
    if (fault_amount(mild.fault, &minimum, &maximum) == AMOUNT_NONE) {
        mild.amount = 0;
    } else if (mild.amount < minimum || mild.amount > maximum) {
        mild.amount = mild.amount < minimum ? minimum : maximum;
    }
    return mild;
}

static enum cloacina_code make_milder(struct shrinker *shrinker, size_t place,
                                      struct cloacina_error *err)
{
    bool holds = true;
    while (holds && place < shrinker->count) {
        struct choice mild = milder(shrinker->current[place].choice);
        if (mild.fault == FAULT_NONE ||
            !site_allows(shrinker->current[place].label.site, mild.fault)) {
            return CLOACINA_OK;
        }
        enum cloacina_code code = try_choice(shrinker, place, mild, &holds, err);
        if (code != CLOACINA_OK) {
            return code;
        }
    }
    return CLOACINA_OK;
}

/* Without its sign. */
static uint64_t magnitude_of(struct choice choice)
{
    bool is_negative = choice.fault != FAULT_NUMBER && choice.amount < 0;
    return is_negative ? -(uint64_t)choice.amount : (uint64_t)choice.amount;
}

static struct choice with_magnitude(struct choice choice, uint64_t magnitude)
{
    bool is_negative = choice.fault != FAULT_NUMBER && choice.amount < 0;
    return (struct choice){choice.fault, (int64_t)(is_negative ? -magnitude : magnitude)};
}

/* Below that nobody sees a difference. */
static uint64_t least_magnitude(enum fault fault)
{
    int64_t minimum, maximum;
    switch (fault_amount(fault, &minimum, &maximum)) {
    case AMOUNT_SIGNED:
        return 1000000; /* a millisecond */
    case AMOUNT_PPB:
        return 1000; /* a part per million */
    case AMOUNT_NONE:
    case AMOUNT_DURATION:
    case AMOUNT_COUNT:
        break;
    }
    return fault == FAULT_NUMBER ? 1 : (uint64_t)minimum;
}

/* Between the least and this there is nothing to look for. */
static uint64_t finest_magnitude(enum fault fault)
{
    int64_t minimum, maximum;
    return fault_amount(fault, &minimum, &maximum) == AMOUNT_DURATION ? 1000000 : 0;
}

/* What is worth a try: the least, half of it, and rounder ones; the most wished for first. Returns
 * how many. */
enum { LOWER_MAX = 6 };

static size_t magnitudes_below(struct choice choice, uint64_t ret_magnitudes[LOWER_MAX])
{
    static const uint64_t round[] = {60000000000, 10000000000, 1000000000, 100000000};
    uint64_t magnitude = magnitude_of(choice);
    uint64_t least = least_magnitude(choice.fault);
    uint64_t wished[LOWER_MAX] = {least, magnitude / 2};
    size_t count = 0;
    for (size_t i = 2; i < LOWER_MAX; i++) {
        wished[i] = magnitude - magnitude % round[i - 2];
    }
    for (size_t i = 0; i < LOWER_MAX; i++) {
        bool is_fine = wished[i] == least || wished[i] >= finest_magnitude(choice.fault);
        if (is_fine && wished[i] >= least && wished[i] < magnitude) {
            ret_magnitudes[count++] = wished[i];
        }
    }
    return count;
}

/* One step down, if one is possible. */
static enum cloacina_code lower_once(struct shrinker *shrinker, size_t place, bool *ret_holds,
                                     struct cloacina_error *err)
{
    uint64_t magnitudes[LOWER_MAX];
    struct choice choice = shrinker->current[place].choice;
    size_t count = magnitudes_below(choice, magnitudes);
    *ret_holds = false;
    for (size_t i = 0; i < count && !*ret_holds; i++) {
        enum cloacina_code code =
            try_choice(shrinker, place, with_magnitude(choice, magnitudes[i]), ret_holds, err);
        if (code != CLOACINA_OK || shrinker->is_over) {
            return code;
        }
    }
    return CLOACINA_OK;
}

static enum cloacina_code lower(struct shrinker *shrinker, size_t place, struct cloacina_error *err)
{
    bool holds = true;
    while (holds && place < shrinker->count) {
        enum cloacina_code code = lower_once(shrinker, place, &holds, err);
        if (code != CLOACINA_OK) {
            return code;
        }
    }
    return CLOACINA_OK;
}

static enum cloacina_code soften(struct shrinker *shrinker, struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    for (size_t i = 0; code == CLOACINA_OK && i < shrinker->count && !shrinker->is_over; i++) {
        code = make_milder(shrinker, i, err);
        if (code == CLOACINA_OK) {
            code = lower(shrinker, i, err);
        }
    }
    return code;
}

/* ---- all of it ---- */

/* Until nothing goes. */
static enum cloacina_code reduce(struct shrinker *shrinker, struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    shrinker->has_gained = true;
    while (code == CLOACINA_OK && shrinker->has_gained && !shrinker->is_over) {
        shrinker->has_gained = false;
        code = remove_crowds(shrinker, err);
        if (code == CLOACINA_OK) {
            code = remove_some(shrinker, err);
        }
        if (code == CLOACINA_OK) {
            code = replace_by_one(shrinker, err);
        }
        if (code == CLOACINA_OK) {
            code = soften(shrinker, err);
        }
    }
    return code;
}

static struct shrink_options with_defaults(const struct shrink_options *options)
{
    struct shrink_options used = *options;
    used.runs_max = used.runs_max != 0 ? used.runs_max : SHRINK_RUNS_MAX;
    used.budget_ns = used.budget_ns != 0 ? used.budget_ns : SHRINK_BUDGET_NS;
    return used;
}

static enum cloacina_code no_memory(struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "shrink: no memory");
}

/* False: no memory. */
static bool shrinker_init(struct shrinker *shrinker, const struct search_subject *subject,
                          const struct search_finding *wanted, size_t count,
                          const struct shrink_options *options)
{
    struct cloacina_heap *heap = search_heap(subject);
    *shrinker = (struct shrinker){
        .subject = subject,
        .wanted = wanted,
        .options = with_defaults(options),
        .heap = heap,
        .capacity = count,
        .current = heap_take(heap, count * sizeof(struct decision)),
        .candidate = heap_take(heap, count * sizeof(struct decision)),
    };
    shrinker->deadline = cloacina_clock_monotonic(options->clock) + shrinker->options.budget_ns;
    search_calm_init(&shrinker->calm, heap);
    search_outcome_init(&shrinker->best, heap);
    search_outcome_init(&shrinker->trial, heap);
    return shrinker->current != NULL && shrinker->candidate != NULL;
}

static void shrinker_finish(struct shrinker *shrinker)
{
    size_t size = shrinker->capacity * sizeof(struct decision);
    heap_give(shrinker->heap, shrinker->current, size);
    heap_give(shrinker->heap, shrinker->candidate, size);
    search_calm_finish(&shrinker->calm);
    search_outcome_finish(&shrinker->best);
    search_outcome_finish(&shrinker->trial);
}

static bool keep_text(struct arena *arena, struct text *text)
{
    if (text->length > 0) {
        *text = text_copy(arena, *text);
    }
    return text->length == 0 || text->bytes != NULL;
}

/* Everything that is left, with its texts. False: no memory. */
static bool copy_decisions(struct shrink_result *result, const struct decision *decisions,
                           size_t count)
{
    result->decisions = arena_take(&result->arena, count * sizeof(decisions[0]));
    if (result->decisions == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct decision *kept = &result->decisions[i];
        *kept = decisions[i];
        if (!keep_text(&result->arena, &kept->label.task) ||
            !keep_text(&result->arena, &kept->label.name)) {
            return false;
        }
    }
    result->decision_count = count;
    return true;
}

static enum cloacina_code take_result(struct shrinker *shrinker, struct shrink_result *ret_result,
                                      struct cloacina_error *err)
{
    struct shrink_result result = {
        .runs = shrinker->runs,
        .is_complete = !shrinker->is_over,
        .options = shrinker->options,
    };
    arena_init(&result.arena, shrinker->heap);
    if (!copy_decisions(&result, shrinker->current, shrinker->count)) {
        arena_finish(&result.arena);
        return no_memory(err);
    }
    result.is_reproduced = shrinker->best.finding.id != NULL;
    result.is_complete = result.is_complete && result.is_reproduced;
    result.outcome = shrinker->best;
    search_outcome_init(&shrinker->best, shrinker->heap);
    *ret_result = result;
    return CLOACINA_OK;
}

enum cloacina_code shrink(const struct search_subject *subject, const struct search_finding *wanted,
                          const struct decision *decisions, size_t count,
                          const struct shrink_options *options, struct shrink_result *ret_result,
                          struct cloacina_error *err)
{
    struct shrinker shrinker;
    enum cloacina_code code = CLOACINA_OK;
    bool holds = false;
    if (!shrinker_init(&shrinker, subject, wanted, count, options)) {
        code = no_memory(err);
    } else if (count > 0) {
        memcpy(shrinker.current, decisions, count * sizeof(decisions[0]));
        memcpy(shrinker.candidate, decisions, count * sizeof(decisions[0]));
    }
    shrinker.count = shrinker.candidate_count = count;
    if (code == CLOACINA_OK) {
        code = try_candidate(&shrinker, &holds, err);
    }
    if (code == CLOACINA_OK && holds) {
        code = reduce(&shrinker, err);
    }
    if (code == CLOACINA_OK) {
        code = take_result(&shrinker, ret_result, err);
    }
    shrinker_finish(&shrinker);
    return code;
}

void shrink_result_finish(struct shrink_result *result)
{
    if (result->arena.heap != NULL) {
        search_outcome_finish(&result->outcome);
        arena_finish(&result->arena);
    }
    *result = (struct shrink_result){.decisions = NULL};
}
