/* SPDX-License-Identifier: Apache-2.0 */
/* explain.c - what a finding needs, and what does not matter to it.
 *
 * One kind of thing after the other is changed in a few ways, around the decisions that are left.
 * Law: "does not matter" is said of what was changed and asked for, and left the finding there
 * every time. */
#include "search/shrink.h"

#include <string.h>

#include "base/compiler.h"
#include "base/hash.h"

/* So many ways of each kind. */
enum { WAYS = 3 };

/* ---- a source that changes one kind of thing ---- */

enum kind {
    KIND_ORDER,
    KIND_JITTER,
    KIND_IDS,
    KIND_DRAWN,
    KIND_CLOCKS,
    KIND_NETWORK,
    KIND_RUNNERS
};
enum { KINDS = KIND_RUNNERS + 1 };

struct changing {
    struct source source;       /* first */
    struct source_replay *base; /* Borrowed: answers first */
    enum kind kind;
    uint64_t way;
    bool has_changed; /* at least one answer */
};

/* One in so many goes last; clocks are wrong by so much at most; calls take so long at most. */
enum { LAST_ONE_IN = 4, DRIFT_PPB_MAX = 100000 };
#define OFFSET_NS_MAX INT64_C(2000000000)
#define ROUND_TRIP_NS_MAX INT64_C(20000000)

/* -limit to limit. */
static int64_t around_zero(uint64_t drawn, int64_t limit)
{
    return (int64_t)(drawn % (uint64_t)(2 * limit + 1)) - limit;
}

static struct choice changed_choice(const struct changing *changing, enum site site, uint64_t drawn)
{
    struct choice choice = {FAULT_NONE, 0};
    if (changing->kind == KIND_ORDER && drawn % LAST_ONE_IN == 0) {
        choice.fault = FAULT_POSTPONE;
    } else if (changing->kind == KIND_CLOCKS && site == SITE_CLOCK) {
        choice = (struct choice){FAULT_OFFSET, around_zero(drawn, OFFSET_NS_MAX)};
    } else if (changing->kind == KIND_CLOCKS && site == SITE_RATE) {
        choice = (struct choice){FAULT_DRIFT, around_zero(drawn, DRIFT_PPB_MAX)};
    } else if (changing->kind == KIND_NETWORK && site == SITE_NETWORK) {
        choice = (struct choice){FAULT_ROUND_TRIP, 1 + (int64_t)(drawn % ROUND_TRIP_NS_MAX)};
    }
    return site_allows(site, choice.fault) ? choice : (struct choice){FAULT_NONE, 0};
}

static uint64_t draw(const struct changing *changing, const struct label *label, uint64_t key)
{
    return hash_mix(hash_mix(changing->way, key), label->number);
}

static struct choice ask(struct source *source, const struct label *label, uint64_t key,
                         int64_t now)
{
    struct changing *changing = CONTAINER_OF(source, struct changing, source);
    struct source *base = &changing->base->source;
    struct choice choice = base->impl->ask(base, label, key, now);
    if (choice.fault == FAULT_NONE) {
        choice = changed_choice(changing, label->site, draw(changing, label, key));
        changing->has_changed = changing->has_changed || choice.fault != FAULT_NONE;
    }
    return choice;
}

static uint64_t number(struct source *source, const struct label *label, uint64_t key,
                       uint64_t bound)
{
    static const enum kind kinds[SITES] = {
        [SITE_RETRY_JITTER] = KIND_JITTER,
        [SITE_ENTROPY] = KIND_IDS,
        [SITE_RANDOM] = KIND_DRAWN,
    };
    struct changing *changing = CONTAINER_OF(source, struct changing, source);
    struct source *base = &changing->base->source;
    uint64_t value = base->impl->number(base, label, key, bound);
    if (value == 0 && changing->kind == kinds[label->site]) {
        value = draw(changing, label, key) % bound;
        changing->has_changed = changing->has_changed || value != 0;
    }
    return value;
}

/* ---- trying ---- */

struct explainer {
    struct search_subject subject; /* a copy: the number of runners is changed */
    const struct search_finding *wanted;
    const struct shrink_result *result;
    struct source_replay base;
    struct search_calm calm;
    struct search_outcome outcome;
};

/* With one runner less; with one more where there is one only. */
static uint32_t other_runners(uint32_t runners)
{
    return runners > 1 ? runners - 1 : 2;
}

static enum cloacina_code run_changed(struct explainer *explainer, struct changing *changing,
                                      struct cloacina_error *err)
{
    const struct shrink_options *options = &explainer->result->options;
    struct search_setup setup = {
        .seed = options->seed,
        .calm = changing->kind == KIND_RUNNERS ? NULL : &explainer->calm,
        .without_decisions = true,
    };
    struct search_subject subject = explainer->subject;
    if (changing->kind == KIND_RUNNERS) {
        subject.world.runners = other_runners(subject.world.runners);
        changing->has_changed = true;
    }
    return options->is_isolated
               ? search_run_isolated(&subject, &changing->source, &setup, options->isolation,
                                     &explainer->outcome, err)
               : search_run(&subject, &changing->source, &setup, &explainer->outcome, err);
}

enum verdict { VERDICT_UNKNOWN, VERDICT_MATTERS, VERDICT_DOES_NOT_MATTER };

/* A run with other clocks or another network is not judged by I-20. */
static bool is_in_question(const struct explainer *explainer, enum kind kind)
{
    bool says_nothing = kind == KIND_CLOCKS || kind == KIND_NETWORK;
    return !(says_nothing && strcmp(explainer->wanted->id, "I-20") == 0);
}

/* In a child process nobody learns what was asked there: it counts as changed. */
static enum cloacina_code try_kind(struct explainer *explainer, enum kind kind,
                                   enum verdict *ret_verdict, struct cloacina_error *err)
{
    static const struct source_impl impl = {.ask = ask, .number = number};
    bool is_isolated = explainer->result->options.is_isolated;
    *ret_verdict = VERDICT_UNKNOWN;
    if (!is_in_question(explainer, kind)) {
        return CLOACINA_OK;
    }
    for (uint64_t way = 1; way <= (kind == KIND_RUNNERS ? 1 : WAYS); way++) {
        struct changing changing = {
            .source.impl = &impl, .base = &explainer->base, .kind = kind, .way = way};
        enum cloacina_code code = run_changed(explainer, &changing, err);
        if (code != CLOACINA_OK) {
            return code;
        }
        if (!search_finding_equal(&explainer->outcome.finding, explainer->wanted)) {
            *ret_verdict = VERDICT_MATTERS;
            return CLOACINA_OK;
        }
        if (changing.has_changed || is_isolated) {
            *ret_verdict = VERDICT_DOES_NOT_MATTER;
        }
    }
    return CLOACINA_OK;
}

/* ---- saying it ---- */

static const char *const kind_names[KINDS] = {
    [KIND_ORDER] = "order",
    [KIND_JITTER] = "jitter",
    [KIND_IDS] = "ids",
    [KIND_DRAWN] = "drawn numbers",
    [KIND_CLOCKS] = "clocks",
    [KIND_NETWORK] = "the way to the store",
    [KIND_RUNNERS] = "the number of runners",
};

static const char *const kind_needs[KINDS] = {
    [KIND_ORDER] = "this order",        [KIND_JITTER] = "this jitter",
    [KIND_IDS] = "these ids",           [KIND_DRAWN] = "these drawn numbers",
    [KIND_CLOCKS] = "these clocks",     [KIND_NETWORK] = "this way to the store",
    [KIND_RUNNERS] = "so many runners",
};

/* What went wrong, in front of the place where it did. */
static const char *noun_of(enum fault fault)
{
    static const char *const nouns[FAULTS] = {
        [FAULT_NONE] = "nothing at",
        [FAULT_POSTPONE] = "the last place of",
        [FAULT_BUSY] = "the busy store at",
        [FAULT_ERROR] = "the error of",
        [FAULT_REPLY_LOST] = "the lost reply of",
        [FAULT_DROPPED] = "the broken connection at",
        [FAULT_SLOW] = "the slowness of",
        [FAULT_SLOW_REPLY] = "the slow reply of",
        [FAULT_DOWN] = "the outage at",
        [FAULT_FULL] = "the full store at",
        [FAULT_CRASH] = "the crash before",
        [FAULT_CRASH_AFTER] = "the crash after",
        [FAULT_STOP] = "the stop at",
        [FAULT_FREEZE] = "the standstill at",
        [FAULT_DEPLOY] = "the deploy at",
        [FAULT_NO_MEMORY] = "the lack of memory at",
        [FAULT_STEP] = "the clock's jump at",
        [FAULT_STORE_STEP] = "the jump of the store's clock at",
        [FAULT_LOST] = "the loss of",
        [FAULT_LATE] = "the lateness of",
        [FAULT_DOUBLED] = "the doubling of",
        [FAULT_FAIL] = "the failure of",
        [FAULT_TRANSIENT] = "the transient failure of",
        [FAULT_HANG] = "the hang of",
        [FAULT_PAUSE] = "the pause by",
        [FAULT_CANCEL] = "the cancellation by",
        [FAULT_RESET] = "the reset by",
        [FAULT_OFFSET] = "the wrong clock",
        [FAULT_DRIFT] = "the drifting clock",
        [FAULT_ROUND_TRIP] = "the round trip",
        [FAULT_NUMBER] = "the value of",
        [FAULT_IO_ERROR] = "the I/O error of",
        [FAULT_POWER_LOSS] = "the power loss at",
    };
    return nouns[fault];
}

/* Clocks and ways belong to somebody; there is no call to name. */
static bool is_of_somebody(enum site site)
{
    return site == SITE_CLOCK || site == SITE_RATE || site == SITE_NETWORK;
}

/* "the lost reply of payments.charge of 'charge'", "the wrong clock of runner-2". */
static void say_decision(const struct decision *decision, struct text_builder *text)
{
    const struct label *label = &decision->label;
    text_builder_append_terminated(text, noun_of(decision->choice.fault));
    if (label->name.length > 0) {
        text_builder_print(text, " %.*s", TEXT_PRINT(label->name));
    } else if (!is_of_somebody(label->site)) {
        text_builder_print(text, " %s", site_name(label->site));
    }
    if (label->task.length > 0) {
        text_builder_print(text, " of '%.*s'", TEXT_PRINT(label->task));
    } else if (label->runner > 0) {
        text_builder_print(text, " of runner-%u", label->runner);
    } else if (is_of_somebody(label->site)) {
        text_builder_append_terminated(text, " of the store");
    }
}

static void say_decisions(const struct shrink_result *result, struct text_builder *text,
                          const char **separator)
{
    for (size_t i = 0; i < result->decision_count; i++) {
        text_builder_append_terminated(text, *separator);
        say_decision(&result->decisions[i], text);
        *separator = ", ";
    }
}

static void say_kinds(const enum verdict verdicts[KINDS], enum verdict verdict,
                      const char *const names[KINDS], struct text_builder *text,
                      const char **separator)
{
    for (int kind = 0; kind < KINDS; kind++) {
        if (verdicts[kind] == verdict) {
            text_builder_append_terminated(text, *separator);
            text_builder_append_terminated(text, names[kind]);
            *separator = ", ";
        }
    }
}

static void say(const struct shrink_result *result, const enum verdict verdicts[KINDS],
                struct text_builder *text)
{
    const char *separator = "needs: ";
    say_decisions(result, text, &separator);
    say_kinds(verdicts, VERDICT_MATTERS, kind_needs, text, &separator);
    if (separator[0] == 'n') {
        text_builder_append_terminated(text, "needs: nothing that goes wrong");
    }
    separator = ".  does not matter: ";
    say_kinds(verdicts, VERDICT_DOES_NOT_MATTER, kind_names, text, &separator);
}

enum cloacina_code shrink_explain(const struct search_subject *subject,
                                  const struct search_finding *wanted,
                                  const struct shrink_result *result, struct text_builder *ret_text,
                                  struct cloacina_error *err)
{
    enum verdict verdicts[KINDS];
    enum cloacina_code code = CLOACINA_OK;
    struct cloacina_heap *heap = search_heap(subject);
    struct explainer explainer = {.subject = *subject, .wanted = wanted, .result = result};
    if (!source_replay_init(&explainer.base, heap, result->decisions, result->decision_count)) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "explain: no memory");
    }
    search_calm_init(&explainer.calm, heap);
    search_outcome_init(&explainer.outcome, heap);
    for (int kind = 0; kind < KINDS && code == CLOACINA_OK; kind++) {
        code = try_kind(&explainer, (enum kind)kind, &verdicts[kind], err);
    }
    if (code == CLOACINA_OK) {
        say(result, verdicts, ret_text);
        code = ret_text->failed
                   ? cloacina_error_raise(err, CLOACINA_NO_MEMORY, "explain: no memory")
                   : CLOACINA_OK;
    }
    search_outcome_finish(&explainer.outcome);
    search_calm_finish(&explainer.calm);
    source_replay_finish(&explainer.base);
    return code;
}
