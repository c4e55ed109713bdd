/* SPDX-License-Identifier: Apache-2.0 */
/* copy.h - what one runner has of one execution: the rows in memory, changed by the real state
 * machine, and the commits that come of it.
 *
 *   copy_begin(&copy, workflow, id, "{}", now)        a new execution, its submission open
 *   copy_submit(&copy, store, stamp)
 *   copy_claim(&copy, 1, stamp, now); copy_commit(&copy, store, stamp)
 *   copy_apply(&copy, &input, now);   copy_commit(...)
 *
 * OK accepts the open changeset, every other answer undoes it, as a runner would. */
#ifndef TESTS_CONTRACT_COPY_H
#define TESTS_CONTRACT_COPY_H

#include "dal/dal.h"

/* Owned by the caller; read freely. */
struct copy {
    struct execution execution;
    struct changeset changeset;
    struct arena arena; /* of what it was given to write */
    char *context;      /* in the arena: the initial context */
    bool is_open;       /* between begin or load, and finish */
};

/* A workflow of this name: "a; b: a; c: a; d: b c" is a diamond. Each task runs twice at most, with
 * a second in between. The caller unrefs it. */
struct workflow *copy_workflow(const char *name, const char *graph);

void copy_begin(struct copy *copy, const struct workflow *workflow, struct id id,
                const char *context, int64_t now);
void copy_finish(struct copy *copy); /* also of a zeroed one */

/* Made from what the store has; false: it has none, and the copy is not open. */
bool copy_load(struct copy *copy, struct dal *store, struct id id) MUST_CHECK;

/* The initial submission, as a write. Borrows from the copy; `submission` is filled in. */
struct dal_write copy_submission(struct copy *copy, struct stamp commit,
                                 struct dal_submission *submission);
enum cloacina_code copy_submit(struct copy *copy, struct dal *store,
                               struct stamp commit) MUST_CHECK;

/* What the input changed is left open. */
enum cloacina_code copy_apply(struct copy *copy, const struct execution_input *input,
                              int64_t now) MUST_CHECK;

/* An input of the attempt that holds the task now. */
enum cloacina_code copy_attempt(struct copy *copy, uint32_t task, enum execution_input_type type,
                                int64_t now) MUST_CHECK;
/* Its success; `sets` is a delta as delta.h writes it, or NULL: nothing. */
enum cloacina_code copy_succeed(struct copy *copy, uint32_t task, const char *sets,
                                int64_t now) MUST_CHECK;
enum cloacina_code copy_command(struct copy *copy, enum execution_input_type type,
                                int64_t now) MUST_CHECK;

/* Claims up to `slots` tasks with the tokens `first`, serial + 1 ...; how many it were. */
uint32_t copy_claim(struct copy *copy, uint32_t slots, struct stamp first, int64_t now);

/* Names the open changeset and hands it over. */
struct dal_write copy_write(struct copy *copy, struct stamp commit);
void copy_answer(struct copy *copy, enum cloacina_code answer); /* accepts or undoes */
enum cloacina_code copy_commit(struct copy *copy, struct dal *store,
                               struct stamp commit) MUST_CHECK;

/* Takes over what others did. */
enum cloacina_code copy_refresh(struct copy *copy, struct dal *store) MUST_CHECK;

#endif
