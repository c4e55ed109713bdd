/* SPDX-License-Identifier: Apache-2.0 */
/* test_world_body_faults.c - what goes wrong with bodies and their deeds, each at its exact
 * instant.
 *
 * A runner that has died leaves its lease behind; only when others have found it dead does the task
 * run again. */
#include "fault_scene.h"

#include "oracle/sources.h"
#include "world/world.h"

/* ---- when the body starts ---- */

static void a_body_may_fail_in_place_of_its_code(void **state)
{
    static const struct {
        const char *decisions;
        const char *reason;
        enum cloacina_code code;
    } cases[] = {
        {"run-1/only/1/body@1=fail,run-1/only/2/body@1=fail", "injected failure", CLOACINA_FAILED},
        {"run-1/only/1/body@1=fail,run-1/only/2/body@1=transient", "injected: try again",
         CLOACINA_UNAVAILABLE},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct cloacina_world_execution run;
        struct cloacina_world *world = play(&single, charge_body, cases[i].decisions, &run);
        scene_run(world);
        scene_assert_times(world, run, "only", 2, SECOND, SECOND);
        scene_assert_task(world, run, "only", "Failed", cases[i].reason, 2);
        assert_int_equal(scene_task(world, run, "only").code, cases[i].code);
        assert_ledger(world, 0, 0, 0);
        end(world);
    }
}

/* Its code has run when it is late: the deed is done at once. */
static void a_late_body_ends_so_much_later(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world = play(&single, charge_body, "run-1/only/1/body@1=late:5s", &run);
    scene_run_until(world, SECOND, CLOACINA_WORLD_UNTIL);
    assert_ledger(world, 1, 1, 0);
    scene_run(world);
    scene_assert_times(world, run, "only", 1, 0, 5 * SECOND);
    end(world);
}

/* A timeout reaches a late body, but not one that hangs. Its result comes too late for anybody. */
static void a_late_body_notices_a_timeout_and_a_hanging_one_does_not(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world =
        play(&watched, charge_body, "run-1/timed/1/body@1=late:1h", &run);
    scene_run(world);
    assert_int_equal(ended_count, 1);
    assert_true(ended[0].at == SECOND && ended[0].code == CLOACINA_CANCELLED);
    scene_assert_times(world, run, "timed", 1, 0, SECOND);
    end(world);

    world = play(&watched, charge_body, "run-1/timed/1/body@1=hang:1h", &run);
    scene_run(world);
    assert_int_equal(ended_count, 1);
    assert_true(ended[0].at == 3600 * SECOND && ended[0].code == CLOACINA_OK);
    scene_assert_times(world, run, "timed", 1, 0, SECOND);
    scene_assert_status(world, run, "Failed");
    assert_ledger(world, 1, 1, 0);
    end(world);
}

static enum cloacina_code sleep_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_sleep_ms(task, 10000, err);
}

/* What its code waits in is cut off; then it hangs all the same. */
static void a_body_that_is_cancelled_before_it_hangs_still_hangs(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world = play(&watched, sleep_body, "run-1/timed/1/body@1=hang:1h", &run);
    scene_run(world);
    assert_int_equal(ended_count, 1);
    assert_true(ended[0].at == 3601 * SECOND && ended[0].code == CLOACINA_CANCELLED);
    end(world);
}

/* Stubs, injected failures and tasks that only cost time meet the same fate as code. */
static void what_stands_for_code_is_late_and_hangs_too(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world = play(&single, charge_body, "run-1/only/1/body@1=late:5s", &run);
    assert_ok(cloacina_world_stub(world, "single", "only", "{\"a\": 1}", err));
    assert_ok(cloacina_world_cost(world, "single", "only", 2 * SECOND, err));
    scene_run(world);
    scene_assert_times(world, run, "only", 1, 0, 7 * SECOND);
    assert_string_equal(cloacina_world_context(world, run), "{\"a\":1}");
    end(world);

    world = play(&single, charge_body, "run-1/only/1/body@1=hang:5s", &run);
    assert_ok(cloacina_world_fail(world, "single", "only", 1, CLOACINA_IO, "disk", err));
    scene_run_until(world, 5 * SECOND, CLOACINA_WORLD_UNTIL);
    assert_true(ended_count == 1 && ended[0].at == 5 * SECOND && ended[0].code == CLOACINA_IO);
    end(world);

    world = play(&single, charge_body, "run-1/only/1/body@1=fail", &run);
    assert_ok(cloacina_world_stub(world, "single", "only", "{}", err));
    assert_ok(cloacina_world_cost(world, "single", "only", SECOND, err));
    scene_run(world);
    scene_assert_times(world, run, "only", 2, 2 * SECOND, 3 * SECOND);
    assert_int_equal(ended[0].code, CLOACINA_FAILED);
    end(world);
}

/* ---- crashes ---- */

static void a_process_may_die_before_the_code_of_a_body(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world = play(&single, charge_body, "run-1/only/1/body@1=crash:5s", &run);
    scene_run(world);
    assert_ran_again(world, run);
    assert_ledger(world, 1, 1, 0);
    assert_true(ended[0].at == 0 && ended[0].code == CLOACINA_CRASHED);
    end(world);
}

/* The deed is done, the runner knows nothing of it: at least once means twice. */
static void a_process_may_die_when_a_body_has_returned(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world =
        play(&single, charge_body, "run-1/only/1/body@1=crash-after:5s", &run);
    scene_run(world);
    assert_ran_again(world, run);
    assert_ledger(world, 2, 2, 0);
    end(world);
}

static enum cloacina_code answers[4];

/* Goes on after its process has died, as careless code does. */
static enum cloacina_code careless_body(struct cloacina_task *task, struct cloacina_error *err)
{
    static int lives;
    lives = lives % 2 + 1;
    answers[0] = charge_body(task, err);
    answers[1] = cloacina_task_sleep_ms(task, 1000, err);
    answers[2] = charge_body(task, err);
    return lives == 1 ? CLOACINA_OK : answers[2];
}

/* From its death on nothing that a body asks for happens, and every call says so. */
static void a_dead_body_changes_nothing_any_more(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world =
        play(&single, careless_body, "run-1/only/1/effect.payments.charge@1=crash:5s", &run);
    scene_run_until(world, SECOND, CLOACINA_WORLD_UNTIL);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(answers[i], CLOACINA_CRASHED);
    }
    assert_ledger(world, 1, 0, 0);
    scene_run(world);
    assert_ledger(world, 3, 2, 0);
    scene_assert_times(world, run, "only", 1, AGAIN_S * SECOND, (AGAIN_S + 1) * SECOND);
    end(world);
}

static void a_process_may_die_where_a_body_waits(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world =
        play(&single, careless_body, "run-1/only/1/wait@1=crash:5s", &run);
    scene_run(world);
    assert_ledger(world, 3, 3, 0);
    assert_true(ended[0].at == 0);
    end(world);
}

/* The other body waits; it is told at the same instant, and its lane and its place are free. */
CLOACINA_TASK(sleeper, .body = sleep_body);
CLOACINA_TASK(charger, .body = charge_body);
CLOACINA_WORKFLOW(pair, .tasks = CLOACINA_TASKS(&sleeper, &charger));

static void all_bodies_of_a_process_die_with_it(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world =
        play(&pair, charge_body, "run-1/charger/1/effect.payments.charge@1=crash-after:5s", &run);
    scene_run_until(world, 0, CLOACINA_WORLD_UNTIL);
    assert_int_equal(ended_count, 2);
    assert_int_equal(world->bodies.running, 0);
    assert_int_equal(world->bodies.parked, 0);
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    assert_ledger(world, 2, 2, 0);
    end(world);
}

/* What was to happen at the very instant of the death, but had not happened yet, does not. */
static void what_is_due_when_its_process_dies_does_not_happen(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world =
        play(&pair, charge_body, "run-1/charger/1/effect.payments.charge@1=crash:5s", &run);
    assert_ok(cloacina_world_stub(world, "pair", "sleeper", "{}", err));
    scene_run_until(world, SECOND, CLOACINA_WORLD_UNTIL);
    assert_int_equal(ended_count, 2);
    assert_int_equal(ended[0].code, CLOACINA_CRASHED);
    assert_int_equal(ended[1].code, CLOACINA_CRASHED);
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    end(world);
}

static enum cloacina_code stubborn_body(struct cloacina_task *task, struct cloacina_error *err)
{
    for (int calls = 0; calls < 1000; calls++) {
        (void)charge_body(task, err);
    }
    return CLOACINA_OK;
}

/* It would go on for ever in a real process, too: whatever it holds is never given back. */
static void a_body_that_does_not_unwind_is_a_violation(void **state)
{
    struct cloacina_world_execution run;
    const char *message = "";
    (void)state;
    struct cloacina_world *world =
        play(&single, stubborn_body, "run-1/only/1/effect.payments.charge@1=crash:5s", &run);
    scene_run_until(world, INT64_MAX, CLOACINA_WORLD_VIOLATION);
    assert_string_equal(cloacina_world_violation(world, &message), "I-30");
    assert_string_equal(message, "task 'only', attempt 1 of run 1 did not unwind within 64 calls "
                                 "after runner-1 had died");
    end(world);
}

/* A body that hangs has returned from its code: there is nothing to unwind. */
static void a_hanging_body_dies_with_its_process(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world = play(
        &pair, charge_body, "run-1/charger/1/body@1=hang:1m,run-1/sleeper/1/wait@1=crash:5s", &run);
    scene_run(world);
    scene_assert_status(world, run, "Completed");
    end(world);
}

static bool is_open;

static int door_is_open(void *user)
{
    (void)user;
    return is_open;
}

static enum cloacina_code defer_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_defer_until(task, door_is_open, NULL, 1000, err);
}

/* The first wait gives up the slot, the second is the interval, the last wants the slot back. */
static void a_deferred_body_may_lose_its_process_at_every_wait(void **state)
{
    static const char *const decisions[] = {
        "run-1/only/1/wait@1=crash:5s",
        "run-1/only/1/wait@2=crash:5s",
        "run-1/only/1/wait@3=crash:5s",
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(decisions); i++) {
        struct cloacina_world_execution run;
        is_open = true;
        struct cloacina_world *world = play(&single, defer_body, decisions[i], &run);
        scene_run(world);
        scene_assert_status(world, run, "Completed");
        end(world);
    }
}

/* Wherever the process of a body dies, the workflow ends well after the restart. */
static void a_crash_at_every_place_of_a_body_ends_well(void **state)
{
    static const enum fault faults[] = {FAULT_CRASH, FAULT_CRASH_AFTER};
    (void)state;
    for (size_t i = 0; i < ARRAY_COUNT(faults); i++) {
        bool has_fired = true;
        uint64_t n = 0;
        for (; has_fired; n++) {
            struct source_sweep sweep = {
                .fault = faults[i],
                .amount = 2 * SECOND,
                .sites = UINT64_C(1) << SITE_BODY | UINT64_C(1) << SITE_WAIT |
                         UINT64_C(1) << SITE_EFFECT,
                .nth = n,
            };
            struct cloacina_world *world = NULL;
            source_sweep_init(&sweep);
            assert_ok(world_create(&(struct cloacina_world_options){.runners = 2},
                                   &(struct world_setup){.source = &sweep.source}, &world, err));
            assert_ok(cloacina_world_register(world, &pair, err));
            struct cloacina_world_execution run = scene_submit(world, "pair", NULL);
            scene_run(world);
            scene_assert_status(world, run, "Completed");
            has_fired = sweep.has_fired;
            cloacina_world_destroy(world);
        }
        assert_int_equal(n, i == 0 ? 5 : 4); /* two starts, a sleep, a deed; and one calm run */
    }
}

/* ---- while the process stands still ---- */

static enum cloacina_code nap_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_sleep_ms(task, 12000, err);
}

/* It freezes at 10 s, when its runner beats; nothing of it moves before it thaws. */
static void a_body_of_a_frozen_process_goes_on_when_it_thaws(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world = play(&single, nap_body, "runner-1/poll@2=freeze:25s", &run);
    scene_run(world);
    assert_true(ended_count == 1 && ended[0].at == 35 * SECOND);
    scene_assert_times(world, run, "only", 1, 0, 35 * SECOND);
    end(world);
}

/* The process freezes when it has noticed the timeout, before it can tell the body. */
static void a_body_that_times_out_in_a_freezing_process_returns_at_the_thaw(void **state)
{
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world =
        play(&watched, charge_body, "run-1/timed/1/commit@1=freeze:25s", &run);
    assert_ok(cloacina_world_cost(world, "watched", "timed", 5 * SECOND, err));
    scene_run(world);
    assert_true(ended_count == 1 && ended[0].at == 26 * SECOND);
    assert_int_equal(ended[0].code, CLOACINA_OK);
    scene_assert_status(world, run, "Failed");
    end(world);
}

/* ---- who goes first ---- */

static char order[8];

static enum cloacina_code sign(void *argument, struct cloacina_error *err)
{
    const char *letter = argument;
    (void)err;
    assert_true(strlen(order) < sizeof(order) - 1);
    order[strlen(order)] = *letter;
    return CLOACINA_OK;
}

static enum cloacina_code sign_body(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_effect effect = {
        .name = "book.sign", .apply = sign, .argument = (void *)cloacina_task_name(task)};
    return cloacina_task_effect(task, &effect, err);
}

CLOACINA_TASK(ann, .body = sign_body);
CLOACINA_TASK(bob, .body = sign_body);
CLOACINA_WORKFLOW(guests, .tasks = CLOACINA_TASKS(&ann, &bob));

/* At one instant only decisions change the order: of a whole event, or of one deed. */
static void a_postponed_body_lets_everybody_else_go_first(void **state)
{
    static const char *const decisions[] = {
        "run-1/ann/1/event@1=postpone",
        "run-1/ann/1/effect.book.sign@1=postpone",
    };
    struct cloacina_world_execution run;
    (void)state;
    struct cloacina_world *world = scene_world(NULL, &guests);
    memset(order, 0, sizeof(order));
    (void)scene_submit(world, "guests", NULL);
    scene_run(world);
    assert_string_equal(order, "ab");
    end(world);
    for (size_t i = 0; i < ARRAY_COUNT(decisions); i++) {
        memset(order, 0, sizeof(order));
        world = play(&guests, NULL, decisions[i], &run);
        scene_run(world);
        assert_string_equal(order, "ba");
        end(world);
    }
}

/* ---- the story ---- */

struct listener {
    struct teller teller;
    struct tale tales[64];
    char texts[64][64];
    int count;
};

static void listen(struct teller *teller, const struct tale *tale)
{
    struct listener *listener = (struct listener *)teller;
    assert_true(listener->count < 64);
    listener->tales[listener->count] = *tale;
    size_t length = tale->text.length < 63 ? tale->text.length : 63;
    if (length > 0) {
        memcpy(listener->texts[listener->count], tale->text.bytes, length);
    }
    listener->count++;
}

static const struct tale *tale_of(const struct listener *listener, enum tale_kind kind, int n)
{
    for (int i = 0; i < listener->count; i++) {
        if (listener->tales[i].kind == kind && n-- == 0) {
            return &listener->tales[i];
        }
    }
    fail_msg("there is no such tale");
    return NULL;
}

/* What the report of a failure is made of. */
static void a_story_tells_of_bodies_and_their_deeds(void **state)
{
    static struct listener listener;
    struct decision decision = {
        .label = {.site = SITE_EFFECT,
                  .run = 1,
                  .attempt = 1,
                  .number = 1,
                  .task = TEXT_LITERAL("only"),
                  .name = TEXT_LITERAL("payments.charge")},
        .choice = {FAULT_REPLY_LOST, 0},
    };
    struct source_replay replay;
    struct cloacina_world *world = NULL;
    (void)state;
    listener = (struct listener){.teller.tell = listen};
    assert_true(source_replay_init(&replay, cloacina_heap_system(), &decision, 1));
    assert_ok(world_create(
        NULL, &(struct world_setup){.source = &replay.source, .teller = &listener.teller}, &world,
        err));
    assert_ok(cloacina_world_register(world, &single, err));
    chosen = charge_body;
    (void)scene_submit(world, "single", NULL);
    scene_run(world);

    const struct tale *started = tale_of(&listener, TALE_STARTED, 1);
    assert_true(started->at == CLOACINA_WORLD_START_NS + SECOND);
    assert_true(started->runner == 1 && started->run == 1);
    assert_true(started->attempt == 2 && started->attempts_max == 2);
    const char *key = listener.texts[started - listener.tales];
    assert_string_equal(key + strlen(key) - 5, ":only");
    const struct tale *returned = tale_of(&listener, TALE_RETURNED, 0);
    assert_int_equal(returned->code, CLOACINA_TIMEOUT);
    assert_string_equal(listener.texts[returned - listener.tales],
                        "payments.charge: reply lost (injected)");
    const struct tale *again = tale_of(&listener, TALE_EFFECT, 1);
    assert_true(again->count == 2 && again->attempt == 2);
    assert_string_equal(listener.texts[again - listener.tales], "payments.charge");
    assert_non_null(tale_of(&listener, TALE_FAULT, 0));
    cloacina_world_destroy(world);
    source_replay_finish(&replay);
}

/* ---- memory ---- */

/* A world with faults either works or says that it has no memory; nothing leaks. */
static void any_allocation_of_a_world_with_faults_may_fail(void **state)
{
    bool has_failed = true;
    (void)state;
    for (size_t n = 0; has_failed; n++) {
        struct failing_heap heap;
        struct cloacina_world *world = NULL;
        struct cloacina_world_execution run;
        struct cloacina_error err = {CLOACINA_OK, ""};
        enum cloacina_world_end how = CLOACINA_WORLD_SETTLED;
        failing_heap_init(&heap, n);
        chosen = charge_body;
        enum cloacina_code code = cloacina_world_create(
            &(struct cloacina_world_options){
                .heap = &heap.heap,
                .replay = "run-1/charger/1/effect.payments.charge@1=down:1s,"
                          "run-1/charger/2/effect.payments.charge@1=slow:1s,"
                          "run-1/sleeper/1/wait@1=crash:5s,run-1/sleeper/1/body@2=late:1s,"
                          "run-1/charger/3/effect.payments.charge@1=slow-reply:1s",
            },
            &world, &err);
        if (code == CLOACINA_OK) {
            code = cloacina_world_register(world, &pair, &err);
        }
        if (code == CLOACINA_OK) {
            code = cloacina_world_submit(world, "pair", NULL, &run, &err);
        }
        if (code == CLOACINA_OK) {
            code = cloacina_world_run(world, INT64_MAX, &how, &err);
        }
        assert_true(code == CLOACINA_OK || code == CLOACINA_NO_MEMORY);
        assert_int_equal(how, CLOACINA_WORLD_SETTLED);
        cloacina_world_destroy(world);
        assert_int_equal(heap.outstanding, 0);
        has_failed = heap.has_failed;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_may_fail_in_place_of_its_code),
        cmocka_unit_test(a_late_body_ends_so_much_later),
        cmocka_unit_test(a_late_body_notices_a_timeout_and_a_hanging_one_does_not),
        cmocka_unit_test(a_body_that_is_cancelled_before_it_hangs_still_hangs),
        cmocka_unit_test(what_stands_for_code_is_late_and_hangs_too),
        cmocka_unit_test(a_process_may_die_before_the_code_of_a_body),
        cmocka_unit_test(a_process_may_die_when_a_body_has_returned),
        cmocka_unit_test(a_dead_body_changes_nothing_any_more),
        cmocka_unit_test(a_process_may_die_where_a_body_waits),
        cmocka_unit_test(all_bodies_of_a_process_die_with_it),
        cmocka_unit_test(what_is_due_when_its_process_dies_does_not_happen),
        cmocka_unit_test(a_body_that_does_not_unwind_is_a_violation),
        cmocka_unit_test(a_hanging_body_dies_with_its_process),
        cmocka_unit_test(a_deferred_body_may_lose_its_process_at_every_wait),
        cmocka_unit_test(a_crash_at_every_place_of_a_body_ends_well),
        cmocka_unit_test(a_body_of_a_frozen_process_goes_on_when_it_thaws),
        cmocka_unit_test(a_body_that_times_out_in_a_freezing_process_returns_at_the_thaw),
        cmocka_unit_test(a_postponed_body_lets_everybody_else_go_first),
        cmocka_unit_test(a_story_tells_of_bodies_and_their_deeds),
        cmocka_unit_test(any_allocation_of_a_world_with_faults_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
