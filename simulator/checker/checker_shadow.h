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
 *   checker_attempt.c    attempts that start and end, actors that spin
 *   checker_body.c       bodies that live: slots, timeouts, who must be told
 *   checker_order.c      the oldest Ready task first
 *   checker_runner.c     runners that die, stop, or are thought dead
 *   checker_end.c        the model's word at the end of an execution
 *   checker_rest.c       what must hold when nothing moves any more; two traces
 *   checker_store.c      at rest the store gives back what it took
 *
 * Every check returns true when all is well. False: a violation was reported or there was no
 * memory, and the caller returns false at once. */
#ifndef SIMULATOR_CHECKER_SHADOW_H
#define SIMULATOR_CHECKER_SHADOW_H

#include "base/arena.h"
#include "base/compiler.h"
#include "base/id_map.h"
#include "checker/checker.h"
#include "checker/edges.h"
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

/* What stands between a task and its decision, and what else goes with it. Apart from the row, so
 * that ending a task touches little of each dependent. */
struct checked_gate {
    uint32_t pending;  /* dependencies that have not ended */
    uint32_t blocking; /* dependencies that failed, or were skipped as upstream_failed */
    uint32_t worked;   /* dependencies that ended and were not skipped */
    uint32_t body;     /* 1 + the place of the body of the present claim; 0: none lives */
    uint64_t outcome;  /* of the body of the present claim, hashed; 0: none has returned */
    uint64_t order;    /* when it became Ready last: a count of all that did */
    uint64_t first;    /* when it did so for the first time */
};

/* What a task handed on, once somebody has written something. */
struct checked_writes {
    const struct view *view;   /* NULL: the initial one */
    const struct delta *delta; /* of its own; NULL: nothing */
};

/* A body that was started and has not ended. */
struct checked_body {
    struct checked_execution *execution;
    struct stamp claim;
    uint32_t task;
    uint32_t number; /* of the attempt */
    uint32_t runner;
    bool is_heard;     /* parked, and its runner knows */
    bool is_by_owner;  /* its claim was ended by the lease that it ran under */
    bool is_parked;    /* it gave up its slot */
    bool is_cancelled; /* it was told so */
    int64_t started_at;
    int64_t active_since; /* world time; while parked: since it parked */
    int64_t active_ns;    /* before that */
    int64_t parked_at;
    int64_t unheard_ns; /* parked, and its runner had not heard of it yet */
    int64_t cancelled_at;
    int64_t lost_at; /* its claim ended; INSTANT_NEVER: it holds it */
};

/* A task that became Ready, in the order in which tasks did. */
struct checked_ready {
    struct checked_execution *execution;
    uint64_t order; /* stale when the task's own is another one */
    uint32_t task;
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
    const struct value *context;   /* the initial one, in the arena */
    struct checked_writes *writes; /* Owned, task_count; NULL until somebody writes */
    uint64_t events;               /* so far */
    bool is_changed;               /* since the store was asked about it last */
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
    bool is_stopped;                /* its runner has stopped in good order */
    int64_t died_at;                /* its process; INSTANT_NEVER: not that we know */
    int64_t lost_since;             /* closed, with tasks Running under it, since then */
    uint64_t beats;                 /* it has beaten so often */
    int64_t beat_at;                /* the last time, or it was opened */
    int64_t answered_at;            /* when the last beat was sent that was answered; or never */
    uint64_t poll_commit;           /* serial of the newest commit that was a claim and no more */
    uint64_t running;               /* tasks Running under it */
    struct checked_tokens **tokens; /* Owned: by serial / CHECKED_TOKENS; NULL: none was used */
    size_t token_capacity;
};

/* No clock runs wrong by more than one part in so many. */
enum { CLOCK_RATE_ERROR = 1000 };

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
    int64_t alarm;      /* world time before which nothing can be late; or INSTANT_NEVER */
    int64_t calm_since; /* world time after which no fault is in force; INT64_MIN: none ever was */
    int64_t skew_min;   /* store time minus world time, at commits and faults */
    int64_t skew_max;
    uint8_t edge_of[EVENT_TYPES][TASK_STATUSES][TASK_STATUSES]; /* numbers of edges.h */

    uint64_t changes; /* commits, submissions and leases seen */
    uint64_t started; /* bodies, ever */

    struct checked_body *bodies; /* Owned, in no order */
    size_t body_count, body_capacity;
    size_t cancelled; /* of these: were told so */
    uint32_t *active; /* Owned: by runner number, bodies that hold a slot */
    size_t active_capacity;

    struct checked_ready *ready; /* Owned queue: [ready_head, ready_end) */
    size_t ready_head, ready_end, ready_capacity;
    uint64_t ready_order;
    uint64_t polling; /* the lease that polls now; 0: none */

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
    int64_t time;     /* world time */
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

int64_t checkers_now(const struct checkers *checkers);  /* store time */
int64_t checkers_time(const struct checkers *checkers); /* world time */

/* The later of an instant and the beginning of the calm: from when on lateness counts. */
static inline int64_t checkers_since(const struct checkers *checkers, int64_t instant)
{
    return instant > checkers->calm_since ? instant : checkers->calm_since;
}

/* Looks again no later than after this instant. */
static inline void checkers_alarm_at(struct checkers *checkers, int64_t instant)
{
    if (instant < checkers->alarm) {
        checkers->alarm = instant;
    }
}

/* Nothing is late. One comparison until something could be. */
bool checkers_judge_late(struct checkers *checkers);

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
                                                const struct dal_write *write);
/* NULL: unknown. */
struct checked_execution *checked_execution_find(struct checkers *checkers, struct id id);
void checked_executions_destroy(struct checkers *checkers);

bool checked_lease_open(struct checkers *checkers, uint64_t lease);
bool checked_lease_close(struct checkers *checkers, uint64_t lease, int64_t time);
/* NULL: never opened. */
struct checked_lease *checked_lease_find(struct checkers *checkers, uint64_t lease);
bool checked_lease_is_open(struct checkers *checkers, uint64_t lease);
void checked_leases_destroy(struct checkers *checkers);

/* Was this stamp ever a claim token? */
bool checked_token_is_used(struct checkers *checkers, struct stamp token);
bool checked_token_use(struct checkers *checkers, struct checked_lease *lease, uint64_t serial);

/* A claim under a lease. A closed one must lose it in time. */
void checked_lease_claim(struct checkers *checkers, struct checked_lease *lease, int64_t time);

/* ---- checker_runner.c ---- */

/* I-06: no task is Running under a lease that was closed too long ago; no dead runner's lease is
 * open for too long. Raises the alarm for the next one. */
bool checked_leases_judge(struct checkers *checkers, int64_t time);

/* I-17: a lease that is closed is not that of a runner that lives and was left in peace. */
bool checked_lease_judge_close(struct checkers *checkers, uint64_t lease);

/* I-02, I-32: it has an author who is not gone. After all events, I-22: a name of its own. */
bool commit_judge_author(const struct commit *commit);
bool commit_judge_id(const struct commit *commit);

/* ---- checker_commit.c ---- */

/* All of it, in order. */
bool commit_judge(struct commit *commit);

/* What a submission says beside its commit, which is judged next. */
bool commit_judge_submission(const struct commit *commit, const struct dal_submission *submission);

/* One more of this edge. */
static inline void commit_count_edge(const struct commit *commit, const struct event_row *event,
                                     uint8_t from, uint8_t to)
{
    struct checkers *checkers = commit->checkers;
    if (checkers->options.edges != NULL) {
        checkers->options.edges->taken[checkers->edge_of[event->type][from][to]]++;
    }
}

/* The shadow has the bytes of the row, apart from texts and marks. */
bool checked_task_equals(const struct checked_task *task, const struct task_row *row);

/* ---- checker_task.c ---- */

bool commit_task_event(struct commit *commit, const struct event_row *event);

/* ---- checker_guard.c ---- */

bool commit_judge_guard(struct commit *commit, const struct event_row *event);

/* After all events: the policy agrees with what was made of a failure, and its text is kept. */
bool commit_judge_failure(const struct commit *commit, const struct row_change *row);

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

/* The input of a task whose dependencies have ended, as a value in the scratch arena, which is not
 * reset. NULL: no memory. */
const struct value *view_input_value(struct checkers *checkers,
                                     const struct checked_execution *execution, uint32_t task);

/* ---- checker_body.c ---- */

/* A number that no other outcome has; never 0. */
uint64_t outcome_of_delta(const struct delta *delta);
uint64_t outcome_of_failure(enum cloacina_code code, struct text message);

bool body_start(struct checkers *checkers, struct checked_execution *execution,
                const struct attempt *attempt);
/* NULL: it was never started. */
struct checked_body *body_find(struct checkers *checkers, const struct checked_execution *execution,
                               uint32_t task, struct stamp claim);
void body_end(struct checkers *checkers, struct checked_body *body);

/* How long it has worked, parked time not counted; and by how much the count of its runner may be
 * higher, which may have heard later that it parked. */
int64_t body_active_ns(const struct checkers *checkers, const struct checked_body *body);
int64_t body_unheard_ns(const struct checkers *checkers, const struct checked_body *body);
/* 0: it may work as long as it likes. */
int64_t body_timeout_ns(const struct checkers *checkers, const struct checked_body *body);

/* Nothing was wrong for a while before it started, nor since. */
bool body_is_in_peace(const struct checkers *checkers, const struct checked_body *body);

/* How long it may have worked when its timeout becomes known: in peace that takes a few round
 * trips, otherwise CHECKERS_LATE_NS_MAX. */
int64_t body_limit_ns(const struct checkers *checkers, const struct checked_body *body);

/* The claim of the task has ended: a body that still runs must be told. */
void bodies_claim_ended(const struct commit *commit, uint32_t task);

/* Timeouts are kept, and who has lost its claim was told. Raises the alarm for the next one. */
bool bodies_judge(struct checkers *checkers, int64_t time);

/* ---- checker_order.c ---- */

/* The task has just become Ready. */
bool order_push(struct checkers *checkers, struct checked_execution *execution, uint32_t task);

/* I-27: a poll claims nothing before what is older. */
bool commit_judge_order(const struct commit *commit, const struct event_row *event);

/* ---- checker_end.c ---- */

/* The commit ends the execution: the model agrees with all of it. */
bool commit_judge_end(const struct commit *commit);

/* ---- checker_store.c ---- */

/* False: reported, or no memory. */
bool store_judge(struct checkers *checkers, struct dal *store);

#endif
