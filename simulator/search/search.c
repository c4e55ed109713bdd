/* SPDX-License-Identifier: Apache-2.0 */
/* search.c - make a world, run it to its rest, judge it, keep its decisions.
 *
 * Law: whoever asks the questions, a run is judged in the same way. */
#include "search/search.h"

#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "search/transparent.h"
#include "world/world.h"

static const struct search_setup no_setup = {0};

struct cloacina_heap *search_heap(const struct search_subject *subject)
{
    return subject->heap != NULL ? subject->heap : cloacina_heap_system();
}

/* The numbered invariants, and those that only a search can have. */
const char *search_finding_id(const char *text)
{
    static const char *const ids[] = {
        "I-01", "I-02", "I-03", "I-04",   "I-05",       "I-06",  "I-07", "I-08",
        "I-09", "I-10", "I-11", "I-12",   "I-13",       "I-14",  "I-15", "I-16",
        "I-17", "I-18", "I-19", "I-20",   "I-21",       "I-22",  "I-23", "I-24",
        "I-25", "I-26", "I-27", "I-28",   "I-29",       "I-30",  "I-31", "I-32",
        "I-33", "I-34", "I-35", "always", "eventually", "crash", "hang", "assertion",
    };
    for (size_t i = 0; i < ARRAY_COUNT(ids); i++) {
        if (strcmp(ids[i], text) == 0) {
            return ids[i];
        }
    }
    return NULL;
}

bool search_finding_equal(const struct search_finding *a, const struct search_finding *b)
{
    if (a->id == NULL || b->id == NULL) {
        return a->id == b->id;
    }
    return strcmp(a->id, b->id) == 0 && strcmp(a->name, b->name) == 0;
}

/* ---- outcomes ---- */

void search_outcome_init(struct search_outcome *outcome, struct cloacina_heap *heap)
{
    *outcome = (struct search_outcome){.decisions = NULL};
    arena_init(&outcome->arena, heap);
}

void search_outcome_finish(struct search_outcome *outcome)
{
    arena_finish(&outcome->arena);
    outcome->decisions = NULL;
    outcome->decision_count = 0;
}

static void outcome_forget(struct search_outcome *outcome)
{
    struct cloacina_heap *heap = outcome->arena.heap;
    arena_finish(&outcome->arena);
    search_outcome_init(outcome, heap);
}

/* The texts are taken over together with the oracle's arena, not copied. False: no memory. */
static bool take_decisions(struct cloacina_world *world, struct search_outcome *outcome)
{
    struct oracle *oracle = &world->oracle;
    size_t size = oracle->decision_count * sizeof(oracle->decisions[0]);
    arena_finish(&outcome->arena);
    outcome->arena = oracle->arena;
    arena_init(&oracle->arena, world->heap);
    outcome->decisions = arena_take(&outcome->arena, size);
    if (outcome->decisions == NULL) {
        return false;
    }
    if (size > 0) {
        memcpy(outcome->decisions, oracle->decisions, size);
    }
    outcome->decision_count = oracle->decision_count;
    return true;
}

/* ---- judging ---- */

/* Messages of properties begin with the name in quotes, which may hold quotes itself. */
static const char *property_named_in(const struct cloacina_world *world, const char *message)
{
    for (uint32_t i = 0; message[0] == '\'' && i < world->properties.count; i++) {
        const char *name = world->properties.all[i]->name;
        size_t length = strlen(name);
        if (strncmp(message + 1, name, length) == 0 &&
            strncmp(message + 1 + length, "': ", 3) == 0) {
            return name;
        }
    }
    return "";
}

static bool is_cut_short(const struct cloacina_world *world, const struct search_setup *setup)
{
    return setup->events_max != 0 && world->violation.is_limit &&
           world->events >= setup->events_max;
}

static struct search_finding judge(const struct cloacina_world *world,
                                   const struct search_setup *setup)
{
    struct search_finding finding = {.at = world_elapsed(world->timeline.now)};
    const char *message = "";
    const char *id = cloacina_world_violation(world, &message);
    if (id == NULL || is_cut_short(world, setup)) {
        return finding;
    }
    finding.id = id;
    (void)snprintf(finding.message, sizeof(finding.message), "%s", message);
    (void)snprintf(finding.name, sizeof(finding.name), "%s", property_named_in(world, message));
    return finding;
}

static void note_sometimes(const struct cloacina_world *world, uint64_t *ret_seen)
{
    const struct properties *properties = &world->properties;
    unsigned number = 0;
    for (uint32_t i = 0; i < properties->count; i++) {
        if (properties->all[i]->type == CLOACINA_SOMETIMES) {
            *ret_seen |= (properties->seen >> i & 1) << number++;
        }
    }
}

static struct search_figures figures_of(const struct cloacina_world *world)
{
    return (struct search_figures){
        .runs = 1,
        .events = world->events,
        .attempts = world->attempts,
        .decisions = world->oracle.decision_count,
        .virtual_ns = world_elapsed(world->timeline.now),
    };
}

/* ---- one run ---- */

static void show_world(const struct search_setup *setup, struct cloacina_world *world)
{
    if (setup->world != NULL) {
        *setup->world = world;
    }
}

enum cloacina_code search_world(const struct search_subject *subject, struct source *source,
                                const struct search_setup *setup, struct cloacina_world **ret_world,
                                struct cloacina_error *err)
{
    const struct search_setup *asked = setup != NULL ? setup : &no_setup;
    struct cloacina_world_options options = subject->world;
    struct world_setup more = {
        .source = source,
        .coverage = asked->coverage,
        .edges = asked->edges,
        .pulse = asked->pulse,
        .tape = asked->tape,
        .teller = asked->teller,
        .scribble = asked->scribble,
    };
    struct cloacina_world *world = NULL;
    options.heap = search_heap(subject);
    options.events_max = asked->events_max != 0 ? asked->events_max : options.events_max;
    enum cloacina_code code = world_create(&options, &more, &world, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = subject->prepare(subject->user, world, subject->uses_seed ? asked->seed : 0, err);
    if (code != CLOACINA_OK) {
        cloacina_world_destroy(world);
        return code;
    }
    *ret_world = world;
    return CLOACINA_OK;
}

/* What came out of a world that has been run. */
static enum cloacina_code look_back(const struct search_subject *subject,
                                    struct cloacina_world *world, const struct search_setup *setup,
                                    struct search_outcome *outcome, struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    outcome->finding = judge(world, setup);
    outcome->figures = figures_of(world);
    outcome->trace = hash_stream_value(&world->trace.hash);
    if (setup->sometimes != NULL) {
        note_sometimes(world, setup->sometimes);
    }
    if (subject->is_transparent && outcome->finding.id == NULL) {
        code = transparent_judge(subject, setup, world, &outcome->finding, err);
    }
    if (code == CLOACINA_OK && (world->oracle.is_incomplete ||
                                (!setup->without_decisions && !take_decisions(world, outcome)))) {
        code = cloacina_error_raise(err, CLOACINA_NO_MEMORY, "search: no memory");
    }
    return code;
}

enum cloacina_code search_run(const struct search_subject *subject, struct source *source,
                              const struct search_setup *setup, struct search_outcome *ret_outcome,
                              struct cloacina_error *err)
{
    const struct search_setup *asked = setup != NULL ? setup : &no_setup;
    struct cloacina_world *world;
    enum cloacina_world_end end;
    outcome_forget(ret_outcome);
    enum cloacina_code code = search_world(subject, source, asked, &world, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    show_world(asked, world);
    code = cloacina_world_run(world, INT64_MAX, &end, err);
    show_world(asked, NULL);
    if (code == CLOACINA_OK) {
        code = look_back(subject, world, asked, ret_outcome, err);
    }
    cloacina_world_destroy(world);
    if (code != CLOACINA_OK) {
        outcome_forget(ret_outcome);
    }
    return code;
}

enum cloacina_code search_replay(const struct search_subject *subject,
                                 const struct decision *decisions, size_t count,
                                 const struct search_setup *setup,
                                 struct search_outcome *ret_outcome, size_t *ret_found,
                                 struct cloacina_error *err)
{
    struct source_replay replay;
    if (!source_replay_init(&replay, search_heap(subject), decisions, count)) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "search: no memory");
    }
    enum cloacina_code code = search_run(subject, &replay.source, setup, ret_outcome, err);
    if (code == CLOACINA_OK && ret_found != NULL) {
        *ret_found = replay.found;
    }
    source_replay_finish(&replay);
    return code;
}

enum cloacina_code search_seed(const struct search_subject *subject,
                               const struct cloacina_fault_plan *plan, uint64_t seed,
                               const struct search_setup *setup, struct search_outcome *ret_outcome,
                               struct cloacina_error *err)
{
    struct search_setup asked = setup != NULL ? *setup : no_setup;
    struct source_random chance;
    asked.seed = seed;
    if (!source_random_init(&chance, search_heap(subject), plan, seed)) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "search: no memory");
    }
    enum cloacina_code code = search_run(subject, &chance.source, &asked, ret_outcome, err);
    source_random_finish(&chance);
    return code;
}
