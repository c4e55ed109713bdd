/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - gathers figures and failures.
 *
 * Law: a total says nothing that its runs do not say. */
#include "report/report.h"

#include <string.h>

#include "base/heap.h"
#include "base/instant.h"

void report_init(struct report *report, struct cloacina_heap *heap)
{
    *report = (struct report){.replay = ""};
    arena_init(&report->arena, heap);
}

void report_finish(struct report *report)
{
    struct cloacina_heap *heap = report->arena.heap;
    heap_give(heap, report->runs, report->run_capacity * sizeof(*report->runs));
    heap_give(heap, report->failures, report->failure_capacity * sizeof(*report->failures));
    arena_finish(&report->arena);
    report_init(report, heap);
}

bool report_add_run(struct report *report, const struct report_figures *figures)
{
    if (!heap_grow(report->arena.heap, &report->runs, &report->run_capacity, report->run_count + 1,
                   sizeof(*figures))) {
        return false;
    }
    report->runs[report->run_count++] = *figures;
    return true;
}

bool report_add_failure(struct report *report, const struct report_failure *failure)
{
    struct arena *arena = &report->arena;
    struct report_failure copy = {
        .seed = failure->seed,
        .invariant = arena_copy(arena, failure->invariant, strlen(failure->invariant)),
        .message = arena_copy(arena, failure->message, strlen(failure->message)),
    };
    if (copy.invariant == NULL || copy.message == NULL ||
        !heap_grow(arena->heap, &report->failures, &report->failure_capacity,
                   report->failure_count + 1, sizeof(copy))) {
        return false;
    }
    report->failures[report->failure_count++] = copy;
    return true;
}

/* One hash for all runs: the hash over their hashes as they are printed. */
static void hashes_join(const struct report *report, char ret_text[HASH_TEXT_SIZE])
{
    struct hash_stream stream;
    hash_stream_init(&stream);
    for (size_t i = 0; i < report->run_count; i++) {
        const char *hash = report->runs[i].trace_hash;
        hash_stream_add(&stream, hash_of(hash, strlen(hash), 0));
    }
    hash128_print(hash_stream_value(&stream), ret_text);
}

struct report_figures report_total(const struct report *report)
{
    struct report_figures total = report->runs[0];
    for (size_t i = 1; i < report->run_count; i++) {
        const struct report_figures *run = &report->runs[i];
        total.tasks += run->tasks;
        total.completed += run->completed;
        total.failed += run->failed;
        total.skipped += run->skipped;
        total.attempts += run->attempts;
        total.events += run->events;
        if (run->makespan_ns > total.makespan_ns) {
            total.makespan_ns = run->makespan_ns;
        }
        total.virtual_ns = instant_add(total.virtual_ns, run->virtual_ns);
        total.wall_ns = instant_add(total.wall_ns, run->wall_ns);
    }
    if (report->run_count > 1) {
        hashes_join(report, total.trace_hash);
    }
    return total;
}
