/* SPDX-License-Identifier: Apache-2.0 */
/* story.h - runs one workflow in a world and tells on standard output what happened.
 *
 * For the main programs of the examples. It shows how few calls of <cloacina/world.h> that takes; a
 * test would use <cloacina/testing.h> instead. An error is printed and ends the program with
 * status 2. */
#ifndef EXAMPLES_STORY_H
#define EXAMPLES_STORY_H

#include <cloacina/world.h>

struct story;

/* `workflow` is Borrowed and outlives the story. */
struct story *story_create(const struct cloacina_workflow_definition *workflow);

/* The same in a world of other options, whose `telling` is not looked at; `replay` says what goes
 * wrong in it. */
struct story *story_create_with(const struct cloacina_workflow_definition *workflow,
                                const struct cloacina_world_options *options);

/* What a body would cost in real life, and what goes wrong today. */
void story_cost_ms(struct story *story, const char *task, int64_t cost_ms);
void story_fail(struct story *story, const char *task, uint32_t attempt, const char *message);

/* Runs, prints one line per attempt, the tasks that were skipped, the effects, the outcome and the
 * final context, and frees the story. Returns the exit status of the program: 0 = completed, 1 =
 * anything else. */
int story_tell(struct story *story, const char *context_json);

#endif
