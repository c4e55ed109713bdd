/* SPDX-License-Identifier: Apache-2.0 */
/* checker_body.c - bodies that live: how many, for how long, and whether they know that they are
 * alone.
 *
 *   start --> [ works <-> parked ] --> end
 *               |  its claim ends: it must be told in time (I-01)
 *               |  its limit passes: its claim must end in time (I-10)
 *
 * A runner never has more bodies at work than slots, those aside that were cancelled and did not
 * return within their grace; and of these only so many (I-33).
 *
 * Law: a body is known by (execution, task, token). Times are the world's. */
#include "checker/checker_shadow.h"

#include "base/instant.h"
#include "context/value.h"
#include "executor/executor.h"

/* What a runner does by itself becomes known after a few round trips, when nothing is wrong. */
#define OWNER_LATE_NS (5 * NANOSECONDS_PER_SECOND)

/* Late bodies are looked for no more often than this: so the looking costs little, however many
 * there are. */
#define LOOK_EVERY_NS NANOSECONDS_PER_SECOND

/* ---- outcomes ---- */

static uint64_t mix_text(uint64_t hash, struct text text)
{
    return text.length == 0 ? hash_mix(hash, 0) : hash_of(text.bytes, text.length, hash);
}

/* Scalars by what they are, arrays and objects by their size: what is inside is judged by what
 * later tasks see. */
static uint64_t mix_value(uint64_t hash, const struct value *value)
{
    if (value == NULL) {
        return hash_mix(hash, 1);
    }
    hash = hash_mix(hash, (uint64_t)value_type(value) << 32 | value_size(value));
    return value_type(value) == VALUE_TEXT    ? mix_text(hash, value_as_text(value))
           : value_type(value) == VALUE_INT64 ? hash_mix(hash, (uint64_t)value_as_int64(value))
                                              : hash;
}

uint64_t outcome_of_delta(const struct delta *delta)
{
    uint64_t hash = 2;
    for (size_t i = 0; delta != NULL && i < delta->count; i++) {
        hash = mix_text(hash, delta->entries[i].path.encoded);
        hash = mix_value(hash, delta->entries[i].value);
    }
    return hash | 1;
}

uint64_t outcome_of_failure(enum cloacina_code code, struct text message)
{
    return mix_text(hash_mix(4, (uint64_t)code), message) | 1;
}

/* ---- the bodies ---- */

/* Of the executor's; false: no memory. Runners are numbered from 1. */
static bool active_reserve(struct checkers *checkers, uint32_t runner)
{
    size_t old = checkers->active_capacity;
    if (runner < old) {
        return true;
    }
    if (!heap_grow(checkers->heap, &checkers->active, &checkers->active_capacity,
                   (size_t)runner + 1, sizeof(checkers->active[0]))) {
        return checkers_go_blind(checkers);
    }
    for (size_t i = old; i < checkers->active_capacity; i++) {
        checkers->active[i] = 0;
    }
    return true;
}

static uint32_t *place_of(const struct checked_body *body)
{
    return &body->execution->gates[body->task].body;
}

struct checked_body *body_find(struct checkers *checkers, const struct checked_execution *execution,
                               uint32_t task, struct stamp claim)
{
    uint32_t place = execution->gates[task].body;
    if (place != 0 && stamp_equal(checkers->bodies[place - 1].claim, claim)) {
        return &checkers->bodies[place - 1];
    }
    for (size_t i = checkers->body_count; i-- > 0;) {
        struct checked_body *body = &checkers->bodies[i];
        if (body->execution == execution && body->task == task && stamp_equal(body->claim, claim)) {
            return body;
        }
    }
    return NULL;
}

int64_t body_active_ns(const struct checkers *checkers, const struct checked_body *body)
{
    int64_t now = body->is_parked ? 0 : checkers_time(checkers) - body->active_since;
    return body->active_ns + now;
}

int64_t body_unheard_ns(const struct checkers *checkers, const struct checked_body *body)
{
    bool is_unheard = body->is_parked && !body->is_heard;
    return body->unheard_ns + (is_unheard ? checkers_time(checkers) - body->parked_at : 0);
}

int64_t body_timeout_ns(const struct checkers *checkers, const struct checked_body *body)
{
    int64_t own = body->execution->workflow->tasks[body->task].timeout_ns;
    return own != 0 ? own : checkers->options.task_timeout_ns;
}

bool body_is_in_peace(const struct checkers *checkers, const struct checked_body *body)
{
    return instant_add(checkers->calm_since, CHECKERS_LATE_NS_MAX) < body->started_at;
}

int64_t body_limit_ns(const struct checkers *checkers, const struct checked_body *body)
{
    int64_t timeout = body_timeout_ns(checkers, body);
    int64_t late = body_is_in_peace(checkers, body) ? OWNER_LATE_NS : CHECKERS_LATE_NS_MAX;
    return instant_add(timeout, timeout / CLOCK_RATE_ERROR + late);
}

/* ---- slots ---- */

/* At work, and not one whose slot was replaced because it does not return. */
static uint32_t holders_count(const struct checkers *checkers, uint32_t runner,
                              uint32_t *ret_zombies)
{
    int64_t grace = checkers->options.cancel_grace_ns;
    int64_t over = checkers_time(checkers) - (grace - grace / CLOCK_RATE_ERROR);
    uint32_t holders = 0;
    *ret_zombies = 0;
    for (size_t i = 0; i < checkers->body_count; i++) {
        const struct checked_body *body = &checkers->bodies[i];
        bool is_zombie = body->is_cancelled && body->cancelled_at <= over;
        if (body->runner == runner) {
            *ret_zombies += is_zombie;
            holders += !body->is_parked && !is_zombie;
        }
    }
    return holders;
}

/* Its grace is over by any clock. */
static bool is_surely_zombie(const struct checkers *checkers, const struct checked_body *body)
{
    int64_t grace = checkers->options.cancel_grace_ns;
    return body->is_cancelled &&
           body->cancelled_at + grace + grace / CLOCK_RATE_ERROR < checkers_time(checkers);
}

/* A claim that was on its way when the last zombie turned out to be one may still start. */
static bool slots_judge(struct checkers *checkers, const struct checked_body *body)
{
    uint32_t slots = checkers->options.slots;
    uint32_t zombies;
    if (slots == 0 || checkers->active[body->runner] <= slots) {
        return true;
    }
    uint32_t holders = holders_count(checkers, body->runner, &zombies);
    if (holders > slots) {
        return checkers_report(checkers, "I-33", body->execution, body->task,
                               "attempt %u starts on runner %u, which has %u slots and %u bodies "
                               "at work",
                               body->number, body->runner, slots, holders);
    }
    return zombies <= checkers->options.zombies_max + slots ||
           checkers_report(checkers, "I-33", body->execution, body->task,
                           "attempt %u starts on runner %u, which has %u bodies that do not return",
                           body->number, body->runner, zombies);
}

/* I-25. A slot is held by a body at work, by an attempt whose body has not begun or has returned
 * already, and by a parked one that is about to go on; by nobody else. */
void checkers_runner_counts(struct checkers *checkers, uint32_t runner, uint32_t slots_used,
                            uint32_t attempts)
{
    uint32_t active = runner < checkers->active_capacity ? checkers->active[runner] : 0;
    bool is_plain = slots_used == active && checkers->cancelled == 0;
    if (LIKELY(is_plain) || checkers_have_ended(checkers)) {
        return;
    }
    uint32_t bodies = 0;
    uint32_t holders = 0;
    for (size_t i = 0; i < checkers->body_count; i++) {
        const struct checked_body *body = &checkers->bodies[i];
        bodies += body->runner == runner;
        holders += body->runner == runner && !is_surely_zombie(checkers, body);
    }
    uint32_t others = attempts > bodies ? attempts - bodies : 0;
    if (slots_used > holders + others) {
        (void)checkers_report(checkers, "I-25", NULL, TASK_NONE,
                              "runner %u counts %u slots in use, and %u bodies and %u attempts "
                              "without one could hold them",
                              runner, slots_used, holders, others);
    }
}

void checkers_runner_parts(struct checkers *checkers, uint32_t runner, uint32_t attempts,
                           uint32_t parked, uint32_t zombies)
{
    if (UNLIKELY(parked > attempts || zombies > attempts) && !checkers_have_ended(checkers)) {
        (void)checkers_report(checkers, "I-25", NULL, TASK_NONE,
                              "runner %u counts %u parked attempts and %u zombies among %u", runner,
                              parked, zombies, attempts);
    }
}

/* ---- life ---- */

/* LOOK_EVERY_NS makes one look do for many. */
static void alarm_set(struct checkers *checkers, const struct checked_body *body)
{
    bool has_limit = body_timeout_ns(checkers, body) != 0;
    if (has_limit && !body->is_parked && body->lost_at == INSTANT_NEVER) {
        int64_t left = body_limit_ns(checkers, body) - body->active_ns;
        checkers_alarm_at(checkers,
                          instant_add(instant_add(body->active_since, left), LOOK_EVERY_NS));
    }
}

bool body_start(struct checkers *checkers, struct checked_execution *execution,
                const struct attempt *attempt)
{
    const struct checked_task *task = &execution->tasks[attempt->index];
    if (!active_reserve(checkers, attempt->runner) ||
        !heap_grow(checkers->heap, &checkers->bodies, &checkers->body_capacity,
                   checkers->body_count + 1, sizeof(checkers->bodies[0]))) {
        return checkers_go_blind(checkers);
    }
    int64_t now = checkers_time(checkers);
    bool is_holder = stamp_equal(task->claim, attempt->claim);
    struct checked_body *body = &checkers->bodies[checkers->body_count++];
    *body = (struct checked_body){
        .execution = execution,
        .claim = attempt->claim,
        .task = attempt->index,
        .number = attempt->number,
        .runner = attempt->runner,
        .started_at = now,
        .active_since = now,
        .lost_at = is_holder ? INSTANT_NEVER : now,
    };
    if (is_holder) {
        *place_of(body) = (uint32_t)checkers->body_count;
        execution->gates[attempt->index].outcome = 0;
    } else {
        checkers_alarm_at(checkers, instant_add(now, CHECKERS_LATE_NS_MAX));
    }
    checkers->active[attempt->runner]++;
    alarm_set(checkers, body);
    return slots_judge(checkers, body);
}

void body_end(struct checkers *checkers, struct checked_body *body)
{
    uint32_t place = (uint32_t)(body - checkers->bodies) + 1;
    uint32_t last = (uint32_t)checkers->body_count;
    checkers->active[body->runner] -= !body->is_parked;
    checkers->cancelled -= body->is_cancelled;
    if (*place_of(body) == place) {
        *place_of(body) = 0;
    }
    *body = checkers->bodies[last - 1];
    if (place != last && *place_of(body) == last) {
        *place_of(body) = place;
    }
    checkers->body_count--;
}

/* When a body whose claim has ended must have been told at the latest. */
static int64_t told_by(const struct checkers *checkers, const struct checked_body *body)
{
    int64_t latest = instant_add(checkers_since(checkers, body->lost_at), CHECKERS_LATE_NS_MAX);
    bool is_peace = instant_add(checkers->calm_since, CHECKERS_LATE_NS_MAX) < body->lost_at;
    return body->is_by_owner && is_peace ? instant_add(body->lost_at, OWNER_LATE_NS) : latest;
}

void bodies_claim_ended(const struct commit *commit, uint32_t task)
{
    struct checkers *checkers = commit->checkers;
    uint32_t place = commit->execution->gates[task].body;
    if (place != 0 && checkers->bodies[place - 1].lost_at == INSTANT_NEVER) {
        struct checked_body *body = &checkers->bodies[place - 1];
        body->lost_at = commit->time;
        body->is_by_owner = commit->changeset->after->commit.lease == body->claim.lease;
        checkers_alarm_at(checkers, told_by(checkers, body));
    }
}

/* ---- what its runner and it say to each other ---- */

static struct checked_body *body_of(struct checkers *checkers, const struct attempt *attempt)
{
    struct checked_execution *execution =
        checkers_have_ended(checkers) ? NULL : checked_execution_find(checkers, attempt->execution);
    return execution == NULL ? NULL
                             : body_find(checkers, execution, attempt->index, attempt->claim);
}

void checkers_attempt_says(struct checkers *checkers, const struct attempt *attempt,
                           enum attempt_message message)
{
    struct checked_body *body = message == ATTEMPT_DEFERRED ? body_of(checkers, attempt) : NULL;
    if (body != NULL && !body->is_parked) {
        body->active_ns = body_active_ns(checkers, body);
        body->is_parked = true;
        body->is_heard = false;
        body->parked_at = checkers_time(checkers);
        checkers->active[body->runner]--;
    }
}

void checkers_attempt_resumed(struct checkers *checkers, const struct attempt *attempt)
{
    struct checked_body *body = body_of(checkers, attempt);
    const struct checked_task *task = body == NULL ? NULL : &body->execution->tasks[attempt->index];
    bool has_slot = task != NULL && body->is_parked && stamp_equal(task->claim, body->claim) &&
                    task->sub_status == TASK_SUB_ACTIVE;
    if (body != NULL && body->is_parked && !has_slot) { /* the store knows now that it is parked */
        body->unheard_ns = body_unheard_ns(checkers, body);
        body->is_heard = true;
    } else if (has_slot) {
        body->is_parked = false;
        body->active_since = checkers_time(checkers);
        checkers->active[body->runner]++;
        alarm_set(checkers, body);
        (void)slots_judge(checkers, body);
    }
}

void checkers_attempt_cancelled(struct checkers *checkers, const struct attempt *attempt)
{
    struct checked_body *body = body_of(checkers, attempt);
    if (body != NULL && !body->is_cancelled) {
        body->is_cancelled = true;
        checkers->cancelled++;
        body->cancelled_at = checkers_time(checkers);
    }
}

/* ---- what is late ---- */

static bool told_judge(struct checkers *checkers, const struct checked_body *body, int64_t time)
{
    if (body->is_cancelled || body->lost_at == INSTANT_NEVER) {
        return true;
    }
    int64_t latest = told_by(checkers, body);
    if (time <= latest) {
        checkers_alarm_at(checkers, latest);
        return true;
    }
    char duration[DURATION_TEXT_SIZE];
    duration_print(time - body->lost_at, duration);
    return checkers_report(checkers, "I-01", body->execution, body->task,
                           "attempt %u has no claim for %s, and its body was not told",
                           body->number, duration);
}

/* One that was disturbed while it worked may have lost its timer, and so may any body of a runner
 * that had no memory for one. */
static bool limit_judge(struct checkers *checkers, const struct checked_body *body)
{
    int64_t timeout = body_timeout_ns(checkers, body);
    int64_t active = body_active_ns(checkers, body);
    bool is_exempt = timeout == 0 || body->is_parked || body->lost_at != INSTANT_NEVER ||
                     body->started_at <= checkers->calm_since;
    if (is_exempt || active <= body_limit_ns(checkers, body)) {
        alarm_set(checkers, body);
        return true;
    }
    const struct checkers_options *options = &checkers->options;
    if (options->was_scarce != NULL && options->was_scarce(options->user, body->runner)) {
        return true;
    }
    char texts[2][DURATION_TEXT_SIZE];
    duration_print(active, texts[0]);
    duration_print(timeout, texts[1]);
    return checkers_report(checkers, "I-10", body->execution, body->task,
                           "attempt %u has worked for %s, its limit is %s, and nobody timed it out",
                           body->number, texts[0], texts[1]);
}

bool bodies_judge(struct checkers *checkers, int64_t time)
{
    for (size_t i = 0; i < checkers->body_count; i++) {
        const struct checked_body *body = &checkers->bodies[i];
        if (!told_judge(checkers, body, time) || !limit_judge(checkers, body)) {
            return false;
        }
    }
    return true;
}
