/* SPDX-License-Identifier: Apache-2.0 */
/* internal.h - private to this room: what a runner remembers, and which file does what.
 *
 *   runner.c   create, destroy, the step       attempts.c  claimed -> started -> back -> released
 *   fold.c     inputs -> changesets            sweep.c     poll, leases, hand-back, recovery
 *   commit.c   changesets -> store -> answers  commands.c  submit, pause, ... on behalf of others
 *   load.c     executions in memory            timers.c    deadlines
 *   explain.c  why does it not move?
 *
 * Law: an input is kept until the commit that contains it was answered; until then it can be
 * applied again. */
#ifndef RUNNER_INTERNAL_H
#define RUNNER_INTERNAL_H

#include "base/id_map.h"
#include "base/instant.h"
#include "base/timer_queue.h"
#include "runner/runner.h"

/* Slots refilled from own commits before the store is asked for its oldest. */
enum { RUNNER_REFILLS_MAX = 16 };
enum { RUNNER_COMMIT_ROWS_MAX = 4096 }; /* rows of one store call; a larger changeset goes alone */
enum { RUNNER_CONFLICTS_MAX = 2 };      /* then the changeset is redone under the store's lock */
#define RUNNER_BACKOFF_MIN_NS (100 * NANOSECONDS_PER_MILLISECOND)
#define RUNNER_BACKOFF_MAX_NS (10 * NANOSECONDS_PER_SECOND)
#define RUNNER_SLOTS_UNLIMITED UINT32_MAX

/* ---- timers.c: deadlines on the runner's monotonic clock ---- */

enum runner_timer_kind { TIMER_TIMEOUT = 1, TIMER_GRACE, TIMER_RETRY, TIMER_STORE };

/* Embedded in what it watches. All-zero: not armed. */
struct runner_timer {
    enum runner_timer_kind kind;
    /* Of its entry in the queue; 0 = not armed. An entry with another order is stale. */
    uint64_t order;
    int64_t time;
};

struct runner_timers {
    struct timer_queue queue; /* subject = runner_timer */
    uint64_t order_last;
    size_t armed;
};

void timers_init(struct runner_timers *timers, struct cloacina_heap *heap);
void timers_finish(struct runner_timers *timers);
/* Re-arms; false: no memory, and it is not armed. */
bool timer_arm(struct runner_timers *timers, struct runner_timer *timer,
               enum runner_timer_kind kind, int64_t time) MUST_CHECK;
void timer_disarm(struct runner_timers *timers, struct runner_timer *timer);
int64_t timers_next(struct runner_timers *timers); /* INSTANT_NEVER: none */
/* NULL: none is due. */
struct runner_timer *timers_pop_due(struct runner_timers *timers, int64_t now);

/* ---- attempts ---- */

struct runner_execution;

/* Slots and lives:  claimed --commit--> started --> finished --commit--> released
 *                                          |  \--> parked (no slot) --> wants slot --> started
 *                                          \--> orphaned: its claim is gone; only its return is
 *                                               waited for */
struct runner_attempt {
    struct attempt attempt;                 /* first */
    struct runner_execution *owner;         /* NULL: free, in the pool */
    struct runner_attempt *previous, *next; /* in the owner's list; `next` also in the pool's */
    struct runner_attempt *waiting_next;    /* in the queue of those that want a slot back */
    struct runner_timer timer;              /* TIMEOUT while it works, GRACE once it is orphaned */
    uint32_t notes;                         /* inputs that speak of it and are not answered yet */
    int64_t timeout_left; /* while parked: what is left of its time; 0 = it has no timeout */
    bool holds_slot;
    bool is_parked;
    bool is_waiting;  /* in the queue of those that want a slot back */
    bool is_finished; /* its body has returned */
    bool is_orphaned; /* its claim is gone */
    bool is_zombie;   /* and so is its grace */
    bool is_recalled; /* it was told to stop, and keeps its claim until it has */
};

/* ---- executions in memory ---- */

/* One thing that happened, with whom to answer. */
struct runner_input {
    struct execution_input input;
    struct runner_attempt *attempt; /* of this runner: whose; else NULL */
    struct runner_command *command; /* whose wish; else NULL */
    enum cloacina_code code;        /* what the last fold said */
};

struct runner_execution {
    struct execution execution;
    struct changeset changeset;
    struct dal_submission submission; /* while it is new; made with its first commit */
    struct body_set bodies;
    struct runner *runner;       /* Borrowed */
    struct runner_input *inputs; /* Owned, in order of arrival */
    size_t input_count, input_capacity;
    size_t folded;                   /* the first so many inputs are in the open changeset */
    struct runner_attempt *attempts; /* live ones, newest first */
    struct runner_attempt **claimed; /* Owned: attempts of the claims in the open changeset */
    size_t claimed_count, claimed_capacity;
    struct runner_command *waiters; /* RUNNER_WAIT, newest first, linked by message.next */
    struct runner_execution *dirty_next;
    struct runner_execution *all_previous, *all_next;
    struct stamp commit;
    struct runner_timer timer; /* RETRY of a task, or STORE while frozen */
    int64_t backoff;
    uint32_t conflicts;
    bool is_dirty;
    bool is_new;        /* not in the store yet: goes with its submission */
    bool is_sealed;     /* its changeset was sent and may be sent again */
    bool is_unknown;    /* the last answer was UNKNOWN: read back first */
    bool is_frozen;     /* waits for its STORE timer; inputs pile up meanwhile */
    bool is_one_by_one; /* a permanent error: one input a commit, to find the culprit */
};

/* What this runner has seen of another's lease. */
struct runner_seen {
    uint64_t lease;
    uint64_t beat;
    int64_t since; /* own monotonic clock when this beat was first seen */
};

struct runner {
    struct runner_options options;
    struct cloacina_heap *heap;
    char *name; /* Owned */
    struct inbox inbox;
    struct arena scratch;         /* of one store call */
    struct id_map by_id;          /* runner_execution */
    struct runner_execution *all; /* oldest first */
    struct runner_execution *all_last;
    /* Dropped shells, for reuse: a stale timer entry may still point into one. */
    struct runner_execution *spare;
    struct runner_execution *dirty, *dirty_last; /* queue */
    struct runner_attempt *pool;
    void **slabs; /* Owned: blocks of attempts */
    size_t slab_count, slab_capacity;
    struct runner_attempt *waiting, *waiting_last; /* want their slot back, oldest first */
    struct runner_command *stops;                  /* RUNNER_STOP */
    struct runner_command *looks;                  /* RUNNER_LOOK, newest first */
    struct dal_offer *offers;                      /* Owned */
    size_t offer_count;
    struct dal_write *batch; /* Owned scratch */
    struct runner_execution **batch_owners;
    enum cloacina_code *answers;
    size_t batch_capacity, batch_owners_capacity, answers_capacity;
    uint32_t *claim_tasks; /* Owned scratch */
    size_t claim_capacity;
    struct runner_seen *seen; /* Owned: other leases, ascending */
    size_t seen_count, seen_capacity;
    struct runner_timers timers;
    struct id_maker ids;
    uint64_t lease;
    uint64_t serial_last;
    uint32_t slots, slots_used;
    uint32_t attempts, parked, zombies, orphans, refills;
    int64_t store_offset; /* store time = own monotonic clock + this */
    int64_t store_time;   /* the latest told: it never goes back */
    int64_t beat_at;      /* monotonic: when the next poll is due at the latest */
    int64_t poll_after;   /* monotonic: the store has not answered; INT64_MIN: it has */
    /* Monotonic: when the own lease ends unless a beat is answered. Bodies look at it, too. */
    _Atomic(int64_t) fence_at;
    uint64_t beat;          /* the own lease's, as the store last told it */
    uint32_t others_claims; /* of the last beat: claims of other leases, and of none */
    _Atomic(bool) hint;     /* somebody committed something */
    bool store_has_more;    /* Ready tasks may be there that no slot was free for */
    bool thaws_at_beat;     /* something could not be done that the next beat tries again */
    bool is_fenced;         /* the lease has ended: open a new one before anything else */
    bool is_stopping;
    bool recalls_parked; /* whoever parks is recalled */
    bool has_left;       /* stopped in good order: the lease is closed, nothing more is asked */
    bool is_crashed;     /* the store answered CRASHED: this actor is dead */
    struct runner_counts counts;
};

/* ---- runner.c ---- */
int64_t runner_monotonic(const struct runner *runner);
int64_t runner_store_now(struct runner *runner);
void runner_told_time(struct runner *runner, int64_t store_now);
uint32_t runner_free_slots(const struct runner *runner);
void runner_hinted(void *user); /* the store's hint; user = the runner */
struct stamp runner_stamp(struct runner *runner);

/* ---- load.c ---- */
struct runner_execution *execution_new(struct runner *runner,
                                       const struct execution_options *options,
                                       struct cloacina_error *err);
/* The execution, loaded from the store if need be. NULL with *ret_code: NOT_FOUND,
 * UNAVAILABLE, ... */
struct runner_execution *execution_get(struct runner *runner, struct id id,
                                       enum cloacina_code *ret_code, struct cloacina_error *err);
/* Rows of others' commits; attempts whose claim is gone are orphaned. */
enum cloacina_code execution_catch_up(struct runner_execution *owner,
                                      struct cloacina_error *err) MUST_CHECK;
enum cloacina_code execution_adopt(struct runner_execution *owner, const struct feed *feed,
                                   struct cloacina_error *err) MUST_CHECK;
/* Those whose row says another claim, or none. */
void execution_orphan_attempts(struct runner_execution *owner);
void execution_drop(struct runner_execution *owner);
void executions_free(struct runner *runner); /* all of them, and the spare shells */
void execution_drop_if_done(struct runner_execution *owner);
void executions_bind(struct runner *runner); /* the source has more bodies now */
void execution_mark_dirty(struct runner_execution *owner);
/* And marks it dirty. */
bool execution_input_add(struct runner_execution *owner, const struct runner_input *input);
void execution_arm_retry(struct runner_execution *owner);

/* ---- fold.c ---- */
/* Applies the inputs, claims for free slots and seals. False: no memory; everything is undone, to
 * be tried again. */
bool fold(struct runner_execution *owner);
void fold_undo(struct runner_execution *owner); /* rows, claims; inputs stay */
/* The folded inputs are answered: tell everybody, forget them. */
void fold_settle(struct runner_execution *owner);

/* ---- commit.c ---- */
void commit_dirty(struct runner *runner);
void commit_thaw(struct runner_execution *owner); /* its STORE timer is due */

/* ---- attempts.c ---- */
struct runner_attempt *attempt_take(struct runner_execution *owner, uint32_t task,
                                    struct stamp claim);
void attempt_start(struct runner_attempt *attempt);
void attempt_release(struct runner_attempt *attempt); /* its body has returned, or never started */
void attempt_orphan(struct runner_attempt *attempt);
void attempts_recall(struct runner *runner, bool parked_only);
void attempt_message(struct runner *runner, struct runner_attempt *attempt,
                     enum attempt_message message);
void attempt_timer(struct runner *runner, struct runner_attempt *attempt);
void attempt_resumed(struct runner_attempt *attempt); /* its RESUMED was committed */
void attempts_grant_slots(struct runner *runner);
void attempts_free_pool(struct runner *runner);

/* ---- sweep.c ---- */
void sweep_store(struct runner *runner);
bool sweep_open_lease(struct runner *runner, struct cloacina_error *err);
void sweep_fence(struct runner *runner);
/* In good order: hands back what the store says is ours and nobody here knows, and closes the
 * lease, so that nobody has to wait for its death. Sets has_left when that has gone through; else
 * it is tried again with the next step. */
void sweep_leave(struct runner *runner);

/* ---- commands.c ---- */
void command_take(struct runner *runner, struct runner_command *command);
void command_done(struct runner_command *command, enum cloacina_code code);
void commands_answer_waiters(struct runner_execution *owner);
/* Its commit was answered with `code`: it is done, or goes on to wait for the end. */
void command_settle(struct runner_execution *owner, struct runner_command *command,
                    enum cloacina_code code);
/* Somebody wants it to stop, no body is left, and everything is committed. */
bool commands_may_stop(const struct runner *runner);
void commands_answer_stops(struct runner *runner);
/* After the commits of the step, so that nothing of them is missed. */
void commands_answer_looks(struct runner *runner);

#endif
