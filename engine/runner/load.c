/* SPDX-License-Identifier: Apache-2.0 */
/* load.c - executions in this runner's memory: made, loaded, caught up, dropped.
 *
 * Law: an execution is kept while somebody here has to do with it: an attempt, an input, a waiter,
 * or work to claim. */
#include "runner/internal.h"

#include "execution/state.h"

static void list_add(struct runner *runner, struct runner_execution *owner)
{
    owner->all_previous = runner->all_last;
    if (runner->all_last != NULL) {
        runner->all_last->all_next = owner;
    } else {
        runner->all = owner;
    }
    runner->all_last = owner;
}

static void list_remove(struct runner *runner, struct runner_execution *owner)
{
    if (owner->all_previous != NULL) {
        owner->all_previous->all_next = owner->all_next;
    } else {
        runner->all = owner->all_next;
    }
    if (owner->all_next != NULL) {
        owner->all_next->all_previous = owner->all_previous;
    } else {
        runner->all_last = owner->all_previous;
    }
}

/* A zeroed shell, from the spare ones or new. NULL: no memory. */
static struct runner_execution *shell_take(struct runner *runner)
{
    struct runner_execution *shell = runner->spare;
    if (shell == NULL) {
        return heap_take_zeroed(runner->heap, 1, sizeof(*shell));
    }
    runner->spare = shell->all_next;
    *shell = (struct runner_execution){0};
    return shell;
}

/* Everything but the place in the lists. */
static void contents_finish(struct runner_execution *owner)
{
    struct runner *runner = owner->runner;
    body_set_finish(&owner->bodies);
    changeset_finish(&owner->changeset);
    execution_finish(&owner->execution);
    heap_give(runner->heap, owner->inputs, owner->input_capacity * sizeof(owner->inputs[0]));
    heap_give(runner->heap, owner->claimed, owner->claimed_capacity * sizeof(owner->claimed[0]));
    owner->all_next = runner->spare;
    runner->spare = owner;
}

struct runner_execution *execution_new(struct runner *runner,
                                       const struct execution_options *options,
                                       struct cloacina_error *err)
{
    struct cloacina_error why = {CLOACINA_NO_MEMORY, "runner: no memory for an execution"};
    struct body_source *source = runner->options.bodies;
    struct runner_execution *owner = shell_take(runner);
    if (owner == NULL) {
        (void)cloacina_error_raise(err, why.code, "%s", why.message);
        return NULL;
    }
    owner->runner = runner;
    enum cloacina_code code = execution_begin(&owner->execution, options, &why);
    changeset_init(&owner->changeset, runner->heap);
    if (code != CLOACINA_OK) {
        owner->all_next = runner->spare;
        runner->spare = owner;
        (void)cloacina_error_raise(err, code, "%s", why.message);
        return NULL;
    }
    if (!source->impl->bind(source, options->workflow, &owner->bodies) ||
        !id_map_put(&runner->by_id, options->id, owner)) {
        contents_finish(owner);
        (void)cloacina_error_raise(err, why.code, "%s", why.message);
        return NULL;
    }
    list_add(runner, owner);
    runner->counts.executions++;
    return owner;
}

void execution_drop(struct runner_execution *owner)
{
    struct runner *runner = owner->runner;
    id_map_remove(&runner->by_id, owner->execution.row.id);
    list_remove(runner, owner);
    timer_disarm(&runner->timers, &owner->timer);
    runner->counts.executions--;
    contents_finish(owner);
}

void executions_free(struct runner *runner)
{
    while (runner->all != NULL) {
        execution_drop(runner->all);
    }
    while (runner->spare != NULL) {
        struct runner_execution *next = runner->spare->all_next;
        heap_give(runner->heap, runner->spare, sizeof(*runner->spare));
        runner->spare = next;
    }
}

void execution_drop_if_done(struct runner_execution *owner)
{
    bool is_busy = owner->attempts != NULL || owner->input_count > 0 || owner->waiters != NULL ||
                   owner->is_dirty || owner->changeset.is_open;
    if (!is_busy && execution_status_is_terminal(owner->execution.row.status)) {
        execution_drop(owner);
    }
}

/* Executions that lacked bodies may have them now. Attempts keep what they were started with. */
void executions_bind(struct runner *runner)
{
    struct body_source *source = runner->options.bodies;
    for (struct runner_execution *owner = runner->all; owner != NULL; owner = owner->all_next) {
        struct body_set bodies;
        if (owner->bodies.missing > 0 &&
            source->impl->bind(source, owner->execution.workflow, &bodies)) {
            body_set_finish(&owner->bodies);
            owner->bodies = bodies;
            execution_mark_dirty(owner);
        }
    }
}

void execution_mark_dirty(struct runner_execution *owner)
{
    struct runner *runner = owner->runner;
    if (owner->is_dirty || owner->is_frozen) {
        return;
    }
    owner->is_dirty = true;
    owner->dirty_next = NULL;
    if (runner->dirty_last != NULL) {
        runner->dirty_last->dirty_next = owner;
    } else {
        runner->dirty = owner;
    }
    runner->dirty_last = owner;
}

bool execution_input_add(struct runner_execution *owner, const struct runner_input *input)
{
    if (!heap_grow(owner->runner->heap, &owner->inputs, &owner->input_capacity,
                   owner->input_count + 1, sizeof(owner->inputs[0]))) {
        return false;
    }
    owner->inputs[owner->input_count++] = *input;
    if (input->attempt != NULL) {
        input->attempt->notes++;
    }
    execution_mark_dirty(owner);
    return true;
}

void execution_arm_retry(struct runner_execution *owner)
{
    struct runner *runner = owner->runner;
    if (owner->is_frozen) { /* the timer thaws it; the commit that follows comes back here */
        return;
    }
    int64_t retry_at = execution_next_retry(&owner->execution);
    int64_t time = retry_at == INT64_MAX ? INSTANT_NEVER : retry_at - runner->store_offset;
    if (time == INSTANT_NEVER) {
        timer_disarm(&runner->timers, &owner->timer);
    } else if (owner->timer.order == 0 || owner->timer.time != time) {
        if (!timer_arm(&runner->timers, &owner->timer, TIMER_RETRY, time)) {
            runner->store_has_more = true; /* the next poll looks for it */
        }
    }
}

/* ---- from the store ---- */

/* The definition of a stored execution: the one that is offered when it is the same, else rebuilt
 * from its JSON. */
static enum cloacina_code definition_get(struct runner *runner, const struct dal_snapshot *snapshot,
                                         struct workflow **ret_workflow, struct cloacina_error *err)
{
    for (size_t i = 0; i < runner->offer_count; i++) {
        const struct workflow *known = runner->offers[i].workflow;
        if (hash128_equal(known->hash, snapshot->definition)) {
            *ret_workflow = workflow_ref(known);
            return CLOACINA_OK;
        }
    }
    return workflow_read(runner->heap, snapshot->definition_json, ret_workflow, err);
}

static enum cloacina_code execution_load(struct runner *runner, struct id id, struct arena *arena,
                                         struct runner_execution **ret_owner,
                                         struct cloacina_error *err)
{
    struct dal *dal = runner->options.dal;
    struct dal_snapshot snapshot;
    struct workflow *workflow;
    struct cloacina_error own = {CLOACINA_OK, ""};
    enum cloacina_code code = dal->impl->load(dal, id, arena, &snapshot, err);
    if (code == CLOACINA_OK) {
        code = definition_get(runner, &snapshot, &workflow, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    struct execution_options options = {
        .heap = runner->heap,
        .workflow = workflow,
        .id = id,
        .context = snapshot.context,
    };
    *ret_owner = execution_new(runner, &options, &own);
    workflow_unref(workflow);
    code = own.code;
    if (*ret_owner != NULL) {
        code = execution_refresh(&(*ret_owner)->execution, &snapshot.feed, &own);
        if (code != CLOACINA_OK) {
            execution_drop(*ret_owner);
        }
    }
    return code == CLOACINA_OK ? code : cloacina_error_raise(err, code, "%s", own.message);
}

struct runner_execution *execution_get(struct runner *runner, struct id id,
                                       enum cloacina_code *ret_code, struct cloacina_error *err)
{
    struct runner_execution *owner = id_map_get(&runner->by_id, id);
    *ret_code = CLOACINA_OK;
    if (owner != NULL) {
        return owner;
    }
    struct arena arena;
    arena_init(&arena, runner->heap);
    *ret_code = execution_load(runner, id, &arena, &owner, err);
    arena_finish(&arena);
    runner->is_crashed |= *ret_code == CLOACINA_CRASHED;
    if (*ret_code == CLOACINA_OK) {
        execution_arm_retry(owner);
        return owner;
    }
    return NULL;
}

void execution_orphan_attempts(struct runner_execution *owner)
{
    struct runner_attempt *next;
    for (struct runner_attempt *attempt = owner->attempts; attempt != NULL; attempt = next) {
        next = attempt->next;
        const struct task_row *row = &owner->execution.rows[attempt->attempt.index];
        if (row->status != TASK_RUNNING || !stamp_equal(row->claim, attempt->attempt.claim)) {
            attempt_orphan(attempt);
        }
    }
}

/* Does the feed take a claim away from this runner? Only then its attempts have to be looked
 * through. */
static bool takes_claims(const struct runner_execution *owner, const struct feed *feed)
{
    for (size_t i = 0; i < feed->task_count; i++) {
        if (feed->tasks[i].task >= owner->execution.workflow->task_count) {
            return false; /* execution_refresh refuses it */
        }
        const struct task_row *here = &owner->execution.rows[feed->tasks[i].task];
        if (here->status == TASK_RUNNING && here->claim.lease == owner->runner->lease &&
            !stamp_equal(here->claim, feed->tasks[i].row.claim)) {
            return true;
        }
    }
    return false;
}

enum cloacina_code execution_adopt(struct runner_execution *owner, const struct feed *feed,
                                   struct cloacina_error *err)
{
    bool has_lost = takes_claims(owner, feed) || owner->execution.is_torn;
    enum cloacina_code code = execution_refresh(&owner->execution, feed, err);
    if (code == CLOACINA_OK && has_lost) {
        execution_orphan_attempts(owner);
    }
    return code;
}

enum cloacina_code execution_catch_up(struct runner_execution *owner, struct cloacina_error *err)
{
    struct runner *runner = owner->runner;
    struct dal *dal = runner->options.dal;
    struct arena arena;
    struct feed feed;
    arena_init(&arena, runner->heap);
    enum cloacina_code code = dal->impl->refresh(dal, owner->execution.row.id,
                                                 owner->execution.row.revision, &arena, &feed, err);
    if (code == CLOACINA_OK) {
        code = execution_adopt(owner, &feed, err);
    }
    arena_finish(&arena);
    runner->is_crashed |= code == CLOACINA_CRASHED;
    if (code == CLOACINA_OK) {
        execution_arm_retry(owner);
        if (execution_status_is_terminal(owner->execution.row.status)) {
            commands_answer_waiters(owner);
        } else if (execution_is_claimable(&owner->execution, runner_store_now(runner))) {
            execution_mark_dirty(owner);
        }
    }
    return code;
}
