/* SPDX-License-Identifier: Apache-2.0 */
/* wfformat_resolve.c - ids become numbers, two lists of edges become one.
 *
 * Law: linear in the size of the file; every reference is to something that is there. */
#include "workload/wfformat_recording.h"

#include <string.h>

#include "base/hash.h"
#include "base/heap.h"

/* Finds a task by its id: open addressing, at most half full. */
struct id_table {
    struct cloacina_heap *heap; /* Borrowed */
    uint32_t *slots;            /* Owned: 1 + number of the task, 0 = free */
    size_t slot_count;          /* a power of two */
};

void recording_init(struct recording *recording, struct cloacina_heap *heap, struct text json,
                    const char *file)
{
    *recording = (struct recording){.task_count = 0};
    arena_init(&recording->arena, heap);
    json_reader_init(&recording->reader, json, &recording->arena);
    recording->reader.name = file;
}

void recording_finish(struct recording *recording)
{
    struct cloacina_heap *heap = recording->arena.heap;
    heap_give(heap, recording->tasks, recording->task_capacity * sizeof(*recording->tasks));
    heap_give(heap, recording->edges, recording->edge_capacity * sizeof(*recording->edges));
    heap_give(heap, recording->runs, recording->run_capacity * sizeof(*recording->runs));
    arena_finish(&recording->arena);
}

static enum cloacina_code no_memory(const struct recording *recording, struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for '%s'",
                                recording->reader.name);
}

/* The slot of this id, or the free one where it belongs. */
static uint32_t *slot_find(const struct id_table *table, const struct recording *recording,
                           struct text id)
{
    size_t mask = table->slot_count - 1;
    size_t slot = (size_t)hash_of(id.bytes, id.length, 0) & mask;
    while (table->slots[slot] != 0 &&
           !text_equal(recording->tasks[table->slots[slot] - 1].id, id)) {
        slot = (slot + 1) & mask;
    }
    return &table->slots[slot];
}

static bool id_find(const struct id_table *table, const struct recording *recording, struct text id,
                    uint32_t *ret_task)
{
    uint32_t slot = *slot_find(table, recording, id);
    *ret_task = slot - 1;
    return slot != 0;
}

static enum cloacina_code table_fill(struct id_table *table, const struct recording *recording,
                                     struct cloacina_error *err)
{
    table->slot_count = 2;
    while (table->slot_count < 2 * recording->task_count) {
        table->slot_count *= 2;
    }
    table->slots = heap_take_zeroed(table->heap, table->slot_count, sizeof(*table->slots));
    if (table->slots == NULL) {
        return no_memory(recording, err);
    }
    for (uint32_t i = 0; i < recording->task_count; i++) {
        const struct recorded_task *task = &recording->tasks[i];
        uint32_t *slot = slot_find(table, recording, task->id);
        if (*slot != 0) {
            return json_raise(&recording->reader, task->offset, err, CLOACINA_INVALID,
                              "there is another task '%.*s'", TEXT_PRINT(task->id));
        }
        *slot = i + 1;
    }
    return CLOACINA_OK;
}

static void table_finish(struct id_table *table)
{
    heap_give(table->heap, table->slots, table->slot_count * sizeof(*table->slots));
}

/* Copies name and ids, each with a NUL behind it; one that holds a NUL cannot be a name. */
static enum cloacina_code name_copy(const struct recording *recording, uint32_t offset,
                                    struct text name, struct arena *arena, struct text *ret_copy,
                                    struct cloacina_error *err)
{
    if (name.length > 0 && memchr(name.bytes, '\0', name.length) != NULL) {
        return json_raise(&recording->reader, offset, err, CLOACINA_INVALID,
                          "a name must not hold the character 0");
    }
    *ret_copy = text_copy(arena, name);
    return ret_copy->bytes == NULL ? no_memory(recording, err) : CLOACINA_OK;
}

static uint32_t lines_between(struct text input, uint32_t from, uint32_t to)
{
    uint32_t lines = 0;
    for (uint32_t i = from; i < to; i++) {
        lines += input.bytes[i] == '\n';
    }
    return lines;
}

static enum cloacina_code tasks_copy(const struct recording *recording, struct workload *workload,
                                     struct cloacina_error *err)
{
    struct arena *arena = &workload->arena;
    enum cloacina_code code =
        name_copy(recording, recording->name_offset, recording->name, arena, &workload->name, err);
    workload->tasks = arena_take_zeroed(arena, recording->task_count, sizeof(*workload->tasks));
    if (code == CLOACINA_OK && workload->tasks == NULL) {
        return no_memory(recording, err);
    }
    workload->file = recording->reader.name;
    workload->line = 1 + lines_between(recording->reader.input, 0, recording->name_offset);
    workload->task_count = (uint32_t)recording->task_count;
    uint32_t line = 1;
    uint32_t offset = 0;
    for (uint32_t i = 0; i < workload->task_count && code == CLOACINA_OK; i++) {
        const struct recorded_task *task = &recording->tasks[i];
        line += lines_between(recording->reader.input, offset, task->offset);
        offset = task->offset;
        workload->tasks[i].line = line;
        workload->tasks[i].cost_ns = -1; /* until its run is found */
        code = name_copy(recording, task->offset, task->id, arena, &workload->tasks[i].name, err);
    }
    return code;
}

/* Gives each task its recorded runtime; each has exactly one. */
static enum cloacina_code runs_resolve(const struct recording *recording,
                                       const struct id_table *table, struct workload *workload,
                                       struct cloacina_error *err)
{
    int64_t sum = 0;
    for (size_t i = 0; i < recording->run_count; i++) {
        const struct recorded_run *run = &recording->runs[i];
        uint32_t number;
        if (!id_find(table, recording, run->id, &number)) {
            return json_raise(&recording->reader, run->offset, err, CLOACINA_INVALID,
                              "task '%.*s' has a runtime but is not in "
                              "workflow.specification.tasks",
                              TEXT_PRINT(run->id));
        }
        if (workload->tasks[number].cost_ns >= 0) {
            return json_raise(&recording->reader, run->offset, err, CLOACINA_INVALID,
                              "task '%.*s' has two runtimes", TEXT_PRINT(run->id));
        }
        if (run->runtime_ns > WORKLOAD_COST_NS_MAX - sum) {
            return json_raise(&recording->reader, run->offset, err, CLOACINA_INVALID,
                              "all runtimes together are more than 100 years");
        }
        sum += run->runtime_ns;
        workload->tasks[number].cost_ns = run->runtime_ns;
    }
    for (uint32_t i = 0; i < workload->task_count; i++) {
        if (workload->tasks[i].cost_ns < 0) {
            return json_raise(&recording->reader, recording->tasks[i].offset, err, CLOACINA_INVALID,
                              "task '%.*s' has no runtime: it is not in "
                              "workflow.execution.tasks",
                              TEXT_PRINT(recording->tasks[i].id));
        }
    }
    return CLOACINA_OK;
}

/* An edge between two tasks by number. */
struct link {
    uint32_t before;
    uint32_t after;
};

static enum cloacina_code links_find(const struct recording *recording,
                                     const struct id_table *table, struct workload *workload,
                                     struct link *links, struct cloacina_error *err)
{
    for (size_t i = 0; i < recording->edge_count; i++) {
        const struct recorded_edge *edge = &recording->edges[i];
        uint32_t other;
        if (!id_find(table, recording, edge->other, &other)) {
            return json_raise(&recording->reader, edge->offset, err, CLOACINA_INVALID,
                              "task '%.*s': %s '%.*s' does not exist",
                              TEXT_PRINT(recording->tasks[edge->task].id),
                              edge->is_parent ? "parent" : "child", TEXT_PRINT(edge->other));
        }
        links[i] = edge->is_parent ? (struct link){.before = other, .after = edge->task}
                                   : (struct link){.before = edge->task, .after = other};
        workload->tasks[links[i].after].dependency_count++;
    }
    return CLOACINA_OK;
}

/* Sorts the links by the task that waits, keeping their order, and leaves one of each. */
static void links_place(struct workload *workload, const struct link *links, size_t count,
                        uint32_t *marks)
{
    uint32_t first = 0;
    for (uint32_t i = 0; i < workload->task_count; i++) {
        struct workload_task *task = &workload->tasks[i];
        task->dependency_first = first;
        first += task->dependency_count;
        task->dependency_count = 0;
    }
    for (size_t i = 0; i < count; i++) {
        struct workload_task *task = &workload->tasks[links[i].after];
        workload->dependencies[task->dependency_first + task->dependency_count++] = links[i].before;
    }
    for (uint32_t i = 0; i < workload->task_count; i++) {
        struct workload_task *task = &workload->tasks[i];
        uint32_t *dependencies = &workload->dependencies[task->dependency_first];
        uint32_t kept = 0;
        for (uint32_t k = 0; k < task->dependency_count; k++) {
            if (marks[dependencies[k]] != i + 1) {
                marks[dependencies[k]] = i + 1;
                dependencies[kept++] = dependencies[k];
            }
        }
        task->dependency_count = kept;
    }
}

static enum cloacina_code edges_resolve(const struct recording *recording,
                                        const struct id_table *table, struct workload *workload,
                                        struct cloacina_error *err)
{
    struct cloacina_heap *heap = workload->arena.heap;
    size_t count = recording->edge_count;
    size_t marks_size = recording->task_count * sizeof(uint32_t);
    struct link *links = heap_take(heap, count * sizeof(*links));
    uint32_t *marks = heap_take_zeroed(heap, recording->task_count, sizeof(*marks));
    workload->dependencies = arena_take(&workload->arena, count * sizeof(uint32_t));
    enum cloacina_code code;
    if (links == NULL || marks == NULL || workload->dependencies == NULL) {
        code = no_memory(recording, err);
    } else {
        code = links_find(recording, table, workload, links, err);
    }
    if (code == CLOACINA_OK) {
        links_place(workload, links, count, marks);
        workload->dependency_count = count;
    }
    heap_give(heap, links, count * sizeof(*links));
    heap_give(heap, marks, marks_size);
    return code;
}

enum cloacina_code recording_resolve(const struct recording *recording, struct workload *workload,
                                     struct cloacina_error *err)
{
    struct id_table table = {.heap = workload->arena.heap};
    enum cloacina_code code = table_fill(&table, recording, err);
    if (code == CLOACINA_OK) {
        code = tasks_copy(recording, workload, err);
    }
    if (code == CLOACINA_OK) {
        code = runs_resolve(recording, &table, workload, err);
    }
    if (code == CLOACINA_OK) {
        code = edges_resolve(recording, &table, workload, err);
    }
    table_finish(&table);
    return code;
}
