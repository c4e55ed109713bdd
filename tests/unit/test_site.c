/* SPDX-License-Identifier: Apache-2.0 */
/* test_site.c - the table of what can go wrong where, and its words. */
#include "support.h"

#include "base/instant.h"
#include "oracle/site.h"

/* Tokens and plans speak in these names: each is found again, and means one thing. */
static void every_name_is_found_again(void **state)
{
    (void)state;
    for (int site = SITE_NONE + 1; site < SITES; site++) {
        assert_int_equal(site_find(text_of(site_name((enum site)site))), site);
        assert_true(strlen(site_text((enum site)site)) > 10);
    }
    for (int fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
        assert_int_equal(fault_find(text_of(fault_name((enum fault)fault))), fault);
        assert_true(strlen(fault_text((enum fault)fault)) > 5);
    }
    assert_int_equal(site_find(TEXT_LITERAL("none")), SITE_NONE);
    assert_int_equal(site_find(TEXT_LITERAL("")), SITE_NONE);
    assert_int_equal(fault_find(TEXT_LITERAL("none")), FAULT_NONE);
    assert_int_equal(fault_find(TEXT_LITERAL("reply-los")), FAULT_NONE);
}

/* Names are never escaped in tokens. */
static void names_consist_of_lower_case_and_hyphens(void **state)
{
    (void)state;
    for (int site = SITE_NONE; site < SITES; site++) {
        const char *name = site_name((enum site)site);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
    }
    for (int fault = FAULT_NONE; fault < FAULTS; fault++) {
        const char *name = fault_name((enum fault)fault);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
    }
}

/* A fault that could happen nowhere, or a place where nothing could, would be a mistake. */
static void every_fault_has_a_place_and_every_place_a_fault(void **state)
{
    (void)state;
    bool has_place[FAULTS] = {false};
    for (int site = SITE_NONE + 1; site < SITES; site++) {
        bool has_fault = false;
        for (int fault = FAULT_NONE; fault < FAULTS; fault++) {
            bool allows = site_allows((enum site)site, (enum fault)fault);
            has_fault = has_fault || allows;
            has_place[fault] = has_place[fault] || allows;
        }
        assert_true(has_fault);
    }
    assert_false(has_place[FAULT_NONE]);
    for (int fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
        assert_true(has_place[fault]);
    }
}

/* Reads have nothing that could be full; only numbers are answered with numbers. */
static void the_table_knows_kinds_of_places(void **state)
{
    (void)state;
    assert_true(site_allows(SITE_COMMIT, FAULT_FULL));
    assert_false(site_allows(SITE_LOAD, FAULT_FULL));
    assert_false(site_allows(SITE_NONE, FAULT_CRASH));
    assert_true(site_is_store_call(SITE_SUBMIT));
    assert_true(site_is_store_call(SITE_CLAIMS));
    assert_false(site_is_store_call(SITE_HINT));
    assert_false(site_is_store_call(SITE_NONE));
    assert_true(site_is_number(SITE_RANDOM));
    assert_false(site_is_number(SITE_BODY));
}

static void assert_amount(enum amount kind, int64_t amount, const char *text)
{
    struct text_builder builder;
    int64_t read = -1;
    text_builder_init(&builder, NULL);
    amount_print(kind, amount, &builder);
    assert_string_equal(text_builder_terminated(&builder), text);
    assert_true(amount_parse(kind, text_builder_text(&builder), &read));
    assert_int_equal(read, amount);
    text_builder_finish(&builder);
}

/* The largest unit that leaves an integer. */
static void amounts_are_short_and_exact(void **state)
{
    (void)state;
    assert_amount(AMOUNT_DURATION, 0, "0s");
    assert_amount(AMOUNT_DURATION, 1, "1ns");
    assert_amount(AMOUNT_DURATION, 1500 * NANOSECONDS_PER_MILLISECOND, "1500ms");
    assert_amount(AMOUNT_DURATION, 90 * NANOSECONDS_PER_SECOND, "90s");
    assert_amount(AMOUNT_DURATION, 2 * NANOSECONDS_PER_DAY, "2d");
    assert_amount(AMOUNT_DURATION, INT64_MAX, "9223372036854775807ns");
    assert_amount(AMOUNT_SIGNED, -NANOSECONDS_PER_HOUR, "-1h");
    assert_amount(AMOUNT_SIGNED, -INT64_MAX, "-9223372036854775807ns");
    assert_amount(AMOUNT_PPB, -200000, "-200ppm");
    assert_amount(AMOUNT_PPB, 1, "1ppb");
    assert_amount(AMOUNT_PPB, 0, "0ppb");
    assert_amount(AMOUNT_COUNT, 0, "0");
    assert_amount(AMOUNT_COUNT, 17, "17");
}

/* People may write decimals and a plus. */
static void amounts_may_be_written_by_people(void **state)
{
    (void)state;
    int64_t amount;
    assert_true(amount_parse(AMOUNT_DURATION, TEXT_LITERAL("1.5s"), &amount));
    assert_int_equal(amount, 1500 * NANOSECONDS_PER_MILLISECOND);
    assert_true(amount_parse(AMOUNT_SIGNED, TEXT_LITERAL("+1h"), &amount));
    assert_int_equal(amount, NANOSECONDS_PER_HOUR);
}

/* What is no amount of that kind is not guessed. */
static void what_is_no_amount_is_refused(void **state)
{
    (void)state;
    static const struct {
        enum amount kind;
        const char *text;
    } wrong[] = {
        {AMOUNT_DURATION, ""},
        {AMOUNT_DURATION, "-1s"},
        {AMOUNT_DURATION, "+1s"},
        {AMOUNT_DURATION, "1"},
        {AMOUNT_DURATION, "01s"},
        {AMOUNT_DURATION, "1 s"},
        {AMOUNT_DURATION, "1w"},
        {AMOUNT_DURATION, "200000d"},
        {AMOUNT_SIGNED, "--1s"},
        {AMOUNT_SIGNED, "-"},
        {AMOUNT_PPB, "1"},
        {AMOUNT_PPB, "1ppmm"},
        {AMOUNT_PPB, "007ppm"},
        {AMOUNT_COUNT, "-1"},
        {AMOUNT_COUNT, "x"},
        {AMOUNT_COUNT, "1x"},
        {AMOUNT_COUNT, "01"},
        {AMOUNT_NONE, "1"},
        {AMOUNT_COUNT, "18446744073709551616"},
        {AMOUNT_COUNT, "9223372036854775808"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        int64_t amount = 7;
        assert_false(amount_parse(wrong[i].kind, text_of(wrong[i].text), &amount));
        assert_int_equal(amount, 7);
    }
}

/* Every fault at every place with its least and its largest amount. */
static void every_choice_is_read_back(void **state)
{
    (void)state;
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    for (int pair = 0; pair < SITES * FAULTS * 2; pair++) {
        enum site site = (enum site)(pair / 2 / FAULTS);
        enum fault fault = (enum fault)(pair / 2 % FAULTS);
        struct choice choice = {fault, 0}, read = {FAULT_NONE, 0};
        int64_t minimum, maximum;
        if (!site_allows(site, fault)) {
            continue;
        }
        if (fault_amount(fault, &minimum, &maximum) != AMOUNT_NONE) {
            choice.amount = pair % 2 == 0 ? minimum + (fault == FAULT_NUMBER) : maximum;
        }
        text_builder_reset(&builder);
        choice_print(site, choice, &builder);
        assert_true(choice_parse(site, text_builder_text(&builder), &read));
        assert_int_equal(read.fault, choice.fault);
        assert_int_equal(read.amount, choice.amount);
    }
    text_builder_finish(&builder);
}

/* Numbers are 64 bits wide, whatever their sign in memory. */
static void the_largest_number_is_read_back(void **state)
{
    (void)state;
    struct choice choice;
    assert_true(choice_parse(SITE_RANDOM, TEXT_LITERAL("18446744073709551615"), &choice));
    assert_int_equal(choice.fault, FAULT_NUMBER);
    assert_int_equal((uint64_t)choice.amount, UINT64_MAX);
    assert_false(choice_parse(SITE_RANDOM, TEXT_LITERAL("0"), &choice));
    assert_false(choice_parse(SITE_RANDOM, TEXT_LITERAL("18446744073709551616"), &choice));
    assert_false(choice_parse(SITE_RANDOM, TEXT_LITERAL("12x"), &choice));
    assert_false(choice_parse(SITE_RANDOM, TEXT_LITERAL("crash"), &choice));
}

/* Short to type: the amount may be left out. */
static void a_fault_without_its_amount_has_the_least(void **state)
{
    (void)state;
    struct choice choice;
    assert_true(choice_parse(SITE_COMMIT, TEXT_LITERAL("slow"), &choice));
    assert_int_equal(choice.fault, FAULT_SLOW);
    assert_int_equal(choice.amount, 10 * NANOSECONDS_PER_MILLISECOND);
    assert_true(choice_parse(SITE_OPERATOR, TEXT_LITERAL("reset"), &choice));
    assert_int_equal(choice.fault, FAULT_RESET);
    assert_int_equal(choice.amount, 0); /* what has failed, as in tokens of old */
}

/* What is not in the table cannot be written either. */
static void choices_that_are_none_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",         "none",    "no",    "fail", "number:5", "slow:",    "slow:1",
        "slow:-1s", "busy:1s", "busy:", ":1s",  "SLOW:1s",  "slow:1s:", "offset:1s"};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        struct choice choice = {FAULT_LOST, 3};
        assert_false(choice_parse(SITE_COMMIT, text_of(wrong[i]), &choice));
        assert_int_equal(choice.fault, FAULT_LOST);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_is_found_again),
        cmocka_unit_test(names_consist_of_lower_case_and_hyphens),
        cmocka_unit_test(every_fault_has_a_place_and_every_place_a_fault),
        cmocka_unit_test(the_table_knows_kinds_of_places),
        cmocka_unit_test(amounts_are_short_and_exact),
        cmocka_unit_test(amounts_may_be_written_by_people),
        cmocka_unit_test(what_is_no_amount_is_refused),
        cmocka_unit_test(every_choice_is_read_back),
        cmocka_unit_test(the_largest_number_is_read_back),
        cmocka_unit_test(a_fault_without_its_amount_has_the_least),
        cmocka_unit_test(choices_that_are_none_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
