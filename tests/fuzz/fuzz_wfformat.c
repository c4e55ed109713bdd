/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_wfformat.c - any bytes as a recorded run: read, and if they are one, built into a workflow.
 *
 * Law: whatever the bytes are, the reader answers, stays inside them and leaves nothing behind. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/heap.h"
#include "workload/wfformat.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* Builds what was read: ids that the reader lets through meet the rules of names there. */
static void workload_use(const struct workload *workload)
{
    struct cloacina_workflow *workflow = NULL;
    size_t size = workload->task_count * sizeof(int64_t);
    int64_t *costs_ns = heap_take(cloacina_heap_system(), size);
    if (costs_ns != NULL && workload_build(workload, cloacina_heap_system(), &workflow, costs_ns,
                                           NULL) == CLOACINA_OK) {
        if (cloacina_workflow_task_count(workflow) != workload->task_count) {
            abort();
        }
        cloacina_workflow_unref(workflow);
    }
    heap_give(cloacina_heap_system(), costs_ns, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct workload workload;
    struct text json = {.bytes = (const char *)bytes, .length = length};
    workload_init(&workload, NULL);
    if (wfformat_read(json, "fuzz.json", &workload, NULL) == CLOACINA_OK) {
        workload_use(&workload);
    }
    workload_finish(&workload);
    return 0;
}
