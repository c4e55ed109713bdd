/* SPDX-License-Identifier: Apache-2.0 */
/* copy.c - the state machine and the store, put together by hand.
 *
 * Law: every changeset comes from engine/execution; nothing is forged here. */
#include "copy.h"

#include "execution_scene.h"

struct workflow *copy_workflow(const char *name, const char *graph)
{
    struct cloacina_workflow_options options = {.name = name};
    struct cloacina_workflow_builder *builder;
    struct cloacina_workflow *workflow;
    struct cloacina_error error;
    assert_int_equal(cloacina_workflow_builder_create(&options, &builder, &error), CLOACINA_OK);
    scene_add_tasks(builder, graph, NULL, 0, NULL);
    if (cloacina_workflow_builder_build(builder, &workflow, &error) != CLOACINA_OK) {
        fail_msg("%s", error.message);
    }
    cloacina_workflow_builder_destroy(builder);
    struct workflow *definition = workflow_ref(workflow->definition);
    cloacina_workflow_unref(workflow);
    return definition;
}

static void begin(struct copy *copy, struct workflow *workflow, struct id id, struct text context,
                  uint32_t recoveries_max)
{
    struct cloacina_error error;
    struct execution_options options = {
        .workflow = workflow, .id = id, .context = context, .recoveries_max = recoveries_max};
    *copy = (struct copy){.is_open = true};
    arena_init(&copy->arena, NULL);
    changeset_init(&copy->changeset, cloacina_heap_system());
    copy->context = arena_copy(&copy->arena, context.bytes, context.length);
    assert_non_null(copy->context);
    if (execution_begin(&copy->execution, &options, &error) != CLOACINA_OK) {
        fail_msg("%s", error.message);
    }
}

void copy_begin(struct copy *copy, const struct workflow *workflow, struct id id,
                const char *context, int64_t now)
{
    struct workflow *reference = workflow_ref(workflow);
    begin(copy, reference, id, text_of(context), 2);
    workflow_unref(reference);
    assert_int_equal(copy_command(copy, EXECUTION_SUBMITTED, now), CLOACINA_OK);
}

void copy_finish(struct copy *copy)
{
    if (copy->is_open) {
        execution_undo(&copy->execution, &copy->changeset);
        execution_finish(&copy->execution);
        changeset_finish(&copy->changeset);
        arena_finish(&copy->arena);
        copy->is_open = false;
    }
}

bool copy_load(struct copy *copy, struct dal *store, struct id id)
{
    struct arena arena;
    struct dal_snapshot snapshot;
    struct workflow *workflow;
    struct cloacina_error error;
    arena_init(&arena, NULL);
    enum cloacina_code code = store->impl->load(store, id, &arena, &snapshot, &error);
    if (code != CLOACINA_OK && code != CLOACINA_NOT_FOUND) {
        fail_msg("%s", error.message);
    }
    if (code == CLOACINA_OK) {
        if (workflow_read(cloacina_heap_system(), snapshot.definition_json, &workflow, &error) !=
            CLOACINA_OK) {
            fail_msg("%s", error.message);
        }
        assert_true(hash128_equal(workflow->hash, snapshot.definition));
        begin(copy, workflow, id, snapshot.context, snapshot.feed.row.recoveries_max);
        workflow_unref(workflow);
        if (execution_refresh(&copy->execution, &snapshot.feed, &error) != CLOACINA_OK) {
            fail_msg("%s", error.message);
        }
    }
    arena_finish(&arena);
    return code == CLOACINA_OK;
}

struct dal_write copy_submission(struct copy *copy, struct stamp commit,
                                 struct dal_submission *submission)
{
    *submission = (struct dal_submission){
        .workflow = copy->execution.workflow,
        .context = text_of(copy->context),
        .rows = copy->execution.rows,
    };
    struct dal_write write = copy_write(copy, commit);
    write.submission = submission;
    return write;
}

enum cloacina_code copy_submit(struct copy *copy, struct dal *store, struct stamp commit)
{
    struct dal_submission submission;
    struct dal_write write = copy_submission(copy, commit, &submission);
    enum cloacina_code answer;
    store->impl->commit(store, &write, 1, &answer);
    copy_answer(copy, answer);
    return answer;
}

enum cloacina_code copy_apply(struct copy *copy, const struct execution_input *input, int64_t now)
{
    return execution_apply(&copy->execution, input, now, random_calm(), 1, &copy->changeset, NULL);
}

enum cloacina_code copy_attempt(struct copy *copy, uint32_t task, enum execution_input_type type,
                                int64_t now)
{
    struct execution_input input = {
        .type = type,
        .task = task,
        .claim = copy->execution.rows[task].claim,
        .code = CLOACINA_FAILED,
        .message = TEXT_LITERAL("it broke"),
        .grace_ns = 5 * NANOSECONDS_PER_SECOND,
    };
    return copy_apply(copy, &input, now);
}

enum cloacina_code copy_succeed(struct copy *copy, uint32_t task, const char *sets, int64_t now)
{
    struct cloacina_error error;
    struct execution_input input = {
        .type = EXECUTION_SUCCEEDED, .task = task, .claim = copy->execution.rows[task].claim};
    if (sets != NULL &&
        delta_read(&copy->arena, text_of(sets), &input.delta, &error) != CLOACINA_OK) {
        fail_msg("%s", error.message);
    }
    return copy_apply(copy, &input, now);
}

enum cloacina_code copy_command(struct copy *copy, enum execution_input_type type, int64_t now)
{
    struct execution_input input = {.type = type, .task = TASK_NONE};
    return copy_apply(copy, &input, now);
}

uint32_t copy_claim(struct copy *copy, uint32_t slots, struct stamp first, int64_t now)
{
    struct claim_request request = {.slots = slots, .lease = first.lease, .serial = first.serial};
    uint32_t count = 0;
    uint32_t *tasks = arena_take(&copy->arena, slots * sizeof(tasks[0]));
    assert_non_null(tasks);
    assert_int_equal(
        execution_claim(&copy->execution, &request, now, &copy->changeset, tasks, &count, NULL),
        CLOACINA_OK);
    return count;
}

struct dal_write copy_write(struct copy *copy, struct stamp commit)
{
    execution_seal(&copy->execution, &copy->changeset, commit);
    return (struct dal_write){.changeset = &copy->changeset};
}

void copy_answer(struct copy *copy, enum cloacina_code answer)
{
    if (answer == CLOACINA_OK) {
        execution_accept(&copy->execution, &copy->changeset);
    } else {
        execution_undo(&copy->execution, &copy->changeset);
    }
}

enum cloacina_code copy_commit(struct copy *copy, struct dal *store, struct stamp commit)
{
    struct dal_write write = copy_write(copy, commit);
    enum cloacina_code answer;
    store->impl->commit(store, &write, 1, &answer);
    copy_answer(copy, answer);
    return answer;
}

enum cloacina_code copy_refresh(struct copy *copy, struct dal *store)
{
    struct arena arena;
    struct feed feed;
    arena_init(&arena, NULL);
    enum cloacina_code code = store->impl->refresh(
        store, copy->execution.row.id, copy->execution.row.revision, &arena, &feed, NULL);
    if (code == CLOACINA_OK) {
        code = execution_refresh(&copy->execution, &feed, NULL);
    }
    arena_finish(&arena);
    return code;
}
