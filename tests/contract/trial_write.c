/* SPDX-License-Identifier: Apache-2.0 */
/* trial_write.c - the operations that commit.
 *
 * Law: a changeset is made once, from what the memory store told, and both stores get that one. */
#include "trial_scene.h"

#include "execution/state.h"

/* ---- writes ---- */

/* An input that makes no sense now changes nothing, and both stores see the same nothing. */
static void tried(enum cloacina_code code)
{
    (void)code;
}

/* The same writes to both; what the memory store says is what the copies believe. */
static void commit(struct trial *trial, size_t session, const struct dal_write *writes,
                   struct copy *const *copies, size_t count)
{
    enum cloacina_code answers[2][EXECUTIONS];
    for (size_t i = 0; i < 2; i++) {
        struct dal *store = trial->sides[i].sessions[session];
        store->impl->commit(store, writes, count, answers[i]);
        for (size_t j = 0; j < count; j++) {
            show_code(trial->sides[i].show, answers[i][j]);
        }
    }
    for (size_t j = 0; j < count; j++) {
        copy_answer(copies[j], answers[0][j]);
    }
}

static void commit_one(struct trial *trial, struct trial_runner *runner, size_t session,
                       struct copy *copy)
{
    if (copy->changeset.is_open) {
        struct dal_write write = copy_write(copy, stamp_next(runner));
        commit(trial, session, &write, &copy, 1);
    }
}

void operation_submit(struct trial *trial, const uint32_t *numbers)
{
    static const char *const contexts[] = {"{}", "{\"n\":1}", "{\"\xc3\xa9\":[1,\"'\"]}"};
    size_t session;
    struct trial_runner *runner;
    struct copy *copy = copy_of(trial, numbers[0], &runner, &session);
    struct dal_submission submission;
    copy_finish(copy);
    copy_begin(copy, trial->workflows[numbers[1] % WORKFLOWS], id_number(numbers[0] / RUNNERS),
               contexts[numbers[2] % 3], trial->now);
    struct dal_write write = copy_submission(copy, stamp_next(runner), &submission);
    commit(trial, session, &write, &copy, 1);
    if (copy->execution.row.revision == 0) {
        copy_finish(copy); /* the id was taken */
        return;
    }
    /* Ids are never used again in life. Here they are, so nobody may remember the one before. */
    for (size_t i = 0; i < RUNNERS; i++) {
        struct copy *other = &trial->runners[i].copies[numbers[0] / RUNNERS % EXECUTIONS];
        if (other != copy) {
            copy_finish(other);
        }
    }
}

/* The task that an input is about: the n-th Running one, or any. */
static uint32_t task_chosen(const struct copy *copy, uint32_t number)
{
    uint32_t count = copy->execution.workflow->task_count;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t task = (number + i) % count;
        if (copy->execution.rows[task].status == TASK_RUNNING) {
            return task;
        }
    }
    return number % count;
}

/* What an attempt may bring, and that a free slot is filled at once. */
static void input_apply(struct trial *trial, struct trial_runner *runner, struct copy *copy,
                        uint32_t choice, uint32_t number)
{
    static const char *const deltas[] = {NULL, "{\"/k\":1}", "{\"/\xc3\xa9/x\":[null,1.5]}",
                                         "{\"-/n\":null}"};
    static const enum execution_input_type types[] = {
        EXECUTION_SUCCEEDED, EXECUTION_SUCCEEDED, EXECUTION_SUCCEEDED,    EXECUTION_TASK_FAILED,
        EXECUTION_TIMED_OUT, EXECUTION_DEFERRED,  EXECUTION_TASK_RESUMED, EXECUTION_HANDED_BACK,
        EXECUTION_LOST,      EXECUTION_ABANDONED,
    };
    enum execution_input_type type = types[choice % ARRAY_COUNT(types)];
    uint32_t task = task_chosen(copy, number);
    trial_time_set(trial,
                   trial->now + 1); /* no two ends at once: their order is nobody's promise */
    struct execution_input input = {
        .type = type,
        .task = task,
        .claim = copy->execution.rows[task].claim,
        .code = CLOACINA_UNAVAILABLE,
        .message = TEXT_LITERAL("it \xe2\x82\xac broke"),
        .grace_ns = number % 4 == 0 ? FAR_FUTURE : (int64_t)number * 1000000,
    };
    if (type == EXECUTION_SUCCEEDED) {
        tried(copy_succeed(copy, task, deltas[number % ARRAY_COUNT(deltas)], trial->now));
    } else {
        tried(copy_apply(copy, &input, trial->now));
    }
    if (choice / 16 % 2 != 0) {
        struct stamp first = stamp_next(runner);
        runner->serial += copy_claim(copy, 1 + number % 2, first, trial->now);
    }
}

static void command_apply(struct trial *trial, struct copy *copy, uint32_t choice, uint32_t number)
{
    static const enum execution_input_type types[] = {
        EXECUTION_PAUSE, EXECUTION_RESUME, EXECUTION_RESUME, EXECUTION_CANCEL, EXECUTION_RESET};
    struct execution_input input = {
        .type = types[choice % ARRAY_COUNT(types)],
        .task = TASK_NONE,
        .message = number % 2 == 0 ? TEXT_LITERAL("because") : (struct text){NULL, 0},
    };
    if (execution_status_is_terminal(copy->execution.row.status)) {
        input.type = EXECUTION_RESET;
    }
    if (input.type == EXECUTION_RESET && number % 2 == 0) {
        input.task = number % copy->execution.workflow->task_count;
    }
    tried(copy_apply(copy, &input, trial->now));
}

void operation_input(struct trial *trial, const uint32_t *numbers)
{
    size_t session;
    struct trial_runner *runner;
    struct copy *copy = open_copy_of(trial, numbers[0], &runner, &session);
    if (copy != NULL) {
        input_apply(trial, runner, copy, numbers[1], numbers[2]);
        commit_one(trial, runner, session, copy);
    }
}

void operation_command(struct trial *trial, const uint32_t *numbers)
{
    size_t session;
    struct trial_runner *runner;
    struct copy *copy = open_copy_of(trial, numbers[0], &runner, &session);
    if (copy != NULL) {
        command_apply(trial, copy, numbers[1], numbers[2]);
        commit_one(trial, runner, session, copy);
    }
}

void operation_claim(struct trial *trial, const uint32_t *numbers)
{
    size_t session;
    struct trial_runner *runner;
    struct copy *copy = open_copy_of(trial, numbers[0], &runner, &session);
    if (copy != NULL) {
        struct stamp first = stamp_next(runner);
        runner->serial += copy_claim(copy, 1 + numbers[1] % 3, first, trial->now);
        commit_one(trial, runner, session, copy);
    }
}

/* All that one runner has, in one call. */
void operation_group(struct trial *trial, const uint32_t *numbers)
{
    size_t session;
    struct trial_runner *runner = runner_of(trial, numbers[0], &session);
    struct stamp stamp = stamp_next(runner); /* one stamp for the whole step, as runners do */
    struct dal_write writes[EXECUTIONS];
    struct copy *copies[EXECUTIONS];
    size_t count = 0;
    for (size_t i = 0; i < EXECUTIONS; i++) {
        struct copy *copy = &runner->copies[i];
        if (copy->is_open) {
            input_apply(trial, runner, copy, numbers[1] + (uint32_t)i, numbers[2]);
        }
        if (copy->is_open && copy->changeset.is_open) {
            writes[count] = copy_write(copy, stamp);
            copies[count++] = copy;
        }
    }
    commit(trial, session, writes, copies, count);
}

/* A changeset that is sent twice, by two sessions. */
void operation_again(struct trial *trial, const uint32_t *numbers)
{
    size_t session;
    struct trial_runner *runner;
    struct copy *copy = open_copy_of(trial, numbers[0], &runner, &session);
    if (copy == NULL) {
        return;
    }
    input_apply(trial, runner, copy, numbers[1], numbers[2]);
    if (copy->changeset.is_open) {
        struct dal_write write = copy_write(copy, stamp_next(runner));
        FOR_SIDES(side, trial)
        {
            enum cloacina_code answer;
            struct dal *store = side->sessions[(session + 1) % RUNNERS];
            store->impl->commit(store, &write, 1, &answer);
            show_code(side->show, answer);
        }
        commit(trial, session, &write, &copy, 1);
        copy_finish(copy); /* it no longer knows what is in the store */
    }
}

/* ---- under the lock ---- */

struct locked {
    struct trial *trial;
    struct trial_runner *runner;
    struct copy *copy;
    struct show *show;
    uint32_t choice, number;
    bool is_made; /* the changeset is there: the second store gets the same one */
};

static struct changeset *redo(void *user, const struct feed *feed)
{
    struct locked *locked = user;
    struct copy *copy = locked->copy;
    show_feed(locked->show, feed);
    if (!locked->is_made) {
        locked->is_made = true;
        assert_int_equal(execution_refresh(&copy->execution, feed, NULL), CLOACINA_OK);
        if (locked->choice % 3 == 0) {
            command_apply(locked->trial, copy, locked->choice / 3, locked->number);
        } else {
            input_apply(locked->trial, locked->runner, copy, locked->choice, locked->number);
        }
        if (copy->changeset.is_open) {
            (void)copy_write(copy, stamp_next(locked->runner));
        }
    }
    return copy->changeset.is_open ? &copy->changeset : NULL;
}

void operation_locked(struct trial *trial, const uint32_t *numbers)
{
    size_t session;
    struct trial_runner *runner;
    struct copy *copy = open_copy_of(trial, numbers[0], &runner, &session);
    if (copy == NULL) {
        return;
    }
    struct locked locked = {
        .trial = trial, .runner = runner, .copy = copy, .choice = numbers[1], .number = numbers[2]};
    uint64_t revision = copy->execution.row.revision;
    enum cloacina_code answers[2];
    for (size_t i = 0; i < 2; i++) {
        struct side *side = &trial->sides[i];
        struct dal *store = side->sessions[session];
        locked.show = side->show;
        answers[i] = store->impl->commit_locked(store, copy->execution.row.id, revision, redo,
                                                &locked, NULL);
        show_code(side->show, answers[i]);
    }
    copy_answer(copy, answers[0]);
}
