/* SPDX-License-Identifier: Apache-2.0 */
/* attempts.c - from a claim to the body's return.
 *
 * Law: a slot is taken before the claim and given back when the body has parked, returned, or
 * turned out to be a zombie. A claim ends when its body has returned; the attempt's memory with the
 * commit of what it said. */
#include <stddef.h>
#include <string.h>

#include "runner/internal.h"

enum { SLAB_ATTEMPTS = 64 };

static bool pool_grow(struct runner *runner)
{
    if (!heap_grow(runner->heap, &runner->slabs, &runner->slab_capacity, runner->slab_count + 1,
                   sizeof(void *))) {
        return false;
    }
    struct runner_attempt *slab = heap_take_zeroed(runner->heap, SLAB_ATTEMPTS, sizeof(*slab));
    if (slab == NULL) {
        return false;
    }
    runner->slabs[runner->slab_count++] = slab;
    for (size_t i = SLAB_ATTEMPTS; i-- > 0;) {
        slab[i].next = runner->pool;
        runner->pool = &slab[i];
    }
    return true;
}

void attempts_free_pool(struct runner *runner)
{
    for (size_t i = 0; i < runner->slab_count; i++) {
        heap_give(runner->heap, runner->slabs[i], SLAB_ATTEMPTS * sizeof(struct runner_attempt));
    }
    heap_give(runner->heap, runner->slabs, runner->slab_capacity * sizeof(void *));
}

static void list_add(struct runner_attempt *attempt)
{
    struct runner_execution *owner = attempt->owner;
    attempt->previous = NULL;
    attempt->next = owner->attempts;
    if (owner->attempts != NULL) {
        owner->attempts->previous = attempt;
    }
    owner->attempts = attempt;
    owner->runner->attempts++;
}

/* Out of its execution's list and back into the pool. */
static void pool_put(struct runner_attempt *attempt)
{
    struct runner_execution *owner = attempt->owner;
    if (attempt->previous != NULL) {
        attempt->previous->next = attempt->next;
    } else {
        owner->attempts = attempt->next;
    }
    if (attempt->next != NULL) {
        attempt->next->previous = attempt->previous;
    }
    owner->runner->attempts--;
    attempt->owner = NULL;
    attempt->next = owner->runner->pool;
    owner->runner->pool = attempt;
}

static void slot_give(struct runner_attempt *attempt)
{
    attempt->owner->runner->slots_used -= attempt->holds_slot;
    attempt->holds_slot = false;
}

struct runner_attempt *attempt_take(struct runner_execution *owner, uint32_t task,
                                    struct stamp claim)
{
    struct runner *runner = owner->runner;
    if (runner->pool == NULL && !pool_grow(runner)) {
        return NULL;
    }
    struct runner_attempt *taken = runner->pool;
    runner->pool = taken->next;
    const struct execution *execution = &owner->execution;
    *taken = (struct runner_attempt){
        .attempt = {.workflow = execution->workflow,
                    .task = &execution->workflow->tasks[task],
                    .body = owner->bodies.tasks[task].run,
                    .user = owner->bodies.tasks[task].user,
                    .input = execution_input_view(execution, task),
                    .execution = execution->row.id,
                    .claim = claim,
                    .index = task,
                    .number = execution->rows[task].attempt,
                    .runner = runner->options.actor,
                    .inbox = &runner->inbox,
                    .fence_at = &runner->fence_at,
                    .clock = runner->options.clock},
        .owner = owner,
        .holds_slot = true,
    };
    runner->slots_used++;
    list_add(taken);
    return taken;
}

static int64_t timeout_of(const struct runner_attempt *attempt)
{
    int64_t own = attempt->attempt.task->timeout_ns;
    return own != 0 ? own : attempt->owner->runner->options.task_timeout_ns;
}

/* A timer that cannot be armed for want of memory makes the attempt run without its limit; it is
 * tried again when the attempt parks and resumes. */
static void timeout_arm(struct runner_attempt *attempt, int64_t left)
{
    struct runner *runner = attempt->owner->runner;
    (void)!timer_arm(&runner->timers, &attempt->timer, TIMER_TIMEOUT,
                     instant_add(runner_monotonic(runner), left));
}

void attempt_start(struct runner_attempt *attempt)
{
    struct runner *runner = attempt->owner->runner;
    int64_t timeout = timeout_of(attempt);
    if (timeout != 0) {
        timeout_arm(attempt, timeout);
    }
    runner->options.executor->impl->start(runner->options.executor, &attempt->attempt);
}

/* Out of the queue for slots: its body came back before its turn. */
static void waiting_remove(struct runner_attempt *attempt)
{
    struct runner *runner = attempt->owner->runner;
    struct runner_attempt *previous = NULL;
    for (struct runner_attempt *at = runner->waiting; at != attempt; at = at->waiting_next) {
        previous = at;
    }
    if (previous != NULL) {
        previous->waiting_next = attempt->waiting_next;
    } else {
        runner->waiting = attempt->waiting_next;
    }
    if (runner->waiting_last == attempt) {
        runner->waiting_last = previous;
    }
    attempt->is_waiting = false;
}

void attempt_release(struct runner_attempt *attempt)
{
    struct runner *runner = attempt->owner->runner;
    timer_disarm(&runner->timers, &attempt->timer);
    slot_give(attempt);
    if (attempt->is_waiting) {
        waiting_remove(attempt);
    }
    runner->zombies -= attempt->is_zombie;
    runner->orphans -= attempt->is_orphaned;
    runner->parked -= attempt->is_parked;
    if (attempt->attempt.release != NULL) {
        attempt->attempt.release(&attempt->attempt);
    }
    pool_put(attempt);
}

static void park(struct runner_attempt *attempt)
{
    struct runner *runner = attempt->owner->runner;
    attempt->timeout_left = 0;
    if (attempt->timer.order != 0) {
        attempt->timeout_left = attempt->timer.time - runner_monotonic(runner);
        timer_disarm(&runner->timers, &attempt->timer);
    }
    slot_give(attempt);
    attempt->is_parked = true;
    runner->parked++;
}

void attempt_resumed(struct runner_attempt *attempt)
{
    attempt->is_parked = false;
    attempt->owner->runner->parked--;
    if (attempt->timeout_left > 0) {
        timeout_arm(attempt, attempt->timeout_left);
    }
}

/* Its claim is gone (lost, timed out, cancelled): the body is told and has cancel_grace to
 * return. */
void attempt_orphan(struct runner_attempt *attempt)
{
    struct runner *runner = attempt->owner->runner;
    if (attempt->is_orphaned || attempt->is_finished) {
        return;
    }
    attempt->is_orphaned = true;
    runner->orphans++;
    atomic_store_explicit(&attempt->attempt.is_cancelled, true, memory_order_relaxed);
    int64_t grace_end = instant_add(runner_monotonic(runner), runner->options.cancel_grace_ns);
    (void)!timer_arm(&runner->timers, &attempt->timer, TIMER_GRACE, grace_end);
    runner->options.executor->impl->cancel(runner->options.executor, &attempt->attempt);
}

static void recall(struct runner_attempt *attempt)
{
    struct executor *executor = attempt->owner->runner->options.executor;
    if (!attempt->is_orphaned && !attempt->is_finished && !attempt->is_recalled) {
        attempt->is_recalled = true;
        executor->impl->cancel(executor, &attempt->attempt);
    }
}

void attempts_recall(struct runner *runner, bool parked_only)
{
    runner->recalls_parked = true;
    for (struct runner_execution *owner = runner->all; owner != NULL; owner = owner->all_next) {
        for (struct runner_attempt *at = owner->attempts; at != NULL; at = at->next) {
            if (at->is_parked || !parked_only) {
                recall(at);
            }
        }
    }
}

static void input_of_attempt(struct runner_attempt *attempt, enum execution_input_type type)
{
    const struct attempt_outcome *outcome = &attempt->attempt.outcome;
    struct runner_input input = {
        .input = {.type = type, .task = attempt->attempt.index, .claim = attempt->attempt.claim},
        .attempt = attempt,
    };
    if (attempt->is_finished) {
        input.input.code = outcome->code;
        input.input.message = text_of(outcome->message);
        input.input.delta = outcome->delta;
    }
    if (execution_input_add(attempt->owner, &input)) {
        return;
    }
    /* No memory even for a note: the claim stays, and the next sweep hands it back. */
    if (!attempt->is_finished) {
        attempt_orphan(attempt); /* it waits for an answer that nobody would remember to give */
    } else if (attempt->notes == 0) {
        attempt_release(attempt);
    }
}

/* What a body's return says. */
static enum execution_input_type meaning_of(const struct runner_attempt *attempt)
{
    const struct attempt_outcome *outcome = &attempt->attempt.outcome;
    if (outcome->code == CLOACINA_OK) {
        return EXECUTION_SUCCEEDED;
    }
    return outcome->is_unstarted || attempt->is_recalled ? EXECUTION_HANDED_BACK
                                                         : EXECUTION_TASK_FAILED;
}

static void finished(struct runner_attempt *attempt)
{
    struct runner_execution *owner = attempt->owner;
    timer_disarm(&owner->runner->timers, &attempt->timer);
    slot_give(attempt);
    attempt->is_finished = true;
    if (attempt->is_orphaned || attempt->attempt.outcome.code == CLOACINA_CRASHED) {
        if (attempt->notes == 0) {
            attempt_release(attempt);
            execution_drop_if_done(owner);
        }
        return;
    }
    input_of_attempt(attempt, meaning_of(attempt));
}

static void waiting_add(struct runner *runner, struct runner_attempt *attempt)
{
    attempt->is_waiting = true;
    attempt->waiting_next = NULL;
    if (runner->waiting_last != NULL) {
        runner->waiting_last->waiting_next = attempt;
    } else {
        runner->waiting = attempt;
    }
    runner->waiting_last = attempt;
}

/* An orphan that parks or wants a slot gets no answer: it was cancelled, and its waiting call ends
 * with that. */
void attempt_message(struct runner *runner, struct runner_attempt *attempt,
                     enum attempt_message message)
{
    switch (message) {
    case ATTEMPT_FINISHED:
        finished(attempt);
        return;
    case ATTEMPT_DEFERRED:
        if (!attempt->is_orphaned) {
            park(attempt);
            input_of_attempt(attempt, EXECUTION_DEFERRED);
            if (runner->recalls_parked) {
                recall(attempt);
            }
        }
        return;
    case ATTEMPT_WANTS_SLOT:
        if (!attempt->is_orphaned) {
            waiting_add(runner, attempt);
        }
        return;
    }
}

/* Also while it stops, or is full of zombies: what was claimed has to come to its end. */
void attempts_grant_slots(struct runner *runner)
{
    while (runner->waiting != NULL && runner->slots > runner->slots_used) {
        struct runner_attempt *attempt = runner->waiting;
        waiting_remove(attempt);
        if (!attempt->is_orphaned) {
            attempt->holds_slot = true;
            runner->slots_used++;
            input_of_attempt(attempt, EXECUTION_TASK_RESUMED);
        }
    }
}

/* Without memory for it, it is tried again a second later; the text may be missing. */
static void timed_out(struct runner *runner, struct runner_attempt *attempt)
{
    char text[DURATION_TEXT_SIZE + sizeof("timed out after ")] = "timed out after ";
    duration_print(timeout_of(attempt), text + strlen(text));
    struct text message = text_copy(&attempt->owner->execution.arena, text_of(text));
    struct runner_input input = {
        .input = {.type = EXECUTION_TIMED_OUT,
                  .task = attempt->attempt.index,
                  .claim = attempt->attempt.claim,
                  .message = message.bytes != NULL ? message : TEXT_LITERAL("timed out"),
                  .grace_ns = runner->options.cancel_grace_ns},
        .attempt = attempt,
    };
    if (!execution_input_add(attempt->owner, &input)) {
        int64_t soon = instant_add(runner_monotonic(runner), NANOSECONDS_PER_SECOND);
        (void)!timer_arm(&runner->timers, &attempt->timer, TIMER_TIMEOUT, soon);
    }
}

/* Its timer is due: out of time, or out of grace. */
void attempt_timer(struct runner *runner, struct runner_attempt *attempt)
{
    if (!attempt->is_orphaned) {
        timed_out(runner, attempt);
    } else if (!attempt->is_zombie) {
        attempt->is_zombie = true;
        runner->zombies++;
        slot_give(attempt);
    }
}
