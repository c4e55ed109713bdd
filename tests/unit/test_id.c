/* SPDX-License-Identifier: Apache-2.0 */
/* test_id.c - UUIDv7: made, printed, read. */
#include "support.h"

#include "base/id.h"
#include "base/instant.h"

#define START (INT64_C(1704067200) * NANOSECONDS_PER_SECOND)

/* The layout is that of RFC 9562, so that databases and people recognise it. */
static void an_id_carries_its_millisecond_and_version_7(void **state)
{
    (void)state;
    struct id_maker maker;
    id_maker_init(&maker, 42);
    struct id id = id_make(&maker, START + 7 * NANOSECONDS_PER_MILLISECOND + 999999);
    assert_int_equal(id.high >> 16, START / NANOSECONDS_PER_MILLISECOND + 7);
    assert_int_equal(id.high >> 12 & 15, 7);
    assert_int_equal(id.low >> 62, 2);
}

static void assert_ascends(struct id_maker *maker, struct id *last, int64_t now)
{
    struct id id = id_make(maker, now);
    assert_true(id_compare(*last, id) < 0);
    assert_true(id_compare(id, *last) > 0);
    *last = id;
}

/* Rows are inserted in id order, which is what keeps SQLite fast; a clock step must not undo it. */
static void ids_ascend_even_when_the_clock_stands_still_or_steps_back(void **state)
{
    (void)state;
    struct id_maker maker;
    id_maker_init(&maker, 42);
    struct id last = {0, 0};
    for (int i = 0; i < 5000; i++) {
        assert_ascends(&maker, &last, START);
    }
    assert_ascends(&maker, &last, START - NANOSECONDS_PER_DAY);
    assert_ascends(&maker, &last, -1);
    assert_ascends(&maker, &last, START + NANOSECONDS_PER_MILLISECOND);
    assert_ascends(&maker, &last, INT64_MAX);
    assert_ascends(&maker, &last, INT64_MAX);
}

/* A counter that wraps would go back; it borrows the next millisecond instead. */
static void a_full_counter_moves_on_to_the_next_millisecond(void **state)
{
    (void)state;
    struct id_maker maker;
    id_maker_init(&maker, 42);
    struct id last = id_make(&maker, START);
    maker.counter = UINT32_MAX - 1;
    assert_ascends(&maker, &last, START);
    assert_int_equal(last.high >> 16, START / NANOSECONDS_PER_MILLISECOND);
    assert_ascends(&maker, &last, START);
    assert_int_equal(last.high >> 16, START / NANOSECONDS_PER_MILLISECOND + 1);
}

/* A world that is replayed makes the same ids; runners beside each other make different ones. */
static void the_entropy_decides_everything_but_the_time(void **state)
{
    (void)state;
    struct id_maker a;
    struct id_maker b;
    struct id_maker c;
    id_maker_init(&a, 1);
    id_maker_init(&b, 1);
    id_maker_init(&c, 2);
    for (int64_t ms = 0; ms < 100; ms++) {
        struct id id = id_make(&a, ms / 3 * NANOSECONDS_PER_MILLISECOND);
        assert_true(id_equal(id, id_make(&b, ms / 3 * NANOSECONDS_PER_MILLISECOND)));
        struct id other = id_make(&c, ms / 3 * NANOSECONDS_PER_MILLISECOND);
        assert_false(id_equal(id, other));
        assert_true(id_hash(id) != id_hash(other));
    }
}

/* Ids are compared as they are printed. */
static void ids_compare_by_both_halves(void **state)
{
    (void)state;
    const struct id small = {.high = 1, .low = UINT64_MAX};
    const struct id large = {.high = UINT64_C(1) << 63, .low = 0};
    assert_int_equal(id_compare(small, small), 0);
    assert_true(id_compare(small, large) < 0);
    assert_true(id_compare(large, small) > 0);
    assert_true(id_compare((struct id){1, 2}, (struct id){1, 3}) < 0);
    assert_false(id_equal((struct id){1, 2}, (struct id){1, 3}));
    assert_false(id_equal((struct id){1, 2}, (struct id){2, 2}));
    assert_true(id_is_zero((struct id){0, 0}));
    assert_false(id_is_zero((struct id){0, 1}));
    assert_false(id_is_zero((struct id){1, 0}));
}

/* What is printed can be typed again. */
static void an_id_is_read_as_it_is_printed(void **state)
{
    (void)state;
    const struct id id = {.high = UINT64_C(0x0123456789ab7def),
                          .low = UINT64_C(0x80fedcba98765432)};
    char printed[ID_TEXT_SIZE];
    id_print(id, printed);
    assert_string_equal(printed, "01234567-89ab-7def-80fe-dcba98765432");
    struct id read;
    assert_int_equal(id_parse(text_of(printed), &read, NULL), CLOACINA_OK);
    assert_true(id_equal(read, id));
    assert_int_equal(id_parse(text_of("01234567-89AB-7DEF-80FE-DCBA98765432"), &read, NULL),
                     CLOACINA_OK);
    assert_true(id_equal(read, id));
}

/* Each of these is one character away from an id. */
static void what_is_no_id_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "01234567-89ab-7def-80fe-dcba9876543",
        "01234567-89ab-7def-80fe-dcba987654321",
        "01234567-89ab-7def-80fe-dcba9876543g",
        "01234567-89ab-7def-80fe-dcba9876543G",
        "01234567-89ab-7def-80fe-dcba9876543/",
        "01234567-89ab-7def-80fe-dcba9876543:",
        "01234567-89ab-7def-80fe0dcba98765432",
        "0123456-789ab-7def-80fe-dcba98765432",
    };
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        struct id id = {.high = 1, .low = 2};
        struct cloacina_error error = {0};
        assert_int_equal(id_parse(text_of(wrong[i]), &id, &error), CLOACINA_INVALID);
        assert_int_equal(id.high, 1);
        assert_int_equal(id.low, 2);
        assert_non_null(
            strstr(error.message, "is no id: hex digits in groups of 8-4-4-4-12 are needed"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_carries_its_millisecond_and_version_7),
        cmocka_unit_test(ids_ascend_even_when_the_clock_stands_still_or_steps_back),
        cmocka_unit_test(a_full_counter_moves_on_to_the_next_millisecond),
        cmocka_unit_test(the_entropy_decides_everything_but_the_time),
        cmocka_unit_test(ids_compare_by_both_halves),
        cmocka_unit_test(an_id_is_read_as_it_is_printed),
        cmocka_unit_test(what_is_no_id_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
