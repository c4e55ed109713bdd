/* SPDX-License-Identifier: Apache-2.0 */
/* trial_ask.c - the operations that ask, claim in the store, or are about leases.
 *
 * Law: an answer is shown whole; what dal.h leaves open is not shown. */
#include "trial_scene.h"

/* ---- polls and leases ---- */

/* As a runner does: what it has claimed it keeps in memory. */
static void claimed_load(struct trial *trial, struct trial_runner *runner, size_t session,
                         struct id id)
{
    for (uint32_t i = 0; i < EXECUTIONS; i++) {
        if (id_equal(id, id_number(i))) {
            copy_finish(&runner->copies[i]);
            assert_true(copy_load(&runner->copies[i], trial->sides[0].sessions[session], id));
        }
    }
}

void operation_poll(struct trial *trial, const uint32_t *numbers)
{
    size_t session;
    struct trial_runner *runner = runner_of(trial, numbers[0], &session);
    static const uint8_t bodies[TASKS_MAX] = {1, 0, 1, 1, 0, 1};
    struct dal_offer offers[WORKFLOWS];
    struct dal_watch watches[EXECUTIONS];
    struct dal_poll request = {.limit = numbers[1] % 4,
                               .offers = offers,
                               .watches = watches,
                               .beats = numbers[2] / 8 % 2 == 0};
    for (uint32_t i = 0; i < WORKFLOWS; i++) {
        if (numbers[2] >> i & 1) {
            offers[request.offer_count++] =
                (struct dal_offer){.workflow = trial->workflows[i],
                                   .bodies = numbers[2] / 16 % 3 == 0 ? bodies : NULL};
        }
    }
    for (uint32_t i = 0; i < EXECUTIONS; i++) {
        const struct execution *execution = &runner->copies[i].execution;
        watches[request.watch_count++] = (struct dal_watch){
            id_number(i), runner->copies[i].is_open ? execution->row.revision : 0};
    }
    request.commit = stamp_next(runner);
    request.claim = stamp_next(runner);
    runner->serial += request.limit;
    struct dal_poll_reply replies[2];
    for (size_t i = 0; i < 2; i++) {
        struct side *side = &trial->sides[i];
        struct dal *store = side->sessions[session];
        enum cloacina_code code =
            store->impl->poll(store, &request, &side->arena, &replies[i], NULL);
        show_code(side->show, code);
        if (code == CLOACINA_OK) {
            show_reply(side->show, &replies[i]);
        } else {
            replies[i].claimed_count = 0;
        }
    }
    for (size_t i = 0; i < replies[0].claimed_count; i++) {
        claimed_load(trial, runner, session, replies[0].claimed[i].id);
    }
}

/* A runner that starts again: it remembers nothing. */
void operation_open(struct trial *trial, const uint32_t *numbers)
{
    size_t session;
    struct trial_runner *runner = runner_of(trial, numbers[0], &session);
    for (size_t i = 0; i < EXECUTIONS; i++) {
        copy_finish(&runner->copies[i]);
    }
    trial_lease_open(trial, session);
}

void operation_close(struct trial *trial, const uint32_t *numbers)
{
    size_t session;
    struct trial_runner *observer = runner_of(trial, numbers[0], &session);
    uint64_t lease = trial->runners[numbers[1] % RUNNERS].lease;
    struct dal *memory = trial->sides[0].sessions[session];
    struct dal_lease *leases;
    size_t count;
    int64_t now;
    uint64_t beat = numbers[2] % 4;
    (void)observer;
    assert_int_equal(memory->impl->leases(memory, &trial->arena, &leases, &count, &now, NULL),
                     CLOACINA_OK);
    for (size_t i = 0; i < count; i++) {
        beat = leases[i].lease == lease ? leases[i].beat + (numbers[2] % 4 == 0) : beat;
    }
    FOR_SIDES(side, trial)
    {
        struct dal *store = side->sessions[session];
        show_code(side->show, store->impl->close_lease(store, lease, beat, NULL));
    }
}

/* ---- questions ---- */

void operation_load(struct trial *trial, const uint32_t *numbers)
{
    size_t session;
    struct trial_runner *runner;
    struct copy *copy = copy_of(trial, numbers[0], &runner, &session);
    struct id id = id_number(numbers[0] / RUNNERS);
    FOR_SIDES(side, trial)
    {
        show_execution(side->show, side->sessions[session], id);
    }
    copy_finish(copy);
    bool is_there = copy_load(copy, trial->sides[0].sessions[session], id);
    assert_int_equal(copy->is_open, is_there);
}

static enum cloacina_code feed_ask(struct side *side, size_t session, struct id id,
                                   uint64_t revision, struct feed *ret_feed)
{
    struct dal *store = side->sessions[session];
    enum cloacina_code code =
        store->impl->refresh(store, id, revision, &side->arena, ret_feed, NULL);
    show_code(side->show, code);
    if (code == CLOACINA_OK) {
        show_feed(side->show, ret_feed);
    }
    return code;
}

void operation_refresh(struct trial *trial, const uint32_t *numbers)
{
    size_t session;
    struct trial_runner *runner;
    struct copy *copy = open_copy_of(trial, numbers[0], &runner, &session);
    struct feed feeds[2];
    if (copy != NULL) {
        const struct execution_row *row = &copy->execution.row;
        enum cloacina_code code =
            feed_ask(&trial->sides[0], session, row->id, row->revision, &feeds[0]);
        (void)feed_ask(&trial->sides[1], session, row->id, row->revision, &feeds[1]);
        if (code != CLOACINA_OK) {
            copy_finish(copy); /* it was removed */
        } else {
            assert_int_equal(execution_refresh(&copy->execution, &feeds[0], NULL), CLOACINA_OK);
        }
    }
}

void operation_feed(struct trial *trial, const uint32_t *numbers)
{
    size_t session = numbers[2] % RUNNERS;
    struct feed feed;
    FOR_SIDES(side, trial)
    {
        (void)feed_ask(side, session, id_number(numbers[0]), numbers[1] % LOOK_BACK, &feed);
    }
}

void operation_claims(struct trial *trial, const uint32_t *numbers)
{
    size_t session = numbers[2] % RUNNERS;
    uint64_t lease = numbers[0] % 4 == 0 ? 0 : trial->runners[numbers[0] % RUNNERS].lease;
    size_t limit = numbers[1] % 2 == 0 ? LIST_MAX : numbers[1] % 3;
    FOR_SIDES(side, trial)
    {
        struct dal *store = side->sessions[session];
        struct dal_claimed *claims;
        size_t count;
        show_code(side->show,
                  store->impl->claims(store, lease, limit, &side->arena, &claims, &count, NULL));
        show_number(side->show, "claims", count);
        if (limit == LIST_MAX) { /* which ones a smaller limit leaves out is nobody's promise */
            show_claims(side->show, claims, count);
        }
    }
}

void operation_events(struct trial *trial, const uint32_t *numbers)
{
    size_t session = numbers[2] % RUNNERS;
    FOR_SIDES(side, trial)
    {
        struct dal *store = side->sessions[session];
        struct event_row *events;
        size_t count;
        enum cloacina_code code =
            store->impl->events(store, id_number(numbers[0]), numbers[1] % LOOK_BACK,
                                numbers[2] % 10, &side->arena, &events, &count, NULL);
        show_code(side->show, code);
        if (code == CLOACINA_OK) {
            show_events(side->show, events, count);
        }
    }
}

void operation_list(struct trial *trial, const uint32_t *numbers)
{
    size_t session = numbers[2] % RUNNERS;
    static const char *const names[] = {"", "shop", "bank", "sho"};
    struct dal_question question = {
        .statuses = numbers[0] % 128 / 2, /* half of the time: all of six */
        .workflow = text_of(names[numbers[1] % 4]),
        .newest_first = numbers[1] / 4 % 2 != 0,
        .limit = 1 + numbers[2] % 4,
    };
    if (numbers[1] / 8 % 2 != 0) {
        question.after = id_number(numbers[1]);
    }
    FOR_SIDES(side, trial)
    {
        struct dal *store = side->sessions[session];
        struct dal_listed *listed;
        size_t count;
        show_code(side->show,
                  store->impl->executions(store, &question, &side->arena, &listed, &count, NULL));
        show_listed(side->show, listed, count);
    }
}

void operation_definition(struct trial *trial, const uint32_t *numbers)
{
    size_t session = numbers[2] % RUNNERS;
    FOR_SIDES(side, trial)
    {
        struct dal *store = side->sessions[session];
        struct text json = {0};
        enum cloacina_code code = store->impl->definition(
            store, text_of(numbers[0] % 2 == 0 ? "shop" : "bank"), &side->arena, &json, NULL);
        show_code(side->show, code);
        if (code == CLOACINA_OK) {
            show_string(side->show, json.bytes);
        }
    }
}

void operation_find(struct trial *trial, const uint32_t *numbers)
{
    size_t session;
    const struct trial_runner *runner = runner_of(trial, numbers[0], &session);
    uint64_t back = numbers[2] % LOOK_BACK;
    struct stamp stamp = {runner->lease, runner->serial > back ? runner->serial - back : 0};
    FOR_SIDES(side, trial)
    {
        struct dal *store = side->sessions[session];
        uint64_t revision = 0;
        show_code(side->show,
                  store->impl->find_commit(store, id_number(numbers[1]), stamp, &revision, NULL));
        show_number(side->show, "revision", revision);
    }
}

void operation_remove(struct trial *trial, const uint32_t *numbers)
{
    size_t session = numbers[2] % RUNNERS;
    FOR_SIDES(side, trial)
    {
        struct dal *store = side->sessions[session];
        show_code(side->show, store->impl->remove(store, id_number(numbers[0]), NULL));
    }
}

void operation_remove_ended(struct trial *trial, const uint32_t *numbers)
{
    size_t session = numbers[2] % RUNNERS;
    int64_t before = trial->now - (int64_t)numbers[0] % 4 * NANOSECONDS_PER_SECOND;
    FOR_SIDES(side, trial)
    {
        struct dal *store = side->sessions[session];
        size_t removed = 0;
        show_code(side->show,
                  store->impl->remove_ended(store, before, numbers[1] % 3, &removed, NULL));
        show_number(side->show, "removed", removed);
    }
}
