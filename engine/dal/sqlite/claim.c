/* SPDX-License-Identifier: Apache-2.0 */
/* claim.c - which Ready tasks are the oldest that this runner may have.
 *
 *   task_executions_ready:  7 | 9 | 12 | 13 ...   by ready_order; the walk ends with the limit
 *
 * What is not due or paused is passed over in SQL, what is not offered in here.
 * Law: a claim writes what execution_claim would write: same row, same events. Each is a revision
 * of its own; all claims of one poll bear the same commit id. */
#include "dal/sqlite/store.h"

/* A Ready task that this runner may have. */
struct candidate {
    int64_t execution;
    uint32_t task;
};

static bool is_same_workflow(const struct workflow *a, const struct workflow *b)
{
    return text_equal(a->name, b->name) && text_equal(a->package, b->package) &&
           text_equal(a->tenant, b->tenant);
}

static bool has_body(const struct dal_offer *offer, uint32_t task)
{
    return offer->bodies == NULL || offer->bodies[task] != 0;
}

/* The row that the statement is at. Another definition of the same workflow is read for the names
 * of its tasks. */
static enum cloacina_code judge(struct sqlite_store *store, struct statement *ready,
                                const struct dal_poll *request, struct candidate *ret_candidate,
                                bool *ret_is_offered, struct cloacina_error *err)
{
    const struct workflow *wanted = NULL;
    ret_candidate->execution = statement_get_number(ready);
    ret_candidate->task = statement_get_small(ready, TASK_NONE - 1);
    int64_t definition = statement_get_number(ready);
    struct hash128 hash = statement_get_hash(ready);
    *ret_is_offered = false;
    if (ready->is_damaged) {
        return fail_damaged(store, "task_executions", ret_candidate->execution, ret_candidate->task,
                            err);
    }
    for (size_t i = 0; i < request->offer_count && !*ret_is_offered; i++) {
        const struct dal_offer *offer = &request->offers[i];
        uint32_t task = ret_candidate->task;
        if (hash128_equal(offer->workflow->hash, hash)) {
            *ret_is_offered = task < offer->workflow->task_count && has_body(offer, task);
            continue;
        }
        if (wanted == NULL) {
            enum cloacina_code code = definition_read(store, definition, &wanted, err);
            if (code != CLOACINA_OK) {
                return code;
            }
        }
        *ret_is_offered =
            is_same_workflow(offer->workflow, wanted) && task < wanted->task_count &&
            workflow_index(offer->workflow, workflow_task_name(wanted, task), &task) &&
            has_body(offer, task);
    }
    return CLOACINA_OK;
}

/* The first `limit` candidates, into the scratch. */
static enum cloacina_code gather(struct sqlite_store *store, const struct dal_poll *request,
                                 int64_t now, size_t limit, size_t *ret_count,
                                 struct cloacina_error *err)
{
    struct statement *ready = statement_begin(store, STATEMENT_READY);
    enum cloacina_code code = CLOACINA_OK;
    bool has_row = true;
    size_t count = 0;
    statement_put_number(ready, now);
    while (code == CLOACINA_OK && count < limit) {
        struct candidate candidate;
        bool is_offered;
        code = statement_step(store, ready, &has_row, err);
        if (code != CLOACINA_OK || !has_row) {
            break;
        }
        code = judge(store, ready, request, &candidate, &is_offered, err);
        if (code != CLOACINA_OK || !is_offered) {
            continue;
        }
        if (!heap_grow(store->heap, &store->scratch, &store->scratch_capacity,
                       (count + 1) * sizeof(candidate), 1)) {
            code = fail_no_memory(store, err);
            break;
        }
        ((struct candidate *)store->scratch)[count++] = candidate;
    }
    statement_end(ready);
    *ret_count = count;
    return code;
}

enum cloacina_code claim_is_possible(struct sqlite_store *store, const struct dal_poll *request,
                                     int64_t now, bool *ret_is_possible, struct cloacina_error *err)
{
    size_t count = 0;
    enum cloacina_code code = CLOACINA_OK;
    if (request->limit > 0 && request->offer_count > 0) {
        code = gather(store, request, now, 1, &count, err);
    }
    *ret_is_possible = count > 0;
    return code;
}

/* ---- claiming: one changeset for each task ---- */

static enum cloacina_code task_read(struct sqlite_store *store, const struct candidate *candidate,
                                    struct task_row *ret_row, struct cloacina_error *err)
{
    struct statement *read = statement_begin(store, STATEMENT_TASK_READ);
    struct text error;
    statement_put_number(read, candidate->execution);
    statement_put_number(read, candidate->task);
    enum cloacina_code code = statement_first(store, read, err);
    if (code == CLOACINA_OK) {
        (void)get_task_columns(read, ret_row, &error); /* a claim does not touch the error */
    }
    if (code == CLOACINA_NOT_FOUND || read->is_damaged) {
        code = fail_damaged(store, "task_executions", candidate->execution, candidate->task, err);
    }
    statement_end(read);
    return code;
}

/* At most two events: the start of the execution, the claim. */
static size_t events_make(const struct execution_row *before, const struct execution_row *after,
                          uint32_t task, const struct task_row *row, struct event_row events[2])
{
    size_t count = 0;
    if (before->status != after->status) {
        events[count++] = (struct event_row){.revision = after->revision,
                                             .task = TASK_NONE,
                                             .type = EVENT_WORKFLOW_STARTED,
                                             .at = row->started_at};
    }
    events[count] = (struct event_row){.revision = after->revision,
                                       .n = (uint32_t)count,
                                       .task = task,
                                       .attempt = row->attempt,
                                       .type = EVENT_TASK_CLAIMED,
                                       .at = row->started_at,
                                       .claim = row->claim};
    return count + 1;
}

static enum cloacina_code claim_one(struct sqlite_store *store, const struct candidate *candidate,
                                    struct stamp claim, struct stamp commit, int64_t now,
                                    struct arena *arena, struct id *ret_id,
                                    struct cloacina_error *err)
{
    struct execution_row before;
    struct task_row row;
    enum cloacina_code code = get_execution(store, candidate->execution, arena, &before, err);
    if (code == CLOACINA_OK) {
        code = task_read(store, candidate, &row, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    struct execution_row after = before;
    struct event_row events[2] = {{0}};
    struct row_change change = {.task = candidate->task, .before = row, .after = &row};
    after.revision++;
    after.commit = commit;
    if (after.status == EXECUTION_PENDING) {
        after.status = EXECUTION_RUNNING;
        after.started_at = after.started_at != 0 ? after.started_at : now;
    }
    task_row_claim(&row, claim, now);
    struct changeset changeset = {
        .before = before,
        .after = &after,
        .rows = &change,
        .row_count = 1,
        .events = events,
        .event_count = events_make(&before, &after, candidate->task, &row, events),
    };
    *ret_id = before.id;
    return put_changeset(store, candidate->execution, &changeset, err);
}

enum cloacina_code claim_ready(struct sqlite_store *store, const struct dal_poll *request,
                               int64_t now, struct arena *arena, struct dal_poll_reply *reply,
                               struct cloacina_error *err)
{
    size_t count = 0;
    enum cloacina_code code = CLOACINA_OK;
    if (request->offer_count > 0) {
        code = gather(store, request, now, request->limit, &count, err);
    }
    if (code != CLOACINA_OK || count == 0) {
        return code;
    }
    reply->claimed = arena_take(arena, count * sizeof(reply->claimed[0]));
    if (reply->claimed == NULL) {
        return fail_no_memory(store, err);
    }
    for (size_t i = 0; code == CLOACINA_OK && i < count; i++) {
        const struct candidate *candidate = &((const struct candidate *)store->scratch)[i];
        struct dal_claimed *claimed = &reply->claimed[i];
        *claimed = (struct dal_claimed){.task = candidate->task,
                                        .claim = {request->claim.lease, request->claim.serial + i}};
        code = claim_one(store, candidate, claimed->claim, request->commit, now, arena,
                         &claimed->id, err);
    }
    reply->claimed_count = count;
    return code;
}
