/* SPDX-License-Identifier: Apache-2.0 */
/* loaded.c - from rows to an execution. */
#include "cloacinactl/loaded.h"

#include "execution/state.h"

/* More than any history has: what is asked for is all of it. */
enum { EVENTS_MAX = INT32_MAX };

static enum cloacina_code read_into(struct loaded *loaded, struct dal *dal,
                                    struct cloacina_heap *heap, struct id id,
                                    struct cloacina_error *err)
{
    struct workflow *workflow;
    struct dal_snapshot *snapshot = &loaded->snapshot;
    enum cloacina_code code = dal->impl->load(dal, id, &loaded->arena, snapshot, err);
    if (code == CLOACINA_OK) {
        code = workflow_read(heap, snapshot->definition_json, &workflow, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    struct execution_options options = {
        .heap = heap, .workflow = workflow, .id = id, .context = snapshot->context};
    code = execution_begin(&loaded->execution, &options, err);
    workflow_unref(workflow);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = execution_refresh(&loaded->execution, &snapshot->feed, err);
    if (code != CLOACINA_OK) {
        execution_finish(&loaded->execution);
    }
    return code;
}

enum cloacina_code loaded_read(struct dal *dal, struct cloacina_heap *heap, struct id id,
                               struct loaded *ret_loaded, struct cloacina_error *err)
{
    arena_init(&ret_loaded->arena, heap);
    enum cloacina_code code = read_into(ret_loaded, dal, heap, id, err);
    if (code != CLOACINA_OK) {
        arena_finish(&ret_loaded->arena);
    }
    return code;
}

void loaded_finish(struct loaded *loaded)
{
    execution_finish(&loaded->execution);
    arena_finish(&loaded->arena);
}

enum cloacina_code loaded_events(struct loaded *loaded, struct dal *dal, uint64_t after_revision,
                                 struct event_row **ret_events, size_t *ret_count,
                                 struct cloacina_error *err)
{
    return dal->impl->events(dal, loaded->execution.row.id, after_revision, EVENTS_MAX,
                             &loaded->arena, ret_events, ret_count, err);
}

enum cloacina_code loaded_context(struct loaded *loaded, struct text_builder *ret_text,
                                  struct cloacina_error *err)
{
    if (!execution_status_is_terminal(loaded->execution.row.status)) {
        text_builder_append_terminated(ret_text, "null");
        return CLOACINA_OK;
    }
    const struct value *context = execution_final_context(&loaded->execution);
    if (context == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for the context");
    }
    value_write(ret_text, context);
    return CLOACINA_OK;
}
