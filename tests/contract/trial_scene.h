/* SPDX-License-Identifier: Apache-2.0 */
/* trial_scene.h - private to the trial: the two sides, the runners, and one function for each kind
 * of operation. */
#ifndef TESTS_CONTRACT_TRIAL_SCENE_H
#define TESTS_CONTRACT_TRIAL_SCENE_H

#include "trial.h"

#include "support.h"

#include "base/instant.h"
#include "copy.h"

enum { RUNNERS = 3, EXECUTIONS = 3, WORKFLOWS = 3, LIST_MAX = 1000, TASKS_MAX = 6, LOOK_BACK = 40 };

/* No clock gets there. */
#define FAR_FUTURE (INT64_MAX / 2)

/* One of the two stores. */
struct side {
    struct subject subject;
    struct broken_store broken;
    struct dal *sessions[RUNNERS];
    struct show *show;
    struct arena arena; /* of the answers to one operation */
};

struct trial_runner {
    uint64_t lease;
    uint64_t serial;
    struct copy copies[EXECUTIONS];
};

struct trial {
    const struct trial_options *options;
    struct side sides[2]; /* memory, judged */
    struct trial_runner runners[RUNNERS];
    struct workflow *workflows[WORKFLOWS];
    int64_t now;
    struct arena arena;
};

#define FOR_SIDES(side, trial)                                                                     \
    for (struct side *side = (trial)->sides; side < (trial)->sides + 2; side++)

/* Time moves for the runners and for the stores that follow our clock. */
void trial_time_set(struct trial *trial, int64_t now);

/* A new lease for a runner, under the same number on both sides. */
void trial_lease_open(struct trial *trial, size_t number);

/* Puts the sessions of the subject, or the broken store before them, in place. */
void trial_sessions(struct side *side, enum broken_store_bug bug);

/* ---- what an operation's numbers mean ---- */

static inline struct id id_number(uint32_t number)
{
    return (struct id){.high = 0x0190000000007000, .low = 0x8000000000000000 + number % EXECUTIONS};
}

static inline struct trial_runner *runner_of(struct trial *trial, uint32_t number,
                                             size_t *ret_session)
{
    *ret_session = number % RUNNERS;
    return &trial->runners[*ret_session];
}

/* A runner and its copy of an execution: both from one number. */
static inline struct copy *copy_of(struct trial *trial, uint32_t number,
                                   struct trial_runner **ret_runner, size_t *ret_session)
{
    *ret_runner = runner_of(trial, number, ret_session);
    return &(*ret_runner)->copies[number / RUNNERS % EXECUTIONS];
}

/* The same, or the next one that this runner has; NULL: it has none. */
static inline struct copy *open_copy_of(struct trial *trial, uint32_t number,
                                        struct trial_runner **ret_runner, size_t *ret_session)
{
    for (uint32_t i = 0; i < EXECUTIONS; i++) {
        struct copy *copy = copy_of(trial, number + i * RUNNERS, ret_runner, ret_session);
        if (copy->is_open) {
            return copy;
        }
    }
    return NULL;
}

static inline struct stamp stamp_next(struct trial_runner *runner)
{
    return (struct stamp){runner->lease, ++runner->serial};
}

/* trial_write.c */
void operation_submit(struct trial *trial, const uint32_t *numbers);
void operation_input(struct trial *trial, const uint32_t *numbers);
void operation_command(struct trial *trial, const uint32_t *numbers);
void operation_claim(struct trial *trial, const uint32_t *numbers);
void operation_group(struct trial *trial, const uint32_t *numbers);
void operation_again(struct trial *trial, const uint32_t *numbers);
void operation_locked(struct trial *trial, const uint32_t *numbers);

/* trial_ask.c */
void operation_load(struct trial *trial, const uint32_t *numbers);
void operation_refresh(struct trial *trial, const uint32_t *numbers);
void operation_feed(struct trial *trial, const uint32_t *numbers);
void operation_poll(struct trial *trial, const uint32_t *numbers);
void operation_open(struct trial *trial, const uint32_t *numbers);
void operation_close(struct trial *trial, const uint32_t *numbers);
void operation_claims(struct trial *trial, const uint32_t *numbers);
void operation_events(struct trial *trial, const uint32_t *numbers);
void operation_list(struct trial *trial, const uint32_t *numbers);
void operation_definition(struct trial *trial, const uint32_t *numbers);
void operation_find(struct trial *trial, const uint32_t *numbers);
void operation_remove(struct trial *trial, const uint32_t *numbers);
void operation_remove_ended(struct trial *trial, const uint32_t *numbers);

#endif
