/* SPDX-License-Identifier: Apache-2.0 */
/* test_arena.c - memory that is freed all at once. */
#include "support.h"

#include "base/arena.h"

/* Anything may be put into an arena: large things get 16 bytes, small ones 8. */
static void memory_is_aligned(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, NULL);
    for (size_t size = 0; size < 100; size++) {
        void *taken = arena_take(&arena, size);
        assert_non_null(taken);
        assert_int_equal((uintptr_t)taken % (size < 16 ? 8 : 16), 0);
    }
    arena_finish(&arena);
}

/* Pointers into an arena are kept for its whole life, so nothing may overlap or move. */
static void pieces_neither_overlap_nor_move(void **state)
{
    (void)state;
    enum { PIECES = 2000 };
    static unsigned char *pieces[PIECES];
    struct failing_heap heap;
    failing_heap_init(&heap, FAIL_NEVER);
    struct arena arena;
    arena_init(&arena, &heap.heap);
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = arena_take(&arena, i % 97);
        memset(pieces[i], (int)(i % 251), i % 97);
    }
    for (size_t i = 0; i < PIECES; i++) {
        for (size_t k = 0; k < i % 97; k++) {
            assert_int_equal(pieces[i][k], i % 251);
        }
    }
    arena_finish(&arena);
    assert_int_equal(heap.outstanding, 0);
}

/* One large document must not make every later block large. */
static void a_large_request_gets_a_block_of_its_own(void **state)
{
    (void)state;
    struct failing_heap heap;
    failing_heap_init(&heap, FAIL_NEVER);
    struct arena arena;
    arena_init(&arena, &heap.heap);
    assert_non_null(arena_take(&arena, 1000000));
    assert_true(heap.outstanding < 1001000);
    size_t before = heap.outstanding;
    assert_non_null(arena_take(&arena, 1));
    assert_true(heap.outstanding <= before + 2048);
    arena_finish(&arena);
    assert_int_equal(heap.outstanding, 0);
}

/* Blocks double up to a limit: few allocations for much memory, little waste for little. */
static void blocks_grow_from_1_kib_to_256_kib(void **state)
{
    (void)state;
    struct failing_heap heap;
    failing_heap_init(&heap, FAIL_NEVER);
    struct arena arena;
    arena_init(&arena, &heap.heap);
    size_t largest = 0;
    size_t smallest = SIZE_MAX;
    for (size_t i = 0; i < 100000; i++) {
        size_t before = heap.outstanding;
        assert_non_null(arena_take(&arena, 32));
        size_t block = heap.outstanding - before;
        largest = block > largest ? block : largest;
        smallest = block > 0 && block < smallest ? block : smallest;
    }
    assert_int_equal(smallest, 1024);
    assert_int_equal(largest, 256 * 1024);
    arena_finish(&arena);
}

/* A reset arena serves the next attempt without asking the heap again. */
static void a_reset_keeps_the_newest_block(void **state)
{
    (void)state;
    struct failing_heap heap;
    failing_heap_init(&heap, FAIL_NEVER);
    struct arena arena;
    arena_init(&arena, &heap.heap);
    arena_reset(&arena);
    assert_int_equal(heap.allocations, 0);
    for (size_t i = 0; i < 100; i++) {
        assert_non_null(arena_take(&arena, 100));
    }
    arena_reset(&arena);
    size_t allocations = heap.allocations;
    size_t outstanding = heap.outstanding;
    assert_non_null(arena_take(&arena, 4000));
    assert_int_equal(heap.allocations, allocations);
    assert_int_equal(heap.outstanding, outstanding);
    arena_finish(&arena);
    assert_int_equal(heap.outstanding, 0);
    arena_finish(&arena);
}

/* What is copied is text as often as not: the NUL is for printing. */
static void copies_end_in_a_nul(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, NULL);
    assert_string_equal(arena_copy(&arena, "extract", 3), "ext");
    assert_string_equal(arena_copy(&arena, NULL, 0), "");
    unsigned char *zeroed = arena_take_zeroed(&arena, 4, 4);
    for (size_t i = 0; i < 16; i++) {
        assert_int_equal(zeroed[i], 0);
    }
    arena_finish(&arena);
}

/* No memory is an answer, and impossible sizes are no memory. */
static void without_memory_it_answers_null_and_stays_usable(void **state)
{
    (void)state;
    struct failing_heap heap;
    failing_heap_init(&heap, 0);
    struct arena arena;
    arena_init(&arena, &heap.heap);
    assert_null(arena_take(&arena, 10));
    assert_non_null(arena_take(&arena, 10));
    assert_null(arena_take(&arena, SIZE_MAX));
    assert_null(arena_take(&arena, SIZE_MAX - 64));
    assert_null(arena_take_zeroed(&arena, SIZE_MAX / 2, 3));
    heap.fail_at = heap.allocations;
    heap.keeps_failing = true;
    assert_null(arena_take_zeroed(&arena, 1, 100000));
    assert_null(arena_copy(&arena, "x", 100000));
    assert_non_null(arena_copy(&arena, "x", 1));
    arena_finish(&arena);
    assert_int_equal(heap.outstanding, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_aligned),
        cmocka_unit_test(pieces_neither_overlap_nor_move),
        cmocka_unit_test(a_large_request_gets_a_block_of_its_own),
        cmocka_unit_test(blocks_grow_from_1_kib_to_256_kib),
        cmocka_unit_test(a_reset_keeps_the_newest_block),
        cmocka_unit_test(copies_end_in_a_nul),
        cmocka_unit_test(without_memory_it_answers_null_and_stays_usable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
