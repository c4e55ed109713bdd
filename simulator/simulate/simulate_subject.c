/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_subject.c - puts a source into worlds.
 *
 * Law: a world is the same whether it is made to look at it, to search, or to replay. */
#include "simulate/simulate_subject.h"

#include <string.h>

#include "base/instant.h"
#include "search/isolate.h"
#include "search/twice.h"

enum {
    EVENTS_PER_TASK_MAX = 64,
    EVENTS_PER_DAY_MAX = 10000 /* of one runner: it beats every ten seconds */
};

/* ---- how large a world may get ---- */

/* Virtual days that the workflow may take: one task after the other, and the usual reserve. */
static int64_t days_max(const struct simulate_source *source)
{
    if (source->is_mixed) {
        return mixed_days_max(&source->mixed);
    }
    return CLOACINA_WORLD_DAYS_MAX + source->cost_total_ns / NANOSECONDS_PER_DAY + 1;
}

/* A world that goes on for ever is to be found out, a long workflow is not. */
static uint64_t events_max(const struct simulate_source *source, uint64_t runners)
{
    uint64_t tasks = cloacina_workflow_task_count(source->workflow);
    uint64_t days = (uint64_t)days_max(source);
    uint64_t wanted = tasks * EVENTS_PER_TASK_MAX;
    uint64_t usual = CLOACINA_WORLD_EVENTS_MAX;
    return (wanted > usual ? wanted : usual) + runners * days * EVENTS_PER_DAY_MAX;
}

struct cloacina_world_options simulate_world_options(const struct simulate_source *source,
                                                     const struct simulate_options *options)
{
    return (struct cloacina_world_options){
        .store = (enum cloacina_world_store)options->store,
        .runners = (uint32_t)options->runners,
        .slots = (uint32_t)options->slots,
        .slots_unlimited = options->slots == 0,
        .checkers_off = options->checkers == CHECKERS_OFF,
        .days_max = days_max(source),
        .events_max = events_max(source, options->runners),
    };
}

/* ---- what is in it ---- */

static enum cloacina_code has_completed(const struct cloacina_world *world, void *user,
                                        struct cloacina_error *err)
{
    const struct simulate_subject *subject = user;
    const char *reason = "";
    const char *status = cloacina_world_status(world, subject->execution, &reason);
    if (status != NULL && strcmp(status, "Completed") == 0) {
        return CLOACINA_OK;
    }
    return cloacina_error_set(err, "'%s' is %s%s%s", subject->search.workflow,
                              status == NULL ? "not there" : status, reason[0] == '\0' ? "" : ": ",
                              reason);
}

static enum cloacina_code fill(struct simulate_subject *subject, struct cloacina_world *world,
                               struct cloacina_error *err)
{
    enum cloacina_code code = source_register(subject->source, world, err);
    if (code == CLOACINA_OK && subject->must_complete) {
        code = cloacina_world_property(world, &subject->completion, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    const char *name = cloacina_workflow_name(subject->source->workflow);
    code = cloacina_world_submit(world, name, subject->context, &subject->execution, err);
    return code == CLOACINA_INVALID ? cloacina_error_wrap(err, "option '--context'") : code;
}

static enum cloacina_code prepare(void *user, struct cloacina_world *world, uint64_t seed,
                                  struct cloacina_error *err)
{
    struct simulate_subject *subject = user;
    struct simulate_source *source = subject->source;
    return source->is_mixed ? mixed_prepare(&source->mixed, world, seed, err)
                            : fill(subject, world, err);
}

static enum cloacina_code replay_twice(const struct simulate_subject *subject,
                                       const struct decision *decisions, size_t count,
                                       const struct search_setup *setup,
                                       struct search_outcome *outcome, struct cloacina_error *err)
{
    struct source_replay replay;
    if (!source_replay_init(&replay, search_heap(&subject->search), decisions, count)) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory");
    }
    enum cloacina_code code = search_twice(&subject->search, &replay.source, setup, outcome, err);
    source_replay_finish(&replay);
    return code;
}

enum cloacina_code simulate_subject_replay(const struct simulate_subject *subject,
                                           const struct decision *decisions, size_t count,
                                           uint64_t seed, bool is_twice,
                                           struct search_outcome *outcome,
                                           struct cloacina_error *err)
{
    struct search_setup setup = {.seed = seed};
    return is_twice
               ? replay_twice(subject, decisions, count, &setup, outcome, err)
               : search_isolated(&subject->search, decisions, count, &setup, NULL, outcome, err);
}

bool simulate_plan_is_calm(struct text plan)
{
    return plan.length == 0 || text_equal(plan, TEXT_LITERAL("none"));
}

/* How a body ends that somebody has written may depend on the time; of costs and scripts it is
 * known that it does not. */
void simulate_subject_init(struct simulate_subject *subject, struct cloacina_heap *heap,
                           struct simulate_source *source, const struct simulate_options *options,
                           const char *context, const char *plan)
{
    *subject = (struct simulate_subject){
        .search = {.heap = heap,
                   .world = simulate_world_options(source, options),
                   .workflow = cloacina_workflow_name(source->workflow),
                   .plan = plan,
                   .prepare = prepare,
                   .user = subject,
                   .uses_seed = source->is_mixed && !source->mixed.has_seed,
                   .is_transparent = source->is_mixed || source->costs_ns != NULL ||
                                     source->logbook.workflow != NULL},
        .source = source,
        .context = context,
        .must_complete = !source->is_mixed && simulate_plan_is_calm(text_of(plan)),
        .completion = {.name = SIMULATE_COMPLETION,
                       .type = CLOACINA_EVENTUALLY,
                       .holds = has_completed,
                       .user = subject},
    };
}
