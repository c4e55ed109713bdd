/* SPDX-License-Identifier: Apache-2.0 */
/* commit.c - changesets go to the store, answers come back.
 *
 *   dirty --fold--> batch --dal--> OK           accept, tell, start what was claimed
 *                              --> CONFLICT     undo, catch up, fold again; the third time under
 *                                               the store's lock
 *                              --> UNKNOWN      frozen; later: read back, then accept or send the
 *                                               same again
 *                              --> UNAVAILABLE  frozen; later: send the same again
 *                              --> other        permanent: one input a commit until the culprit
 *                                               stands alone; it is abandoned
 *
 * Law: an answer is one of these; an error is never read as "nothing changed". */
#include "runner/internal.h"

#include "execution/state.h"

/* The figures of what this runner has brought about. */
static void count_events(struct runner_counts *counts, const struct changeset *changeset)
{
    uint64_t of[EVENT_TYPES] = {0};
    for (size_t i = 0; i < changeset->event_count; i++) {
        of[changeset->events[i].type]++;
    }
    counts->tasks_completed += of[EVENT_TASK_COMPLETED];
    counts->tasks_failed += of[EVENT_TASK_FAILED] + of[EVENT_TASK_ABANDONED];
    counts->tasks_skipped += of[EVENT_TASK_SKIPPED];
    counts->workflows_completed += of[EVENT_WORKFLOW_COMPLETED];
    counts->workflows_failed += of[EVENT_WORKFLOW_FAILED];
    counts->workflows_cancelled += of[EVENT_WORKFLOW_CANCELLED];
    counts->claims_recovered += of[EVENT_TASK_RECOVERED];
}

static void accepted(struct runner_execution *owner)
{
    struct runner *runner = owner->runner;
    count_events(&runner->counts, &owner->changeset);
    execution_accept(&owner->execution, &owner->changeset);
    owner->is_new = false;
    owner->is_sealed = false;
    owner->conflicts = 0;
    owner->backoff = 0;
    runner->counts.commits++;
    runner->refills += (uint32_t)owner->claimed_count;
    fold_settle(owner);
    if (owner->execution.row.status == EXECUTION_CANCELLED) {
        execution_orphan_attempts(owner);
    }
    for (size_t i = 0; i < owner->claimed_count; i++) {
        if (owner->claimed[i]->is_orphaned) { /* the lease has ended while the answer was awaited */
            attempt_release(owner->claimed[i]);
        } else {
            attempt_start(owner->claimed[i]);
        }
    }
    owner->claimed_count = 0;
    execution_arm_retry(owner);
    if (owner->input_count > 0) {
        execution_mark_dirty(owner);
    } else {
        owner->is_one_by_one = false;
    }
    if (execution_status_is_terminal(owner->execution.row.status)) {
        commands_answer_waiters(owner);
        execution_drop_if_done(owner);
    }
}

static void freeze(struct runner_execution *owner, bool is_unknown)
{
    struct runner *runner = owner->runner;
    owner->is_frozen = true;
    owner->is_unknown = is_unknown;
    owner->backoff = owner->backoff == 0 ? RUNNER_BACKOFF_MIN_NS : owner->backoff * 2;
    if (owner->backoff > RUNNER_BACKOFF_MAX_NS) {
        owner->backoff = RUNNER_BACKOFF_MAX_NS;
    }
    int64_t time = instant_add(runner_monotonic(runner), owner->backoff);
    if (!timer_arm(&runner->timers, &owner->timer, TIMER_STORE, time)) {
        runner->thaws_at_beat = true;
    }
}

/* ---- the third time: under the lock ---- */

static struct changeset *redo_locked(void *user, const struct feed *feed)
{
    struct runner_execution *owner = user;
    if (execution_adopt(owner, feed, NULL) != CLOACINA_OK || !fold(owner)) {
        return NULL;
    }
    return owner->changeset.is_open ? &owner->changeset : NULL;
}

static void answered(struct runner_execution *owner, enum cloacina_code answer);

/* The rows under the lock leave nothing to commit: every input had lost. Or there was no memory to
 * fold them: then they are still there. */
static void lost_under_lock(struct runner_execution *owner)
{
    fold_settle(owner);
    execution_arm_retry(owner);
    if (owner->input_count > 0) {
        freeze(owner, false);
        return;
    }
    owner->conflicts = 0;
    if (execution_status_is_terminal(owner->execution.row.status)) {
        commands_answer_waiters(owner);
        execution_drop_if_done(owner);
    }
}

static void commit_under_lock(struct runner_execution *owner)
{
    struct dal *dal = owner->runner->options.dal;
    const struct execution_row *row = &owner->execution.row;
    enum cloacina_code answer =
        dal->impl->commit_locked(dal, row->id, row->revision, redo_locked, owner, NULL);
    if (answer == CLOACINA_OK && !owner->changeset.is_open) {
        lost_under_lock(owner);
        return;
    }
    owner->is_sealed = owner->changeset.is_open;
    answered(owner, answer == CLOACINA_CONFLICT ? CLOACINA_UNAVAILABLE : answer);
}

static void conflict(struct runner_execution *owner)
{
    owner->runner->counts.conflicts++;
    owner->conflicts++;
    owner->is_sealed = false;
    fold_undo(owner);
    if (owner->conflicts > RUNNER_CONFLICTS_MAX) {
        commit_under_lock(owner);
        return;
    }
    if (execution_catch_up(owner, NULL) == CLOACINA_OK) {
        execution_mark_dirty(owner);
    } else {
        freeze(owner, false);
    }
}

/* ---- permanent errors ---- */

/* The store will never take this input: an attempt's result is replaced by a visible failure, a
 * command is answered. */
static void give_up_on(struct runner_execution *owner, enum cloacina_code answer)
{
    struct runner_input *input = &owner->inputs[0];
    if (input->command != NULL) {
        struct runner_command *command = input->command;
        (void)cloacina_error_raise(&command->error, answer, "the store refused it: %s",
                                   cloacina_code_name(answer));
        input->code = answer;
        owner->folded = 1;
        fold_settle(owner);
        return;
    }
    input->input.type = EXECUTION_ABANDONED;
    input->input.code = answer;
    input->input.delta = NULL;
    input->input.message = TEXT_LITERAL("the store refused the result");
}

static void refused(struct runner_execution *owner, enum cloacina_code answer)
{
    bool is_alone = owner->input_count == 1 || owner->is_one_by_one;
    bool is_hopeless =
        owner->input_count == 0 || owner->inputs[0].input.type == EXECUTION_ABANDONED;
    owner->is_sealed = false;
    fold_undo(owner);
    if (is_hopeless) {
        freeze(owner,
               false); /* nothing smaller can be tried: wait for the store to change its mind */
        return;
    }
    if (is_alone) {
        give_up_on(owner, answer);
    }
    owner->is_one_by_one = owner->input_count > 0;
    if (owner->is_new && owner->input_count == 0) {
        execution_drop(owner); /* a submit that was refused: there is no execution */
    } else {
        execution_mark_dirty(owner);
    }
}

/* A new execution is in the store already: somebody has asked again, whose first question had gone
 * through. What was made up here is forgotten; who asked for something else asks what is there. */
static void already_there(struct runner_execution *owner)
{
    struct runner *runner = owner->runner;
    struct runner_command *others = owner->waiters;
    fold_undo(owner);
    for (size_t i = owner->input_count; i-- > 0;) {
        struct runner_command *command = owner->inputs[i].command;
        if (command != NULL && command->message.kind == RUNNER_SUBMIT) {
            command_done(command, cloacina_error_raise(&command->error, CLOACINA_EXISTS,
                                                       "runner: the execution's id is taken"));
        } else if (command != NULL) {
            command->message.next = others == NULL ? NULL : &others->message;
            others = command;
        }
    }
    owner->waiters = NULL;
    owner->input_count = 0;
    execution_drop(owner);
    while (others != NULL) {
        struct runner_command *command = others;
        others = (struct runner_command *)command->message.next;
        command_take(runner, command);
    }
}

/* ---- answers ---- */

static void answered(struct runner_execution *owner, enum cloacina_code answer)
{
    switch (answer) {
    case CLOACINA_OK:
        accepted(owner);
        return;
    case CLOACINA_CONFLICT:
        conflict(owner);
        return;
    case CLOACINA_UNKNOWN:
        owner->runner->counts.unknowns++;
        freeze(owner, true);
        return;
    case CLOACINA_UNAVAILABLE:
    case CLOACINA_TIMEOUT:
    case CLOACINA_NO_MEMORY:
    case CLOACINA_IO: /* a full disk, say: the result is good, and space may come back */
        freeze(owner, false);
        return;
    case CLOACINA_CRASHED:
        owner->runner->is_crashed = true;
        return;
    case CLOACINA_EXISTS:
        if (owner->is_new) {
            already_there(owner);
        } else {
            refused(owner, answer);
        }
        return;
    case CLOACINA_FAILED:
    case CLOACINA_INVALID:
    case CLOACINA_NOT_FOUND:
    case CLOACINA_WRONG_TYPE:
    case CLOACINA_OUT_OF_RANGE:
    case CLOACINA_LIMIT:
    case CLOACINA_CANCELLED:
        refused(owner, answer);
        return;
    }
}

/* ---- batches ---- */

/* What the store has to know of an execution that it has never seen. False: no memory. */
static bool submission_make(struct runner_execution *owner)
{
    struct execution *execution = &owner->execution;
    if (owner->submission.workflow != NULL) {
        return true;
    }
    struct text_builder context;
    text_builder_init(&context, owner->runner->heap);
    value_write(&context, execution->context);
    struct text copy = {0};
    if (!context.failed) {
        copy = text_copy(&execution->arena, text_builder_text(&context));
    }
    text_builder_finish(&context);
    if (copy.bytes != NULL) {
        owner->submission = (struct dal_submission){
            .workflow = execution->workflow,
            .context = copy,
            .rows = execution->rows,
        };
    }
    return copy.bytes != NULL;
}

static bool batch_room(struct runner *runner, size_t count)
{
    return heap_grow(runner->heap, &runner->batch, &runner->batch_capacity, count,
                     sizeof(runner->batch[0])) &&
           heap_grow(runner->heap, &runner->batch_owners, &runner->batch_owners_capacity, count,
                     sizeof(runner->batch_owners[0])) &&
           heap_grow(runner->heap, &runner->answers, &runner->answers_capacity, count,
                     sizeof(runner->answers[0]));
}

static struct runner_execution *dirty_pop(struct runner *runner)
{
    struct runner_execution *owner = runner->dirty;
    runner->dirty = owner->dirty_next;
    if (runner->dirty == NULL) {
        runner->dirty_last = NULL;
    }
    owner->is_dirty = false;
    return owner;
}

/* Folds one execution, or keeps what was folded and sealed before. True: it has something to send.
 */
static bool prepare(struct runner_execution *owner)
{
    if (owner->is_sealed) {
        return true;
    }
    bool is_whole = !owner->execution.is_torn || execution_catch_up(owner, NULL) == CLOACINA_OK;
    if (!is_whole || (owner->is_new && !submission_make(owner)) || !fold(owner)) {
        freeze(owner, false);
        return false;
    }
    if (!owner->changeset.is_open) {
        fold_settle(owner);
        execution_arm_retry(owner);
        execution_drop_if_done(owner);
        return false;
    }
    owner->is_sealed = true;
    return true;
}

/* Takes dirty executions until the rows fill one store call; returns how many are in the batch. */
static size_t batch_fill(struct runner *runner)
{
    size_t count = 0;
    size_t rows = 0;
    while (runner->dirty != NULL && rows < RUNNER_COMMIT_ROWS_MAX) {
        if (!batch_room(runner, count + 1)) {
            break;
        }
        struct runner_execution *owner = dirty_pop(runner);
        if (!prepare(owner)) {
            continue;
        }
        rows += owner->is_new ? owner->execution.workflow->task_count : owner->changeset.row_count;
        runner->batch[count] = (struct dal_write){
            .changeset = &owner->changeset,
            .submission = owner->is_new ? &owner->submission : NULL,
        };
        runner->batch_owners[count++] = owner;
    }
    return count;
}

void commit_dirty(struct runner *runner)
{
    struct dal *dal = runner->options.dal;
    while (runner->dirty != NULL && !runner->is_crashed) {
        size_t count = batch_fill(runner);
        if (count == 0) {
            if (runner->dirty != NULL && !batch_room(runner, 1)) {
                return; /* no memory for a batch of one: the next step tries again */
            }
            continue;
        }
        dal->impl->commit(dal, runner->batch, count, runner->answers);
        for (size_t i = 0; i < count; i++) {
            answered(runner->batch_owners[i], runner->answers[i]);
        }
    }
}

void commit_thaw(struct runner_execution *owner)
{
    struct runner *runner = owner->runner;
    struct dal *dal = runner->options.dal;
    if (owner->is_unknown) {
        uint64_t revision = 0;
        enum cloacina_code code =
            dal->impl->find_commit(dal, owner->execution.row.id, owner->commit, &revision, NULL);
        runner->is_crashed |= code == CLOACINA_CRASHED;
        if (code != CLOACINA_OK) {
            freeze(owner, true);
            return;
        }
        if (revision != 0) {
            owner->is_frozen = false;
            owner->is_unknown = false;
            accepted(owner);
            return;
        }
    }
    owner->is_frozen = false;
    owner->is_unknown = false;
    execution_mark_dirty(owner);
}
