/* SPDX-License-Identifier: Apache-2.0 */
/* wfformat_recording.h - what stands in a WfFormat file, before anything refers to anything.
 *
 *   JSON -(wfformat.c)-> struct recording -(wfformat_resolve.c)-> struct workload
 *
 * Everything keeps its offset in the file, so that a reference to nothing can be pointed at: a file
 * of at most 1 GiB needs 32 bits for that. */
#ifndef WFFORMAT_RECORDING_H
#define WFFORMAT_RECORDING_H

#include "context/json.h"
#include "workload/wfformat.h"

struct recorded_task {
    struct text id; /* of the file or the arena, as all texts here */
    uint32_t offset;
};

struct recorded_edge {
    struct text other;
    uint32_t task;
    uint32_t offset;
    bool is_parent; /* `other` comes before the task, otherwise after it */
};

struct recorded_run {
    struct text id;
    int64_t runtime_ns;
    uint32_t offset;
};

struct recording {
    struct json_reader reader; /* turns offsets into lines and columns */
    struct arena arena;        /* texts that had escapes */
    struct text name;
    uint32_t name_offset;
    struct recorded_task *tasks; /* Owned, as the other two */
    size_t task_count;
    size_t task_capacity;
    struct recorded_edge *edges;
    size_t edge_count;
    size_t edge_capacity;
    struct recorded_run *runs;
    size_t run_count;
    size_t run_capacity;
};

void recording_init(struct recording *recording, struct cloacina_heap *heap, struct text json,
                    const char *file);
void recording_finish(struct recording *recording);

/* Finds what the ids refer to, and fills the workload. Errors as wfformat_read. */
enum cloacina_code recording_resolve(const struct recording *recording, struct workload *workload,
                                     struct cloacina_error *err) MUST_CHECK;

#endif
