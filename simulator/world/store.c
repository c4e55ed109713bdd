/* SPDX-License-Identifier: Apache-2.0 */
/* store.c - every call: enter, ask the store, leave.
 *
 * Law: the store is asked between two waits, at one instant, so its calls stay atomic. */
#include "world/store.h"

#include "world/actor.h"
#include "base/instant.h"
#include "world/world.h"

#define CALL_SUBJECT (UINT64_C(1) << 63) /* tells a call's question from a turn's */

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

/* In a seeded world a call that takes no time is a point where others may run, too. */
static void let_others_go(struct store *store)
{
    struct actor *actor = store->actor;
    struct cloacina_world *world = actor->world;
    struct random_label label = {actor->number, RANDOM_SITE_POSTPONE, CALL_SUBJECT | store->calls};
    if (oracle_happens(&world->oracle, label, POSTPONE_ONE_IN)) {
        timeline_plan_late(&world->timeline, &actor->event);
        actor_block(actor);
    }
}

static enum cloacina_code enter(struct store *store, struct cloacina_error *err)
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
        let_others_go(store);
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
    enum cloacina_code code = enter(store, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    return leave(store, store->inner->impl->submit(store->inner, submission, err), err);
}

static void store_commit(struct dal *dal, struct changeset *const *changesets, size_t count,
                         enum cloacina_code *ret_answers)
{
    struct store *store = store_of(dal);
    enum cloacina_code code = enter(store, NULL);
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
    enum cloacina_code code = enter(store, err);
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
    enum cloacina_code code = enter(store, err);
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
    enum cloacina_code code = enter(store, err);
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
    enum cloacina_code code = enter(store, err);
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
    enum cloacina_code code = enter(store, err);
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
    enum cloacina_code code = enter(store, err);
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
    enum cloacina_code code = enter(store, err);
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
    enum cloacina_code code = enter(store, err);
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
    enum cloacina_code code = enter(store, err);
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
    enum cloacina_code code = enter(store, err);
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
