/* SPDX-License-Identifier: Apache-2.0 */
/* runner.c - create, destroy, and the step.
 *
 *   step:  inbox -> timers -> [ grant slots -> fold, commit, start -> poll ] -> next deadline
 *                             ^----------- until nothing is dirty -----------'
 *
 * Law: a step does all that can be done at its instant; it waits for nothing but the store. */
#include "runner/runner.h"

#include <string.h>

#include "runner/internal.h"

/* ---- time, slots, stamps ---- */

int64_t runner_monotonic(const struct runner *runner)
{
    return cloacina_clock_monotonic(runner->options.clock);
}

/* Store time: the store's clock of its last reply plus the own time since then. It never goes
 * back. */
int64_t runner_store_now(struct runner *runner)
{
    int64_t now = runner_monotonic(runner) + runner->store_offset;
    if (now > runner->store_time) {
        runner->store_time = now;
    }
    return runner->store_time;
}

void runner_told_time(struct runner *runner, int64_t store_now)
{
    runner->store_offset = store_now - runner_monotonic(runner);
}

uint32_t runner_free_slots(const struct runner *runner)
{
    bool may_claim =
        !runner->is_stopping && !runner->is_fenced && runner->zombies < runner->options.zombies_max;
    return may_claim && runner->slots > runner->slots_used ? runner->slots - runner->slots_used : 0;
}

struct stamp runner_stamp(struct runner *runner)
{
    return (struct stamp){.lease = runner->lease, .serial = ++runner->serial_last};
}

/* ---- create and destroy ---- */

static enum cloacina_code options_check(const struct runner_options *options,
                                        struct cloacina_error *err)
{
    const struct {
        const char *name;
        bool is_given;
    } required[] = {
        {"clock", options->clock != NULL},   {"random", options->random != NULL},
        {"dal", options->dal != NULL},       {"executor", options->executor != NULL},
        {"bodies", options->bodies != NULL}, {"wake", options->wake != NULL},
    };
    for (size_t i = 0; i < ARRAY_COUNT(required); i++) {
        if (!required[i].is_given) {
            return cloacina_error_raise(err, CLOACINA_INVALID, "runner: option '%s' is missing",
                                        required[i].name);
        }
    }
    return dal_check(options->dal, err);
}

static void default_ns(int64_t *option, int64_t seconds)
{
    if (*option == 0) {
        *option = seconds * NANOSECONDS_PER_SECOND;
    }
}

static void options_complete(struct runner_options *options)
{
    options->heap = options->heap != NULL ? options->heap : cloacina_heap_system();
    options->name = options->name != NULL ? options->name : "runner";
    default_ns(&options->heartbeat_ns, 10);
    default_ns(&options->lease_threshold_ns, 60);
    default_ns(&options->lease_margin_ns, 5);
    default_ns(&options->cancel_grace_ns, 5);
    options->recoveries_max = options->recoveries_max != 0 ? options->recoveries_max : 3;
    options->zombies_max = options->zombies_max != 0 ? options->zombies_max : 16;
}

static void inbox_woken(void *user)
{
    struct runner *runner = user;
    runner->options.wake(runner->options.wake_user);
}

void runner_hinted(void *user)
{
    struct runner *runner = user;
    atomic_store_explicit(&runner->hint, true, memory_order_relaxed);
    runner->options.wake(runner->options.wake_user);
}

static void offers_give(struct runner *runner)
{
    heap_give(runner->heap, runner->offers, runner->offer_count * sizeof(runner->offers[0]));
}

static bool offers_make(struct runner *runner)
{
    struct body_source *source = runner->options.bodies;
    size_t count;
    struct cloacina_workflow *const *workflows = source->impl->list(source, &count);
    struct dal_offer *offers = heap_take_zeroed(runner->heap, count, sizeof(offers[0]));
    if (offers == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        offers[i] = (struct dal_offer){.workflow = workflows[i]->definition};
    }
    offers_give(runner);
    runner->offers = offers;
    runner->offer_count = count;
    return true;
}

bool runner_renew_offers(struct runner *runner)
{
    if (!offers_make(runner)) {
        return false;
    }
    executions_bind(runner);
    runner->store_has_more = true;
    runner->hint = true;
    return true;
}

static bool name_keep(struct runner *runner, const char *name)
{
    size_t size = strlen(name) + 1;
    runner->name = heap_take(runner->heap, size);
    runner->options.name = runner->name;
    if (runner->name != NULL) {
        memcpy(runner->name, name, size);
    }
    return runner->name != NULL;
}

static struct runner *runner_make(const struct runner_options *options)
{
    struct runner *runner = heap_take_zeroed(options->heap, 1, sizeof(*runner));
    if (runner == NULL) {
        return NULL;
    }
    runner->options = *options;
    runner->heap = options->heap;
    runner->slots = options->slots != 0 ? options->slots : RUNNER_SLOTS_UNLIMITED;
    arena_init(&runner->scratch, options->heap);
    id_map_init(&runner->by_id, options->heap);
    timers_init(&runner->timers, options->heap);
    inbox_init(&runner->inbox, inbox_woken, runner);
    if (!name_keep(runner, options->name) || !offers_make(runner)) {
        runner_destroy(runner);
        return NULL;
    }
    struct random_label label = {.actor = options->actor, .site = RANDOM_SITE_ENTROPY};
    /* The actor makes the difference where every answer is zero: two runners, two streams
     * of ids. */
    uint64_t entropy = random_choose(options->random, label, UINT64_MAX);
    id_maker_init(&runner->ids, hash_mix(entropy, options->actor));
    return runner;
}

enum cloacina_code runner_create(const struct runner_options *options, struct runner **ret_runner,
                                 struct cloacina_error *err)
{
    enum cloacina_code code = options_check(options, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct runner_options complete = *options;
    options_complete(&complete);
    struct runner *runner = runner_make(&complete);
    if (runner == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "runner '%s': no memory",
                                    complete.name);
    }
    struct cloacina_error why = {CLOACINA_UNAVAILABLE, ""};
    if (!sweep_open_lease(runner, &why)) {
        runner_destroy(runner);
        return cloacina_error_raise(err, why.code, "runner '%s': %s", complete.name, why.message);
    }
    runner->beat_at = instant_add(runner_monotonic(runner), complete.heartbeat_ns);
    runner->store_has_more = true; /* the store may hold work from before */
    *ret_runner = runner;
    return CLOACINA_OK;
}

void runner_abandon(struct runner *runner)
{
    if (runner->lease != 0) {
        runner->options.dal->impl->listen(runner->options.dal, runner->lease, NULL, NULL);
    }
    runner->lease = runner->counts.lease = 0;
}

void runner_destroy(struct runner *runner)
{
    if (runner == NULL) {
        return;
    }
    struct cloacina_heap *heap = runner->heap;
    runner_abandon(runner);
    executions_free(runner);
    attempts_free_pool(runner);
    timers_finish(&runner->timers);
    id_map_finish(&runner->by_id);
    arena_finish(&runner->scratch);
    offers_give(runner);
    heap_give(heap, runner->batch, runner->batch_capacity * sizeof(runner->batch[0]));
    heap_give(heap, runner->batch_owners,
              runner->batch_owners_capacity * sizeof(runner->batch_owners[0]));
    heap_give(heap, runner->answers, runner->answers_capacity * sizeof(runner->answers[0]));
    heap_give(heap, runner->claim_tasks, runner->claim_capacity * sizeof(runner->claim_tasks[0]));
    heap_give(heap, runner->seen, runner->seen_capacity * sizeof(runner->seen[0]));
    heap_give(heap, runner->name, runner->name == NULL ? 0 : strlen(runner->name) + 1);
    heap_give(heap, runner, sizeof(*runner));
}

/* ---- the step ---- */

static void inbox_take(struct runner *runner)
{
    struct inbox_message *next;
    for (struct inbox_message *message = inbox_drain(&runner->inbox); message != NULL;
         message = next) {
        next = message->next;
        if (atomic_load_explicit(&message->kind, memory_order_relaxed) < RUNNER_SUBMIT) {
            /* From now on it was read, and the executor may post the next one. */
            uint32_t kind = atomic_exchange_explicit(&message->kind, 0, memory_order_acq_rel);
            attempt_message(runner, (struct runner_attempt *)message, (enum attempt_message)kind);
        } else {
            command_take(runner, (struct runner_command *)message);
        }
    }
}

static void timers_fire(struct runner *runner)
{
    int64_t now = runner_monotonic(runner);
    struct runner_timer *timer;
    while ((timer = timers_pop_due(&runner->timers, now)) != NULL) {
        switch (timer->kind) {
        case TIMER_TIMEOUT:
        case TIMER_GRACE:
            attempt_timer(runner, CONTAINER_OF(timer, struct runner_attempt, timer));
            break;
        case TIMER_RETRY:
            execution_mark_dirty(CONTAINER_OF(timer, struct runner_execution, timer));
            break;
        case TIMER_STORE:
            commit_thaw(CONTAINER_OF(timer, struct runner_execution, timer));
            break;
        }
    }
}

/* Executions that froze when no timer could be armed for want of memory. */
static void thaw_all(struct runner *runner)
{
    runner->thaws_at_beat = false;
    struct runner_execution *next;
    for (struct runner_execution *owner = runner->all; owner != NULL; owner = next) {
        next = owner->all_next;
        if (owner->is_frozen && owner->timer.order == 0) {
            commit_thaw(owner);
        }
    }
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void next_find(struct runner *runner, struct runner_next *ret_next)
{
    int64_t watch = earlier(runner->beat_at, runner->fence_at);
    bool beat_is_busy = runner->others_claims > 0 || runner->thaws_at_beat || runner->is_fenced ||
                        runner->stops != NULL;
    ret_next->busy = timers_next(&runner->timers);
    if (beat_is_busy) {
        ret_next->busy = earlier(ret_next->busy, runner->beat_at);
    }
    ret_next->deadline = earlier(timers_next(&runner->timers), watch);
}

enum cloacina_code runner_step(struct runner *runner, struct runner_next *ret_next,
                               struct cloacina_error *err)
{
    runner->counts.steps++;
    inbox_take(runner);
    timers_fire(runner);
    if (runner->thaws_at_beat && runner_monotonic(runner) >= runner->beat_at) {
        thaw_all(runner);
    }
    do {
        attempts_grant_slots(runner);
        commit_dirty(runner);
        sweep_store(runner);
        if (commands_may_stop(runner)) {
            sweep_leave(runner);
        }
        commands_answer_looks(runner);
    } while (!runner->is_crashed && runner->dirty != NULL);
    if (runner->has_left) {
        commands_answer_stops(runner);
    }
    next_find(runner, ret_next);
    if (runner->is_crashed) {
        return cloacina_error_raise(err, CLOACINA_CRASHED, "runner '%s' is dead", runner->name);
    }
    return CLOACINA_OK;
}

void runner_post(struct runner *runner, struct runner_command *command)
{
    inbox_post(&runner->inbox, &command->message);
}

/* ---- looking ---- */

int64_t runner_now(struct runner *runner)
{
    return runner_store_now(runner);
}

const struct execution *runner_execution(const struct runner *runner, struct id id)
{
    const struct runner_execution *owner = id_map_get(&runner->by_id, id);
    return owner == NULL ? NULL : &owner->execution;
}

void runner_count(const struct runner *runner, struct runner_counts *ret_counts)
{
    *ret_counts = runner->counts;
    ret_counts->slots_used = runner->slots_used;
    ret_counts->attempts = runner->attempts;
    ret_counts->parked = runner->parked;
    ret_counts->zombies = runner->zombies;
    ret_counts->is_claiming = !runner->is_stopping && !runner->is_fenced && !runner->is_crashed &&
                              runner->zombies < runner->options.zombies_max;
}
