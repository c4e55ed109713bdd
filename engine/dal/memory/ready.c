/* SPDX-License-Identifier: Apache-2.0 */
/* ready.c - which Ready task is the oldest that this runner may have.
 *
 *   ready:  ...gone | 7 | 3 | 9 |        an entry counts only if its row still says Ready
 *                   head        end
 *
 * A poll walks from the head; what it claims or finds stale goes, what is not due, not offered or
 * paused stays in its place.
 * Law: a claim writes what execution_claim would write: same row, same events. Each is a revision
 * of its own; all claims of one poll bear the same commit id. */
#include <string.h>

#include "dal/memory/store.h"
#include "execution/state.h"

static bool is_stale(const struct memory_ready *entry)
{
    const struct memory_execution *execution = entry->execution;
    return execution->rows[entry->task].status != TASK_READY ||
           execution->readied[entry->task] != entry->number;
}

bool ready_reserve(struct memory_store *store, size_t more)
{
    if (more == 0) {
        return true; /* a claim, perhaps: its poll is walking the queue at this moment */
    }
    while (store->ready_head < store->ready_end && is_stale(&store->ready[store->ready_head])) {
        store->ready_head++;
    }
    if (store->ready_end + more <= store->ready_capacity) {
        return true;
    }
    size_t count = store->ready_end - store->ready_head;
    if (count > 0 && store->ready_head > 0) {
        memmove(store->ready, store->ready + store->ready_head, count * sizeof(store->ready[0]));
    }
    store->ready_head = 0;
    store->ready_end = count;
    /* Twice what is there, so that moving down stays rare. */
    return heap_grow(store->heap, &store->ready, &store->ready_capacity, 2 * count + more,
                     sizeof(store->ready[0]));
}

void ready_push(struct memory_store *store, struct memory_execution *execution, uint32_t task)
{
    store->ready[store->ready_end++] = (struct memory_ready){
        .execution = execution,
        .task = task,
        .number = ++execution->readied[task],
    };
}

/* Entries of an execution that goes: none may point to it any more. */
void ready_forget(struct memory_store *store, const struct memory_execution *execution)
{
    size_t kept = store->ready_head;
    for (size_t i = store->ready_head; i < store->ready_end; i++) {
        if (store->ready[i].execution != execution) {
            store->ready[kept++] = store->ready[i];
        }
    }
    store->ready_end = kept;
}

void ready_finish(struct memory_store *store)
{
    heap_give(store->heap, store->ready, store->ready_capacity * sizeof(store->ready[0]));
}

static bool is_same_workflow(const struct workflow *a, const struct workflow *b)
{
    return text_equal(a->name, b->name) && text_equal(a->package, b->package) &&
           text_equal(a->tenant, b->tenant);
}

static bool offer_fits(const struct dal_offer *offer, const struct memory_ready *entry)
{
    const struct workflow *wanted = entry->execution->workflow;
    uint32_t task = entry->task;
    if (!hash128_equal(offer->workflow->hash, wanted->hash) &&
        (!is_same_workflow(offer->workflow, wanted) ||
         !workflow_index(offer->workflow, workflow_task_name(wanted, entry->task), &task))) {
        return false;
    }
    return offer->bodies == NULL || offer->bodies[task] != 0;
}

static bool is_offered(const struct memory_ready *entry, const struct dal_offer *offers,
                       size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (offer_fits(&offers[i], entry)) {
            return true;
        }
    }
    return false;
}

static bool may_start(const struct memory_execution *execution)
{
    return execution->row.status == EXECUTION_PENDING || execution->row.status == EXECUTION_RUNNING;
}

/* ---- claiming: one changeset for each task ---- */

/* The changeset of one claim: at most two events (the start of the execution, the claim) and one
 * row. */
static enum cloacina_code claim_one(struct memory_store *store, const struct memory_ready *entry,
                                    struct stamp claim, struct stamp commit, int64_t now)
{
    struct memory_execution *execution = entry->execution;
    struct execution_row after = execution->row;
    struct task_row row = execution->rows[entry->task];
    struct event_row events[2] = {{0}};
    size_t event_count = 0;
    after.revision++;
    after.commit = commit;
    if (after.status == EXECUTION_PENDING) {
        after.status = EXECUTION_RUNNING;
        after.started_at = after.started_at != 0 ? after.started_at : now;
        events[event_count++] = (struct event_row){.revision = after.revision,
                                                   .task = TASK_NONE,
                                                   .type = EVENT_WORKFLOW_STARTED,
                                                   .at = now};
    }
    task_row_claim(&row, claim, now);
    events[event_count] = (struct event_row){.revision = after.revision,
                                             .n = (uint32_t)event_count,
                                             .task = entry->task,
                                             .attempt = row.attempt,
                                             .type = EVENT_TASK_CLAIMED,
                                             .at = now,
                                             .claim = claim};
    event_count++;
    struct row_change change = {
        .task = entry->task, .before = execution->rows[entry->task], .after = &row};
    struct changeset changeset = {
        .heap = store->heap,
        .is_open = true,
        .before = execution->row,
        .after = &after,
        .rows = &change,
        .row_count = 1,
        .events = events,
        .event_count = event_count,
    };
    return commit_one(store, execution, &changeset);
}

/* Walks the queue; returns how many were claimed into `claimed`. */
static size_t queue_walk(struct memory_store *store, const struct dal_poll *request, int64_t now,
                         struct dal_claimed *claimed, enum cloacina_code *ret_code)
{
    size_t count = 0;
    size_t kept = store->ready_head;
    size_t next = store->ready_head;
    *ret_code = CLOACINA_OK;
    for (; next < store->ready_end && count < request->limit && *ret_code == CLOACINA_OK; next++) {
        struct memory_ready entry = store->ready[next];
        if (is_stale(&entry)) {
            continue;
        }
        bool is_mine = may_start(entry.execution) &&
                       entry.execution->rows[entry.task].retry_at <= now &&
                       is_offered(&entry, request->offers, request->offer_count);
        struct stamp claim = {request->claim.lease, request->claim.serial + count};
        if (!is_mine) {
            store->ready[kept++] = entry;
            continue;
        }
        *ret_code = claim_one(store, &entry, claim, request->commit, now);
        if (*ret_code != CLOACINA_OK) {
            store->ready[kept++] = entry;
            continue;
        }
        claimed[count++] =
            (struct dal_claimed){.id = entry.execution->row.id, .task = entry.task, .claim = claim};
    }
    size_t stay = kept - store->ready_head;
    if (stay > 0 && kept != next) {
        memmove(store->ready + next - stay, store->ready + store->ready_head,
                stay * sizeof(store->ready[0]));
    }
    store->ready_head = next - stay;
    return count;
}

static void watches_compare(const struct memory_store *store, const struct dal_poll *request,
                            struct dal_poll_reply *reply)
{
    for (size_t i = 0; i < request->watch_count; i++) {
        const struct memory_execution *execution =
            id_map_get(&store->by_id, request->watches[i].id);
        if (execution != NULL && execution->row.revision != request->watches[i].revision) {
            reply->changed[reply->changed_count++] = request->watches[i].id;
        }
    }
}

/* Room for the whole answer, before the first row is touched. */
static bool reply_take(const struct memory_store *store, const struct dal_poll *request,
                       struct arena *arena, struct dal_poll_reply *reply)
{
    size_t waiting = store->ready_end - store->ready_head;
    size_t most = request->limit < waiting ? request->limit : waiting;
    if (most > 0) {
        reply->claimed = arena_take(arena, most * sizeof(reply->claimed[0]));
    }
    if (request->watch_count > 0) {
        reply->changed = arena_take(arena, request->watch_count * sizeof(reply->changed[0]));
    }
    return (most == 0 || reply->claimed != NULL) &&
           (request->watch_count == 0 || reply->changed != NULL) &&
           (!request->beats || lease_tell(store, arena, reply));
}

enum cloacina_code ready_poll(struct dal *dal, const struct dal_poll *request, struct arena *arena,
                              struct dal_poll_reply *ret_reply, struct cloacina_error *err)
{
    struct memory_store *store = memory_store_of(dal);
    struct dal_poll_reply reply = {.now = cloacina_clock_realtime(store->clock)};
    enum cloacina_code code =
        reply_take(store, request, arena, &reply) ? CLOACINA_OK : CLOACINA_NO_MEMORY;
    if (code == CLOACINA_OK && reply.claimed != NULL) {
        reply.claimed_count = queue_walk(store, request, reply.now, reply.claimed, &code);
    }
    /* What was claimed before the memory ran out is claimed: it has to be told. */
    if (code != CLOACINA_OK && reply.claimed_count == 0) {
        return cloacina_error_raise(err, code, "store: poll: no memory");
    }
    watches_compare(store, request, &reply);
    if (request->beats) {
        lease_beat(store, request->claim.lease, &reply);
    }
    *ret_reply = reply;
    return CLOACINA_OK;
}

bool dal_memory_has_work(const struct dal *dal, const struct dal_offer *offers, size_t offer_count)
{
    const struct memory_store *store = (const struct memory_store *)dal;
    for (size_t i = store->ready_head; i < store->ready_end; i++) {
        const struct memory_ready *entry = &store->ready[i];
        if (!is_stale(entry) && may_start(entry->execution) &&
            is_offered(entry, offers, offer_count)) {
            return true;
        }
    }
    return false;
}
