/* SPDX-License-Identifier: Apache-2.0 */
/* twice.c - notes of two runs, compared from the beginning.
 *
 * A note is made with every tale: what it tells, and the hash of everything so far. What went into
 * the trace without being told (what a task wrote, say) shows in the next note. */
#include "search/twice.h"

#include <assert.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/instant.h"
#include "world/world.h"

/* More than that is not noted; the end of the run always is. */
enum { NOTES_MAX = 100000, SCRIBBLE = 0x5a };

/* A few words about a tale. */
struct note {
    struct hash128 trace;
    int64_t at;
    uint64_t event;
    enum tale_kind kind;
    uint32_t run, attempt, runner;
    struct text task; /* from the arena */
};

/* Owned by the caller. */
struct notes {
    struct teller teller; /* first */
    struct cloacina_heap *heap;
    struct arena arena;
    struct note *all; /* Owned */
    size_t count, capacity;
    struct cloacina_world *world; /* Borrowed: while it runs */
};

/* ---- taking notes ---- */

/* What is told before there is a world to look at, is not noted. */
static void tell(struct teller *teller, const struct tale *tale)
{
    struct notes *notes = CONTAINER_OF(teller, struct notes, teller);
    if (notes->world == NULL) {
        return;
    }
    if (notes->count == NOTES_MAX || !heap_grow(notes->heap, &notes->all, &notes->capacity,
                                                notes->count + 1, sizeof(notes->all[0]))) {
        return;
    }
    struct note note = {
        .trace = hash_stream_value(&notes->world->trace.hash),
        .at = tale->at,
        .event = notes->world->events,
        .kind = tale->kind,
        .run = tale->run,
        .attempt = tale->attempt,
        .runner = tale->runner,
    };
    if (tale->task.length > 0) {
        note.task = text_copy(&notes->arena, tale->task);
        note.task.length = note.task.bytes == NULL ? 0 : note.task.length;
    }
    notes->all[notes->count++] = note;
}

static void notes_init(struct notes *notes, struct cloacina_heap *heap)
{
    *notes = (struct notes){.teller.tell = tell, .heap = heap};
    arena_init(&notes->arena, heap);
}

static void notes_finish(struct notes *notes)
{
    heap_give(notes->heap, notes->all, notes->capacity * sizeof(notes->all[0]));
    arena_finish(&notes->arena);
}

/* ---- what differs first ---- */

static bool is_same(const struct note *a, const struct note *b)
{
    return hash128_equal(a->trace, b->trace) && a->at == b->at && a->kind == b->kind;
}

static const char *verb_of(enum tale_kind kind)
{
    static const char *const verbs[] = {
        [TALE_SUBMITTED] = "was submitted",
        [TALE_EXECUTION] = "changed its status",
        [TALE_STARTED] = "began",
        [TALE_RETURNED] = "returned",
        [TALE_COMPLETED] = "was stored as completed",
        [TALE_FAILED] = "was stored as failed",
        [TALE_RETRY] = "was stored for a retry",
        [TALE_SKIPPED] = "was skipped",
        [TALE_LOST] = "was found lost",
        [TALE_HANDED_BACK] = "was handed back",
        [TALE_ABANDONED] = "was abandoned",
        [TALE_DEFERRED] = "was deferred",
        [TALE_RESUMED] = "went on",
        [TALE_TIMED_OUT] = "timed out",
        [TALE_EFFECT] = "touched the outside",
        [TALE_DIED] = "died",
        [TALE_BEGAN] = "was started",
        [TALE_STOPPED] = "was stopped",
        [TALE_FROZEN] = "froze",
        [TALE_THAWED] = "thawed",
        [TALE_DEPLOYED] = "got its changed code",
        [TALE_FENCED] = "saw that its lease had ended",
        [TALE_BURIED] = "was declared dead",
        [TALE_FAULT] = "met a fault",
        [TALE_COMMAND] = "was commanded",
    };
    return (size_t)kind < ARRAY_COUNT(verbs) && verbs[kind] != NULL ? verbs[kind] : "moved";
}

/* "run 1, 'stamp', attempt 1, returned". */
static void say_note(const struct note *note, char *ret_text, size_t size)
{
    char who[120];
    if (note->task.length > 0) {
        (void)snprintf(who, sizeof(who), "run %u, '%.*s', attempt %u,", note->run,
                       TEXT_PRINT(note->task), note->attempt);
    } else if (note->run != 0) {
        (void)snprintf(who, sizeof(who), "run %u", note->run);
    } else {
        (void)snprintf(who, sizeof(who), "runner-%u", note->runner);
    }
    (void)snprintf(ret_text, size, "%s %s", who, verb_of(note->kind));
}

/* Between the last note that is the same and the first that is not. */
static void say_place(const struct notes *first, const struct notes *second, char *ret_text,
                      size_t size, int64_t *ret_at)
{
    size_t common = 0;
    size_t both = first->count < second->count ? first->count : second->count;
    char before[160] = "the start";
    char after[160] = "the end";
    while (common < both && is_same(&first->all[common], &second->all[common])) {
        common++;
    }
    if (common > 0) {
        say_note(&first->all[common - 1], before, sizeof(before));
        *ret_at = first->all[common - 1].at - CLOACINA_WORLD_START_NS;
    }
    if (common < first->count) {
        say_note(&first->all[common], after, sizeof(after));
        *ret_at = first->all[common].at - CLOACINA_WORLD_START_NS;
    }
    char at[DURATION_TEXT_SIZE];
    duration_print(*ret_at, at);
    (void)snprintf(ret_text, size, "at %s, event %llu, between \"%s\" and \"%s\"", at,
                   (unsigned long long)(common < first->count ? first->all[common].event : 0),
                   before, after);
}

static void compare(const struct notes notes[2], struct search_outcome *outcome,
                    const struct search_outcome *second)
{
    struct search_finding *finding = &outcome->finding;
    if (finding->id != NULL || hash128_equal(outcome->trace, second->trace)) {
        return;
    }
    char place[420];
    char hashes[2][HASH_TEXT_SIZE];
    hash128_print(outcome->trace, hashes[0]);
    hash128_print(second->trace, hashes[1]);
    say_place(&notes[0], &notes[1], place, sizeof(place), &finding->at);
    finding->id = "I-29";
    (void)snprintf(finding->message, sizeof(finding->message),
                   "the same decisions made two runs (traces %.8s and %.8s), which differ first %s",
                   hashes[0], hashes[1], place);
}

/* ---- both runs ---- */

enum cloacina_code search_twice(const struct search_subject *subject, struct source *source,
                                const struct search_setup *setup,
                                struct search_outcome *ret_outcome, struct cloacina_error *err)
{
    struct search_setup first = setup != NULL ? *setup : (struct search_setup){.seed = 0};
    struct search_outcome again;
    struct notes notes[2];
    assert(first.teller == NULL);
    for (int i = 0; i < 2; i++) {
        notes_init(&notes[i], search_heap(subject));
    }
    search_outcome_init(&again, search_heap(subject));
    first.teller = &notes[0].teller;
    first.world = &notes[0].world;
    first.without_decisions = false;
    struct search_setup second = {
        .seed = first.seed,
        .pulse = first.pulse,
        .events_max = first.events_max,
        .calm = first.calm,
        .teller = &notes[1].teller,
        .world = &notes[1].world,
        .scribble = SCRIBBLE,
        .without_decisions = true,
    };
    enum cloacina_code code = search_run(subject, source, &first, ret_outcome, err);
    if (code == CLOACINA_OK) {
        code = search_replay(subject, ret_outcome->decisions, ret_outcome->decision_count, &second,
                             &again, NULL, err);
    }
    if (code == CLOACINA_OK) {
        compare(notes, ret_outcome, &again);
    }
    search_outcome_finish(&again);
    for (int i = 0; i < 2; i++) {
        notes_finish(&notes[i]);
    }
    return code;
}
