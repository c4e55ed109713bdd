/* SPDX-License-Identifier: Apache-2.0 */
/* outside.c - submissions and operator commands on their way to a runner, and back. */
#include "world/outside.h"

#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "context/value.h"
#include "world/deploy.h"
#include "world/world.h"

/* Whoever has no answer asks again after so long. */
#define ASK_AGAIN_NS NANOSECONDS_PER_SECOND

struct outside {
    struct event event;            /* first: when it happens */
    struct runner_command command; /* what the runner is asked */
    struct cloacina_world *world;
    struct outside *next, *previous;
    uint64_t number;
    struct workflow *definition; /* Owned reference: of a submission, as it was asked for */
    const struct actor *asked;   /* Borrowed: has it, and has not answered; NULL: nobody */
    uint32_t asks;               /* so often it was asked */
    bool is_waiting;             /* for a living runner */
    bool is_injected;            /* by the oracle: no test speaks of it */
    int64_t resume_ns;           /* of an injected pause: how long it lasts */
    const char *name;            /* of a command; NULL: a submission */
    struct text task;            /* Borrowed: the name of the one that is reset; empty: none */
    int64_t at;                  /* nanoseconds since the start */
    size_t size;
    char context[]; /* of a submission */
};

void outsides_init(struct outsides *outsides, struct cloacina_heap *heap, uint64_t entropy)
{
    *outsides = (struct outsides){.heap = heap};
    id_maker_init(&outsides->ids, entropy);
    id_map_init(&outsides->runs, heap);
}

static void outside_free(struct outsides *outsides, struct outside *outside)
{
    workflow_unref(outside->definition);
    heap_give(outsides->heap, outside, outside->size);
}

void outsides_finish(struct outsides *outsides)
{
    id_map_finish(&outsides->runs);
    while (outsides->first != NULL) {
        struct outside *outside = outsides->first;
        outsides->first = outside->next;
        outside_free(outsides, outside);
    }
}

static struct outside *outside_make(struct cloacina_world *world, struct text context)
{
    struct outsides *outsides = &world->outsides;
    size_t size = sizeof(struct outside) + context.length;
    struct outside *made = heap_take(outsides->heap, size);
    if (made == NULL) {
        return NULL;
    }
    *made = (struct outside){
        .world = world,
        .next = outsides->first,
        .number = ++outsides->count,
        .size = size,
        .command.task = TASK_NONE,
    };
    if (context.length > 0) {
        memcpy(made->context, context.bytes, context.length);
    }
    if (made->next != NULL) {
        made->next->previous = made;
    }
    outsides->first = made;
    return made;
}

static void outside_drop(struct outside *outside)
{
    struct outsides *outsides = &outside->world->outsides;
    if (outside->previous != NULL) {
        outside->previous->next = outside->next;
    } else {
        outsides->first = outside->next;
    }
    if (outside->next != NULL) {
        outside->next->previous = outside->previous;
    }
    outside_free(outsides, outside);
}

/* ---- at its instant ---- */

static struct actor *lowest_living(struct cloacina_world *world)
{
    for (uint32_t i = 0; i < world->begun; i++) {
        if (actor_is_living(&world->actors[i])) {
            return &world->actors[i];
        }
    }
    return NULL;
}

static void fire(struct cloacina_world *world, struct event *event)
{
    struct outside *outside = CONTAINER_OF(event, struct outside, event);
    struct actor *actor = lowest_living(world);
    if (actor == NULL) {
        outside->is_waiting = true;
        world->outsides.waiting++;
        return;
    }
    trace_add(&world->trace, TRACE_OUTSIDE, outside->command.message.kind, outside->number);
    outside->asked = actor;
    outside->asks++;
    if (outside->name == NULL) {
        /* Read only: the store and the runner take references of their own. */
        outside->command.workflow =
            (struct workflow *)deploy_definition(world, actor->has_new_code, outside->definition);
    }
    runner_post(actor->runner, &outside->command);
}

static void ask_again(struct outside *outside, int64_t after_ns)
{
    struct cloacina_world *world = outside->world;
    outside->asked = NULL;
    if (!timeline_plan(&world->timeline, &outside->event,
                       instant_add(world->timeline.now, after_ns), RANK_OUTSIDE)) {
        world_fail_no_memory(world);
    }
}

void outsides_forsaken(struct cloacina_world *world, const struct actor *actor)
{
    for (struct outside *at = world->outsides.first; at != NULL; at = at->next) {
        if (at->asked == actor) {
            ask_again(at, ASK_AGAIN_NS);
        }
    }
}

void outsides_runner_came(struct cloacina_world *world)
{
    struct outsides *outsides = &world->outsides;
    struct outside *last = NULL;
    if (outsides->waiting == 0) {
        return;
    }
    for (struct outside *at = outsides->first; at != NULL; at = at->next) {
        last = at;
    }
    for (struct outside *at = last; at != NULL; at = at->previous) { /* the oldest first */
        if (at->is_waiting) {
            at->is_waiting = false;
            ask_again(at, 0);
        }
    }
    outsides->waiting = 0;
}

/* ---- when it was answered ---- */

/* Is somebody still trying to submit that execution? */
static bool is_being_submitted(const struct outsides *outsides, struct id id)
{
    for (const struct outside *at = outsides->first; at != NULL; at = at->next) {
        if (at->name == NULL && id_equal(at->command.id, id)) {
            return true;
        }
    }
    return false;
}

/* Says the answer nothing but that it has to be asked once more? Only where things go wrong. */
static bool is_no_answer(const struct outside *outside, enum cloacina_code code)
{
    const struct cloacina_world *world = outside->world;
    if (world->oracle.is_calm) {
        return false;
    }
    bool is_early = outside->name != NULL && code == CLOACINA_NOT_FOUND &&
                    is_being_submitted(&world->outsides, outside->command.id);
    bool is_beside = outside->name != NULL && code == CLOACINA_EXISTS; /* a submission's answer */
    bool is_scarce = code == CLOACINA_NO_MEMORY && outside->asked->heap.failed > 0;
    return is_early || is_beside || is_scarce || code == CLOACINA_UNAVAILABLE ||
           code == CLOACINA_TIMEOUT || code == CLOACINA_UNKNOWN || code == CLOACINA_IO ||
           code == CLOACINA_CRASHED;
}

/* Asked more than once, it may have been done before the answer was lost. */
static bool is_done(const struct outside *outside, enum cloacina_code code)
{
    return code == CLOACINA_OK || (outside->asks > 1 && code != CLOACINA_NO_MEMORY &&
                                   (outside->name != NULL || code == CLOACINA_EXISTS));
}

static void tell(const struct outside *outside, enum cloacina_code code)
{
    if (outside->name != NULL) {
        world_tell(outside->world,
                   (struct tale){
                       .kind = TALE_COMMAND,
                       .run = world_run_of(outside->world, outside->command.id),
                       .code = code,
                       .task = outside->task,
                       .text = text_of(outside->name),
                       .other = text_of(code == CLOACINA_OK ? "" : outside->command.error.message),
                   });
    }
}

/* The pause stands: the operator will take it back. */
static void become_resume(struct outside *outside)
{
    outside->name = "resume";
    outside->command.message.kind = RUNNER_RESUME;
    outside->asks = 0;
    ask_again(outside, outside->resume_ns);
}

/* Only what the machine could not do ends the world: a refused command is the asker's business. */
static void done(struct runner_command *command)
{
    struct outside *outside = CONTAINER_OF(command, struct outside, command);
    struct outsides *outsides = &outside->world->outsides;
    enum cloacina_code code = command->code;
    if (is_no_answer(outside, code)) {
        ask_again(outside, ASK_AGAIN_NS);
        return;
    }
    bool was_done = is_done(outside, code);
    outside->asked = NULL;
    tell(outside, was_done ? CLOACINA_OK : code);
    if (was_done && outside->is_injected && command->message.kind == RUNNER_PAUSE) {
        become_resume(outside);
        return;
    }
    if (!was_done && outside->name == NULL && code == CLOACINA_EXISTS) {
        world_violated(outside->world, "I-22",
                       "run %u was submitted once and is refused as if it had been twice: %s",
                       (unsigned)world_run_of(outside->world, outside->command.id),
                       command->error.message);
    } else if (!was_done && (outside->name == NULL || code == CLOACINA_NO_MEMORY)) {
        world_fail(outside->world, &command->error);
    } else if (!was_done && !outside->is_injected) {
        outsides->refused = outsides->refused != NULL ? outsides->refused : outside;
        return;
    }
    outside_drop(outside);
}

/* From here on only the world's end or the answer can take it away. */
static enum cloacina_code outside_plan(struct outside *outside, int64_t at,
                                       struct cloacina_error *err)
{
    struct cloacina_world *world = outside->world;
    outside->event.fire = fire;
    outside->at = at;
    outside->command.done = done;
    if (!timeline_plan(&world->timeline, &outside->event, instant_add(CLOACINA_WORLD_START_NS, at),
                       RANK_OUTSIDE)) {
        outside_drop(outside);
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "world: no memory for what is asked");
    }
    return CLOACINA_OK;
}

/* ---- submissions ---- */

static enum cloacina_code context_check(struct cloacina_heap *heap, struct text context,
                                        struct cloacina_error *err)
{
    struct cloacina_error own = {CLOACINA_OK, ""};
    struct arena arena;
    const struct value *value;
    arena_init(&arena, heap);
    enum cloacina_code code = value_read(&arena, context, &value, &own);
    if (code == CLOACINA_OK && value_type(value) != VALUE_OBJECT) {
        code = cloacina_error_raise(&own, CLOACINA_INVALID, "is %s, wanted an object",
                                    value_type_name(value_type(value)));
    }
    arena_finish(&arena);
    return code == CLOACINA_OK
               ? CLOACINA_OK
               : cloacina_error_raise(err, code, "initial context: %s", own.message);
}

/* A number where the map keeps pointers. */
static void *run_of_number(size_t number)
{
    return (void *)(uintptr_t)number;
}

uint32_t world_run_of(const struct cloacina_world *world, struct id execution)
{
    return (uint32_t)(uintptr_t)id_map_get(&world->outsides.runs, execution);
}

static enum cloacina_code submit(struct cloacina_world *world, const struct workflow *definition,
                                 struct text context,
                                 struct cloacina_world_execution *ret_execution,
                                 struct cloacina_error *err)
{
    struct outside *outside = outside_make(world, context);
    if (outside == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "world: no memory for a submission");
    }
    struct id id = id_make(&world->outsides.ids, world->timeline.now);
    if (!id_map_put(&world->outsides.runs, id, run_of_number(world->outsides.runs.count + 1))) {
        outside_drop(outside);
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "world: no memory for a submission");
    }
    outside->command.message.kind = RUNNER_SUBMIT;
    outside->definition = workflow_ref(definition);
    outside->command.context = (struct text){outside->context, context.length};
    outside->command.id = id;
    enum cloacina_code code = outside_plan(outside, world_elapsed(world->timeline.now), err);
    if (code == CLOACINA_OK) {
        *ret_execution = (struct cloacina_world_execution){id.high, id.low};
    }
    return code;
}

enum cloacina_code cloacina_world_submit(struct cloacina_world *world, const char *workflow,
                                         const char *context_json,
                                         struct cloacina_world_execution *ret_execution,
                                         struct cloacina_error *err)
{
    struct text context = text_of(context_json != NULL ? context_json : "{}");
    struct cloacina_workflow *found;
    enum cloacina_code code =
        registry_find_workflow(&world->registry, text_of(workflow), &found, err);
    if (code == CLOACINA_OK) {
        code = context_check(world->heap, context, err);
    }
    if (code == CLOACINA_OK) {
        code = world_begin(world, err);
    }
    return code != CLOACINA_OK ? code
                               : submit(world, found->definition, context, ret_execution, err);
}

/* ---- operator commands ---- */

static const struct known_command {
    enum runner_command_type type;
    const char *name;
} known_commands[] = {
    [CLOACINA_WORLD_PAUSE] = {RUNNER_PAUSE, "pause"},
    [CLOACINA_WORLD_RESUME] = {RUNNER_RESUME, "resume"},
    [CLOACINA_WORLD_CANCEL] = {RUNNER_CANCEL, "cancel"},
    [CLOACINA_WORLD_RESET] = {RUNNER_RESET, "reset"},
};

static void command_fill(struct outside *outside, enum cloacina_world_command command,
                         struct id execution)
{
    outside->name = known_commands[command].name;
    outside->command.message.kind = known_commands[command].type;
    outside->command.reason = TEXT_LITERAL("operator");
    outside->command.id = execution;
}

static enum cloacina_code command_check(const struct cloacina_world *world,
                                        enum cloacina_world_command command, int64_t at_ns,
                                        struct cloacina_error *err)
{
    if ((size_t)command >= ARRAY_COUNT(known_commands)) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "world: there is no command %u",
                                    (unsigned)command);
    }
    if (at_ns < cloacina_world_now_ns(world)) {
        char at[DURATION_TEXT_SIZE], now[DURATION_TEXT_SIZE];
        duration_print(at_ns, at);
        duration_print(cloacina_world_now_ns(world), now);
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "world: a command at %s: it is %s already", at, now);
    }
    return CLOACINA_OK;
}

enum cloacina_code cloacina_world_command(struct cloacina_world *world,
                                          struct cloacina_world_execution execution,
                                          enum cloacina_world_command command, int64_t at_ns,
                                          struct cloacina_error *err)
{
    enum cloacina_code code = command_check(world, command, at_ns, err);
    if (code == CLOACINA_OK) {
        code = world_begin(world, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    struct outside *outside = outside_make(world, text_of(NULL));
    if (outside == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "world: no memory for a command");
    }
    command_fill(outside, command, (struct id){execution.high, execution.low});
    return outside_plan(outside, at_ns, err);
}

static struct text task_name(const struct workflow *definition, uint32_t task)
{
    return (struct text){definition->tasks[task].name, definition->tasks[task].name_length};
}

/* The n-th, from 1, counted round: so any number means a task of any workflow. */
static uint32_t task_of_number(const struct workflow *definition, int64_t number)
{
    return (uint32_t)((uint64_t)(number - 1) % definition->task_count);
}

void outsides_operate(struct cloacina_world *world, struct id execution,
                      const struct workflow *definition, struct choice choice)
{
    enum cloacina_world_command command = choice.fault == FAULT_PAUSE    ? CLOACINA_WORLD_PAUSE
                                          : choice.fault == FAULT_CANCEL ? CLOACINA_WORLD_CANCEL
                                                                         : CLOACINA_WORLD_RESET;
    struct outside *outside = outside_make(world, text_of(NULL));
    if (outside == NULL) {
        world_fail_no_memory(world);
        return;
    }
    outside->is_injected = true;
    command_fill(outside, command, execution);
    if (choice.fault == FAULT_PAUSE) {
        outside->resume_ns = choice.amount;
    } else if (choice.fault == FAULT_RESET && choice.amount != 0) {
        outside->command.task = task_of_number(definition, choice.amount);
        outside->task = task_name(definition, outside->command.task);
    }
    if (outside_plan(outside, world_elapsed(world->timeline.now), NULL) != CLOACINA_OK) {
        world_fail_no_memory(world);
    }
}

bool outsides_refused(const struct outsides *outsides, char *ret_message, size_t size)
{
    const struct outside *refused = outsides->refused;
    if (refused == NULL) {
        return false;
    }
    char at[DURATION_TEXT_SIZE];
    duration_print(refused->at, at);
    (void)snprintf(ret_message, size, "%s at %s was refused: %s", refused->name, at,
                   refused->command.error.message);
    return true;
}
