/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_findings.c - keeps one run of each finding, and counts the others.
 *
 * Law: what is kept does not depend on the order in which runs come in. */
#include "simulate/simulate_findings.h"

#include <inttypes.h>
#include <string.h>

#include "base/heap.h"

uint64_t stage_seed(const struct stage *stage, uint64_t run)
{
    return stage->kind == STAGE_SEEDS ? stage->said.seed + run : stage->said.seed;
}

void stage_describe_run(const struct stage *stage, uint64_t run, struct text_builder *builder)
{
    switch (stage->kind) {
    case STAGE_TOKEN:
        text_builder_append_terminated(builder, "the token");
        break;
    case STAGE_CORPUS:
        text_builder_append_terminated(builder, stage->name);
        break;
    case STAGE_CALM:
        text_builder_append_terminated(builder, "the run in which nothing goes wrong");
        break;
    case STAGE_SWEEP:
        text_builder_print(builder, "sweep, run %" PRIu64, run);
        break;
    case STAGE_SEEDS:
        text_builder_print(builder, "seed %" PRIu64, stage_seed(stage, run));
        break;
    }
}

bool finding_is_deadly(const struct search_finding *finding)
{
    return strcmp(finding->id, "crash") == 0 || strcmp(finding->id, "hang") == 0 ||
           strcmp(finding->id, "assertion") == 0;
}

void findings_init(struct findings *findings, struct cloacina_heap *heap)
{
    *findings = (struct findings){.heap = heap};
    arena_init(&findings->arena, heap);
}

void findings_finish(struct findings *findings)
{
    heap_give(findings->heap, findings->list, findings->capacity * sizeof(findings->list[0]));
    arena_finish(&findings->arena);
    *findings = (struct findings){.heap = NULL};
}

static struct found *find(const struct findings *findings, const struct search_finding *finding)
{
    for (size_t i = 0; i < findings->count; i++) {
        if (search_finding_equal(&findings->list[i].finding, finding)) {
            return &findings->list[i];
        }
    }
    return NULL;
}

static bool is_better(const struct found *found, const struct stage *stage, uint64_t run)
{
    return found->stage == NULL || (found->stage == stage && run < found->run);
}

static struct found *add(struct findings *findings)
{
    if (!heap_grow(findings->heap, &findings->list, &findings->capacity, findings->count + 1,
                   sizeof(findings->list[0]))) {
        return NULL;
    }
    struct found *found = &findings->list[findings->count];
    *found = (struct found){.stage = NULL};
    return found;
}

enum cloacina_code findings_note(struct findings *findings, const struct stage *stage, uint64_t run,
                                 const struct search_finding *finding, struct text tape,
                                 struct cloacina_error *err)
{
    struct found *found = find(findings, finding);
    bool is_new = found == NULL;
    if (is_new) {
        found = add(findings);
    }
    if (found == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for a finding");
    }
    if (is_better(found, stage, run)) {
        enum cloacina_code code =
            decisions_parse(tape, &findings->arena, &found->decisions, &found->decision_count, err);
        if (code != CLOACINA_OK) {
            return code;
        }
        found->stage = stage;
        found->run = run;
        found->finding = *finding;
    }
    found->count++;
    findings->count += is_new;
    return CLOACINA_OK;
}

static bool is_before(const struct found *a, const struct found *b)
{
    return a->stage->kind != b->stage->kind ? a->stage->kind < b->stage->kind
                                            : a->stage == b->stage && a->run < b->run;
}

/* By insertion: stages of one kind stay as they came. */
void findings_sort(struct findings *findings)
{
    for (size_t i = 1; i < findings->count; i++) {
        struct found found = findings->list[i];
        size_t place = i;
        while (place > 0 && is_before(&found, &findings->list[place - 1])) {
            findings->list[place] = findings->list[place - 1];
            place--;
        }
        findings->list[place] = found;
    }
}
