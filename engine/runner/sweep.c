/* SPDX-License-Identifier: Apache-2.0 */
/* sweep.c - looking at the store: work to claim, what others changed, who is alive, what is lost.
 *
 *   hint, or a free slot and work left over --> poll(limit)
 *   heartbeat interval                      --> poll(limit, beats): beat, leases, orphans
 *        a lease whose beat stood still for the threshold, on our own clock --> close it
 *        tasks Running under no open lease       --> LOST: recovered or abandoned
 *        tokens in our name that we do not know  --> HANDED_BACK
 *
 * Law: nobody's wall clock is compared. The own lease ends margin before anybody may close it. */
#include <string.h>

#include "runner/internal.h"

#include "execution/state.h"

enum { POLL_CLAIMS_MAX = 1024 }; /* a poll; what is more comes with the next one, at once */
enum { RECOVER_MAX = 1024 };     /* lost tasks taken up in one sweep */

/* ---- the own lease ---- */

bool sweep_open_lease(struct runner *runner, struct cloacina_error *err)
{
    struct dal *dal = runner->options.dal;
    int64_t sent = runner_monotonic(runner);
    int64_t now;
    uint64_t lease;
    enum cloacina_code code = dal->impl->open_lease(dal, text_of(runner->name), &lease, &now, err);
    runner->is_crashed |= code == CLOACINA_CRASHED;
    if (code != CLOACINA_OK) {
        return false;
    }
    if (runner->lease != 0) { /* the old row may stay open for a while: it has no ears any more */
        dal->impl->listen(dal, runner->lease, NULL, NULL);
    }
    dal->impl->listen(dal, lease, runner_hinted, runner);
    runner->lease = lease;
    runner->beat = 0;
    runner->counts.lease = lease;
    runner->is_fenced = false;
    runner->fence_at =
        instant_add(sent, runner->options.lease_threshold_ns - runner->options.lease_margin_ns);
    runner_told_time(runner, now);
    return true;
}

void sweep_fence(struct runner *runner)
{
    runner->is_fenced = true;
    runner->fence_at = INSTANT_NEVER;
    for (struct runner_execution *owner = runner->all; owner != NULL; owner = owner->all_next) {
        struct runner_attempt *next;
        for (struct runner_attempt *attempt = owner->attempts; attempt != NULL; attempt = next) {
            next = attempt->next;
            attempt_orphan(attempt);
        }
    }
}

/* ---- other leases ---- */

static struct runner_seen *seen_find(struct runner *runner, uint64_t lease)
{
    for (size_t i = 0; i < runner->seen_count; i++) {
        if (runner->seen[i].lease == lease) {
            return &runner->seen[i];
        }
    }
    return NULL;
}

/* Ages one lease; true when its owner counts as dead. */
static bool lease_is_dead(struct runner *runner, const struct dal_lease *lease, int64_t now)
{
    struct runner_seen *seen = seen_find(runner, lease->lease);
    if (seen == NULL) {
        if (heap_grow(runner->heap, &runner->seen, &runner->seen_capacity, runner->seen_count + 1,
                      sizeof(runner->seen[0]))) {
            runner->seen[runner->seen_count++] =
                (struct runner_seen){.lease = lease->lease, .beat = lease->beat, .since = now};
        }
        return false;
    }
    if (seen->beat != lease->beat) {
        seen->beat = lease->beat;
        seen->since = now;
        return false;
    }
    return now - seen->since >= runner->options.lease_threshold_ns;
}

static void seen_forget(struct runner *runner, const struct dal_poll_reply *reply)
{
    size_t kept = 0;
    for (size_t i = 0; i < runner->seen_count; i++) {
        for (size_t j = 0; j < reply->lease_count; j++) {
            if (reply->leases[j].lease == runner->seen[i].lease) {
                runner->seen[kept++] = runner->seen[i];
                break;
            }
        }
    }
    runner->seen_count = kept;
}

/* ---- what is lost, what is not known ---- */

static bool is_known(struct runner *runner, const struct dal_claimed *claimed)
{
    struct runner_execution *owner = id_map_get(&runner->by_id, claimed->id);
    for (struct runner_attempt *attempt = owner == NULL ? NULL : owner->attempts; attempt != NULL;
         attempt = attempt->next) {
        if (stamp_equal(attempt->attempt.claim, claimed->claim)) {
            return true; /* an orphan, too: the claim ends when its body has returned */
        }
    }
    return owner != NULL && (owner->is_frozen || owner->changeset.is_open);
}

/* Gives every listed task an input of this type: LOST, or HANDED_BACK for those that this runner
 * does not know. OK: the store has none; CONFLICT: it has some. */
static enum cloacina_code claims_settle(struct runner *runner, uint64_t lease,
                                        enum execution_input_type type)
{
    struct dal *dal = runner->options.dal;
    struct arena arena;
    struct dal_claimed *claims;
    size_t count = 0;
    arena_init(&arena, runner->heap);
    enum cloacina_code answer =
        dal->impl->claims(dal, lease, RECOVER_MAX, &arena, &claims, &count, NULL);
    runner->is_crashed |= answer == CLOACINA_CRASHED;
    for (size_t i = 0; answer == CLOACINA_OK && i < count; i++) {
        enum cloacina_code code;
        if (lease != 0 && is_known(runner, &claims[i])) {
            continue;
        }
        struct runner_execution *owner = execution_get(runner, claims[i].id, &code, NULL);
        struct runner_input input = {
            .input = {.type = type, .task = claims[i].task, .claim = claims[i].claim},
        };
        if (owner != NULL && !execution_input_add(owner, &input)) {
            execution_drop_if_done(owner); /* no memory: the next sweep finds it again */
        }
    }
    arena_finish(&arena);
    return answer == CLOACINA_OK && count > 0 ? CLOACINA_CONFLICT : answer;
}

static uint32_t live_claims(const struct runner *runner)
{
    return runner->attempts - runner->orphans;
}

static void leases_judge(struct runner *runner, const struct dal_poll_reply *reply, int64_t sent)
{
    struct dal *dal = runner->options.dal;
    int64_t now = runner_monotonic(runner);
    bool has_own = false;
    uint32_t orphans = reply->orphans;
    runner->others_claims = reply->orphans;
    for (size_t i = 0; i < reply->lease_count; i++) {
        const struct dal_lease *lease = &reply->leases[i];
        if (lease->lease == runner->lease) {
            has_own = true;
            runner->beat = lease->beat;
            runner->fence_at = instant_add(sent, runner->options.lease_threshold_ns -
                                                     runner->options.lease_margin_ns);
            if (lease->claims > live_claims(runner)) {
                (void)claims_settle(runner, runner->lease, EXECUTION_HANDED_BACK);
            }
            continue;
        }
        runner->others_claims += lease->claims;
        if (lease_is_dead(runner, lease, now)) {
            enum cloacina_code code = dal->impl->close_lease(dal, lease->lease, lease->beat, NULL);
            runner->is_crashed |= code == CLOACINA_CRASHED;
            orphans += code == CLOACINA_OK ? lease->claims : 0;
        }
    }
    seen_forget(runner, reply);
    if (!has_own) { /* somebody took us for dead: our claims are lost, we start anew */
        sweep_fence(runner);
        return;
    }
    if (orphans > 0) {
        (void)claims_settle(runner, 0, EXECUTION_LOST);
    }
}

/* ---- the poll ---- */

/* A task that the store says is ours: the row here must say so too before its body may start. */
static void claimed_start(struct runner *runner, const struct dal_claimed *claimed)
{
    enum cloacina_code code;
    struct runner_execution *owner = execution_get(runner, claimed->id, &code, NULL);
    if (owner == NULL || owner->changeset.is_open) {
        return; /* the next sweep hands it back */
    }
    const struct task_row *row = &owner->execution.rows[claimed->task];
    bool is_fresh = stamp_equal(row->claim, claimed->claim) && !owner->execution.is_torn;
    if (!is_fresh && execution_catch_up(owner, NULL) != CLOACINA_OK) {
        execution_drop_if_done(owner); /* loaded just now, perhaps, and over already */
        return;
    }
    if (row->status != TASK_RUNNING || !stamp_equal(row->claim, claimed->claim)) {
        execution_drop_if_done(owner); /* it was cancelled on the way here */
        return;
    }
    struct runner_attempt *attempt = owner->bodies.tasks[claimed->task].run == NULL
                                         ? NULL
                                         : attempt_take(owner, claimed->task, claimed->claim);
    if (attempt != NULL) {
        attempt_start(attempt);
    }
}

static void changed_catch_up(struct runner *runner, struct id id)
{
    struct runner_execution *owner = id_map_get(&runner->by_id, id);
    if (owner == NULL || owner->changeset.is_open || owner->is_frozen) {
        return;
    }
    if (execution_catch_up(owner, NULL) == CLOACINA_OK) {
        execution_drop_if_done(owner);
    } else {
        runner->thaws_at_beat = true; /* which asks again, and is waited for */
    }
}

static size_t watches_fill(struct runner *runner, struct dal_watch **ret_watches)
{
    size_t count = 0;
    *ret_watches =
        arena_take(&runner->scratch, runner->counts.executions * sizeof(struct dal_watch));
    for (struct runner_execution *owner = runner->all; *ret_watches != NULL && owner != NULL;
         owner = owner->all_next) {
        if (!owner->changeset.is_open && !owner->is_new) {
            (*ret_watches)[count++] = (struct dal_watch){.id = owner->execution.row.id,
                                                         .revision = owner->execution.row.revision};
        }
    }
    return count;
}

static uint32_t poll_limit(const struct runner *runner)
{
    uint32_t free = runner_free_slots(runner);
    return free < POLL_CLAIMS_MAX ? free : POLL_CLAIMS_MAX;
}

/* False: the store did not answer, and is not asked again before beat_at. */
static bool poll(struct runner *runner, bool beats)
{
    struct dal *dal = runner->options.dal;
    struct dal_watch *watches;
    struct dal_poll_reply reply;
    arena_reset(&runner->scratch);
    size_t watch_count = watches_fill(runner, &watches);
    struct dal_poll request = {
        .limit = poll_limit(runner),
        .claim = {runner->lease, runner->serial_last + 1},
        .offers = runner->offers,
        .offer_count = runner->offer_count,
        .beats = beats,
        .watches = watches,
        .watch_count = watch_count,
    };
    runner->serial_last += request.limit;
    request.commit = runner_stamp(runner);
    int64_t sent = runner_monotonic(runner);
    bool was_hinted = runner->hint;
    runner->hint = false;
    enum cloacina_code code = dal->impl->poll(dal, &request, &runner->scratch, &reply, NULL);
    runner->is_crashed |= code == CLOACINA_CRASHED;
    if (code != CLOACINA_OK) {
        runner->beat_at = instant_add(runner_monotonic(runner), NANOSECONDS_PER_SECOND);
        runner->poll_after = runner->beat_at;
        runner->hint = true; /* there may still be what it was about */
        runner->thaws_at_beat = true;
        return false;
    }
    runner->poll_after = INT64_MIN;
    runner->refills = 0;
    if (request.limit > 0) {
        runner->store_has_more = reply.claimed_count == request.limit;
    } else if (was_hinted) {
        runner->store_has_more = true; /* there may be work for the next slot that is free */
    }
    runner_told_time(runner, reply.now);
    if (beats) {
        runner->beat_at = instant_add(sent, runner->options.heartbeat_ns);
    }
    for (size_t i = 0; i < reply.claimed_count; i++) {
        claimed_start(runner, &reply.claimed[i]);
    }
    for (size_t i = 0; i < reply.changed_count; i++) {
        changed_catch_up(runner, reply.changed[i]);
    }
    if (beats) {
        leases_judge(runner, &reply, sent);
    }
    return true;
}

/* ---- the end in good order ---- */

static void leave(struct runner *runner)
{
    struct dal *dal = runner->options.dal;
    dal->impl->listen(dal, runner->lease, NULL, NULL);
    runner->has_left = true;
    runner->lease = runner->counts.lease = 0;
    runner->beat_at = INSTANT_NEVER;
    runner->fence_at = INSTANT_NEVER;
}

void sweep_leave(struct runner *runner)
{
    struct dal *dal = runner->options.dal;
    enum cloacina_code code = CLOACINA_NOT_FOUND; /* a lease that has ended needs no closing */
    if (runner->has_left) {
        return;
    }
    if (!runner->is_fenced) {
        code = claims_settle(runner, runner->lease, EXECUTION_HANDED_BACK);
    }
    if (code == CLOACINA_OK) {
        code = dal->impl->close_lease(dal, runner->lease, runner->beat, NULL);
        runner->is_crashed |= code == CLOACINA_CRASHED;
    }
    if (code == CLOACINA_OK || code == CLOACINA_NOT_FOUND) {
        leave(runner);
    } else {
        /* Ask again soon: a beat tells us our own beat, too, whose answer may have been lost. */
        int64_t soon = instant_add(runner_monotonic(runner), NANOSECONDS_PER_SECOND);
        runner->beat_at = runner->beat_at < soon ? runner->beat_at : soon;
    }
}

/* ---- looking ---- */

void sweep_store(struct runner *runner)
{
    int64_t now = runner_monotonic(runner);
    if (runner->has_left) {
        return;
    }
    if (now >= runner->fence_at) {
        sweep_fence(runner);
    }
    bool beats = now >= runner->beat_at;
    if (runner->is_fenced) {
        if (!beats && !runner->hint) {
            return;
        }
        if (!sweep_open_lease(runner, NULL)) {
            runner->hint = false;
            runner->beat_at = instant_add(now, NANOSECONDS_PER_SECOND);
            return;
        }
    }
    bool has_work = (runner->hint || (runner->store_has_more && runner_free_slots(runner) > 0)) &&
                    now >= runner->poll_after;
    while (!runner->is_crashed && (beats || has_work)) {
        if (!poll(runner, beats)) {
            return;
        }
        beats = false;
        has_work = runner->store_has_more && runner_free_slots(runner) > 0 &&
                   runner_monotonic(runner) < runner->beat_at;
    }
}
