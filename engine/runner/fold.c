/* SPDX-License-Identifier: Apache-2.0 */
/* fold.c - inputs become a changeset, free slots become claims.
 *
 *   inputs [finished | timed out | pause | ...]
 *      `--apply, in order of arrival--> changeset --> claims --> seal
 *
 * Law: nobody is told anything before the store has answered: after a conflict the same inputs are
 * applied again to the fresh rows, and may lose. */
#include "runner/internal.h"

static bool can_run(void *user, uint32_t task)
{
    const struct body_set *bodies = user;
    return bodies->tasks[task].run != NULL;
}

/* How many slots this execution may fill now. */
static uint32_t slots_for(const struct runner_execution *owner)
{
    const struct runner *runner = owner->runner;
    uint32_t free = runner_free_slots(runner);
    bool is_others_turn = runner->refills >= RUNNER_REFILLS_MAX && runner->store_has_more;
    if (owner->is_one_by_one || (is_others_turn && free < RUNNER_REFILLS_MAX)) {
        return 0;
    }
    size_t waiting = owner->execution.ready_count + owner->execution.retries.count;
    return waiting < free ? (uint32_t)waiting : free;
}

static bool claimed_add(struct runner_execution *owner, uint32_t task, struct stamp claim)
{
    if (!heap_grow(owner->runner->heap, &owner->claimed, &owner->claimed_capacity,
                   owner->claimed_count + 1, sizeof(owner->claimed[0]))) {
        return false;
    }
    struct runner_attempt *attempt = attempt_take(owner, task, claim);
    if (attempt == NULL) {
        return false;
    }
    owner->claimed[owner->claimed_count++] = attempt;
    return true;
}

/* Also without a free slot: retries that are due must leave their timer. */
static bool claim(struct runner_execution *owner, int64_t now)
{
    struct runner *runner = owner->runner;
    uint32_t count = 0;
    struct claim_request request = {
        .slots = slots_for(owner),
        .lease = runner->lease,
        .serial = runner->serial_last + 1,
        .can_run = owner->bodies.missing > 0 ? can_run : NULL,
        .user = &owner->bodies,
    };
    if (!heap_grow(runner->heap, &runner->claim_tasks, &runner->claim_capacity, request.slots,
                   sizeof(uint32_t)) ||
        execution_claim(&owner->execution, &request, now, &owner->changeset, runner->claim_tasks,
                        &count, NULL) != CLOACINA_OK) {
        return false;
    }
    runner->serial_last += count;
    for (uint32_t i = 0; i < count; i++) {
        struct stamp token = {runner->lease, request.serial + i};
        if (!claimed_add(owner, runner->claim_tasks[i], token)) {
            return false;
        }
    }
    if (count == request.slots && execution_is_claimable(&owner->execution, now)) {
        runner->store_has_more = true;
    }
    return true;
}

/* Applies one input and notes what came of it; false: no memory. */
static bool apply(struct runner_execution *owner, struct runner_input *input, int64_t now)
{
    struct runner *runner = owner->runner;
    struct cloacina_error *err = input->command != NULL ? &input->command->error : NULL;
    input->code = execution_apply(&owner->execution, &input->input, now, runner->options.random,
                                  runner->options.actor, &owner->changeset, err);
    return input->code != CLOACINA_NO_MEMORY;
}

bool fold(struct runner_execution *owner)
{
    int64_t now = runner_store_now(owner->runner);
    size_t count = owner->is_one_by_one && owner->input_count > 1 ? 1 : owner->input_count;
    bool has_memory = true;
    for (owner->folded = 0; has_memory && owner->folded < count; owner->folded++) {
        has_memory = apply(owner, &owner->inputs[owner->folded], now);
    }
    if (!has_memory || !claim(owner, now)) {
        fold_undo(owner);
        return false;
    }
    if (owner->changeset.is_open) {
        owner->commit = runner_stamp(owner->runner);
        execution_seal(&owner->execution, &owner->changeset, owner->commit);
    }
    return true;
}

void fold_undo(struct runner_execution *owner)
{
    while (owner->claimed_count > 0) {
        attempt_release(owner->claimed[--owner->claimed_count]);
    }
    execution_undo(&owner->execution, &owner->changeset);
    owner->folded = 0;
}

/* The attempt's message was answered: it goes on, or away. */
static void tell_attempt(const struct runner_input *input)
{
    struct runner_attempt *attempt = input->attempt;
    struct executor *executor = attempt->owner->runner->options.executor;
    attempt->notes--;
    if (attempt->is_finished) {
        if (attempt->notes == 0) {
            attempt_release(attempt);
        }
        return;
    }
    if (input->code != CLOACINA_OK || input->input.type == EXECUTION_TIMED_OUT) {
        attempt_orphan(attempt);
        return;
    }
    if (input->input.type == EXECUTION_TASK_RESUMED) {
        attempt_resumed(attempt);
    }
    executor->impl->resume(executor, &attempt->attempt);
}

void fold_settle(struct runner_execution *owner)
{
    for (size_t i = 0; i < owner->folded; i++) {
        const struct runner_input *input = &owner->inputs[i];
        if (input->attempt != NULL) {
            tell_attempt(input);
        }
        if (input->command != NULL) {
            command_settle(owner, input->command, input->code);
        }
    }
    size_t left = owner->input_count - owner->folded;
    for (size_t i = 0; i < left; i++) {
        owner->inputs[i] = owner->inputs[owner->folded + i];
    }
    owner->input_count = left;
    owner->folded = 0;
}
