/* SPDX-License-Identifier: Apache-2.0 */
/* test_parameters.c - what goes to PostgreSQL, byte by byte; and what its errors mean. */
#include "support.h"

#include "dal/postgres/failure.h"
#include "dal/postgres/parameters.h"

/* The only parameter of a statement, as it is sent. */
struct shown {
    const char *values[PARAMETERS_MAX];
    int lengths[PARAMETERS_MAX];
};

static void assert_shown(struct parameters *parameters, const char *bytes, size_t length)
{
    struct shown shown;
    assert_true(parameters_show(parameters, shown.values, shown.lengths));
    assert_int_equal(shown.lengths[0], length);
    assert_memory_equal(shown.values[0], bytes, length);
}

#define ASSERT_SHOWN(parameters, literal) assert_shown(parameters, literal, sizeof(literal) - 1)

static struct parameters fresh(const char *types)
{
    struct parameters parameters = {.heap = cloacina_heap_system()};
    parameters_start(&parameters, types);
    return parameters;
}

/* Why: the server reads numbers with the most significant byte first. */
static void a_number_is_sent_in_network_order(void **state)
{
    (void)state;
    struct parameters parameters = fresh("b");
    parameters_number(&parameters, 0, 0x0102030405060708);
    ASSERT_SHOWN(&parameters, "\x01\x02\x03\x04\x05\x06\x07\x08");
    parameters_start(&parameters, "i");
    parameters_number(&parameters, 0, -2);
    ASSERT_SHOWN(&parameters, "\xff\xff\xff\xfe");
    parameters_start(&parameters, "s");
    parameters_number(&parameters, 0, 513);
    ASSERT_SHOWN(&parameters, "\x02\x01");
    parameters_start(&parameters, "u");
    parameters_id(&parameters, 0, (struct id){1, 2});
    ASSERT_SHOWN(&parameters, "\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02");
    parameters_finish(&parameters);
}

/* Why: a set of rows is one array for each column. */
static void an_array_has_a_header_and_a_length_before_each_element(void **state)
{
    (void)state;
    struct parameters parameters = fresh("T");
    parameters_text(&parameters, 0, TEXT_LITERAL("ab"));
    parameters_null(&parameters, 0);
    parameters_text(&parameters, 0, (struct text){NULL, 0});
    ASSERT_SHOWN(&parameters, "\0\0\0\x01" /* one dimension */
                              "\0\0\0\x01" /* there are NULLs */
                              "\0\0\0\x19" /* of text */
                              "\0\0\0\x03" /* three of them */
                              "\0\0\0\x01" /* the first is number 1 */
                              "\0\0\0\x02"
                              "ab"
                              "\xff\xff\xff\xff"
                              "\0\0\0\0");
    assert_int_equal(parameters_size(&parameters), 34);
    parameters_finish(&parameters);
}

/* Why: nothing of something is legal: no definitions, no watches. */
static void an_array_may_be_empty(void **state)
{
    (void)state;
    struct parameters parameters = fresh("B");
    ASSERT_SHOWN(&parameters, "\0\0\0\0\0\0\0\0\0\0\0\x14");
    parameters_finish(&parameters);
}

/* Why: NULL is not the empty text. */
static void a_scalar_may_be_null(void **state)
{
    (void)state;
    struct parameters parameters = fresh("tt");
    struct shown shown;
    parameters_null(&parameters, 0);
    parameters_text(&parameters, 1, TEXT_LITERAL(""));
    assert_true(parameters_show(&parameters, shown.values, shown.lengths));
    assert_null(shown.values[0]);
    assert_non_null(shown.values[1]);
    assert_int_equal(shown.lengths[1], 0);
    parameters_finish(&parameters);
}

/* Why: error texts come from everywhere; the server takes UTF-8 without NUL only. */
static void words_that_cannot_be_kept_are_mended(void **state)
{
    (void)state;
    const struct {
        struct text words;
        const char *kept;
    } samples[] = {
        {TEXT_LITERAL("plain"), "plain"},
        {TEXT_LITERAL(""), ""},
        {TEXT_LITERAL("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"),
         "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"},
        {TEXT_LITERAL("a\0b"), "a\xef\xbf\xbd"
                               "b"},
        {TEXT_LITERAL("cut \xe2\x82"), "cut \xef\xbf\xbd\xef\xbf\xbd"},
        {TEXT_LITERAL("\xff\xc3\xa4"), "\xef\xbf\xbd\xc3\xa4"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        struct parameters parameters = fresh("t");
        parameters_words_of(&parameters, 0, samples[i].words);
        assert_shown(&parameters, samples[i].kept, strlen(samples[i].kept));
        parameters_finish(&parameters);
    }
    struct parameters parameters = fresh("t");
    struct shown shown;
    parameters_words(&parameters, 0, NULL);
    assert_true(parameters_show(&parameters, shown.values, shown.lengths));
    assert_null(shown.values[0]);
    parameters_finish(&parameters);
}

/* Why: half a statement must not be sent. */
static void no_memory_is_remembered_until_the_next_statement(void **state)
{
    (void)state;
    bool has_failed = true;
    for (size_t n = 0; has_failed; n++) {
        struct failing_heap heap;
        struct shown shown;
        failing_heap_init(&heap, n);
        struct parameters parameters = {.heap = &heap.heap};
        parameters_start(&parameters, "TUt");
        for (int i = 0; i < 20; i++) {
            parameters_words_of(&parameters, 0, TEXT_LITERAL("not \xff UTF-8"));
            parameters_null(&parameters, 0);
            parameters_id(&parameters, 1, (struct id){3, 4});
        }
        parameters_words(&parameters, 2, "");
        bool is_whole = parameters_show(&parameters, shown.values, shown.lengths);
        has_failed = heap.has_failed;
        assert_int_equal(is_whole, !has_failed);
        parameters_start(&parameters, "b");
        parameters_number(&parameters, 0, 5);
        assert_true(parameters_show(&parameters, shown.values, shown.lengths));
        parameters_finish(&parameters);
        assert_int_equal(heap.outstanding, 0);
    }
}

/* Why: types are given with each statement, so that none has to be cast in the SQL. */
static void each_type_has_its_number(void **state)
{
    (void)state;
    unsigned int oids[PARAMETERS_MAX];
    assert_int_equal(parameters_oids("bIsUty", oids), 6);
    assert_int_equal(oids[0], 20);
    assert_int_equal(oids[1], 1007);
    assert_int_equal(oids[2], 21);
    assert_int_equal(oids[3], 2951);
    assert_int_equal(oids[4], 25);
    assert_int_equal(oids[5], 17);
}

/* Why: decisions are made by code: who is to blame, may it be tried again, is the session over. */
static void an_sqlstate_has_one_meaning(void **state)
{
    (void)state;
    static const struct {
        const char *sqlstate;
        enum cloacina_code code;
        bool is_of_rows, is_final;
    } samples[] = {
        {NULL, CLOACINA_UNAVAILABLE, false, true},
        {"", CLOACINA_UNAVAILABLE, false, true},
        {"08006", CLOACINA_UNAVAILABLE, false, true},
        {"22021", CLOACINA_INVALID, true, false}, /* not in this encoding */
        {"23502", CLOACINA_INVALID, true, false},
        {"23503", CLOACINA_UNAVAILABLE, false, false},
        {"23505", CLOACINA_EXISTS, true, false},
        {"25006", CLOACINA_UNAVAILABLE, false, false},
        {"25P03", CLOACINA_UNAVAILABLE, false, true},
        {"28P01", CLOACINA_INVALID, false, false},
        {"3D000", CLOACINA_NOT_FOUND, false, true},
        {"40001", CLOACINA_UNAVAILABLE, false, false},
        {"40P01", CLOACINA_UNAVAILABLE, false, false},
        {"42501", CLOACINA_INVALID, false, false},
        {"53100", CLOACINA_IO, false, false},
        {"53300", CLOACINA_UNAVAILABLE, false, false},
        {"54000", CLOACINA_LIMIT, true, false},
        {"55P03", CLOACINA_UNAVAILABLE, false, false},
        {"57014", CLOACINA_UNAVAILABLE, false, false},
        {"57P01", CLOACINA_UNAVAILABLE, false, true},
        {"58030", CLOACINA_IO, false, false},
        {"XX001", CLOACINA_IO, false, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(samples); i++) {
        struct failure_meaning meaning = failure_meaning(samples[i].sqlstate);
        assert_int_equal(meaning.code, samples[i].code);
        assert_int_equal(meaning.is_of_rows, samples[i].is_of_rows);
        assert_int_equal(meaning.is_final, samples[i].is_final);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_number_is_sent_in_network_order),
        cmocka_unit_test(an_array_has_a_header_and_a_length_before_each_element),
        cmocka_unit_test(an_array_may_be_empty),
        cmocka_unit_test(a_scalar_may_be_null),
        cmocka_unit_test(words_that_cannot_be_kept_are_mended),
        cmocka_unit_test(no_memory_is_remembered_until_the_next_statement),
        cmocka_unit_test(each_type_has_its_number),
        cmocka_unit_test(an_sqlstate_has_one_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
