/* SPDX-License-Identifier: Apache-2.0 */
/* test_world_scribble.c - a run with another pattern in its memory shows who depends on memory. */
#include "world_scene.h"

#include "oracle/sources.h"
#include "world/coroutine_tools.h"
#include "world/world.h"

/* ---- bodies that write into the context what they should not know ---- */

static enum cloacina_code write(struct cloacina_task *task, int64_t number,
                                struct cloacina_error *err)
{
    return cloacina_context_set_int64(cloacina_task_context(task), "number", number, err);
}

static enum cloacina_code honest_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return write(task, 7, err);
}

static enum cloacina_code stack_address_body(struct cloacina_task *task, struct cloacina_error *err)
{
    int local = 0;
    return write(task, (int64_t)(uintptr_t)&local % 1024, err);
}

static enum cloacina_code heap_address_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return write(task, (int64_t)(uintptr_t)task % 4096, err);
}

/* Reads through a pointer, so that no compiler sees that nobody has written there. */
static int64_t sum(volatile unsigned char *bytes, size_t count)
{
    int64_t total = 0;
    for (size_t i = 0; i < count; i++) {
        total = total * 31 % 1000003 + bytes[i];
    }
    return total;
}

static enum cloacina_code rubbish_body(struct cloacina_task *task, struct cloacina_error *err)
{
    volatile unsigned char rubbish[64];
    rubbish[0] = 1;
    return write(task, sum(rubbish, sizeof(rubbish)), err);
}

/* What a real clock is: a number that goes on between two runs. */
static enum cloacina_code clock_body(struct cloacina_task *task, struct cloacina_error *err)
{
    static int64_t ticks;
    return write(task, ++ticks, err);
}

static enum cloacina_code (*chosen)(struct cloacina_task *task, struct cloacina_error *err);
static enum cloacina_code chosen_body(struct cloacina_task *task, struct cloacina_error *err)
{
    return chosen(task, err);
}

CLOACINA_TASK(first, .body = chosen_body);
CLOACINA_TASK(second, .body = chosen_body, .dependencies = CLOACINA_TASKS(&first));
CLOACINA_WORKFLOW(chain, .tasks = CLOACINA_TASKS(&first, &second));

static void hash_of_run(uint8_t pattern, char ret_hash[33])
{
    struct cloacina_world *world = NULL;
    assert_ok(world_create(NULL, &(struct world_setup){.scribble = pattern}, &world, err));
    assert_ok(cloacina_world_register(world, &chain, err));
    (void)scene_submit(world, "chain", NULL);
    scene_run(world);
    cloacina_world_trace_hash(world, ret_hash);
    cloacina_world_destroy(world);
}

/* Do two runs with these patterns leave the same trace? */
static bool is_repeatable(enum cloacina_code (*body)(struct cloacina_task *,
                                                     struct cloacina_error *),
                          uint8_t pattern, uint8_t other)
{
    char one[33], two[33];
    chosen = body;
    hash_of_run(pattern, one);
    hash_of_run(other, two);
    return strcmp(one, two) == 0;
}

static void a_body_that_depends_on_nothing_leaves_one_trace(void **state)
{
    (void)state;
    assert_true(is_repeatable(honest_body, 0, 0));
    assert_true(is_repeatable(honest_body, 0, 0xa5));
    assert_true(is_repeatable(honest_body, 0x5a, 0xa5));
}

static void an_address_in_a_context_shows(void **state)
{
    (void)state;
    assert_false(is_repeatable(heap_address_body, 0x5a, 0xa5));
#ifndef TOOLS_ADDRESS /* it keeps locals elsewhere */
    assert_false(is_repeatable(stack_address_body, 0x5a, 0xa5));
    assert_false(is_repeatable(stack_address_body, 0, 0xa5));
#else
    (void)stack_address_body;
#endif
}

/* Two runs of one process may find the same rubbish: only the pattern makes sure that they
 * do not. */
static void a_byte_that_nobody_has_written_shows(void **state)
{
    (void)state;
#ifdef TOOLS_ADDRESS
    (void)rubbish_body;
    skip(); /* it keeps locals elsewhere */
#else
    if (RUNNING_ON_VALGRIND) {
        skip(); /* it finds them by itself, and says so */
    }
    assert_false(is_repeatable(rubbish_body, 0x5a, 0xa5));
#endif
}

static void a_clock_of_its_own_shows_without_a_pattern(void **state)
{
    (void)state;
    assert_false(is_repeatable(clock_body, 0, 0));
}

/* ---- the heap itself ---- */

static void the_heap_fills_moves_and_keeps_the_bytes(void **state)
{
    struct failing_heap inner;
    struct scribble scribble;
    (void)state;
    failing_heap_init(&inner, FAIL_NEVER);
    scribble_init(&scribble, &inner.heap, 0xa5);
    struct cloacina_heap *heap = &scribble.heap;
    unsigned char *block = heap->impl->resize(heap, NULL, 0, 4);
    assert_non_null(block);
    assert_int_equal((uintptr_t)block % 16, 0);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(block[i], 0xa5);
        block[i] = (unsigned char)i;
    }
    block = heap->impl->resize(heap, block, 4, 8);
    assert_non_null(block);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(block[i], i < 4 ? i : 0xa5);
    }
    block = heap->impl->resize(heap, block, 8, 2);
    assert_non_null(block);
    assert_int_equal(block[1], 1);
    assert_null(heap->impl->resize(heap, NULL, 0, SIZE_MAX));
    assert_null(heap->impl->resize(heap, block, 2, 0));
    assert_null(heap->impl->resize(heap, NULL, 0, 0));
    scribble_finish(&scribble);
    assert_int_equal(inner.outstanding, 0);
}

/* Ballast is a favour; the heap says itself when there is nothing. */
static void without_memory_the_heap_says_so(void **state)
{
    struct failing_heap inner;
    struct scribble scribble;
    (void)state;
    failing_heap_init(&inner, 0);
    inner.keeps_failing = true;
    scribble_init(&scribble, &inner.heap, 1);
    assert_null(heap_take(&scribble.heap, 10));
    scribble_finish(&scribble);
    assert_int_equal(inner.outstanding, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_that_depends_on_nothing_leaves_one_trace),
        cmocka_unit_test(an_address_in_a_context_shows),
        cmocka_unit_test(a_byte_that_nobody_has_written_shows),
        cmocka_unit_test(a_clock_of_its_own_shows_without_a_pattern),
        cmocka_unit_test(the_heap_fills_moves_and_keeps_the_bytes),
        cmocka_unit_test(without_memory_the_heap_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
