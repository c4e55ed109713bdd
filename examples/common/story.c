/* SPDX-License-Identifier: Apache-2.0 */
/* story.c - runs one workflow in a world and tells on standard output what happened. */
#include "story.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define NS_PER_MS INT64_C(1000000)

struct story {
    const struct cloacina_workflow_definition *workflow;
    struct cloacina_world_telling telling;
    struct cloacina_world *world; /* Owned */
};

/* An example has nobody to hand an error to. */
static void check(enum cloacina_code code, const struct cloacina_error *err)
{
    if (code != CLOACINA_OK) {
        fprintf(stderr, "%s\n", err->message);
        exit(2);
    }
}

static void print_instant(int64_t ns)
{
    const int64_t ms = ns / NS_PER_MS;
    printf("%6" PRId64 ".%03d s", ms / 1000, (int)(ms % 1000));
}

static void attempt_ended(void *user, const struct cloacina_world_attempt *attempt)
{
    (void)user;
    print_instant(attempt->ended_ns);
    printf("  %-16s attempt %" PRIu32 " ", attempt->task, attempt->attempt);
    if (attempt->code == CLOACINA_OK) {
        printf("completed");
    } else {
        printf("failed: %s", attempt->message);
    }
    if (attempt->ended_ns > attempt->started_ns) {
        printf(", after %" PRId64 " ms", (attempt->ended_ns - attempt->started_ns) / NS_PER_MS);
    }
    printf("\n");
}

struct story *story_create(const struct cloacina_workflow_definition *workflow)
{
    return story_create_with(workflow, &(const struct cloacina_world_options){0});
}

struct story *story_create_with(const struct cloacina_workflow_definition *workflow,
                                const struct cloacina_world_options *options)
{
    struct cloacina_error err;
    struct story *story = calloc(1, sizeof *story);
    if (story == NULL) {
        fprintf(stderr, "no memory\n");
        exit(2);
    }
    story->workflow = workflow;
    story->telling.attempt_ended = attempt_ended;
    struct cloacina_world_options told = *options;
    told.telling = &story->telling;
    check(cloacina_world_create(&told, &story->world, &err), &err);
    check(cloacina_world_register(story->world, workflow, &err), &err);
    return story;
}

void story_cost_ms(struct story *story, const char *task, int64_t cost_ms)
{
    struct cloacina_error err;
    check(cloacina_world_cost(story->world, story->workflow->name, task, cost_ms * NS_PER_MS, &err),
          &err);
}

void story_fail(struct story *story, const char *task, uint32_t attempt, const char *message)
{
    struct cloacina_error err;
    check(cloacina_world_fail(story->world, story->workflow->name, task, attempt, CLOACINA_FAILED,
                              message, &err),
          &err);
}

/* A skipped task had no attempt: the line about it comes from the store. */
static void print_skipped(const struct story *story, struct cloacina_world_execution execution)
{
    for (const struct cloacina_task_definition *const *task = story->workflow->tasks; *task != NULL;
         task++) {
        struct cloacina_error err;
        struct cloacina_world_task row;
        check(cloacina_world_task(story->world, execution, (*task)->name, &row, &err), &err);
        if (row.attempts == 0) {
            printf("%12s  %-16s %s: %s\n", "", (*task)->name, row.status, row.reason);
        }
    }
}

static int print_outcome(const struct story *story, struct cloacina_world_execution execution)
{
    const char *reason = "";
    struct cloacina_world_counts counts;
    const char *status = cloacina_world_status(story->world, execution, &reason);
    const char *context = cloacina_world_context(story->world, execution);
    cloacina_world_count(story->world, &counts);
    print_instant(counts.makespan_ns);
    printf("  '%s' %s%s%s\n", story->workflow->name, status, reason[0] == '\0' ? "" : ": ", reason);
    printf("context: %s\n", context == NULL ? "no memory" : context);
    if (cloacina_world_effects(story->world, NULL) > 0) {
        printf("effects: %" PRIu64 " applied, at most %" PRIu64 " under one key\n",
               cloacina_world_effects(story->world, NULL),
               cloacina_world_effects_per_key_max(story->world, NULL));
    }
    return counts.completed + counts.skipped == counts.tasks ? EXIT_SUCCESS : EXIT_FAILURE;
}

int story_tell(struct story *story, const char *context_json)
{
    struct cloacina_error err;
    struct cloacina_world_execution execution;
    enum cloacina_world_end end;
    printf("'%s' starts with %s\n", story->workflow->name, context_json);
    check(
        cloacina_world_submit(story->world, story->workflow->name, context_json, &execution, &err),
        &err);
    check(cloacina_world_run(story->world, INT64_MAX, &end, &err), &err);
    print_skipped(story, execution);
    const int status = print_outcome(story, execution);
    cloacina_world_destroy(story->world);
    free(story);
    return end == CLOACINA_WORLD_SETTLED ? status : EXIT_FAILURE;
}
