/* SPDX-License-Identifier: Apache-2.0 */
/* test_pool.c - runs in child processes: whatever bodies do there, the parent goes on. */
#include "search_scene.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cloacina/clock.h>

#include "search/pool.h"

/* ---- bodies that end their process ---- */

enum deed { DEED_NONE, DEED_ABORT, DEED_EXIT, DEED_HANG, DEED_JUMP };

/* What the oracle draws is what the body does. */
static jmp_buf way_out;

static void do_deed(uint64_t number)
{
    if (number == DEED_ABORT) {
        (void)signal(SIGABRT, SIG_DFL);
        abort();
    }
    if (number == DEED_EXIT) {
        quick_exit(3); /* exit() would have tools complain about what the body leaves */
    }
    if (number == DEED_JUMP) {
        longjmp(way_out, 1);
    }
    while (number == DEED_HANG) {
        (void)pause();
    }
}

static enum cloacina_code deed_body(struct cloacina_task *task, struct cloacina_error *err)
{
    (void)err;
    do_deed(cloacina_task_random(task, 1000));
    return CLOACINA_OK;
}

static const struct cloacina_task_definition deed = {
    .name = "deed", .body = deed_body, .dependencies = CLOACINA_TASKS(&scene_price)};
static const struct cloacina_workflow_definition deeds = {
    .name = "deeds", .tasks = CLOACINA_TASKS(&scene_price, &deed)};

/* ---- a pool of runs, each told what to do ---- */

enum { RUNS_MAX = 64 };

struct play {
    struct scene scene;
    struct search_subject subject;
    enum deed deeds[RUNS_MAX]; /* of each run */
    uint64_t end;              /* there are no runs from here on; 0: there always are */
    uint64_t fails_at;         /* this run answers an error; 0: none does */
    /* In the parent. */
    uint64_t findings;
    uint64_t run_of[RUNS_MAX];
    struct search_finding found[RUNS_MAX];
    char tape[RUNS_MAX][256];
    uint64_t stops_after; /* findings; 0: never */
    uint64_t progress;
    int64_t dawdles_ns; /* over each finding */
};

static enum cloacina_code play_run(void *user, uint64_t run, const struct search_setup *setup,
                                   struct search_outcome *ret_outcome, struct cloacina_error *err)
{
    struct play *play = user;
    char text[64];
    struct scene_decisions decisions;
    if (play->end != 0 && run >= play->end) {
        return CLOACINA_NOT_FOUND;
    }
    if (play->fails_at != 0 && run == play->fails_at) {
        return cloacina_error_raise(err, CLOACINA_IO, "run %d has no input", (int)run);
    }
    (void)snprintf(text, sizeof(text), "run-1/deed/1/random@1=%u",
                   (unsigned)(run < RUNS_MAX ? play->deeds[run] : DEED_NONE));
    const char *texts[] = {text};
    scene_decisions_init(&decisions, texts, strchr(text, '=')[1] != '0');
    enum cloacina_code code = search_replay(&play->subject, decisions.all, decisions.count, setup,
                                            ret_outcome, NULL, err);
    scene_decisions_finish(&decisions);
    return code;
}

static bool play_found(void *user, uint64_t run, const struct search_finding *finding,
                       struct text tape)
{
    struct play *play = user;
    assert_true(play->findings < RUNS_MAX);
    (void)snprintf(play->tape[play->findings], sizeof(play->tape[0]), "%.*s", TEXT_PRINT(tape));
    play->run_of[play->findings] = run;
    play->found[play->findings++] = *finding;
    struct cloacina_clock *clock = cloacina_clock_system();
    if (play->dawdles_ns != 0) {
        assert_ok(cloacina_clock_wait_until(
            clock, cloacina_clock_monotonic(clock) + play->dawdles_ns, err));
    }
    return play->findings != play->stops_after;
}

static void play_progress(void *user, uint64_t runs_done)
{
    struct play *play = user;
    assert_true(runs_done >= play->progress);
    play->progress = runs_done;
}

/* Around a child: it ends by exit(), with which tools write down what they have counted there. */
static bool enter_and_exit(void *user, void (*loop)(void *argument), void *argument,
                           struct search_finding *ret_finding)
{
    (void)user;
    (void)ret_finding;
    loop(argument);
    exit(0);
}

static struct play *play_create(void)
{
    struct play *play = calloc(1, sizeof(*play));
    assert_non_null(play);
    play->scene.definition = &deeds;
    play->subject = scene_subject(&play->scene);
    return play;
}

static struct pool_options pool_of(struct play *play, uint32_t jobs, uint64_t runs)
{
    return (struct pool_options){
        .jobs = jobs,
        .runs = runs,
        .run = play_run,
        .found = play_found,
        .progress = play_progress,
        .enter = enter_and_exit,
        .user = play,
    };
}

static void assert_no_children(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* ---- tests ---- */

/* What many processes have counted is added up in one place. */
static void figures_of_all_children_are_added_up(void **state)
{
    (void)state;
    struct play *play = play_create();
    struct pool_options options = pool_of(play, 3, 40);
    struct pool_result result;
    assert_ok(pool_run(&options, &result, err));
    assert_int_equal(result.runs, 40);
    assert_int_equal(result.figures.runs, 40);
    assert_int_equal(result.figures.attempts, 80);
    assert_int_equal(result.coverage.asked[SITE_BODY], 80);
    assert_int_equal(result.coverage.fired[SITE_BODY][FAULT_FAIL], 0);
    assert_int_equal(play->findings, 0);
    assert_int_equal(play->scene.prepared, 0); /* here: they ran elsewhere */
    assert_true(result.wall_ns > 0);
    assert_no_children();
    free(play);
}

/* A crash is a finding with its decisions, and the runs behind it are made all the same. */
static void a_body_that_crashes_is_a_finding(void **state)
{
    (void)state;
    struct play *play = play_create();
    struct pool_options options = pool_of(play, 2, 12);
    struct pool_result result;
    play->deeds[3] = DEED_ABORT;
    play->deeds[4] = DEED_EXIT;
    assert_ok(pool_run(&options, &result, err));
    assert_int_equal(result.runs, 12);
    assert_int_equal(result.figures.runs, 10);
    assert_int_equal(play->findings, 2);
    int crash = play->run_of[0] == 3 ? 0 : 1;
    assert_int_equal(play->run_of[crash], 3);
    assert_string_equal(play->found[crash].id, "crash");
    assert_non_null(strstr(play->found[crash].message, "signal 6 (SIGABRT), after "));
    assert_string_equal(play->tape[crash], "run-1/deed/1/random@1=1\n");
    assert_int_equal(play->run_of[1 - crash], 4);
    assert_string_equal(play->found[1 - crash].id, "crash");
    assert_ptr_equal(strstr(play->found[1 - crash].message, "exit("),
                     play->found[1 - crash].message);
    assert_non_null(strstr(play->found[1 - crash].message, ") was called, after "));
    assert_no_children();
    free(play);
}

/* Somebody who waits for ever is ended, and told. */
static void a_body_that_hangs_is_a_finding(void **state)
{
    (void)state;
    struct play *play = play_create();
    struct pool_options options = pool_of(play, 2, 6);
    struct pool_result result;
    options.hang_ns = 1000 * MS;
    play->deeds[2] = DEED_HANG;
    assert_ok(pool_run(&options, &result, err));
    assert_int_equal(result.runs, 6);
    assert_int_equal(play->findings, 1);
    assert_int_equal(play->run_of[0], 2);
    assert_string_equal(play->found[0].id, "hang");
    assert_non_null(strstr(play->found[0].message, "nothing has moved for 1 s, after "));
    assert_no_children();
    free(play);
}

/* ---- what breaks a promise without dying ---- */

static enum cloacina_code no_deed(const struct cloacina_world *world, void *user,
                                  struct cloacina_error *err)
{
    struct cloacina_world_counts counts;
    (void)user;
    cloacina_world_count(world, &counts);
    return counts.completed < 2 ? CLOACINA_OK : cloacina_error_set(err, "it is done");
}

static const struct cloacina_property undone = {
    .name = "undone", .type = CLOACINA_EVENTUALLY, .holds = no_deed};

/* Every run breaks it: each is told, once, with its name and message. */
static void findings_come_in_one_by_one(void **state)
{
    (void)state;
    struct play *play = play_create();
    struct pool_options options = pool_of(play, 3, 30);
    struct pool_result result;
    bool seen[30] = {false};
    play->scene.properties[0] = &undone;
    assert_ok(pool_run(&options, &result, err));
    assert_int_equal(play->findings, 30);
    for (uint64_t i = 0; i < 30; i++) {
        assert_false(seen[play->run_of[i]]);
        seen[play->run_of[i]] = true;
        assert_string_equal(play->found[i].id, "eventually");
        assert_string_equal(play->found[i].name, "undone");
        assert_string_equal(play->found[i].message, "'undone': it is done");
    }
    free(play);
}

/* Who needs one failure only does not wait for the others. */
static void the_first_finding_may_end_it_all(void **state)
{
    (void)state;
    struct play *play = play_create();
    struct pool_options options = pool_of(play, 3, 0);
    struct pool_result result;
    play->scene.properties[0] = &undone;
    options.stops_at_first = true;
    assert_ok(pool_run(&options, &result, err));
    assert_int_equal(play->findings, 1);
    options.stops_at_first = false;
    play->findings = play->progress = 0;
    play->stops_after = 2;
    assert_ok(pool_run(&options, &result, err));
    assert_int_equal(play->findings, 2);
    assert_no_children();
    free(play);
}

/* The parent shrinks a finding for a while: nobody who waits for it hangs. */
static void a_parent_that_takes_its_time_sees_no_hang(void **state)
{
    (void)state;
    struct play *play = play_create();
    struct pool_options options = pool_of(play, 3, 3);
    struct pool_result result;
    play->scene.properties[0] = &undone;
    play->dawdles_ns = 1100 * MS;
    options.hang_ns = 1000 * MS;
    assert_ok(pool_run(&options, &result, err));
    assert_int_equal(play->findings, 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(play->found[i].id, "eventually");
    }
    free(play);
}

/* ---- how it ends ---- */

/* Time is what it is: no number of runs is wanted. */
static void a_budget_ends_the_runs(void **state)
{
    (void)state;
    struct play *play = play_create();
    struct pool_options options = pool_of(play, 2, 0);
    struct pool_result result;
    options.budget_ns = 500 * MS;
    assert_ok(pool_run(&options, &result, err));
    assert_true(result.runs > 0);
    assert_int_equal(result.runs, result.figures.runs);
    assert_true(result.wall_ns >= 500 * MS);
    assert_int_equal(play->progress, result.runs);
    assert_no_children();
    free(play);
}

/* A sweep knows itself how many runs there are. */
static void the_runs_themselves_may_end(void **state)
{
    (void)state;
    struct play *play = play_create();
    struct pool_options options = pool_of(play, 3, 0);
    struct pool_result result;
    options.enter = NULL;
    play->end = 17;
    assert_ok(pool_run(&options, &result, err));
    assert_int_equal(result.runs, 17);
    free(play);
}

/* An error is not a finding: something is wrong with the search. */
static void an_error_of_a_run_ends_it_all(void **state)
{
    (void)state;
    struct play *play = play_create();
    struct pool_options options = pool_of(play, 2, 0);
    struct pool_result result;
    play->fails_at = 7;
    assert_error(pool_run(&options, &result, err), CLOACINA_IO, "run 7 has no input");
    assert_no_children();
    options.jobs = POOL_JOBS_MAX + 1;
    assert_error(pool_run(&options, &result, err), CLOACINA_INVALID, "257 jobs: at most 256");
    free(play);
}

/* ---- around everything ---- */

static bool enter(void *user, void (*loop)(void *argument), void *argument,
                  struct search_finding *ret_finding)
{
    (void)user;
    if (setjmp(way_out) != 0) {
        *ret_finding = (struct search_finding){.id = "assertion", .message = "jumped"};
        return true;
    }
    loop(argument);
    return false;
}

/* cmocka leaves a failed assertion by longjmp: the run is over, the next child goes on. */
static void a_jump_out_of_a_run_is_a_finding(void **state)
{
    (void)state;
    struct play *play = play_create();
    struct pool_options options = pool_of(play, 2, 8);
    struct pool_result result;
    options.enter = enter;
    play->deeds[1] = play->deeds[6] = DEED_JUMP;
    assert_ok(pool_run(&options, &result, err));
    assert_int_equal(result.runs, 8);
    assert_int_equal(play->findings, 2);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(play->found[i].id, "assertion");
        assert_string_equal(play->found[i].message, "jumped");
        assert_string_equal(play->tape[i], "run-1/deed/1/random@1=4\n");
    }
    assert_no_children();
    free(play);
}

static bool enter_and_die(void *user, void (*loop)(void *argument), void *argument,
                          struct search_finding *ret_finding)
{
    (void)user;
    (void)loop;
    (void)argument;
    (void)ret_finding;
    _exit(1);
}

/* Otherwise it would be tried for ever. */
static void a_child_that_never_begins_is_an_error(void **state)
{
    (void)state;
    struct play *play = play_create();
    struct pool_options options = pool_of(play, 2, 8);
    struct pool_result result;
    options.enter = enter_and_die;
    assert_error(pool_run(&options, &result, err), CLOACINA_UNAVAILABLE,
                 "a child process died before its first run");
    assert_no_children();
    free(play);
}

/* ---- the parent dies ---- */

/* Nobody is left behind, whatever has ended the parent. */
static void children_die_with_their_parent(void **state)
{
    (void)state;
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t parent = fork();
    assert_true(parent >= 0);
    if (parent == 0) {
        struct play *play = play_create();
        struct pool_options options = pool_of(play, 3, 0);
        struct pool_result result;
        struct cloacina_error error;
        (void)close(ends[0]);
        play->deeds[1] = DEED_HANG;
        (void)!pool_run(&options, &result, &error);
        _exit(0);
    }
    (void)close(ends[1]);
    struct cloacina_clock *clock = cloacina_clock_system();
    assert_ok(cloacina_clock_wait_until(clock, cloacina_clock_monotonic(clock) + 200 * MS, err));
    assert_int_equal(kill(parent, SIGINT), 0);
    assert_int_equal(waitpid(parent, NULL, 0), parent);
    /* The other end of the pipe closes with the last child. */
    assert_int_equal(read(ends[0], &byte, 1), 0);
    (void)close(ends[0]);
}

/* ---- one run in a process of its own ---- */

static struct search_outcome isolated(enum deed wanted, const struct search_isolation *isolation)
{
    struct scene scene = {.definition = &deeds};
    struct search_subject subject = scene_subject(&scene);
    struct scene_decisions decisions;
    struct search_outcome outcome;
    char text[64];
    const char *texts[] = {text, "run-1/price/1/event@1=postpone"};
    (void)snprintf(text, sizeof(text), "run-1/deed/1/random@1=%d", (int)wanted);
    scene_decisions_init(&decisions, texts, 2);
    search_outcome_init(&outcome, NULL);
    assert_ok(search_isolated(&subject, decisions.all, 2, NULL, isolation, &outcome, err));
    scene_decisions_finish(&decisions);
    return outcome;
}

/* The outcome is there, with the decisions that the dead had written down. */
static void a_crash_in_a_process_of_its_own_says_whose_code_ran(void **state)
{
    (void)state;
    struct search_outcome outcome = isolated(DEED_ABORT, NULL);
    assert_string_equal(outcome.finding.id, "crash");
    assert_non_null(strstr(outcome.finding.message,
                           "signal 6 (SIGABRT) in 'deed', attempt 1 of run 1, after "));
    assert_decisions(outcome.decisions, outcome.decision_count,
                     "run-1/price/1/event@1=postpone,run-1/deed/1/random@1=1");
    assert_true(outcome.figures.events > 0);
    search_outcome_finish(&outcome);
    assert_no_children();
}

/* A short patience is enough for those who look at it again. */
static void a_hang_in_a_process_of_its_own_is_ended(void **state)
{
    (void)state;
    struct search_isolation isolation = {.hang_ns = 500 * MS};
    struct search_outcome outcome = isolated(DEED_HANG, &isolation);
    assert_string_equal(outcome.finding.id, "hang");
    search_outcome_finish(&outcome);
    assert_no_children();
}

/* The same as without a process. */
static void a_run_that_ends_well_is_the_same_in_a_process(void **state)
{
    (void)state;
    struct search_isolation isolation = {.enter = enter_and_exit};
    struct search_outcome outcome = isolated(99, &isolation), here;
    struct scene scene = {.definition = &deeds};
    struct search_subject subject = scene_subject(&scene);
    assert_null(outcome.finding.id);
    search_outcome_init(&here, NULL);
    assert_ok(
        search_replay(&subject, outcome.decisions, outcome.decision_count, NULL, &here, NULL, err));
    assert_true(hash128_equal(here.trace, outcome.trace));
    assert_int_equal(here.figures.events, outcome.figures.events);
    search_outcome_finish(&here);
    search_outcome_finish(&outcome);
    isolation.enter = enter;
    outcome = isolated(DEED_JUMP, &isolation);
    assert_string_equal(outcome.finding.id, "assertion");
    search_outcome_finish(&outcome);
}

static enum cloacina_code prepare_nothing(void *user, struct cloacina_world *world, uint64_t seed,
                                          struct cloacina_error *err)
{
    (void)user;
    (void)world;
    (void)seed;
    return cloacina_error_raise(err, CLOACINA_IO, "no input");
}

/* Errors come back as they are. */
static void an_error_in_a_process_of_its_own_comes_back(void **state)
{
    (void)state;
    struct search_subject subject = {.prepare = prepare_nothing};
    struct search_outcome outcome;
    search_outcome_init(&outcome, NULL);
    assert_error(search_isolated(&subject, NULL, 0, NULL, NULL, &outcome, err), CLOACINA_IO,
                 "no input");
    search_outcome_finish(&outcome);
}

/* What kills the process is shrunk like everything else. */
static void a_crash_shrinks_to_what_caused_it(void **state)
{
    (void)state;
    struct scene scene = {.definition = &deeds};
    struct search_subject subject = scene_subject(&scene);
    struct shrink_options options = {
        .clock = cloacina_clock_system(), .budget_ns = 60 * SECOND, .is_isolated = true};
    struct search_finding wanted = {.id = "crash"};
    struct scene_decisions decisions;
    struct shrink_result result;
    const char *texts[] = {"run-1/price/1/event@1=postpone", "run-1/deed/1/random@1=1",
                           "world/clock@1=offset:5m"};
    scene_decisions_init(&decisions, texts, 3);
    assert_ok(shrink(&subject, &wanted, decisions.all, 3, &options, &result, err));
    assert_true(result.is_complete);
    assert_decisions(result.decisions, result.decision_count, "run-1/deed/1/random@1=1");
    shrink_result_finish(&result);
    scene_decisions_finish(&decisions);
    assert_no_children();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_of_all_children_are_added_up),
        cmocka_unit_test(a_body_that_crashes_is_a_finding),
        cmocka_unit_test(a_body_that_hangs_is_a_finding),
        cmocka_unit_test(findings_come_in_one_by_one),
        cmocka_unit_test(the_first_finding_may_end_it_all),
        cmocka_unit_test(a_parent_that_takes_its_time_sees_no_hang),
        cmocka_unit_test(a_budget_ends_the_runs),
        cmocka_unit_test(the_runs_themselves_may_end),
        cmocka_unit_test(an_error_of_a_run_ends_it_all),
        cmocka_unit_test(a_jump_out_of_a_run_is_a_finding),
        cmocka_unit_test(a_child_that_never_begins_is_an_error),
        cmocka_unit_test(children_die_with_their_parent),
        cmocka_unit_test(a_crash_in_a_process_of_its_own_says_whose_code_ran),
        cmocka_unit_test(a_hang_in_a_process_of_its_own_is_ended),
        cmocka_unit_test(a_run_that_ends_well_is_the_same_in_a_process),
        cmocka_unit_test(an_error_in_a_process_of_its_own_comes_back),
        cmocka_unit_test(a_crash_shrinks_to_what_caused_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
