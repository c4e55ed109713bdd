/* SPDX-License-Identifier: Apache-2.0 */
/* drama.c - performing, and judging.
 *
 * Law: a serial order is played by the memory store with the very same calls. */
#include "drama.h"

#include "support.h"

#include "execution/state.h"

/* Of each call, in the number that says what all of them pass over. */
enum { PASSING_BITS = 2, PASSING_MASK = 3 };

static size_t call_count(const struct drama *drama)
{
    size_t count = 0;
    while (count < DRAMA_CALLS_MAX && drama->calls[count].make != NULL) {
        count++;
    }
    return count;
}

/* ---- the house ---- */

void house_open(struct house *house, enum store_kind kind, size_t sessions,
                enum broken_store_bug bug)
{
    *house = (struct house){.bug = bug, .session_count = sessions};
    stage_init(&house->stage, &house->subject);
    subject_open(&house->subject, kind, sessions);
    house->now = house->subject.now;
    for (size_t i = 0; i < sessions; i++) {
        house->sessions[i] = house->subject.sessions[i];
        if (bug != BROKEN_NOTHING) {
            broken_store_init(&house->broken[i], house->sessions[i], bug);
            house->sessions[i] = &house->broken[i].passing.dal;
        }
    }
}

void house_close(struct house *house)
{
    for (size_t i = 0; house->bug != BROKEN_NOTHING && i < house->session_count; i++) {
        broken_store_finish(&house->broken[i]);
    }
    subject_close(&house->subject);
    stage_finish(&house->stage);
}

static void execution_clear(struct dal *store, const struct execution_row *row)
{
    struct copy copy = {.is_open = false};
    if (!execution_status_is_terminal(row->status)) {
        assert_true(copy_load(&copy, store, row->id));
        assert_int_equal(copy_command(&copy, EXECUTION_CANCEL, 1), CLOACINA_OK);
        assert_int_equal(copy_commit(&copy, store, (struct stamp){1, 1}), CLOACINA_OK);
        copy_finish(&copy);
    }
    assert_int_equal(store->impl->remove(store, row->id, NULL), CLOACINA_OK);
}

/* Everybody goes home: no executions, no leases. */
static void house_clear(struct house *house)
{
    struct dal *store = house->subject.sessions[0];
    struct dal_question all = {.limit = DRAMA_COPIES_MAX};
    struct dal_listed *listed;
    struct dal_lease *leases;
    struct arena arena;
    size_t count;
    int64_t now;
    arena_init(&arena, NULL);
    assert_int_equal(store->impl->executions(store, &all, &arena, &listed, &count, NULL),
                     CLOACINA_OK);
    for (size_t i = 0; i < count; i++) {
        execution_clear(store, &listed[i].row);
    }
    assert_int_equal(store->impl->leases(store, &arena, &leases, &count, &now, NULL), CLOACINA_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(store->impl->close_lease(store, leases[i].lease, leases[i].beat, NULL),
                         CLOACINA_OK);
    }
    arena_finish(&arena);
}

/* ---- one performance ---- */

static void performance_begin(struct performance *performance, const struct drama *drama,
                              struct house *house, bool masks)
{
    *performance = (struct performance){.drama = drama, .house = house, .now = house->now};
    for (size_t i = 0; i < drama->sessions; i++) {
        struct dal *store = house->subject.sessions[i];
        int64_t now;
        assert_int_equal(store->impl->open_lease(store, TEXT_LITERAL("player"),
                                                 &performance->leases[i], &now, NULL),
                         CLOACINA_OK);
    }
    for (size_t i = 0; i < DRAMA_CALLS_MAX; i++) {
        show_init(&performance->answers[i], masks);
        performance->answers[i].lease_base = performance->leases[0] - 1;
    }
    drama->prepare(performance);
}

static void performance_end(struct performance *performance)
{
    for (size_t i = 0; i < DRAMA_COPIES_MAX; i++) {
        copy_finish(&performance->copies[i]);
    }
    for (size_t i = 0; i < DRAMA_CALLS_MAX; i++) {
        show_finish(&performance->answers[i]);
    }
}

/* The answers in the order of the drama's calls, then all there is. */
static char *history_of(struct performance *performance)
{
    struct text_builder text;
    struct show end;
    text_builder_init(&text, NULL);
    show_init(&end, performance->answers[0].masks);
    end.lease_base = performance->answers[0].lease_base;
    for (size_t i = 0; i < call_count(performance->drama); i++) {
        text_builder_print(&text, "call %zu: %s", i, show_text(&performance->answers[i]));
    }
    show_store(&end, performance->house->subject.sessions[0]);
    text_builder_append_terminated(&text, show_text(&end));
    char *history = strdup(text_builder_terminated(&text));
    assert_non_null(history);
    show_finish(&end);
    text_builder_finish(&text);
    return history;
}

static void play(void *user, size_t player)
{
    struct performance *performance = user;
    const struct drama *drama = performance->drama;
    struct dal *store = performance->house->sessions[player];
    if (drama->play != NULL) {
        drama->play(performance, store, player);
        return;
    }
    size_t made = 0;
    for (size_t i = 0; i < call_count(drama); i++) {
        if (drama->calls[i].session == player) {
            if (made++ > 0) {
                stage_pause(&performance->house->stage, player);
            }
            drama->calls[i].make(performance, store, i);
        }
    }
}

char *drama_perform(const struct drama *drama, struct house *house, struct order *order)
{
    struct performance *performance = calloc(1, sizeof(*performance));
    assert_non_null(performance);
    performance_begin(performance, drama, house, !subject_has_our_clock(house->subject.kind));
    char *history = NULL;
    if (stage_play(&house->stage, drama->sessions, play, performance, order)) {
        history = history_of(performance);
    }
    performance_end(performance);
    free(performance);
    house_clear(house);
    return history;
}

/* ---- the judge ---- */

bool judge_allows(const struct judge *judge, const char *history)
{
    for (size_t i = 0; i < judge->count; i++) {
        if (strcmp(judge->histories[i], history) == 0) {
            return true;
        }
    }
    return false;
}

/* One serial order: `places` is a permutation of the calls. `passing` has PASSING_BITS for each
 * call: what it passes over. */
static void serial_play(struct judge *judge, const struct drama *drama, const size_t *places,
                        uint32_t passing, bool masks)
{
    struct performance *performance = calloc(1, sizeof(*performance));
    struct house *house = calloc(1, sizeof(*house));
    assert_non_null(performance);
    assert_non_null(house);
    house_open(house, STORE_MEMORY, drama->sessions, BROKEN_NOTHING);
    if (masks) {
        house->subject.now = SHOW_SERVER_TIME_MIN; /* looks like a server's when it is masked */
    }
    performance_begin(performance, drama, house, masks);
    for (size_t i = 0; i < call_count(drama); i++) {
        size_t number = places[i];
        performance->passes_over[number] = passing >> number * PASSING_BITS & PASSING_MASK;
        drama->calls[number].make(performance, house->sessions[0], number);
    }
    char *history = history_of(performance);
    if (judge_allows(judge, history)) {
        free(history);
    } else {
        assert_true(judge->count < DRAMA_HISTORIES_MAX);
        judge->histories[judge->count++] = history;
    }
    performance_end(performance);
    house_close(house);
    free(house);
    free(performance);
}

/* A session's calls stand in their order, but for loose ones. */
static bool is_in_order(const struct drama *drama, const size_t *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t j = i + 1; j < count; j++) {
            const struct drama_call *earlier = &drama->calls[places[i]];
            const struct drama_call *later = &drama->calls[places[j]];
            if (earlier->session == later->session && places[i] > places[j] &&
                !(earlier->is_loose && later->is_loose)) {
                return false;
            }
        }
    }
    return true;
}

/* The next permutation in lexical order; false: that was the last. */
static bool next_permutation(size_t *places, size_t count)
{
    size_t i = count;
    while (i >= 2 && places[i - 2] > places[i - 1]) {
        i--;
    }
    if (i < 2) {
        return false;
    }
    size_t pivot = i - 2;
    size_t larger = count - 1;
    while (places[larger] < places[pivot]) {
        larger--;
    }
    size_t kept = places[pivot];
    places[pivot] = places[larger];
    places[larger] = kept;
    for (size_t low = i - 1, high = count - 1; low < high; low++, high--) {
        kept = places[low];
        places[low] = places[high];
        places[high] = kept;
    }
    return true;
}

void judge_init(struct judge *judge, const struct drama *drama, enum store_kind kind)
{
    size_t count = call_count(drama);
    size_t places[DRAMA_CALLS_MAX];
    uint32_t may_pass = 0;
    *judge = (struct judge){.count = 0};
    for (size_t i = 0; i < count; i++) {
        places[i] = i;
        if (kind == STORE_POSTGRES) {
            may_pass |= drama->calls[i].may_pass_over << i * PASSING_BITS;
        }
    }
    do {
        for (uint32_t passing = 0; passing <= may_pass; passing++) {
            if ((passing & ~may_pass) == 0 && is_in_order(drama, places, count)) {
                serial_play(judge, drama, places, passing, !subject_has_our_clock(kind));
            }
        }
    } while (next_permutation(places, count));
}

void judge_finish(struct judge *judge)
{
    for (size_t i = 0; i < judge->count; i++) {
        free(judge->histories[i]);
    }
    judge->count = 0;
}
