/* SPDX-License-Identifier: Apache-2.0 */
/* look.c - status, tasks, context and explanation of one execution.
 *
 * When an attempt started is read from the events, so that nothing is kept while the world runs. */
#include "world/look.h"

#include "base/text.h"
#include "execution/execution.h"
#include "execution/state.h"
#include "world/world.h"

struct look {
    struct look *next;
    struct id id;
    struct arena arena;
    struct execution_row row;
    const struct workflow *definition;
    struct task_row *rows;   /* task_count; NULL: not fetched yet */
    uint32_t *started_first; /* task_count + 1: where a task's starts begin; NULL: likewise */
    int64_t *started;        /* of attempt n of a task: its first + n - 1 */
    struct execution whole;  /* when has_whole */
    bool has_whole;
    const char *context;     /* in the arena; NULL: nobody has asked */
    const char *explanation; /* likewise */
};

struct looks {
    struct cloacina_heap *heap;
    struct look *first; /* Owned */
};

struct looks *looks_create(struct cloacina_heap *heap)
{
    struct looks *looks = heap_take(heap, sizeof(*looks));
    if (looks != NULL) {
        *looks = (struct looks){.heap = heap};
    }
    return looks;
}

void looks_destroy(struct looks *looks)
{
    if (looks != NULL) {
        looks_forget(looks);
        heap_give(looks->heap, looks, sizeof(*looks));
    }
}

static void look_free(struct cloacina_heap *heap, struct look *look)
{
    if (look->has_whole) {
        execution_finish(&look->whole);
    }
    arena_finish(&look->arena);
    heap_give(heap, look, sizeof(*look));
}

void looks_forget(struct looks *looks)
{
    while (looks->first != NULL) {
        struct look *look = looks->first;
        looks->first = look->next;
        look_free(looks->heap, look);
    }
}

/* ---- fetching ---- */

static struct id id_of(struct cloacina_world_execution execution)
{
    return (struct id){execution.high, execution.low};
}

/* No revision is as high as this one: the row alone, without tasks. */
static enum cloacina_code fetch_row(const struct cloacina_world *world, struct look *look,
                                    struct cloacina_error *err)
{
    struct feed feed;
    struct dal *store = world->memory;
    enum cloacina_code code =
        store->impl->refresh(store, look->id, UINT64_MAX, &look->arena, &feed, err);
    if (code == CLOACINA_OK) {
        look->row = feed.row;
        look->definition =
            behaviours_find_hash(&world->behaviours, feed.row.definition)->definition;
    }
    return code;
}

static enum cloacina_code look_get(const struct cloacina_world *world,
                                   struct cloacina_world_execution execution,
                                   struct look **ret_look, struct cloacina_error *err)
{
    struct looks *looks = world->looks;
    struct look *look = looks->first;
    while (look != NULL && !id_equal(look->id, id_of(execution))) {
        look = look->next;
    }
    if (look == NULL) {
        look = heap_take_zeroed(looks->heap, 1, sizeof(*look));
        if (look == NULL) {
            return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "world: no memory to look");
        }
        look->id = id_of(execution);
        arena_init(&look->arena, looks->heap);
        enum cloacina_code code = fetch_row(world, look, err);
        if (code != CLOACINA_OK) {
            look_free(looks->heap, look);
            return code;
        }
        look->next = looks->first;
        looks->first = look;
    }
    *ret_look = look;
    return CLOACINA_OK;
}

/* Rows that nobody has changed are not in the feed: they are as a submission leaves them. */
static enum cloacina_code fetch_tasks(const struct cloacina_world *world, struct look *look,
                                      struct cloacina_error *err)
{
    struct feed feed;
    struct dal *store = world->memory;
    uint32_t count = look->definition->task_count;
    struct task_row *rows = arena_take_zeroed(&look->arena, count, sizeof(rows[0]));
    if (rows == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "world: no memory to look at tasks");
    }
    enum cloacina_code code = store->impl->refresh(store, look->id, 0, &look->arena, &feed, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    for (size_t i = 0; i < feed.task_count; i++) {
        rows[feed.tasks[i].task] = feed.tasks[i].row;
    }
    look->rows = rows;
    return CLOACINA_OK;
}

/* started_first becomes the sum of the attempts of all tasks before; an attempt that was claimed
 * again (its runner was lost) counts with its last start. */
static enum cloacina_code starts_index(struct look *look, const struct event_row *events,
                                       size_t event_count, struct cloacina_error *err)
{
    uint32_t count = look->definition->task_count;
    uint32_t *first = arena_take_zeroed(&look->arena, count + 1, sizeof(first[0]));
    for (size_t i = 0; first != NULL && i < event_count; i++) {
        if (events[i].type == EVENT_TASK_CLAIMED && events[i].attempt > first[events[i].task + 1]) {
            first[events[i].task + 1] = events[i].attempt;
        }
    }
    for (uint32_t task = 0; first != NULL && task < count; task++) {
        first[task + 1] += first[task];
    }
    look->started = first == NULL
                        ? NULL
                        : arena_take_zeroed(&look->arena, first[count], sizeof(look->started[0]));
    if (look->started == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "world: no memory for the starts");
    }
    for (size_t i = 0; i < event_count; i++) {
        if (events[i].type == EVENT_TASK_CLAIMED) {
            look->started[first[events[i].task] + events[i].attempt - 1] =
                events[i].at - CLOACINA_WORLD_START_NS;
        }
    }
    look->started_first = first;
    return CLOACINA_OK;
}

static enum cloacina_code fetch_starts(const struct cloacina_world *world, struct look *look,
                                       struct cloacina_error *err)
{
    struct event_row *events;
    size_t count;
    struct arena scratch;
    struct dal *store = world->memory;
    arena_init(&scratch, world->heap);
    enum cloacina_code code =
        store->impl->events(store, look->id, 0, SIZE_MAX, &scratch, &events, &count, err);
    if (code == CLOACINA_OK) {
        code = starts_index(look, events, count, err);
    }
    arena_finish(&scratch);
    return code;
}

/* The execution in memory, as a runner would load it. */
static enum cloacina_code fetch_whole(const struct cloacina_world *world, struct look *look,
                                      struct cloacina_error *err)
{
    struct dal_snapshot snapshot;
    struct arena scratch;
    struct dal *store = world->memory;
    if (look->has_whole) {
        return CLOACINA_OK;
    }
    arena_init(&scratch, world->heap);
    enum cloacina_code code = store->impl->load(store, look->id, &scratch, &snapshot, err);
    if (code == CLOACINA_OK) {
        struct workflow *definition = workflow_ref(look->definition);
        struct execution_options options = {
            .heap = world->heap,
            .workflow = definition,
            .id = look->id,
            .context = snapshot.context,
        };
        code = execution_begin(&look->whole, &options, err);
        workflow_unref(definition);
    }
    if (code == CLOACINA_OK) {
        code = execution_refresh(&look->whole, &snapshot.feed, err);
        look->has_whole = code == CLOACINA_OK;
        if (code != CLOACINA_OK) {
            execution_finish(&look->whole);
        }
    }
    arena_finish(&scratch);
    return code;
}

/* ---- the questions ---- */

const char *cloacina_world_status(const struct cloacina_world *world,
                                  struct cloacina_world_execution execution,
                                  const char **ret_reason)
{
    struct look *look;
    if (look_get(world, execution, &look, NULL) != CLOACINA_OK) {
        return NULL;
    }
    if (ret_reason != NULL) {
        *ret_reason = look->row.reason != NULL ? look->row.reason : "";
    }
    return execution_status_name((enum execution_status)look->row.status);
}

static const char *reason_of(const struct task_row *row)
{
    if (row->status == TASK_SKIPPED) {
        return skip_reason_name((enum skip_reason)row->skip);
    }
    return row->error != NULL ? row->error : "";
}

static enum cloacina_code look_at_tasks(const struct cloacina_world *world,
                                        struct cloacina_world_execution execution,
                                        struct look **ret_look, struct cloacina_error *err)
{
    enum cloacina_code code = look_get(world, execution, ret_look, err);
    if (code == CLOACINA_OK && (*ret_look)->rows == NULL) {
        code = fetch_tasks(world, *ret_look, err);
    }
    if (code == CLOACINA_OK && (*ret_look)->started_first == NULL) {
        code = fetch_starts(world, *ret_look, err);
    }
    return code;
}

enum cloacina_code cloacina_world_task(const struct cloacina_world *world,
                                       struct cloacina_world_execution execution, const char *task,
                                       struct cloacina_world_task *ret_task,
                                       struct cloacina_error *err)
{
    struct look *look;
    uint32_t index;
    enum cloacina_code code = look_at_tasks(world, execution, &look, err);
    if (code == CLOACINA_OK) {
        code = workflow_find(look->definition, text_of(task), &index, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    const struct task_row *row = &look->rows[index];
    uint32_t first = look->started_first[index];
    bool has_ended = row->completed_at != 0;
    *ret_task = (struct cloacina_world_task){
        .status = task_status_name((enum task_status)row->status),
        .reason = reason_of(row),
        .code = (enum cloacina_code)row->code,
        .attempts = look->started_first[index + 1] - first,
        .started_ns = look->started + first,
        .ended_ns = has_ended ? row->completed_at - CLOACINA_WORLD_START_NS : -1,
    };
    return CLOACINA_OK;
}

/* ---- texts ---- */

static bool write_context(const struct cloacina_world *world, struct look *look,
                          struct text_builder *text)
{
    const struct value *context = execution_final_context(&look->whole);
    (void)world;
    if (context != NULL) {
        value_write(text, context);
    }
    return context != NULL;
}

static bool write_explanation(const struct cloacina_world *world, struct look *look,
                              struct text_builder *text)
{
    const struct runner *runner = world_runner(world);
    if (runner == NULL) {
        text_builder_append_terminated(text, "no runner is there\n");
        return true;
    }
    runner_explain(runner, &look->whole, world_store_now(world), text);
    return true;
}

/* What `write` (false: no memory) says about the whole execution. It stays in the look's arena, so
 * that it lives until the next run. */
static const char *text_of_whole(const struct cloacina_world *world, struct look *look,
                                 bool (*write)(const struct cloacina_world *world,
                                               struct look *look, struct text_builder *text))
{
    struct text_builder builder;
    const char *kept = NULL;
    if (fetch_whole(world, look, NULL) != CLOACINA_OK) {
        return NULL;
    }
    text_builder_init(&builder, world->heap);
    if (write(world, look, &builder) && !builder.failed) {
        kept = text_copy(&look->arena, text_builder_text(&builder)).bytes;
    }
    text_builder_finish(&builder);
    return kept;
}

const char *cloacina_world_context(const struct cloacina_world *world,
                                   struct cloacina_world_execution execution)
{
    struct look *look;
    if (look_get(world, execution, &look, NULL) != CLOACINA_OK) {
        return NULL;
    }
    if (look->context == NULL) {
        look->context = text_of_whole(world, look, write_context);
    }
    return look->context;
}

/* The united views of a task's dependencies, all of which must have ended: then each view is what
 * its task hands on. NULL: one has not, or no memory. */
static const struct view *input_of(struct look *look, uint32_t index)
{
    const struct workflow_task *task = &look->definition->tasks[index];
    const struct view **views =
        arena_take_zeroed(&look->arena, task->dependency_count, sizeof(views[0]));
    for (uint32_t i = 0; views != NULL && i < task->dependency_count; i++) {
        uint32_t dependency = task->dependencies[i];
        if (!task_status_is_terminal(look->whole.rows[dependency].status)) {
            return NULL;
        }
        views[i] = look->whole.tasks[dependency].view;
    }
    if (views == NULL || task->dependency_count == 0) {
        return views == NULL ? NULL : look->whole.view;
    }
    return view_unite(&look->arena, views, task->dependency_count);
}

const char *cloacina_world_input(const struct cloacina_world *world,
                                 struct cloacina_world_execution execution, const char *task)
{
    struct look *look;
    struct text_builder text;
    uint32_t index;
    const char *kept = NULL;
    if (look_get(world, execution, &look, NULL) != CLOACINA_OK ||
        workflow_find(look->definition, text_of(task), &index, NULL) != CLOACINA_OK ||
        fetch_whole(world, look, NULL) != CLOACINA_OK) {
        return NULL;
    }
    const struct view *input = input_of(look, index);
    const struct value *value = input == NULL ? NULL : view_value(&look->arena, input);
    text_builder_init(&text, world->heap);
    if (value != NULL) {
        value_write(&text, value);
        kept = text.failed ? NULL : text_copy(&look->arena, text_builder_text(&text)).bytes;
    }
    text_builder_finish(&text);
    return kept;
}

const char *cloacina_world_explain(const struct cloacina_world *world,
                                   struct cloacina_world_execution execution)
{
    struct look *look;
    if (look_get(world, execution, &look, NULL) != CLOACINA_OK) {
        return NULL;
    }
    if (look->explanation == NULL) {
        look->explanation = text_of_whole(world, look, write_explanation);
    }
    return look->explanation;
}
