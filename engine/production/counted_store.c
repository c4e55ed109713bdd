/* SPDX-License-Identifier: Apache-2.0 */
/* counted_store.c - every slot of the interface, passed on. */
#include "production/counted_store.h"

#include <inttypes.h>

/* What is said of a call that has an error, whether its caller wants it or not. */
struct said {
    struct cloacina_error own;
    struct cloacina_error *err;
};

static struct counted_store *store_of(struct dal *dal)
{
    return (struct counted_store *)dal;
}

static void begin(struct counted_store *store, struct said *said, struct cloacina_error *err)
{
    store->calls++;
    said->own.message[0] = '\0';
    said->err = err != NULL ? err : &said->own;
}

/* IO: a full disk, say, that may have space again. */
static bool is_silence(enum cloacina_code code)
{
    return code == CLOACINA_UNAVAILABLE || code == CLOACINA_UNKNOWN || code == CLOACINA_TIMEOUT ||
           code == CLOACINA_IO;
}

/* Of a commit no reason is known: then it is told as soon as another call brings one. */
static void fall_silent(struct counted_store *store, const char *why)
{
    bool is_new = !store->is_silent || (!store->is_explained && why[0] != '\0');
    store->is_silent = true;
    if (is_new) {
        store->is_explained = why[0] != '\0';
        cloacina_log_print(store->log, CLOACINA_LOG_WARNING,
                           "runner '%s': the store does not answer, and is tried again%s%s",
                           store->name, store->is_explained ? ": " : "", why);
    }
}

static void speak_again(struct counted_store *store)
{
    store->answered_at = cloacina_clock_monotonic(store->clock);
    if (store->is_silent) {
        store->is_silent = false;
        cloacina_log_print(store->log, CLOACINA_LOG_INFO, "runner '%s': the store answers again",
                           store->name);
    }
}

static enum cloacina_code end(struct counted_store *store, enum cloacina_code code,
                              const struct said *said)
{
    if (is_silence(code)) {
        fall_silent(store, said->err->message);
    } else {
        speak_again(store);
    }
    return code;
}

/* ---- the slots ---- */

static void counted_commit(struct dal *dal, const struct dal_write *writes, size_t count,
                           enum cloacina_code *ret_answers)
{
    struct counted_store *store = store_of(dal);
    bool has_answered = false;
    store->calls++;
    store->inner->impl->commit(store->inner, writes, count, ret_answers);
    for (size_t i = 0; i < count; i++) {
        has_answered |= !is_silence(ret_answers[i]);
    }
    if (has_answered) {
        speak_again(store);
    } else {
        fall_silent(store, "");
    }
}

static enum cloacina_code counted_commit_locked(struct dal *dal, struct id id, uint64_t revision,
                                                struct changeset *(*redo)(void *,
                                                                          const struct feed *),
                                                void *user, struct cloacina_error *err)
{
    struct counted_store *store = store_of(dal);
    struct said said;
    begin(store, &said, err);
    return end(store,
               store->inner->impl->commit_locked(store->inner, id, revision, redo, user, said.err),
               &said);
}

static enum cloacina_code counted_poll(struct dal *dal, const struct dal_poll *request,
                                       struct arena *arena, struct dal_poll_reply *ret_reply,
                                       struct cloacina_error *err)
{
    struct counted_store *store = store_of(dal);
    struct said said;
    begin(store, &said, err);
    return end(store, store->inner->impl->poll(store->inner, request, arena, ret_reply, said.err),
               &said);
}

static enum cloacina_code counted_load(struct dal *dal, struct id id, struct arena *arena,
                                       struct dal_snapshot *ret_snapshot,
                                       struct cloacina_error *err)
{
    struct counted_store *store = store_of(dal);
    struct said said;
    begin(store, &said, err);
    return end(store, store->inner->impl->load(store->inner, id, arena, ret_snapshot, said.err),
               &said);
}

static enum cloacina_code counted_refresh(struct dal *dal, struct id id, uint64_t revision,
                                          struct arena *arena, struct feed *ret_feed,
                                          struct cloacina_error *err)
{
    struct counted_store *store = store_of(dal);
    struct said said;
    begin(store, &said, err);
    return end(store,
               store->inner->impl->refresh(store->inner, id, revision, arena, ret_feed, said.err),
               &said);
}

static enum cloacina_code counted_find_commit(struct dal *dal, struct id id, struct stamp commit,
                                              uint64_t *ret_revision, struct cloacina_error *err)
{
    struct counted_store *store = store_of(dal);
    struct said said;
    begin(store, &said, err);
    return end(store,
               store->inner->impl->find_commit(store->inner, id, commit, ret_revision, said.err),
               &said);
}

static enum cloacina_code counted_open_lease(struct dal *dal, struct text name, uint64_t *ret_lease,
                                             int64_t *ret_now, struct cloacina_error *err)
{
    struct counted_store *store = store_of(dal);
    struct said said;
    begin(store, &said, err);
    enum cloacina_code code =
        store->inner->impl->open_lease(store->inner, name, ret_lease, ret_now, said.err);
    if (code == CLOACINA_OK) {
        cloacina_log_print(store->log, CLOACINA_LOG_INFO, "runner '%s': has lease %" PRIu64,
                           store->name, *ret_lease);
        store->lease = *ret_lease;
    } else if (store->lease == 0) {
        return code; /* the very first: its caller hears of it, and nothing is tried again */
    }
    return end(store, code, &said);
}

static enum cloacina_code counted_close_lease(struct dal *dal, uint64_t lease,
                                              uint64_t observed_beat, struct cloacina_error *err)
{
    struct counted_store *store = store_of(dal);
    struct said said;
    begin(store, &said, err);
    enum cloacina_code code =
        store->inner->impl->close_lease(store->inner, lease, observed_beat, said.err);
    if (code == CLOACINA_OK && lease != store->lease) {
        cloacina_log_print(store->log, CLOACINA_LOG_INFO,
                           "runner '%s': lease %" PRIu64 " was found dead", store->name, lease);
    }
    return end(store, code, &said);
}

static enum cloacina_code counted_claims(struct dal *dal, uint64_t lease, size_t limit,
                                         struct arena *arena, struct dal_claimed **ret_claims,
                                         size_t *ret_count, struct cloacina_error *err)
{
    struct counted_store *store = store_of(dal);
    struct said said;
    begin(store, &said, err);
    return end(store,
               store->inner->impl->claims(store->inner, lease, limit, arena, ret_claims, ret_count,
                                          said.err),
               &said);
}

static enum cloacina_code counted_events(struct dal *dal, struct id id, uint64_t after_revision,
                                         size_t limit, struct arena *arena,
                                         struct event_row **ret_events, size_t *ret_count,
                                         struct cloacina_error *err)
{
    struct counted_store *store = store_of(dal);
    struct said said;
    begin(store, &said, err);
    return end(store,
               store->inner->impl->events(store->inner, id, after_revision, limit, arena,
                                          ret_events, ret_count, said.err),
               &said);
}

static enum cloacina_code counted_executions(struct dal *dal, const struct dal_question *question,
                                             struct arena *arena, struct dal_listed **ret_listed,
                                             size_t *ret_count, struct cloacina_error *err)
{
    struct counted_store *store = store_of(dal);
    struct said said;
    begin(store, &said, err);
    return end(store,
               store->inner->impl->executions(store->inner, question, arena, ret_listed, ret_count,
                                              said.err),
               &said);
}

static enum cloacina_code counted_definition(struct dal *dal, struct text workflow,
                                             struct arena *arena, struct text *ret_json,
                                             struct cloacina_error *err)
{
    struct counted_store *store = store_of(dal);
    struct said said;
    begin(store, &said, err);
    return end(store,
               store->inner->impl->definition(store->inner, workflow, arena, ret_json, said.err),
               &said);
}

static enum cloacina_code counted_leases(struct dal *dal, struct arena *arena,
                                         struct dal_lease **ret_leases, size_t *ret_count,
                                         int64_t *ret_now, struct cloacina_error *err)
{
    struct counted_store *store = store_of(dal);
    struct said said;
    begin(store, &said, err);
    return end(
        store,
        store->inner->impl->leases(store->inner, arena, ret_leases, ret_count, ret_now, said.err),
        &said);
}

static enum cloacina_code counted_remove(struct dal *dal, struct id id, struct cloacina_error *err)
{
    struct counted_store *store = store_of(dal);
    struct said said;
    begin(store, &said, err);
    return end(store, store->inner->impl->remove(store->inner, id, said.err), &said);
}

static enum cloacina_code counted_remove_ended(struct dal *dal, int64_t before, size_t limit,
                                               size_t *ret_removed, struct cloacina_error *err)
{
    struct counted_store *store = store_of(dal);
    struct said said;
    begin(store, &said, err);
    return end(store,
               store->inner->impl->remove_ended(store->inner, before, limit, ret_removed, said.err),
               &said);
}

/* What follows asks nothing of the store itself. */
static void counted_listen(struct dal *dal, uint64_t lease, void (*wake)(void *user), void *user)
{
    struct dal *inner = store_of(dal)->inner;
    inner->impl->listen(inner, lease, wake, user);
}

static int counted_descriptor(struct dal *dal)
{
    struct dal *inner = store_of(dal)->inner;
    return inner->impl->descriptor(inner);
}

static void counted_take_hints(struct dal *dal)
{
    struct dal *inner = store_of(dal)->inner;
    inner->impl->take_hints(inner);
}

static void counted_destroy(struct dal *dal)
{
    dal_destroy(store_of(dal)->inner);
    store_of(dal)->inner = NULL;
}

void counted_store_init(struct counted_store *store, struct dal *inner,
                        struct cloacina_clock *clock, struct cloacina_log *log, const char *name)
{
    static const struct dal_impl impl = {
        .commit = counted_commit,
        .commit_locked = counted_commit_locked,
        .poll = counted_poll,
        .load = counted_load,
        .refresh = counted_refresh,
        .find_commit = counted_find_commit,
        .open_lease = counted_open_lease,
        .close_lease = counted_close_lease,
        .claims = counted_claims,
        .events = counted_events,
        .executions = counted_executions,
        .definition = counted_definition,
        .leases = counted_leases,
        .remove = counted_remove,
        .remove_ended = counted_remove_ended,
        .listen = counted_listen,
        .descriptor = counted_descriptor,
        .take_hints = counted_take_hints,
        .destroy = counted_destroy,
    };
    *store = (struct counted_store){
        .dal.impl = &impl,
        .inner = inner,
        .clock = clock,
        .log = log,
        .name = name,
        .answered_at = cloacina_clock_monotonic(clock),
    };
}
