/* SPDX-License-Identifier: Apache-2.0 */
/* store.c - every call of dal.h: enter, ask the store, leave.
 *
 * Law: the store is asked between two waits, at one instant, so its calls stay atomic. */
#include "world/store.h"

#include "world/actor.h"
#include "world/witness.h"
#include "world/world.h"

static struct store *store_of(struct dal *dal)
{
    return (struct store *)dal;
}

/* The mirror tells what the store has done, and when: also when this call never learns it. */
static bool is_mirrored(const struct store *store)
{
    return store->actor->world->machine.is_on;
}

/* What a call is about. */
static struct label label_of(const struct store *store, enum site site)
{
    return (struct label){.site = site, .runner = store->actor->number};
}

static struct label label_of_execution(const struct store *store, enum site site, struct id id)
{
    const struct cloacina_world *world = store->actor->world;
    struct label label = label_of(store, site);
    label.run = world->oracle.is_calm ? 0 : world_run_of(world, id);
    return label;
}

/* A commit is about its first attempt, whoever makes it; or about the execution alone. */
static struct label label_of_changeset(const struct store *store, enum site site,
                                       const struct changeset *changeset)
{
    const struct cloacina_world *world = store->actor->world;
    struct label label = {.site = site};
    if (world->oracle.is_calm) {
        return label; /* nobody will ask about it */
    }
    const struct registration *registration =
        behaviours_find_hash(&world->behaviours, changeset->after->definition);
    label.run = world_run_of(world, changeset->after->id);
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

/* ---- the calls of dal.h ---- */

/* Named after its first write. What goes wrong with the call goes wrong with all of them. */
static void store_commit(struct dal *dal, const struct dal_write *writes, size_t count,
                         enum cloacina_code *ret_answers)
{
    struct store *store = store_of(dal);
    enum site site = writes[0].submission != NULL ? SITE_SUBMIT : SITE_COMMIT;
    struct store_call call = {
        .label = label_of_changeset(store, site, writes[0].changeset),
        .writes = true,
        .batch = writes,
        .batch_count = count,
    };
    enum cloacina_code code = store_enter(store, &call, NULL);
    if (code == CLOACINA_OK) {
        store->inner->impl->commit(store->inner, writes, count, ret_answers);
    }
    code = store_leave(store, &call, code, NULL);
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
    struct store_call call = {
        .label = label_of_execution(store, SITE_COMMIT_LOCKED, id), .writes = true, .locked = &id};
    enum cloacina_code code = store_enter(store, &call, err);
    if (code == CLOACINA_OK) {
        code = inner->impl->commit_locked(inner, id, revision, redo, user, err);
    }
    return store_leave(store, &call, code, err);
}

static enum cloacina_code store_poll(struct dal *dal, const struct dal_poll *request,
                                     struct arena *arena, struct dal_poll_reply *ret_reply,
                                     struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct store_call call = {.label = label_of(store, SITE_POLL),
                              .writes = request->beats || request->limit > 0,
                              .poll = request};
    int64_t sent_at = store->actor->world->timeline.now;
    enum cloacina_code code = store_enter(store, &call, err);
    if (code == CLOACINA_OK && is_mirrored(store)) {
        code = inner->impl->poll(inner, request, arena, ret_reply, err);
    } else if (code == CLOACINA_OK) {
        witness_polls(store->actor, request);
        code = inner->impl->poll(inner, request, arena, ret_reply, err);
        witness_polled(store->actor, request, code);
    }
    code = store_leave(store, &call, code, err);
    if (code == CLOACINA_OK && request->beats) {
        store->actor->lease = request->claim.lease;
        witness_answered(store->actor, request->claim.lease, sent_at);
    }
    return code;
}

static enum cloacina_code store_load(struct dal *dal, struct id id, struct arena *arena,
                                     struct dal_snapshot *ret_snapshot, struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct store_call call = {.label = label_of_execution(store, SITE_LOAD, id)};
    enum cloacina_code code = store_enter(store, &call, err);
    if (code == CLOACINA_OK) {
        code = inner->impl->load(inner, id, arena, ret_snapshot, err);
    }
    return store_leave(store, &call, code, err);
}

static enum cloacina_code store_refresh(struct dal *dal, struct id id, uint64_t revision,
                                        struct arena *arena, struct feed *ret_feed,
                                        struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct store_call call = {.label = label_of_execution(store, SITE_REFRESH, id)};
    enum cloacina_code code = store_enter(store, &call, err);
    if (code == CLOACINA_OK) {
        code = inner->impl->refresh(inner, id, revision, arena, ret_feed, err);
    }
    return store_leave(store, &call, code, err);
}

static enum cloacina_code store_find_commit(struct dal *dal, struct id id, struct stamp commit,
                                            uint64_t *ret_revision, struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct store_call call = {.label = label_of_execution(store, SITE_FIND_COMMIT, id)};
    enum cloacina_code code = store_enter(store, &call, err);
    if (code == CLOACINA_OK) {
        code = inner->impl->find_commit(inner, id, commit, ret_revision, err);
    }
    return store_leave(store, &call, code, err);
}

static enum cloacina_code store_open_lease(struct dal *dal, struct text name, uint64_t *ret_lease,
                                           int64_t *ret_now, struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct store_call call = {.label = label_of(store, SITE_OPEN_LEASE), .writes = true};
    int64_t sent_at = store->actor->world->timeline.now;
    enum cloacina_code code = store_enter(store, &call, err);
    if (code == CLOACINA_OK) {
        store->actor->world->news.opener = store->actor->number;
        code = inner->impl->open_lease(inner, name, ret_lease, ret_now, err);
    }
    code = store_leave(store, &call, code, err);
    if (code == CLOACINA_OK) {
        store->actor->lease = *ret_lease;
        witness_answered(store->actor, *ret_lease, sent_at);
    }
    return code;
}

static enum cloacina_code store_close_lease(struct dal *dal, uint64_t lease, uint64_t observed_beat,
                                            struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct store_call call = {
        .label = label_of(store, SITE_CLOSE_LEASE),
        .writes = true,
        .closing = lease,
        .observed_beat = observed_beat,
    };
    enum cloacina_code code = store_enter(store, &call, err);
    if (code == CLOACINA_OK) {
        mirror_lease_closing(store->actor->world, lease);
        code = inner->impl->close_lease(inner, lease, observed_beat, err);
        if (code == CLOACINA_OK && !is_mirrored(store)) {
            witness_closed(store->actor, lease, observed_beat);
        }
    }
    return store_leave(store, &call, code, err);
}

static enum cloacina_code store_claims(struct dal *dal, uint64_t lease, size_t limit,
                                       struct arena *arena, struct dal_claimed **ret_claims,
                                       size_t *ret_count, struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct store_call call = {.label = label_of(store, SITE_CLAIMS)};
    enum cloacina_code code = store_enter(store, &call, err);
    if (code == CLOACINA_OK) {
        code = inner->impl->claims(inner, lease, limit, arena, ret_claims, ret_count, err);
    }
    return store_leave(store, &call, code, err);
}

static enum cloacina_code store_events(struct dal *dal, struct id id, uint64_t after_revision,
                                       size_t limit, struct arena *arena,
                                       struct event_row **ret_events, size_t *ret_count,
                                       struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct store_call call = {.label = label_of(store, SITE_LOAD)};
    enum cloacina_code code = store_enter(store, &call, err);
    if (code == CLOACINA_OK) {
        code = inner->impl->events(inner, id, after_revision, limit, arena, ret_events, ret_count,
                                   err);
    }
    return store_leave(store, &call, code, err);
}

static enum cloacina_code store_executions(struct dal *dal, const struct dal_question *question,
                                           struct arena *arena, struct dal_listed **ret_listed,
                                           size_t *ret_count, struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct store_call call = {.label = label_of(store, SITE_LOAD)};
    enum cloacina_code code = store_enter(store, &call, err);
    if (code == CLOACINA_OK) {
        code = inner->impl->executions(inner, question, arena, ret_listed, ret_count, err);
    }
    return store_leave(store, &call, code, err);
}

static enum cloacina_code store_definition(struct dal *dal, struct text workflow,
                                           struct arena *arena, struct text *ret_json,
                                           struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct store_call call = {.label = label_of(store, SITE_LOAD)};
    enum cloacina_code code = store_enter(store, &call, err);
    if (code == CLOACINA_OK) {
        code = inner->impl->definition(inner, workflow, arena, ret_json, err);
    }
    return store_leave(store, &call, code, err);
}

static enum cloacina_code store_leases(struct dal *dal, struct arena *arena,
                                       struct dal_lease **ret_leases, size_t *ret_count,
                                       int64_t *ret_now, struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct store_call call = {.label = label_of(store, SITE_CLAIMS)};
    enum cloacina_code code = store_enter(store, &call, err);
    if (code == CLOACINA_OK) {
        code = inner->impl->leases(inner, arena, ret_leases, ret_count, ret_now, err);
    }
    return store_leave(store, &call, code, err);
}

static enum cloacina_code store_remove(struct dal *dal, struct id id, struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct store_call call = {.label = label_of_execution(store, SITE_COMMIT, id), .writes = true};
    enum cloacina_code code = store_enter(store, &call, err);
    if (code == CLOACINA_OK) {
        code = inner->impl->remove(inner, id, err);
    }
    return store_leave(store, &call, code, err);
}

static enum cloacina_code store_remove_ended(struct dal *dal, int64_t before, size_t limit,
                                             size_t *ret_removed, struct cloacina_error *err)
{
    struct store *store = store_of(dal);
    struct dal *inner = store->inner;
    struct store_call call = {.label = label_of(store, SITE_COMMIT), .writes = true};
    enum cloacina_code code = store_enter(store, &call, err);
    if (code == CLOACINA_OK) {
        code = inner->impl->remove_ended(inner, before, limit, ret_removed, err);
    }
    return store_leave(store, &call, code, err);
}

/* Only says where hints go: no round trip. In a calm world they go there directly. */
static void store_listen(struct dal *dal, uint64_t lease, void (*wake)(void *user), void *user)
{
    struct store *store = store_of(dal);
    struct dal *inner = is_mirrored(store) ? store->actor->world->memory : store->inner;
    if (wake == NULL || store->actor->world->oracle.is_calm) {
        inner->impl->listen(inner, lease, wake, user);
        return;
    }
    store->wake = wake;
    store->wake_user = user;
    inner->impl->listen(inner, lease, store_hinted, store);
}

static int store_descriptor(struct dal *dal)
{
    struct dal *inner = store_of(dal)->inner;
    return inner->impl->descriptor(inner);
}

static void store_take_hints(struct dal *dal)
{
    struct dal *inner = store_of(dal)->inner;
    inner->impl->take_hints(inner);
}

/* The world destroys the store: it is there for all. */
static void store_destroy(struct dal *dal)
{
    (void)dal;
}

void store_init(struct store *store, struct dal *inner, struct actor *actor, int64_t round_trip_ns)
{
    static const struct dal_impl impl = {
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
        .definition = store_definition,
        .leases = store_leases,
        .remove = store_remove,
        .remove_ended = store_remove_ended,
        .listen = store_listen,
        .descriptor = store_descriptor,
        .take_hints = store_take_hints,
        .destroy = store_destroy,
    };
    *store = (struct store){
        .dal.impl = &impl,
        .inner = inner,
        .actor = actor,
        .there_ns = round_trip_ns / 2,
        .back_ns = round_trip_ns - round_trip_ns / 2,
        .hint.fire = store_fire_hint,
    };
}

void store_forget(struct store *store)
{
    store->wake = NULL;
    store->wake_user = NULL;
}
