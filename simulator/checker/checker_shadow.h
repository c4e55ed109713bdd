/* SPDX-License-Identifier: Apache-2.0 */
/* checker_shadow.h - private to the checkers: what they remember, and which file does what.
 *
 *   checkers 1 --- n checked_execution 1 --- n checked_task, checked_gate
 *            1 --- n checked_lease
 *
 *   checker.c            the calls from outside, the first violation
 *   checker_shadow.c     executions come, leases come and go
 *   checker_commit.c     one commit: rows before = shadow, events, rows after = shadow
 *   checker_task.c       one event of a task: is its edge legal, what does the row become
 *   checker_guard.c      what else must hold at that moment
 *   checker_decision.c   when a task may be decided, and how
 *   checker_execution.c  one event of an execution; its status follows from its tasks
 *   checker_view.c       what a task's body must see
 *   checker_attempt.c    bodies that run, actors that spin
 *   checker_rest.c       what must hold when nothing moves any more; two traces
 *
 * Every check returns true when all is well. False: a violation was reported or there was no
 * memory, and the caller returns false at once. */
#ifndef SIMULATOR_CHECKER_SHADOW_H
#define SIMULATOR_CHECKER_SHADOW_H

#include "base/arena.h"
#include "base/compiler.h"
#include "base/id_map.h"
#include "checker/checker.h"
#include "execution/rows.h"
#include "workflow/workflow.h"

struct view;

/* What the checkers know of a task beside its row. */
enum checked_mark {
    CHECKED_LISTED = 1,  /* the commit being judged lists its row */
    CHECKED_GAVE_UP = 2, /* the commit being judged failed it for good: its policy must agree */
    CHECKED_RETRIES = 4, /* the commit being judged scheduled a retry: its policy must agree */
    CHECKED_STARTED = 8, /* the body of the present claim was started */
    CHECKED_RUNS = 16    /* and has not returned */
};

/* A task_row without its text; 56 bytes. */
struct checked_task {
    uint8_t status; /* enum task_status */
    uint8_t sub_status;
    uint8_t skip;
    uint8_t code;
    uint32_t attempt;
    uint32_t recoveries;
    uint32_t marks; /* enum checked_mark */
    struct stamp claim;
    int64_t retry_at;
    int64_t started_at;
    int64_t completed_at;
};

/* What stands between a task and its decision. Apart from the row, so that ending a task touches 12
 * bytes of each dependent. */
struct checked_gate {
    uint32_t pending;  /* dependencies that have not ended */
    uint32_t blocking; /* dependencies that failed, or were skipped as upstream_failed */
    uint32_t worked;   /* dependencies that ended and were not skipped */
};

/* Owned by the checkers; in a list in the order of submission. */
struct checked_execution {
    struct checked_execution *next;
    const struct workflow *workflow; /* Owned reference */
    struct execution_row row;        /* .reason is always NULL */
    struct checked_task *tasks;      /* Owned, task_count */
    struct checked_gate *gates;      /* Owned, task_count */
    uint32_t decidable;              /* NotStarted tasks whose dependencies have all ended */
    struct arena arena;              /* views and the deltas in them */
    const struct view *initial;
    /* Owned, task_count; NULL until somebody writes. A NULL view is the initial one. */
    const struct view **views;
};

/* One bit per serial that was ever a claim token. Runners leave gaps between serials, so a page is
 * made when one of its serials is used; in the checkers' arena. */
enum { CHECKED_TOKENS = 512 };
struct checked_tokens {
    uint64_t used[CHECKED_TOKENS / 64];
};

/* A lease as the store has it. */
struct checked_lease {
    uint64_t lease;
    bool is_open;
    int64_t lost_since;             /* closed, with tasks Running under it, since then */
    uint64_t running;               /* tasks Running under it */
    struct checked_tokens **tokens; /* Owned: by serial / CHECKED_TOKENS; NULL: none was used */
    size_t token_capacity;
};

/* A counter of tokens that gets here is no counter. */
#define CHECKED_SERIAL_MAX (UINT64_C(1) << 32)

struct checkers {
    struct memory_observer observer; /* first: the store calls us through it */
    struct checkers_options options;
    struct cloacina_heap *heap;
    int64_t start;
    struct checkers_violation violation; /* .id NULL: nothing is broken */
    bool is_blind;
    uint8_t legal[EVENT_TYPES]; /* bit `from`: state.h has the event for a row in that status */

    struct id_map executions;
    struct checked_execution *first;
    struct checked_execution *last;
    struct checked_execution *recent; /* found last */

    struct checked_lease *leases; /* Owned, in the order they were opened */
    size_t lease_count, lease_capacity;
    size_t lease_recent;
    int64_t lost_deadline; /* of the first closed lease with Running tasks; or INSTANT_NEVER */

    uint64_t changes;           /* commits, submissions and leases seen */
    uint64_t bodies;            /* started and not ended */
    struct arena arena;         /* of the leases' tokens */
    struct arena scratch;       /* values and views of one comparison */
    const struct view **inputs; /* Owned scratch */
    size_t input_capacity;
};

/* One commit being judged. */
struct commit {
    struct checkers *checkers;
    struct checked_execution *execution;
    const struct changeset *changeset;
    int64_t now;      /* store time */
    size_t completed; /* events of that kind so far; each has taken its delta */
    bool is_reset;    /* it resets the execution: its tasks may be reset */
};

/* ---- checker.c ---- */

/* Keeps the first violation: "at 1.2 s: execution <id> of 'shop': task 'charge': <format>". Returns
 * false. `execution` may be NULL, then `task` is TASK_NONE. */
bool checkers_report(struct checkers *checkers, const char *id,
                     const struct checked_execution *execution, uint32_t task, const char *format,
                     ...) PRINTF_LIKE(5, 6);

/* No memory: the checkers are blind from now on. Returns false. */
bool checkers_go_blind(struct checkers *checkers);

/* A violation was kept, or there was no memory: every call from outside returns at once. */
static inline bool checkers_have_ended(const struct checkers *checkers)
{
    return checkers->violation.id != NULL || checkers->is_blind;
}

int64_t checkers_now(const struct checkers *checkers); /* store time */

/* May this event happen to a row in the status `from`? Each row of the table is found in one step
 * here. */
static inline bool checkers_edge_exists(const struct checkers *checkers, uint8_t event,
                                        uint8_t from)
{
    return (checkers->legal[event] >> from & 1) != 0;
}

/* Names for messages, also of numbers that a broken store made up. Static. */
const char *checked_status_name(uint8_t status);
const char *checked_execution_status_name(uint8_t status);
const char *checked_skip_name(uint8_t skip);

/* ---- checker_shadow.c ---- */

/* Revision 0 of a new execution. NULL: reported, or no memory. */
struct checked_execution *checked_execution_add(struct checkers *checkers,
                                                const struct dal_submission *submission);
struct checked_execution *checked_execution_find(struct checkers *checkers,
                                                 struct id id); /* NULL: unknown */
void checked_executions_destroy(struct checkers *checkers);

bool checked_lease_open(struct checkers *checkers, uint64_t lease);
bool checked_lease_close(struct checkers *checkers, uint64_t lease, int64_t now);
struct checked_lease *checked_lease_find(struct checkers *checkers,
                                         uint64_t lease); /* NULL: never opened */
bool checked_lease_is_open(struct checkers *checkers, uint64_t lease);
void checked_leases_destroy(struct checkers *checkers);

/* Was this stamp ever a claim token? */
bool checked_token_is_used(struct checkers *checkers, struct stamp token);
bool checked_token_use(struct checkers *checkers, struct checked_lease *lease, uint64_t serial);

/* A claim under a lease. A closed one must lose it in time. */
void checked_lease_claim(struct checkers *checkers, struct checked_lease *lease, int64_t now);

/* I-06: no task is Running under a lease that was closed too long ago. A pointer test until one
 * was. */
bool checked_leases_judge(struct checkers *checkers, int64_t now);

/* ---- checker_commit.c ---- */

/* All of it, in order. */
bool commit_judge(struct commit *commit);

/* What a submission says beside its commit, which is judged next. */
bool commit_judge_submission(const struct commit *commit, const struct dal_submission *submission);

/* ---- checker_task.c ---- */

bool commit_task_event(struct commit *commit, const struct event_row *event);

/* ---- checker_guard.c ---- */

bool commit_judge_guard(struct commit *commit, const struct event_row *event);

/* After all events: the policy agrees with what was made of a failure, `message`. */
bool commit_judge_failure(const struct commit *commit, uint32_t task, const char *message);

/* ---- checker_execution.c ---- */

bool commit_execution_event(struct commit *commit, const struct event_row *event);

/* The row is what its events make of it (I-05), and its status follows from its tasks (I-08). */
bool commit_judge_execution(struct commit *commit);

/* ---- checker_decision.c ---- */

/* MARKED_READY, or SKIPPED of a NotStarted task that was not cancelled. */
bool commit_judge_decision(struct commit *commit, const struct event_row *event);

/* The task's row has just become terminal (`by` = 1) or is about to become NotStarted again (`by` =
 * -1). */
void gates_shift(struct checked_execution *execution, uint32_t task, int by);

/* I-06: nothing that could be decided is left undecided. After a reset: nothing stays decided
 * behind what was reset. */
bool commit_judge_undecided(struct commit *commit);

/* ---- checker_view.c ---- */

/* What a task that has just ended hands on: its input, with `delta` (NULL: nothing) written into
 * it. */
bool view_hand_on(struct checkers *checkers, struct checked_execution *execution, uint32_t task,
                  const struct delta *delta);
void view_forget(struct checked_execution *execution, uint32_t task);

/* The input of a task whose dependencies have ended, as a value in the scratch arena. NULL: no
 * memory. */
const struct value *view_input_value(struct checkers *checkers,
                                     const struct checked_execution *execution, uint32_t task);

#endif
