/* SPDX-License-Identifier: Apache-2.0 */
/* production.h - private to this room: what a runner of production is made of.
 *
 *   runner.c   start, open, register, destroy      call.c       asking the stepping thread
 *   step.c     the thread, one step, the end       execute.c    new executions
 *   loop.c     what it sleeps on                   execution.c  handles;  picture.c: what they show
 *   options.c  options by name                     listing.c    lists and histories
 *   figures.c  how it is doing                     counted_store.c  what stands before the store
 *
 * Laws: the step, the store and the registry's writing belong to the thread that steps; everybody else
 * posts a call. Nobody waits while holding a lock. */
#ifndef PRODUCTION_PRODUCTION_H
#define PRODUCTION_PRODUCTION_H

#include <cloacina/runner.h>

#include <pthread.h>

#include "clock/gate.h"
#include "executor/host.h"
#include "executor/threads.h"
#include "production/counted_store.h"
#include "production/loop.h"
#include "production/picture.h"
#include "registry/registry.h"
#include "runner/runner.h"

enum life { LIFE_RUNS, LIFE_ENDS, LIFE_OVER };

struct cloacina_runner {
    struct cloacina_heap *heap;   /* Borrowed */
    struct cloacina_clock *clock; /* the system's */
    struct cloacina_log *log;     /* Borrowed; may be NULL */
    struct arena texts;           /* of the options that are kept */
    const char *name, *database, *schema;
    uint32_t slots;
    int64_t workflow_timeout_ns; /* INSTANT_NEVER: none */
    int64_t cancel_grace_ns;
    struct random_seeded random;
    struct registry
        registry; /* written by the stepping thread, with the lock; read by it without */
    struct gate registry_lock; /* for all others */
    struct counted_store store;
    struct threads *threads; /* Owned; one of the two */
    struct host *host;
    struct runner *step; /* Owned: the pure one */
    struct loop loop;

    /* Who steps: the own thread, or one of the host's at a time. */
    struct gate stepping;
    pthread_t thread;
    pthread_t stepper; /* where there is no own one: the host's that stepped last, or opened it */
    bool has_thread;
    int64_t deadline;      /* of the next step; with `stepping` */
    atomic_bool is_ending; /* the own thread leaves its loop */

    struct gate life_lock; /* of `life`; signalled when it changes, and when it closes */
    enum life life;
    atomic_bool is_closed; /* nothing is answered any more */

    struct gate figures_lock;
    struct cloacina_runner_figures figures;
};

/* ---- step.c ---- */

/* Waits until there is something to do, `until` at the latest (0: not at all), and steps.
 * `*ret_deadline` is when the next turn is due. CANCELLED: it is over. */
enum cloacina_code step_turn(struct cloacina_runner *runner, int64_t until, int64_t *ret_deadline,
                             struct cloacina_error *err) MUST_CHECK;

/* The caller's thread is the host's that steps. */
bool step_is_mine(struct cloacina_runner *runner);

/* A turn, up to `deadline`: what the host's stepping thread does while it waits for something. */
void step_meanwhile(void *user, int64_t deadline);

enum cloacina_code step_thread_start(struct cloacina_runner *runner,
                                     struct cloacina_error *err) MUST_CHECK;
void step_thread_end(struct cloacina_runner *runner);

/* ---- figures.c ---- */

void figures_publish(struct cloacina_runner *runner);

/* ---- call.c ---- */

/* A question to the stepping thread. Made by call_create, shared between who asks and who answers;
 * fields are read freely once it is done. */
struct call {
    struct runner_command command; /* first */
    struct runner_command end;     /* takes a wait back */
    struct cloacina_runner *runner;
    const struct workflow *workflow; /* Owned reference: of a submit */
    struct picture *picture;         /* Owned until somebody takes it */
    void *argument;                  /* of RUNNER_CALL, Borrowed */
    bool wants_picture, wants_explanation;
    struct gate gate; /* of what follows */
    unsigned references;
    bool is_done, is_abandoned;
    size_t context_size;
    char context[]; /* a copy */
};

/* `context` may be empty. NULL: no memory (and `err` says so). */
struct call *call_create(struct cloacina_runner *runner, enum runner_command_type type,
                         struct text context, struct cloacina_error *err);

/* Posts it and waits for its answer, up to `deadline` on the monotonic clock: TIMEOUT; then the answer
 * is nobody's any more. While the store does not answer it asks again. */
enum cloacina_code call_make(struct call *call, int64_t deadline,
                             struct cloacina_error *err) MUST_CHECK;

/* Posts it and waits until the answer or the deadline; false: not yet. May be called again. Steps if
 * the caller's thread is the one that does. */
void call_post(struct call *call);
bool call_wait(struct call *call, int64_t deadline);

/* Who asked needs it no more. NULL is legal. */
void call_drop(struct call *call);

/* Runs `run` on the stepping thread, with the store. */
enum cloacina_code call_run(struct cloacina_runner *runner,
                            void (*run)(struct runner *step, struct runner_command *command),
                            void *argument, struct cloacina_error *err) MUST_CHECK;

/* The runner is over: whoever waits, or comes later, hears UNAVAILABLE. */
void calls_close(struct cloacina_runner *runner);

/* When `timeout_ns` from now is. */
int64_t call_deadline(const struct cloacina_runner *runner, int64_t timeout_ns);

/* ---- execution.c ---- */

struct cloacina_execution {
    struct cloacina_runner *runner; /* Borrowed */
    struct picture *picture;        /* Owned */
};

/* Takes over the picture. NULL: no memory, and the picture is gone. */
struct cloacina_execution *execution_handle(struct cloacina_runner *runner,
                                            struct picture *picture);

#endif
