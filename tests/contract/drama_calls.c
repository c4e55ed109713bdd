/* SPDX-License-Identifier: Apache-2.0 */
/* drama_calls.c - the calls.
 *
 * Law: they assert nothing: what they see goes into the history, and the judge says whether it may
 * be. */
#include "drama_calls.h"

enum { LIST_MAX = 1000 };

void call_answer(struct performance *performance, size_t number, enum cloacina_code code)
{
    performance->codes[number] = code;
    show_code(&performance->answers[number], code);
}

/* Sends the changeset of the copy with that place. */
static void commit_copy(struct performance *performance, struct dal *store, size_t number,
                        size_t place)
{
    struct dal_write write = {.changeset = &performance->copies[place].changeset};
    enum cloacina_code code;
    store->impl->commit(store, &write, 1, &code);
    call_answer(performance, number, code);
}

void call_commit_first(struct performance *performance, struct dal *store, size_t number)
{
    commit_copy(performance, store, number, 0);
}

void call_commit_second(struct performance *performance, struct dal *store, size_t number)
{
    commit_copy(performance, store, number, 1);
}

void call_commit_third(struct performance *performance, struct dal *store, size_t number)
{
    commit_copy(performance, store, number, 2);
}

void call_commit_fourth(struct performance *performance, struct dal *store, size_t number)
{
    commit_copy(performance, store, number, 3);
}

/* What the copy was to do, done with what is there now. */
struct again {
    struct performance *performance;
    struct copy *copy;
    enum execution_input_type type;
    uint32_t task;
    struct stamp claim;
    struct stamp commit;
};

static struct changeset *redo(void *user, const struct feed *feed)
{
    struct again *again = user;
    struct execution_input input = {
        .type = again->type, .task = again->task, .claim = again->claim};
    execution_undo(&again->copy->execution, &again->copy->changeset);
    if (execution_refresh(&again->copy->execution, feed, NULL) != CLOACINA_OK ||
        copy_apply(again->copy, &input, again->performance->now) != CLOACINA_OK) {
        return NULL;
    }
    (void)copy_write(again->copy, again->commit);
    return &again->copy->changeset;
}

static void commit_locked(struct performance *performance, struct dal *store, size_t number,
                          struct again again)
{
    const struct changeset *changeset = &again.copy->changeset;
    uint64_t revision =
        changeset->is_open ? changeset->before.revision : again.copy->execution.row.revision;
    again.performance = performance;
    again.commit =
        drama_stamp(performance, performance->drama->calls[number].session, 200 + number);
    call_answer(performance, number,
                store->impl->commit_locked(store, again.copy->execution.row.id, revision, redo,
                                           &again, NULL));
}

/* The success of the copy's task, once more under the lock, when the call before was lost. */
static void succeed_again(struct performance *performance, struct dal *store, size_t number,
                          size_t place, uint32_t task)
{
    struct copy *copy = &performance->copies[place];
    if (performance->codes[number - 1] != CLOACINA_CONFLICT) {
        show_number(&performance->answers[number], "not needed", 0);
        return;
    }
    struct stamp claim = {0, 0};
    for (size_t i = 0; i < copy->changeset.row_count; i++) {
        if (copy->changeset.rows[i].task == task) {
            claim = copy->changeset.rows[i].before.claim;
        }
    }
    commit_locked(
        performance, store, number,
        (struct again){.copy = copy, .type = EXECUTION_SUCCEEDED, .task = task, .claim = claim});
}

void call_first_again(struct performance *performance, struct dal *store, size_t number)
{
    succeed_again(performance, store, number, 0, 0);
}

void call_second_again(struct performance *performance, struct dal *store, size_t number)
{
    succeed_again(performance, store, number, 1, 1);
}

void call_pause_locked(struct performance *performance, struct dal *store, size_t number)
{
    commit_locked(performance, store, number,
                  (struct again){
                      .copy = &performance->copies[0], .type = EXECUTION_PAUSE, .task = TASK_NONE});
}

void call_cancel_locked(struct performance *performance, struct dal *store, size_t number)
{
    commit_locked(performance, store, number,
                  (struct again){.copy = &performance->copies[1],
                                 .type = EXECUTION_CANCEL,
                                 .task = TASK_NONE});
}

/* A poll that offers the workflows of the first two copies, but for what it passes over. */
static void poll_with(struct performance *performance, struct dal *store, size_t number,
                      uint32_t limit, bool beats)
{
    size_t session = performance->drama->calls[number].session;
    struct arena arena;
    struct dal_poll_reply reply;
    struct dal_offer offers[2] = {{0}};
    struct dal_poll request = {
        .limit = limit,
        .claim = drama_stamp(performance, session, 300 + number),
        .commit = drama_stamp(performance, session, 400 + number),
        .offers = offers,
        .beats = beats,
    };
    for (size_t i = 0; i < 2; i++) {
        if (performance->copies[i].is_open && (performance->passes_over[number] >> i & 1) == 0) {
            offers[request.offer_count++].workflow = performance->copies[i].execution.workflow;
        }
    }
    arena_init(&arena, NULL);
    enum cloacina_code code = store->impl->poll(store, &request, &arena, &reply, NULL);
    call_answer(performance, number, code);
    if (code == CLOACINA_OK) {
        show_reply(&performance->answers[number], &reply);
    }
    arena_finish(&arena);
}

void call_poll_one(struct performance *performance, struct dal *store, size_t number)
{
    poll_with(performance, store, number, 1, false);
}

void call_beat(struct performance *performance, struct dal *store, size_t number)
{
    poll_with(performance, store, number, 0, true);
}

void call_close_first_lease(struct performance *performance, struct dal *store, size_t number)
{
    call_answer(performance, number,
                store->impl->close_lease(store, performance->leases[0], 0, NULL));
}

void call_open_lease(struct performance *performance, struct dal *store, size_t number)
{
    uint64_t lease = 0;
    int64_t now;
    call_answer(performance, number,
                store->impl->open_lease(store, TEXT_LITERAL("another"), &lease, &now, NULL));
    show_lease(&performance->answers[number], lease);
}

void call_claims_of_the_dead(struct performance *performance, struct dal *store, size_t number)
{
    struct arena arena;
    struct dal_claimed *claims;
    size_t count;
    arena_init(&arena, NULL);
    enum cloacina_code code =
        store->impl->claims(store, 0, LIST_MAX, &arena, &claims, &count, NULL);
    call_answer(performance, number, code);
    if (code == CLOACINA_OK) {
        show_claims(&performance->answers[number], claims, count);
    }
    arena_finish(&arena);
}

void call_find_first_commit(struct performance *performance, struct dal *store, size_t number)
{
    uint64_t revision = 0;
    call_answer(performance, number,
                store->impl->find_commit(store, drama_id(1), drama_stamp(performance, 0, 100),
                                         &revision, NULL));
    show_number(&performance->answers[number], "revision", revision);
}

void call_load(struct performance *performance, struct dal *store, size_t number)
{
    struct arena arena;
    struct dal_snapshot snapshot;
    arena_init(&arena, NULL);
    enum cloacina_code code = store->impl->load(store, drama_id(1), &arena, &snapshot, NULL);
    call_answer(performance, number, code);
    if (code == CLOACINA_OK) {
        show_snapshot(&performance->answers[number], &snapshot);
    }
    arena_finish(&arena);
}

void call_refresh(struct performance *performance, struct dal *store, size_t number)
{
    struct arena arena;
    struct feed feed;
    arena_init(&arena, NULL);
    enum cloacina_code code = store->impl->refresh(store, drama_id(1), 1, &arena, &feed, NULL);
    call_answer(performance, number, code);
    if (code == CLOACINA_OK) {
        show_feed(&performance->answers[number], &feed);
    }
    arena_finish(&arena);
}

void call_list(struct performance *performance, struct dal *store, size_t number)
{
    struct arena arena;
    struct dal_question question = {.limit = LIST_MAX};
    struct dal_listed *listed;
    size_t count;
    arena_init(&arena, NULL);
    enum cloacina_code code =
        store->impl->executions(store, &question, &arena, &listed, &count, NULL);
    call_answer(performance, number, code);
    if (code == CLOACINA_OK) {
        show_listed(&performance->answers[number], listed, count);
    }
    arena_finish(&arena);
}

void call_remove_first(struct performance *performance, struct dal *store, size_t number)
{
    call_answer(performance, number, store->impl->remove(store, drama_id(1), NULL));
}

void call_remove_old(struct performance *performance, struct dal *store, size_t number)
{
    size_t removed = 0;
    call_answer(performance, number,
                store->impl->remove_ended(store, performance->now + 1, LIST_MAX, &removed, NULL));
    show_number(&performance->answers[number], "removed", removed);
}

/* The copy with that place is submitted; its changeset is sealed. */
static void submit_copy(struct performance *performance, struct dal *store, size_t number,
                        size_t place)
{
    struct copy *copy = &performance->copies[place];
    struct dal_submission submission = {.workflow = copy->execution.workflow,
                                        .context = text_of(copy->context),
                                        .rows = copy->execution.rows};
    struct dal_write write = {.changeset = &copy->changeset, .submission = &submission};
    enum cloacina_code code;
    store->impl->commit(store, &write, 1, &code);
    call_answer(performance, number, code);
}

void call_submit_first(struct performance *performance, struct dal *store, size_t number)
{
    submit_copy(performance, store, number, 0);
}

void call_submit_second(struct performance *performance, struct dal *store, size_t number)
{
    submit_copy(performance, store, number, 1);
}
