/* SPDX-License-Identifier: Apache-2.0 */
/* test_handle.c - what a body holds in its hand, in a place that only writes down what it is
 * asked. */
#include "execution_scene.h"

#include "executor/executor.h"

struct place {
    struct body_environment environment; /* first */
    struct attempt attempt;
    struct cloacina_workflow *workflow;
    struct arena arena;
    int64_t slept;
    enum attempt_message posted[4];
    size_t posted_count;
    enum cloacina_code sleep_answer;
    int conditions; /* how often the condition was asked */
    int effects;
};

static struct place *place_of(struct body_environment *environment)
{
    return (struct place *)environment;
}

static int64_t place_now(struct body_environment *environment)
{
    return 7000 + place_of(environment)->slept;
}

static enum cloacina_code place_sleep(struct body_environment *environment, int64_t duration,
                                      struct cloacina_error *err)
{
    (void)err;
    place_of(environment)->slept += duration;
    return place_of(environment)->sleep_answer;
}

static enum cloacina_code place_post(struct body_environment *environment,
                                     enum attempt_message message, struct cloacina_error *err)
{
    (void)err;
    struct place *place = place_of(environment);
    place->posted[place->posted_count++] = message;
    return CLOACINA_OK;
}

static enum cloacina_code place_effect(struct body_environment *environment,
                                       const struct cloacina_effect *effect,
                                       struct cloacina_error *err)
{
    place_of(environment)->effects++;
    return effect->apply(effect->argument, err);
}

static uint64_t place_random(struct body_environment *environment, uint64_t bound)
{
    (void)environment;
    return bound - 1;
}

static void place_open(struct place *place, struct cloacina_heap *heap,
                       enum cloacina_code (*body)(struct cloacina_task *, struct cloacina_error *))
{
    static const struct body_environment_impl impl = {
        .now = place_now,
        .sleep = place_sleep,
        .post_and_wait = place_post,
        .effect = place_effect,
        .random = place_random,
    };
    *place = (struct place){.workflow = scene_workflow("charge", NULL, 0)};
    const struct workflow *workflow = place->workflow->definition;
    arena_init(&place->arena, NULL);
    const struct value *context;
    assert_int_equal(value_read(&place->arena, TEXT_LITERAL("{\"n\":1}"), &context, NULL),
                     CLOACINA_OK);
    place->environment =
        (struct body_environment){.impl = &impl, .attempt = &place->attempt, .heap = heap};
    place->attempt.workflow = workflow;
    place->attempt.task = &workflow->tasks[0];
    place->attempt.body = body;
    place->attempt.user = place;
    place->attempt.input = view_initial(&place->arena, context);
    place->attempt.execution = (struct id){1, 2};
    place->attempt.claim = (struct stamp){3, 4};
    place->attempt.number = 2;
}

static void place_close(struct place *place)
{
    arena_finish(&place->arena);
    cloacina_workflow_unref(place->workflow);
}

static enum cloacina_code fine(void *argument, struct cloacina_error *err)
{
    (void)argument;
    (void)err;
    return CLOACINA_OK;
}

static enum cloacina_code asks_everything(struct cloacina_task *task, struct cloacina_error *err)
{
    struct place *place = cloacina_task_user(task);
    assert_string_equal(cloacina_task_name(task), "charge");
    assert_int_equal(cloacina_task_attempt(task), 2);
    assert_int_equal(cloacina_task_attempts_max(task), 2);
    assert_string_equal(cloacina_task_idempotency_key(task),
                        "00000000-0000-0001-0000-000000000002:charge");
    assert_string_equal(cloacina_task_token(task), "3.4");
    assert_int_equal(cloacina_task_now(task), 7000);
    assert_int_equal(cloacina_task_random(task, 10), 9);
    assert_false(cloacina_task_is_cancelled(task));
    atomic_store(&place->attempt.is_cancelled, true);
    assert_true(cloacina_task_is_cancelled(task));
    assert_int_equal(cloacina_task_sleep_ms(task, -5, err), CLOACINA_OK);
    assert_int_equal(cloacina_task_sleep_ms(task, 3, err), CLOACINA_OK);
    assert_int_equal(place->slept, 3 * NANOSECONDS_PER_MILLISECOND);
    struct cloacina_effect effect = {.name = "pay", .apply = fine};
    assert_int_equal(cloacina_task_effect(task, &effect, err), CLOACINA_OK);
    return cloacina_context_set_int64(cloacina_task_context(task), "n", 2, err);
}

/* Why: the handle is the whole interface between a body and the place it runs in. */
static void a_body_learns_everything_from_its_handle(void **state)
{
    (void)state;
    struct place place;
    place_open(&place, cloacina_heap_system(), asks_everything);
    struct cloacina_task *handle = body_run(&place.environment);
    assert_int_equal(place.attempt.outcome.code, CLOACINA_OK);
    assert_null(place.attempt.outcome.message);
    assert_int_equal(place.attempt.outcome.delta->count, 1);
    assert_int_equal(place.effects, 1);
    body_handle_destroy(handle);
    body_handle_destroy(NULL);
    place_close(&place);
}

static int third_time(void *user)
{
    return ++((struct place *)user)->conditions == 3;
}

static enum cloacina_code defers(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_task_defer_until(task, third_time, cloacina_task_user(task), 10, err);
}

/* Why: parked first, then asked after every interval, then back to a slot. */
static void deferring_parks_asks_and_wants_the_slot_back(void **state)
{
    (void)state;
    struct place place;
    place_open(&place, cloacina_heap_system(), defers);
    body_handle_destroy(body_run(&place.environment));
    assert_int_equal(place.attempt.outcome.code, CLOACINA_OK);
    assert_int_equal(place.slept, 30 * NANOSECONDS_PER_MILLISECOND);
    assert_int_equal(place.posted_count, 2);
    assert_int_equal(place.posted[0], ATTEMPT_DEFERRED);
    assert_int_equal(place.posted[1], ATTEMPT_WANTS_SLOT);
    place_close(&place);
}

/* Why: a parked body that is cancelled leaves at once, and says so even without a message of its
 * own. */
static void a_cancelled_deferral_ends_the_wait(void **state)
{
    (void)state;
    struct place place;
    place_open(&place, cloacina_heap_system(), defers);
    place.sleep_answer = CLOACINA_CANCELLED;
    struct cloacina_task *handle = body_run(&place.environment);
    assert_int_equal(place.attempt.outcome.code, CLOACINA_CANCELLED);
    assert_string_equal(place.attempt.outcome.message,
                        "the body returned 'cancelled' without a message");
    assert_null(place.attempt.outcome.delta);
    assert_int_equal(place.posted_count, 1);
    body_handle_destroy(handle);
    place_close(&place);
}

static enum cloacina_code asks_wrongly(struct cloacina_task *task, struct cloacina_error *err)
{
    struct cloacina_effect nameless = {.apply = fine};
    assert_int_equal(cloacina_task_effect(task, &nameless, err), CLOACINA_INVALID);
    assert_string_equal(err->message, "task 'charge': an effect wants a name and an apply");
    assert_int_equal(cloacina_task_defer_until(task, NULL, NULL, 1, err), CLOACINA_INVALID);
    assert_string_equal(err->message, "task 'charge': defer_until wants a condition");
    assert_int_equal(cloacina_task_defer_until(task, third_time, NULL, 0, err), CLOACINA_INVALID);
    assert_string_equal(err->message,
                        "task 'charge': defer_until wants an interval of at least 1 ms");
    return CLOACINA_INVALID;
}

/* Why: wrong use is named, and changes nothing. */
static void wrong_use_is_named(void **state)
{
    (void)state;
    struct place place;
    place_open(&place, cloacina_heap_system(), asks_wrongly);
    body_handle_destroy(body_run(&place.environment));
    assert_int_equal(place.attempt.outcome.code, CLOACINA_INVALID);
    assert_int_equal(place.effects, 0);
    place_close(&place);
}

static enum cloacina_code writes(struct cloacina_task *task, struct cloacina_error *err)
{
    return cloacina_context_set_json(cloacina_task_context(task), "k", "[1,2]", err);
}

/* Why: a body without memory fails with that code, and leaves nothing behind. */
static void no_memory_is_the_outcome(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct place place;
        failing_heap_init(&heap, n);
        place_open(&place, &heap.heap, writes);
        body_handle_destroy(body_run(&place.environment));
        enum cloacina_code code = place.attempt.outcome.code;
        place_close(&place);
        assert_int_equal(heap.outstanding, 0);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_learns_everything_from_its_handle),
        cmocka_unit_test(deferring_parks_asks_and_wants_the_slot_back),
        cmocka_unit_test(a_cancelled_deferral_ends_the_wait),
        cmocka_unit_test(wrong_use_is_named),
        cmocka_unit_test(no_memory_is_the_outcome),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
