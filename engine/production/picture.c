/* SPDX-License-Identifier: Apache-2.0 */
/* picture.c - rows become what people read.
 *
 * Law: every text is the picture's own, so that the execution may go. */
#include "production/picture.h"

#include <string.h>

#include "base/instant.h"
#include "execution/state.h"

void picture_destroy(struct picture *picture)
{
    if (picture != NULL) {
        text_builder_finish(&picture->context);
        text_builder_finish(&picture->explanation);
        arena_finish(&picture->arena);
        workflow_unref(picture->workflow);
        heap_give(picture->heap, picture, sizeof(*picture));
    }
}

struct picture *picture_of_new(struct cloacina_heap *heap, const struct workflow *workflow,
                               struct id id)
{
    struct picture *picture = heap_take_zeroed(heap, 1, sizeof(*picture));
    if (picture == NULL) {
        return NULL;
    }
    picture->heap = heap;
    picture->id = id;
    id_print(id, picture->id_text);
    picture->workflow = workflow_ref(workflow);
    arena_init(&picture->arena, heap);
    text_builder_init(&picture->context, heap);
    text_builder_init(&picture->explanation, heap);
    picture->info = (struct cloacina_execution_info){
        .id = picture->id_text,
        .workflow = workflow->name.bytes,
        .package = workflow->package.bytes,
        .tenant = workflow->tenant.bytes,
        .tasks = workflow->task_count,
    };
    picture->tasks =
        arena_take_zeroed(&picture->arena, workflow->task_count, sizeof(picture->tasks[0]));
    if (picture->tasks == NULL) {
        picture_destroy(picture);
        return NULL;
    }
    for (uint32_t i = 0; i < workflow->task_count; i++) {
        picture->tasks[i].name = workflow->tasks[i].name;
        picture->tasks[i].attempts_max = workflow->tasks[i].retry->attempts_max;
    }
    return picture;
}

/* False: no memory. */
static bool copy(struct picture *picture, const char *text, const char **ret_copy)
{
    *ret_copy = text == NULL ? NULL : arena_copy(&picture->arena, text, strlen(text));
    return text == NULL || *ret_copy != NULL;
}

static bool task_take(struct picture *picture, const struct task_row *row,
                      struct cloacina_task_info *info)
{
    info->status = (enum cloacina_task_status)row->status;
    info->attempt = row->attempt;
    info->skip_reason =
        row->status == TASK_SKIPPED ? skip_reason_name((enum skip_reason)row->skip) : NULL;
    info->started_at = row->started_at;
    info->completed_at = row->completed_at;
    info->retry_at = row->status == TASK_READY ? row->retry_at : 0;
    return copy(picture, row->error, &info->error);
}

static bool rows_take(struct picture *picture, const struct execution *execution)
{
    const struct execution_row *row = &execution->row;
    struct cloacina_execution_info *info = &picture->info;
    info->status = (enum cloacina_execution_status)row->status;
    info->revision = row->revision;
    info->created_at = row->created_at;
    info->started_at = row->started_at;
    info->completed_at = row->completed_at;
    info->completed = row->completed;
    info->failed = row->failed;
    info->skipped = row->skipped;
    bool has_memory = copy(picture, row->reason, &info->reason);
    for (uint32_t i = 0; has_memory && i < execution->workflow->task_count; i++) {
        has_memory = task_take(picture, &execution->rows[i], &picture->tasks[i]);
    }
    return has_memory;
}

static bool context_take(struct picture *picture, struct execution *execution)
{
    const struct value *context = execution_final_context(execution);
    if (context == NULL) {
        return false;
    }
    value_write(&picture->context, context);
    return !picture->context.failed;
}

struct picture *picture_take(struct cloacina_heap *heap, struct execution *execution)
{
    struct picture *picture = picture_of_new(heap, execution->workflow, execution->row.id);
    if (picture == NULL) {
        return NULL;
    }
    picture->is_over = execution_status_is_terminal(execution->row.status);
    if (!rows_take(picture, execution) || (picture->is_over && !context_take(picture, execution))) {
        picture_destroy(picture);
        return NULL;
    }
    return picture;
}
