/* SPDX-License-Identifier: Apache-2.0 */
/* poll.c - the one query of an idle runner: claims, watches, leases.
 *
 * Law: it writes only if it beats or if there is something to claim; whatever it writes is in one
 * transaction. */
#include "dal/sqlite/store.h"

/* Its revision now; 0: it was removed, so nobody can have changed it. */
static enum cloacina_code revision_now(struct sqlite_store *store, struct id id,
                                       uint64_t *ret_revision, struct cloacina_error *err)
{
    struct cloacina_error error;
    struct found_execution found;
    if (number_revision(store, id, ret_revision)) {
        return CLOACINA_OK;
    }
    *ret_revision = 0;
    enum cloacina_code code = number_find(store, id, &found, &error);
    if (code == CLOACINA_NOT_FOUND) {
        return CLOACINA_OK;
    }
    if (code != CLOACINA_OK) {
        return cloacina_error_raise(err, code, "%s", error.message);
    }
    number_remember(store, id, found.number, found.revision);
    *ret_revision = found.revision;
    return CLOACINA_OK;
}

static enum cloacina_code compare_watches(struct sqlite_store *store,
                                          const struct dal_poll *request, struct arena *arena,
                                          struct dal_poll_reply *reply, struct cloacina_error *err)
{
    if (request->watch_count == 0) {
        return CLOACINA_OK;
    }
    reply->changed = arena_take(arena, request->watch_count * sizeof(reply->changed[0]));
    if (reply->changed == NULL) {
        return fail_no_memory(store, err);
    }
    enum cloacina_code code = transaction_version(store, err);
    for (size_t i = 0; code == CLOACINA_OK && i < request->watch_count; i++) {
        const struct dal_watch *watch = &request->watches[i];
        uint64_t revision;
        code = revision_now(store, watch->id, &revision, err);
        if (code == CLOACINA_OK && revision != 0 && revision != watch->revision) {
            reply->changed[reply->changed_count++] = watch->id;
        }
    }
    return code;
}

static enum cloacina_code look(struct sqlite_store *store, const struct dal_poll *request,
                               struct arena *arena, struct dal_poll_reply *reply,
                               bool *ret_is_possible, struct cloacina_error *err)
{
    *ret_is_possible = false;
    enum cloacina_code code = transaction_read(store, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = transaction_time(store, &reply->now, err);
    if (code == CLOACINA_OK) {
        code = claim_is_possible(store, request, reply->now, ret_is_possible, err);
    }
    if (code == CLOACINA_OK && !*ret_is_possible) {
        code = compare_watches(store, request, arena, reply, err);
    }
    return transaction_end(store, code, err);
}

static enum cloacina_code act(struct sqlite_store *store, const struct dal_poll *request,
                              struct arena *arena, struct dal_poll_reply *reply,
                              struct cloacina_error *err)
{
    enum cloacina_code code = transaction_write(store, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = transaction_time(store, &reply->now, err);
    if (code == CLOACINA_OK) {
        code = claim_ready(store, request, reply->now, arena, reply, err);
    }
    if (code == CLOACINA_OK) {
        code = compare_watches(store, request, arena, reply, err);
    }
    if (code == CLOACINA_OK && request->beats) {
        code = beat_lease(store, request->claim.lease, reply->now, arena, reply, err);
    }
    return transaction_end(store, code, err);
}

enum cloacina_code sqlite_poll(struct dal *dal, const struct dal_poll *request, struct arena *arena,
                               struct dal_poll_reply *ret_reply, struct cloacina_error *err)
{
    struct sqlite_store *store = sqlite_store_of(dal);
    struct dal_poll_reply reply = {.now = 0};
    bool acts = request->beats;
    enum cloacina_code code = CLOACINA_OK;
    if (!acts) {
        code = look(store, request, arena, &reply, &acts, err);
    }
    if (code == CLOACINA_OK && acts) {
        reply = (struct dal_poll_reply){.now = 0};
        code = act(store, request, arena, &reply, err);
    }
    if (code == CLOACINA_OK) {
        *ret_reply = reply;
    }
    return code;
}
