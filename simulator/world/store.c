/* SPDX-License-Identifier: Apache-2.0 */
/* store.c - every call: enter, ask the store, leave.
 *
 * Law: the store is asked between two waits, at one instant, so its calls stay atomic. */
#include "world/store.h"

#include "world/actor.h"
#include "base/instant.h"
#include "world/world.h"

static struct store *store_of(struct dal *dal)
{
    return (struct store *)dal;
}

static enum cloacina_code crashed(const struct store *store, struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_CRASHED, "%s is dead", store->actor->name);
}

static void wait_ns(struct store *store, int64_t duration)
{
    struct actor *actor = store->actor;
    struct cloacina_world *world = actor->world;
    if (!timeline_plan(&world->timeline, &actor->event, instant_add(world->timeline.now, duration),
                       RANK_RUNNER)) {
        world_fail_no_memory(world);
        return;
    }
    actor_block(actor);
}

/* What a call is about. */
static struct label label_of(const struct store *store, enum site site)
{
    return (struct label){.site = site, .runner = store->actor->number};
}

static struct label label_of_execution(const struct store *store, enum site site, struct id id)
{
    struct label label = label_of(store, site);
    label.run = world_run_of(store->actor->world, id);
    return label;
}

/* A commit is about its first attempt, whoever makes it; or about the execution alone. */
static struct label label_of_changeset(const struct store *store, enum site site,
                                       const struct changeset *changeset)
{
    const struct cloacina_world *world = store->actor->world;
    const struct registration *registration =
        behaviours_find_hash(&world->behaviours, changeset->after->definition);
    struct label label = {.site = site, .run = world_run_of(world, changeset->after->id)};
    for (size_t i = 0; registration != NULL && i < changeset->event_count; i++) {
        const struct event_row *event = &changeset->events[i];
        if (event->task != TASK_NONE && event->attempt != 0) {
            const struct workflow_task *task = &registration->definition->tasks[event->task];
            label.task = (struct text){task->name, task->name_length};
            label.attempt = event->attempt;
            return label;
        }
    }
    return label;
}

/* In a seeded world a call that takes no time is a point where others may run, too. */
static void let_others_go(struct store *store, const struct label *label)
{
    struct actor *actor = store->actor;
    struct cloacina_world *world = actor->world;
    if (oracle_ask(&world->oracle, label).fault == FAULT_POSTPONE) {
        timeline_plan_late(&world->timeline, &actor->event);
        actor_block(actor);
    }
}

static enum cloacina_code enter(struct store *store, const struct label *label,
                                struct cloacina_error *err)
{
    struct actor *actor = store->actor;
    struct cloacina_world *world = actor->world;
    store->calls++;
    if (world->is_ending) {
        return crashed(store, err);
    }
    if (world->checkers != NULL) {
        checkers_effect_call(world->checkers, &actor->spin, actor->name);
    }
    if (actor->coroutine == NULL) {
        return CLOACINA_OK;
    }
    if (store->there_ns > 0) {
        wait_ns(store, store->there_ns);
    } else if (!world->oracle.is_calm) {
        let_others_go(store, label);
    }
    return world->is_ending ? crashed(store, err) : CLOACINA_OK;
}

/* The reply is on its way; `code` is what the store has said. */
static enum cloacina_code leave(struct store *store, enum cloacina_code code,
                                struct cloacina_error *err)
{
    if (store->back_ns > 0 && store->actor->coroutine != NULL) {
        wait_ns(store, store->back_ns);
    }
    return store->actor->world->is_ending ? crashed(store, err) : code;
}

/* ---- the calls of dal.h ---- */

static enum cloacina_code store_submit(struct dal *dal, const struct dal_submission *submission,
                                       struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct label label = label_of_changeset(store, SITE_SUBMIT, submission->changeset);
    enum cloacina_code code = enter(store, &label, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return leave(store, store->inner->impl->submit(store->inner, submission, err), err);
}

static void store_commit(struct dal *dal, struct changeset *const *changesets, size_t count,
                         enum cloacina_code *ret_answers)
{
    struct store *store = store_of(dal);
    struct label label = label_of_changeset(store, SITE_COMMIT, changesets[0]);
    enum cloacina_code code = enter(store, &label, NULL);
    if (code == CLOACINA_OK) {
        store->inner->impl->commit(store->inner, changesets, count, ret_answers);
        code = leave(store, CLOACINA_OK, NULL);
    }
    for (size_t i = 0; code != CLOACINA_OK && i < count; i++) {
        ret_answers[i] = code;
    }
}

static enum cloacina_code store_commit_locked(struct dal *dal, struct id id, uint64_t revision,
                                              struct changeset *(*redo)(void *user,
                                                                        const struct feed *feed),
                                              void *user, struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct label label = label_of_execution(store, SITE_COMMIT_LOCKED, id);
    enum cloacina_code code = enter(store, &label, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return leave(store, inner->impl->commit_locked(inner, id, revision, redo, user, err), err);
}

static enum cloacina_code store_poll(struct dal *dal, const struct dal_poll *request,
                                     struct arena *arena, struct dal_poll_reply *ret_reply,
                                     struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct label label = label_of(store, SITE_POLL);
    enum cloacina_code code = enter(store, &label, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return leave(store, inner->impl->poll(inner, request, arena, ret_reply, err), err);
}

static enum cloacina_code store_load(struct dal *dal, struct id id, struct arena *arena,
                                     struct dal_snapshot *ret_snapshot, struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct label label = label_of_execution(store, SITE_LOAD, id);
    enum cloacina_code code = enter(store, &label, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return leave(store, inner->impl->load(inner, id, arena, ret_snapshot, err), err);
}

static enum cloacina_code store_refresh(struct dal *dal, struct id id, uint64_t revision,
                                        struct arena *arena, struct feed *ret_feed,
                                        struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct label label = label_of_execution(store, SITE_REFRESH, id);
    enum cloacina_code code = enter(store, &label, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return leave(store, inner->impl->refresh(inner, id, revision, arena, ret_feed, err), err);
}

static enum cloacina_code store_find_commit(struct dal *dal, struct id id, struct stamp commit,
                                            uint64_t *ret_revision, struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct label label = label_of_execution(store, SITE_FIND_COMMIT, id);
    enum cloacina_code code = enter(store, &label, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return leave(store, inner->impl->find_commit(inner, id, commit, ret_revision, err), err);
}

static enum cloacina_code store_open_lease(struct dal *dal, struct text name, uint64_t *ret_lease,
                                           int64_t *ret_now, struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct label label = label_of(store, SITE_OPEN_LEASE);
    enum cloacina_code code = enter(store, &label, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return leave(store, inner->impl->open_lease(inner, name, ret_lease, ret_now, err), err);
}

static enum cloacina_code store_close_lease(struct dal *dal, uint64_t lease, uint64_t observed_beat,
                                            struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct label label = label_of(store, SITE_CLOSE_LEASE);
    enum cloacina_code code = enter(store, &label, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return leave(store, inner->impl->close_lease(inner, lease, observed_beat, err), err);
}

static enum cloacina_code store_claims(struct dal *dal, uint64_t lease, size_t limit,
                                       struct arena *arena, struct dal_claimed **ret_claims,
                                       size_t *ret_count, struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct label label = label_of(store, SITE_CLAIMS);
    enum cloacina_code code = enter(store, &label, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = inner->impl->claims(inner, lease, limit, arena, ret_claims, ret_count, err);
    return leave(store, code, err);
}

static enum cloacina_code store_events(struct dal *dal, struct id id, uint64_t after_revision,
                                       size_t limit, struct arena *arena,
                                       struct event_row **ret_events, size_t *ret_count,
                                       struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct label label = label_of(store, SITE_LOAD);
    enum cloacina_code code = enter(store, &label, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = inner->impl->events(inner, id, after_revision, limit, arena, ret_events, ret_count, err);
    return leave(store, code, err);
}

static enum cloacina_code store_executions(struct dal *dal, struct id after, bool active_only,
                                           size_t limit, struct arena *arena,
                                           struct execution_row **ret_rows, size_t *ret_count,
                                           struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct label label = label_of(store, SITE_LOAD);
    enum cloacina_code code = enter(store, &label, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code =
        inner->impl->executions(inner, after, active_only, limit, arena, ret_rows, ret_count, err);
    return leave(store, code, err);
}

/* Only says where hints go: no round trip. */
static void store_listen(struct dal *dal, uint64_t lease, void (*wake)(void *user), void *user)
{
    struct store *store = store_of(dal);
    store->inner->impl->listen(store->inner, lease, wake, user);
}

void store_init(struct store *store, struct dal *inner, struct actor *actor, int64_t round_trip_ns)
{
    static const struct dal_impl impl = {
        .submit = store_submit,
        .commit = store_commit,
        .commit_locked = store_commit_locked,
        .poll = store_poll,
        .load = store_load,
        .refresh = store_refresh,
        .find_commit = store_find_commit,
        .open_lease = store_open_lease,
        .close_lease = store_close_lease,
        .claims = store_claims,
        .events = store_events,
        .executions = store_executions,
        .listen = store_listen,
    };
    *store = (struct store){
        .dal.impl = &impl,
        .inner = inner,
        .actor = actor,
        .there_ns = round_trip_ns / 2,
        .back_ns = round_trip_ns - round_trip_ns / 2,
    };
}
