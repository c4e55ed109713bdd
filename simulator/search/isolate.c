/* SPDX-License-Identifier: Apache-2.0 */
/* isolate.c - start a child for one run, watch it, read what it has left.
 *
 * A teller in the child notes whose code ran last, for the report of its death. */
#include "search/isolate.h"

#include <stdio.h>

#include <cloacina/clock.h>

#include "base/compiler.h"
#include "search/child.h"

enum { TIMEOUT_MS = 50 };

/* What the child needs to know; in memory that it has inherited. */
struct isolated {
    const struct search_subject *subject;
    struct source *source;
    const struct search_isolation *isolation;
    struct search_setup setup;
    struct child_cell *cell;
    struct tape tape;
    struct teller teller;
    int fd; /* in the child */
};

/* ---- in the child ---- */

static void tell(struct teller *teller, const struct tale *tale)
{
    struct child_cell *cell = CONTAINER_OF(teller, struct isolated, teller)->cell;
    if (tale->kind == TALE_STARTED || tale->kind == TALE_RESUMED || tale->kind == TALE_EFFECT) {
        (void)snprintf(cell->where, sizeof(cell->where), "'%.*s', attempt %u of run %u",
                       TEXT_PRINT(tale->task), tale->attempt, tale->run);
    }
}

static void run(void *argument)
{
    struct isolated *isolated = argument;
    struct child_cell *cell = isolated->cell;
    struct cloacina_error error = {CLOACINA_OK, ""};
    struct search_outcome outcome;
    search_outcome_init(&outcome, isolated->subject->heap);
    enum cloacina_code code =
        search_run(isolated->subject, isolated->source, &isolated->setup, &outcome, &error);
    cell->error = error;
    cell->error.code = code;
    child_finding_put(&cell->finding, &outcome.finding);
    cell->figures = outcome.figures;
    cell->trace = outcome.trace;
    search_outcome_finish(&outcome);
    (void)child_say(isolated->fd, 'd');
}

static void child_main(void *argument, int fd)
{
    struct isolated *isolated = argument;
    const struct search_isolation *isolation = isolated->isolation;
    struct search_finding finding = {.id = NULL};
    isolated->fd = fd;
    if (isolation->enter == NULL) {
        run(isolated);
    } else if (isolation->enter(isolation->user, run, isolated, &finding)) {
        child_finding_put(&isolated->cell->finding, &finding);
        (void)child_say(fd, 'd');
    }
}

/* ---- in the parent ---- */

/* Until the child has said that it is done, is gone, or hangs. */
static void watch(struct child *child, struct isolated *isolated)
{
    struct cloacina_clock *clock = cloacina_clock_system();
    struct child_cell *cell = isolated->cell;
    int64_t hang_ns =
        isolated->isolation->hang_ns != 0 ? isolated->isolation->hang_ns : SEARCH_HANG_NS;
    int64_t moved_at = cloacina_clock_monotonic(clock);
    uint64_t pulse = 0;
    int said = CHILD_SILENT;
    while (said == CHILD_SILENT) {
        children_listen(child, 1, TIMEOUT_MS, &said);
        uint64_t now_pulse = *(volatile uint64_t *)&cell->pulse;
        int64_t now = cloacina_clock_monotonic(clock);
        moved_at = now_pulse != pulse ? now : moved_at;
        pulse = now_pulse;
        if (said == CHILD_SILENT && now - moved_at >= hang_ns) {
            (void)child_end(child, true);
            struct search_finding hang = child_hang(hang_ns, cell);
            child_finding_put(&cell->finding, &hang);
            return;
        }
    }
    int status = child_end(child, false);
    if (said == CHILD_GONE) {
        struct search_finding crash = child_crash(status, cell);
        child_finding_put(&cell->finding, &crash);
    }
}

static enum cloacina_code read_tape(const struct child_cell *cell, struct search_outcome *outcome,
                                    struct cloacina_error *err)
{
    struct text tape = {cell->tape, cell->tape_length};
    return decisions_parse(tape, &outcome->arena, &outcome->decisions, &outcome->decision_count,
                           err);
}

static enum cloacina_code take_outcome(const struct child_cell *cell,
                                       struct search_outcome *outcome, struct cloacina_error *err)
{
    if (cell->error.code != CLOACINA_OK) {
        return cloacina_error_raise(err, cell->error.code, "%s", cell->error.message);
    }
    outcome->finding = child_finding_get(&cell->finding);
    outcome->figures = cell->figures;
    outcome->figures.runs = 1;
    outcome->figures.events = cell->pulse;
    outcome->trace = cell->trace;
    return read_tape(cell, outcome, err);
}

static enum cloacina_code run_in_child(struct isolated *isolated, struct search_outcome *outcome,
                                       struct cloacina_error *err)
{
    struct child child;
    isolated->setup.pulse = &isolated->cell->pulse;
    isolated->setup.tape = &isolated->tape;
    isolated->setup.teller = &isolated->teller;
    isolated->tape =
        (struct tape){isolated->cell->tape, CHILD_TAPE_BYTES, &isolated->cell->tape_length};
    enum cloacina_code code = child_start(&child, child_main, isolated, NULL, 0, err);
    if (code == CLOACINA_OK) {
        watch(&child, isolated);
        code = take_outcome(isolated->cell, outcome, err);
    }
    return code;
}

enum cloacina_code search_run_isolated(const struct search_subject *subject, struct source *source,
                                       const struct search_setup *setup,
                                       const struct search_isolation *isolation,
                                       struct search_outcome *ret_outcome,
                                       struct cloacina_error *err)
{
    static const struct search_setup no_setup = {0};
    static const struct search_isolation no_isolation = {0};
    const struct search_setup *asked = setup != NULL ? setup : &no_setup;
    struct isolated isolated = {
        .subject = subject,
        .source = source,
        .isolation = isolation != NULL ? isolation : &no_isolation,
        .setup = {.seed = asked->seed,
                  .events_max = asked->events_max,
                  .scribble = asked->scribble,
                  .without_decisions = true},
        .cell = child_cell_create(),
        .teller.tell = tell,
    };
    search_outcome_finish(ret_outcome);
    search_outcome_init(ret_outcome, ret_outcome->arena.heap);
    if (isolated.cell == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "search: no memory to share");
    }
    enum cloacina_code code = run_in_child(&isolated, ret_outcome, err);
    child_cell_destroy(isolated.cell);
    return code;
}

enum cloacina_code search_isolated(const struct search_subject *subject,
                                   const struct decision *decisions, size_t count,
                                   const struct search_setup *setup,
                                   const struct search_isolation *isolation,
                                   struct search_outcome *ret_outcome, struct cloacina_error *err)
{
    struct source_replay replay;
    if (!source_replay_init(&replay, search_heap(subject), decisions, count)) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "search: no memory");
    }
    enum cloacina_code code =
        search_run_isolated(subject, &replay.source, setup, isolation, ret_outcome, err);
    source_replay_finish(&replay);
    return code;
}
