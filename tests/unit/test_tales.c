/* SPDX-License-Identifier: Apache-2.0 */
/* test_tales.c - what a run told is kept, whatever becomes of the world. */
#include "tale_scene.h"

/* The world's texts are gone when the story is written. */
static void a_tale_is_a_copy(void **state)
{
    (void)state;
    struct tales tales;
    tales_init(&tales, NULL);
    char task[] = "charge";
    char effect[] = "payments.charge";
    struct decision decision = {
        .label = {.site = SITE_EFFECT, .run = 1, .task = text_of(task), .name = text_of(effect)},
        .choice = {FAULT_ERROR, 0},
    };
    scene_tell(&tales, 5,
               (struct tale){.kind = TALE_FAULT, .task = text_of(task), .decision = &decision});
    memset(task, '-', strlen(task));
    memset(effect, '-', strlen(effect));
    decision.choice.fault = FAULT_NONE;
    assert_int_equal(tales.count, 1);
    const struct tale *tale = &tales.list[0];
    assert_true(text_equal(tale->task, TEXT_LITERAL("charge")));
    assert_true(text_equal(tale->decision->label.task, TEXT_LITERAL("charge")));
    assert_true(text_equal(tale->decision->label.name, TEXT_LITERAL("payments.charge")));
    assert_int_equal(tale->decision->choice.fault, FAULT_ERROR);
    assert_int_equal(tale->at, CLOACINA_WORLD_START_NS + 5);
    tales_finish(&tales);
}

/* A run that goes on for ever must not take all memory. */
static void what_is_more_than_the_limit_is_counted(void **state)
{
    (void)state;
    struct tales tales;
    tales_init(&tales, NULL);
    for (int i = 0; i < TALES_MAX + 3; i++) {
        scene_tell(&tales, i, (struct tale){.kind = TALE_THAWED, .runner = 1});
    }
    assert_int_equal(tales.count, TALES_MAX);
    assert_int_equal(tales.left_out, 3);
    assert_false(tales.failed);
    tales_finish(&tales);
}

static void without_memory_it_is_known_that_tales_are_missing(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct tales tales;
        failing_heap_init(&heap, n);
        tales_init(&tales, &heap.heap);
        scene_charged_twice(&tales);
        assert_int_equal(tales.failed, heap.has_failed);
        tales_finish(&tales);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tale_is_a_copy),
        cmocka_unit_test(what_is_more_than_the_limit_is_counted),
        cmocka_unit_test(without_memory_it_is_known_that_tales_are_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
