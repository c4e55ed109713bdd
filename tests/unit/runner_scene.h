/* SPDX-License-Identifier: Apache-2.0 */
/* runner_scene.h - runners on one memory store, with bodies that end when the test says so.
 *
 *   stage_open(&stage, 2, 4, "a; b: a")         two runners with four slots each
 *   stage_submit(&stage, 0, "{}")               through runner 0; then stage_settle():
 *                                               everybody steps
 *   stage_end(&stage, "a", CLOACINA_OK, NULL)   the body of a returns
 *   stage_time(&stage, seconds(10))             virtual time moves, everybody steps
 *
 * Between a runner and the store stands a border that can answer once in the store's place. */
#ifndef TESTS_UNIT_RUNNER_SCENE_H
#define TESTS_UNIT_RUNNER_SCENE_H

#include "execution_scene.h"

#include "clock/virtual.h"
#include "dal/memory/memory.h"
#include "registry/registry.h"
#include "runner/runner.h"

enum { STAGE_RUNNERS_MAX = 4, STAGE_STARTED_MAX = 64, STAGE_WRITES_MAX = 64 };

/* What the border does with the next calls of one kind. */
struct border_fault {
    enum cloacina_code answer; /* OK: nothing */
    bool applies;              /* do it all the same */
    int count;                 /* how many calls; of `submit`: how many new executions */
};

struct border {
    struct dal dal; /* first */
    struct dal *inner;
    struct border_fault submit, commit, commit_locked, poll, load, refresh, find_commit, open_lease,
        claims;
    struct { /* commits made by somebody else just before ours: */
        void (*run)(void *user);
        void *user;
    } before_commit;
    int polls;
};

struct stage_runner {
    struct runner *runner;
    struct border border;
    struct virtual_clock clock;
    struct runner_next next;
    bool is_woken;
    bool is_dead;
};

struct stage {
    int64_t now;
    struct virtual_clock store_clock;
    struct dal *store;
    struct registry registry;
    struct cloacina_workflow *workflow;
    struct executor executor;
    struct attempt *started[STAGE_STARTED_MAX]; /* in order; NULL when ended */
    size_t started_count;
    int cancelled, resumed;
    struct stage_runner runners[STAGE_RUNNERS_MAX];
    size_t runner_count;
    struct runner_command command;
    bool is_done;
    struct arena arena;
};

static inline bool border_trips(struct border_fault *fault)
{
    if (fault->count == 0) {
        return false;
    }
    fault->count--;
    return true;
}

/* Calls the inner store unless the fault stands in its place; evaluates to the answer. */
#define BORDER_CALL(border, slot, call)                                                            \
    bool trips = border_trips(&(border)->slot);                                                    \
    enum cloacina_code code = trips && !(border)->slot.applies ? (border)->slot.answer : (call);   \
    return trips ? (border)->slot.answer : code

/* Somebody else's commits, before a call that changes what is there. */
static inline void border_precede(struct border *border)
{
    if (border->before_commit.run != NULL) {
        void (*run)(void *) = border->before_commit.run;
        border->before_commit.run = NULL;
        run(border->before_commit.user);
    }
}

static inline bool border_changes(const struct dal_write *writes, size_t count)
{
    bool changes = false;
    for (size_t i = 0; i < count; i++) {
        changes |= writes[i].submission == NULL;
    }
    return changes;
}

/* `submit` stands in the place of each new execution, `commit` in that of all the others. */
static inline void border_commit(struct dal *dal, const struct dal_write *writes, size_t count,
                                 enum cloacina_code *ret_answers)
{
    struct border *border = (struct border *)dal;
    const struct border_fault *faults[STAGE_WRITES_MAX] = {NULL};
    struct dal_write through[STAGE_WRITES_MAX];
    enum cloacina_code answers[STAGE_WRITES_MAX];
    size_t through_count = 0;
    assert_true(count <= STAGE_WRITES_MAX);
    bool changes = border_changes(writes, count);
    if (changes) {
        border_precede(border);
    }
    bool trips = changes && border_trips(&border->commit);
    for (size_t i = 0; i < count; i++) {
        bool is_new = writes[i].submission != NULL;
        if (is_new ? border_trips(&border->submit) : trips) {
            faults[i] = is_new ? &border->submit : &border->commit;
        }
        if (faults[i] == NULL || faults[i]->applies) {
            through[through_count++] = writes[i];
        }
    }
    if (through_count > 0) {
        border->inner->impl->commit(border->inner, through, through_count, answers);
    }
    for (size_t i = 0, next = 0; i < count; i++) {
        bool went_through = faults[i] == NULL || faults[i]->applies;
        ret_answers[i] = faults[i] == NULL ? answers[next] : faults[i]->answer;
        next += went_through;
    }
}

static inline enum cloacina_code
border_commit_locked(struct dal *dal, struct id id, uint64_t revision,
                     struct changeset *(*redo)(void *, const struct feed *), void *user,
                     struct cloacina_error *err)
{
    struct border *border = (struct border *)dal;
    BORDER_CALL(border, commit_locked,
                border->inner->impl->commit_locked(border->inner, id, revision, redo, user, err));
}

static inline enum cloacina_code border_poll(struct dal *dal, const struct dal_poll *request,
                                             struct arena *arena, struct dal_poll_reply *ret_reply,
                                             struct cloacina_error *err)
{
    struct border *border = (struct border *)dal;
    border->polls++;
    BORDER_CALL(border, poll,
                border->inner->impl->poll(border->inner, request, arena, ret_reply, err));
}

static inline enum cloacina_code border_load(struct dal *dal, struct id id, struct arena *arena,
                                             struct dal_snapshot *ret_snapshot,
                                             struct cloacina_error *err)
{
    struct border *border = (struct border *)dal;
    BORDER_CALL(border, load,
                border->inner->impl->load(border->inner, id, arena, ret_snapshot, err));
}

static inline enum cloacina_code border_refresh(struct dal *dal, struct id id, uint64_t revision,
                                                struct arena *arena, struct feed *ret_feed,
                                                struct cloacina_error *err)
{
    struct border *border = (struct border *)dal;
    BORDER_CALL(border, refresh,
                border->inner->impl->refresh(border->inner, id, revision, arena, ret_feed, err));
}

static inline enum cloacina_code border_find_commit(struct dal *dal, struct id id,
                                                    struct stamp commit, uint64_t *ret_revision,
                                                    struct cloacina_error *err)
{
    struct border *border = (struct border *)dal;
    BORDER_CALL(border, find_commit,
                border->inner->impl->find_commit(border->inner, id, commit, ret_revision, err));
}

static inline enum cloacina_code border_open_lease(struct dal *dal, struct text name,
                                                   uint64_t *ret_lease, int64_t *ret_now,
                                                   struct cloacina_error *err)
{
    struct border *border = (struct border *)dal;
    BORDER_CALL(border, open_lease,
                border->inner->impl->open_lease(border->inner, name, ret_lease, ret_now, err));
}

static inline enum cloacina_code border_close_lease(struct dal *dal, uint64_t lease, uint64_t beat,
                                                    struct cloacina_error *err)
{
    struct border *border = (struct border *)dal;
    return border->inner->impl->close_lease(border->inner, lease, beat, err);
}

static inline enum cloacina_code border_claims(struct dal *dal, uint64_t lease, size_t limit,
                                               struct arena *arena, struct dal_claimed **ret_claims,
                                               size_t *ret_count, struct cloacina_error *err)
{
    struct border *border = (struct border *)dal;
    BORDER_CALL(border, claims,
                border->inner->impl->claims(border->inner, lease, limit, arena, ret_claims,
                                            ret_count, err));
}

static inline enum cloacina_code border_events(struct dal *dal, struct id id, uint64_t after,
                                               size_t limit, struct arena *arena,
                                               struct event_row **ret_events, size_t *ret_count,
                                               struct cloacina_error *err)
{
    struct border *border = (struct border *)dal;
    return border->inner->impl->events(border->inner, id, after, limit, arena, ret_events,
                                       ret_count, err);
}

static inline enum cloacina_code
border_executions(struct dal *dal, const struct dal_question *question, struct arena *arena,
                  struct dal_listed **ret_listed, size_t *ret_count, struct cloacina_error *err)
{
    struct border *border = (struct border *)dal;
    return border->inner->impl->executions(border->inner, question, arena, ret_listed, ret_count,
                                           err);
}

static inline enum cloacina_code border_definition(struct dal *dal, struct text workflow,
                                                   struct arena *arena, struct text *ret_json,
                                                   struct cloacina_error *err)
{
    struct border *border = (struct border *)dal;
    return border->inner->impl->definition(border->inner, workflow, arena, ret_json, err);
}

static inline enum cloacina_code border_leases(struct dal *dal, struct arena *arena,
                                               struct dal_lease **ret_leases, size_t *ret_count,
                                               int64_t *ret_now, struct cloacina_error *err)
{
    struct border *border = (struct border *)dal;
    return border->inner->impl->leases(border->inner, arena, ret_leases, ret_count, ret_now, err);
}

static inline enum cloacina_code border_remove(struct dal *dal, struct id id,
                                               struct cloacina_error *err)
{
    struct border *border = (struct border *)dal;
    return border->inner->impl->remove(border->inner, id, err);
}

static inline enum cloacina_code border_remove_ended(struct dal *dal, int64_t before, size_t limit,
                                                     size_t *ret_removed,
                                                     struct cloacina_error *err)
{
    struct border *border = (struct border *)dal;
    return border->inner->impl->remove_ended(border->inner, before, limit, ret_removed, err);
}

static inline void border_listen(struct dal *dal, uint64_t lease, void (*wake)(void *), void *user)
{
    struct border *border = (struct border *)dal;
    border->inner->impl->listen(border->inner, lease, wake, user);
}

static inline int border_descriptor(struct dal *dal)
{
    struct border *border = (struct border *)dal;
    return border->inner->impl->descriptor(border->inner);
}

static inline void border_take_hints(struct dal *dal)
{
    struct border *border = (struct border *)dal;
    border->inner->impl->take_hints(border->inner);
}

/* The stage destroys the store: it is there for all. */
static inline void border_destroy(struct dal *dal)
{
    (void)dal;
}

static const struct dal_impl border_impl = {
    .commit = border_commit,
    .commit_locked = border_commit_locked,
    .poll = border_poll,
    .load = border_load,
    .refresh = border_refresh,
    .find_commit = border_find_commit,
    .open_lease = border_open_lease,
    .close_lease = border_close_lease,
    .claims = border_claims,
    .events = border_events,
    .executions = border_executions,
    .definition = border_definition,
    .leases = border_leases,
    .remove = border_remove,
    .remove_ended = border_remove_ended,
    .listen = border_listen,
    .descriptor = border_descriptor,
    .take_hints = border_take_hints,
    .destroy = border_destroy,
};

/* ---- bodies that the test ends ---- */

static inline struct stage *stage_of_executor(struct executor *executor)
{
    return (struct stage *)(void *)((char *)executor - offsetof(struct stage, executor));
}

static inline void stage_start(struct executor *executor, struct attempt *attempt)
{
    struct stage *stage = stage_of_executor(executor);
    assert_true(stage->started_count < STAGE_STARTED_MAX);
    stage->started[stage->started_count++] = attempt;
}

static inline void stage_cancel(struct executor *executor, struct attempt *attempt)
{
    (void)attempt;
    stage_of_executor(executor)->cancelled++;
}

static inline void stage_resume(struct executor *executor, struct attempt *attempt)
{
    (void)attempt;
    stage_of_executor(executor)->resumed++;
}

static inline struct attempt *stage_attempt(struct stage *stage, const char *task)
{
    for (size_t i = stage->started_count; i-- > 0;) {
        if (stage->started[i] != NULL && strcmp(stage->started[i]->task->name, task) == 0) {
            return stage->started[i];
        }
    }
    return NULL;
}

static inline enum cloacina_code stage_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)task;
    (void)err;
    return CLOACINA_OK;
}

/* ---- the stage ---- */

static inline void stage_wake(void *user)
{
    ((struct stage_runner *)user)->is_woken = true;
}

/* Everybody steps until nobody is woken. */
static inline void stage_settle(struct stage *stage)
{
    for (bool any = true; any;) {
        any = false;
        for (size_t i = 0; i < stage->runner_count; i++) {
            struct stage_runner *runner = &stage->runners[i];
            bool is_due = cloacina_clock_monotonic(&runner->clock.clock) >= runner->next.deadline;
            if (runner->is_dead || !(runner->is_woken || is_due)) {
                continue;
            }
            runner->is_woken = false;
            any = true;
            struct cloacina_error error;
            if (runner_step(runner->runner, &runner->next, &error) != CLOACINA_OK) {
                runner->is_dead = true;
            }
        }
    }
}

/* Moves the time, from one deadline of anybody to the next. */
static inline void stage_time(struct stage *stage, int64_t duration)
{
    int64_t end = stage->now + duration;
    stage_settle(stage);
    while (stage->now < end) {
        int64_t next = end;
        for (size_t i = 0; i < stage->runner_count; i++) {
            int64_t at =
                virtual_clock_world_time(&stage->runners[i].clock, stage->runners[i].next.deadline);
            if (!stage->runners[i].is_dead && at < next) {
                next = at;
            }
        }
        stage->now = next;
        stage_settle(stage);
    }
}

static inline void stage_add_runner(struct stage *stage, uint32_t slots,
                                    struct runner_options *options)
{
    static const char *const names[] = {"runner-1", "runner-2", "runner-3", "runner-4"};
    struct stage_runner *runner = &stage->runners[stage->runner_count];
    struct cloacina_error error;
    *runner = (struct stage_runner){.border = {.dal = {&border_impl}, .inner = stage->store}};
    virtual_clock_init(&runner->clock, &(struct virtual_clock_options){.now = &stage->now});
    options->clock = &runner->clock.clock;
    options->random = random_calm();
    options->dal = &runner->border.dal;
    options->executor = &stage->executor;
    options->bodies = &stage->registry.bodies;
    options->name = names[stage->runner_count];
    options->actor = (uint32_t)stage->runner_count + 1;
    options->slots = slots;
    options->wake = stage_wake;
    options->wake_user = runner;
    if (runner_create(options, &runner->runner, &error) != CLOACINA_OK) {
        fail_msg("%s", error.message);
    }
    runner->is_woken = true;
    stage->runner_count++;
}

static inline void stage_open_with(struct stage *stage, size_t runners, uint32_t slots,
                                   const char *graph, const struct scene_task *tasks, size_t count,
                                   struct runner_options options)
{
    static const struct executor_impl impl = {
        .start = stage_start, .cancel = stage_cancel, .resume = stage_resume};
    *stage =
        (struct stage){.now = INT64_C(1704067200) * NANOSECONDS_PER_SECOND, .executor = {&impl}};
    virtual_clock_init(&stage->store_clock, &(struct virtual_clock_options){.now = &stage->now});
    stage->store = dal_memory_create(options.heap, &stage->store_clock.clock);
    assert_non_null(stage->store);
    arena_init(&stage->arena, NULL);
    registry_init(&stage->registry, NULL);
    stage->workflow = scene_workflow_with(graph, tasks, count, stage_body);
    assert_int_equal(registry_add_workflow(&stage->registry, stage->workflow, NULL), CLOACINA_OK);
    for (size_t i = 0; i < runners; i++) {
        stage_add_runner(stage, slots, &options);
    }
}

static inline void stage_open(struct stage *stage, size_t runners, uint32_t slots,
                              const char *graph)
{
    stage_open_with(stage, runners, slots, graph, NULL, 0, (struct runner_options){0});
}

static inline void stage_done(struct runner_command *command)
{
    ((struct stage *)command->user)->is_done = true;
}

/* Posts a command to a runner and lets everybody step; true when it was answered. */
static inline bool stage_command(struct stage *stage, size_t runner, enum runner_command_type type,
                                 const char *text)
{
    struct id id = stage->command.id;
    stage->command = (struct runner_command){
        .message.kind = (uint32_t)type,
        .workflow = (struct workflow *)(uintptr_t)stage->workflow->definition,
        .context = text_of(text),
        .reason = text_of(text),
        .id = id,
        .task = TASK_NONE,
        .done = stage_done,
        .user = stage,
    };
    stage->is_done = false;
    runner_post(stage->runners[runner].runner, &stage->command);
    stage_settle(stage);
    return stage->is_done;
}

static inline void stage_submit(struct stage *stage, size_t runner, const char *context)
{
    assert_true(stage_command(stage, runner, RUNNER_SUBMIT, context));
    assert_int_equal(stage->command.code, CLOACINA_OK);
}

static inline void stage_post(struct stage *stage, const char *task, enum attempt_message message)
{
    struct attempt *attempt = stage_attempt(stage, task);
    if (attempt == NULL) {
        fail_msg("'%s' does not run", task);
        return;
    }
    for (size_t i = 0; message == ATTEMPT_FINISHED && i < stage->started_count; i++) {
        stage->started[i] = stage->started[i] == attempt ? NULL : stage->started[i];
    }
    attempt->message.kind = message;
    inbox_post(attempt->inbox, &attempt->message);
    stage_settle(stage);
}

static inline void stage_end(struct stage *stage, const char *task, enum cloacina_code code,
                             const char *sets)
{
    struct attempt *attempt = stage_attempt(stage, task);
    if (attempt == NULL) {
        fail_msg("'%s' does not run", task);
    }
    attempt->outcome =
        (struct attempt_outcome){.code = code, .message = code == CLOACINA_OK ? NULL : "it broke"};
    if (sets != NULL) {
        assert_int_equal(delta_read(&stage->arena, text_of(sets), &attempt->outcome.delta, NULL),
                         CLOACINA_OK);
    }
    stage_post(stage, task, ATTEMPT_FINISHED);
}

/* How many bodies run. */
static inline size_t stage_running(const struct stage *stage)
{
    size_t running = 0;
    for (size_t i = 0; i < stage->started_count; i++) {
        running += stage->started[i] != NULL;
    }
    return running;
}

static inline struct runner_counts stage_counts(const struct stage *stage, size_t runner)
{
    struct runner_counts counts;
    runner_count(stage->runners[runner].runner, &counts);
    return counts;
}

/* The rows as the store has them. */
static inline struct dal_snapshot stage_rows(struct stage *stage)
{
    struct dal_snapshot snapshot;
    assert_int_equal(
        stage->store->impl->load(stage->store, stage->command.id, &stage->arena, &snapshot, NULL),
        CLOACINA_OK);
    return snapshot;
}

static inline const struct task_row *stage_row(struct stage *stage, const char *task)
{
    struct dal_snapshot snapshot = stage_rows(stage);
    uint32_t index = 0;
    assert_true(workflow_index(stage->workflow->definition, text_of(task), &index));
    return &snapshot.feed.tasks[index].row;
}

static inline enum execution_status stage_status(struct stage *stage)
{
    return (enum execution_status)stage_rows(stage).feed.row.status;
}

#define stage_assert_task(stage, task, expected)                                                   \
    assert_string_equal(task_status_name((enum task_status)stage_row(stage, task)->status),        \
                        task_status_name(expected))
#define stage_assert_execution(stage, expected)                                                    \
    assert_string_equal(execution_status_name(stage_status(stage)), execution_status_name(expected))

static inline void stage_close(struct stage *stage)
{
    for (size_t i = 0; i < stage->runner_count; i++) {
        runner_destroy(stage->runners[i].runner);
    }
    dal_destroy(stage->store);
    registry_finish(&stage->registry);
    cloacina_workflow_unref(stage->workflow);
    arena_finish(&stage->arena);
}

#endif
