/* SPDX-License-Identifier: Apache-2.0 */
/* test_database.c - an execution is found by what a person types. */
#include "memory_scene.h"

#include "cloacinactl/database.h"

#define A UINT64_C(0x0197a1b2c3d47aaa)

/* Four of them; two differ in the last digit. */
static void shelf_filled(struct shelf *shelf)
{
    shelf_submitted(shelf, "a"); /* 00000000-0000-0001-0000-000000000002 */
    shelf_add(shelf, (struct id){A, 0x8000000000000001}, "first", 0);
    shelf_add(shelf, (struct id){A, 0x8000000000000002}, "second", 0);
    shelf_add(shelf, (struct id){UINT64_MAX, UINT64_MAX}, "last", 0);
}

static void assert_found(struct shelf *shelf, const char *text, struct id wanted)
{
    struct id id;
    struct cloacina_error err;
    if (database_find(shelf->store, NULL, text, &id, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    assert_true(id_equal(id, wanted));
}

static void assert_not_found(struct shelf *shelf, const char *text, enum cloacina_code code,
                             const char *message)
{
    struct id id;
    struct cloacina_error err;
    assert_int_equal(database_find(shelf->store, NULL, text, &id, &err), code);
    assert_string_equal(err.message, message);
}

/* Why: nobody types 36 characters. */
static void the_beginning_of_an_id_is_enough(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_filled(&shelf);
    assert_found(&shelf, "0197a1b2-c3d4-7aaa-8000-000000000001",
                 (struct id){A, 0x8000000000000001});
    assert_found(&shelf, "0197A1B2-C3D4-7AAA-8000-000000000002",
                 (struct id){A, 0x8000000000000002});
    assert_found(&shelf, "f", (struct id){UINT64_MAX, UINT64_MAX});
    assert_found(&shelf, "ffffffff-ffff-ffff-ffff-ffffffffffff",
                 (struct id){UINT64_MAX, UINT64_MAX});
    assert_found(&shelf, "00", (struct id){1, 2});
    assert_found(&shelf, "00000000-0000-0001-0000", (struct id){1, 2});
    shelf_close(&shelf);
}

/* Why: the wrong one would be cancelled. */
static void what_is_unknown_or_meant_by_several_is_refused(void **state)
{
    (void)state;
    struct shelf shelf;
    shelf_filled(&shelf);
    assert_not_found(&shelf, "0197", CLOACINA_INVALID,
                     "several executions begin with '0197', such as "
                     "0197a1b2-c3d4-7aaa-8000-000000000001 and "
                     "0197a1b2-c3d4-7aaa-8000-000000000002");
    assert_not_found(&shelf, "0198", CLOACINA_NOT_FOUND, "there is no execution '0198'");
    assert_not_found(&shelf, "0197a1b2-c3d4-7aaa-8000-000000000003", CLOACINA_NOT_FOUND,
                     "there is no execution '0197a1b2-c3d4-7aaa-8000-000000000003'");
    assert_not_found(&shelf, "fffffffe", CLOACINA_NOT_FOUND, "there is no execution 'fffffffe'");
    shelf_close(&shelf);
}

/* Why: a name in place of an id is the most common slip. */
static void what_is_no_id_is_called_so(void **state)
{
    (void)state;
    struct shelf shelf;
    static const char *const words[] = {
        "",
        "shop",
        "0197-",
        "0197a1b2c3d4",
        "-",
        "0197a1b2-c3d4-7aaa-8000-0000000000011",
        "0197a1b2-c3d4-7aaa-8000-00000000000z",
    };
    shelf_filled(&shelf);
    for (size_t i = 0; i < ARRAY_COUNT(words); i++) {
        char message[CLOACINA_ERROR_MESSAGE_SIZE];
        (void)snprintf(message, sizeof(message),
                       "'%s' is no id of an execution, nor the beginning of one", words[i]);
        assert_not_found(&shelf, words[i], CLOACINA_INVALID, message);
    }
    shelf_close(&shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_beginning_of_an_id_is_enough),
        cmocka_unit_test(what_is_unknown_or_meant_by_several_is_refused),
        cmocka_unit_test(what_is_no_id_is_called_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
