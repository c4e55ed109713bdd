/* SPDX-License-Identifier: Apache-2.0 */
/* test_press.c - the two workflows in virtual time: what the program shows with a real runner. */
#include "press.h"

#include <cloacina/testing.h>

/* The context that one workflow leaves is the one that the next begins with. */
static void a_draft_says_how_long_it_is(void **state)
{
    const struct cloacina_result *result = cloacina_test_run(*state, "{\"text\": \"Call me\"}");
    cloacina_assert_all_completed(result);
    assert_int_equal(cloacina_result_int64(result, "words"), 2);
}

/* Words are what stands between spaces, however many. */
static void spaces_around_a_text_are_no_words(void **state)
{
    const struct cloacina_result *result = cloacina_test_run(*state, "{\"text\": \"  to   be \"}");
    assert_int_equal(cloacina_result_int64(result, "words"), 2);
}

/* The pages follow from the words; the text itself is gone from what is left. */
static void what_the_editor_has_signed_is_printed_and_delivered(void **state)
{
    editor_sign(true);
    const struct cloacina_result *result =
        cloacina_test_run(*state, "{\"text\": \"a b c d e\", \"words\": 5}");
    editor_sign(false);
    cloacina_assert_context_equals(result, "{\"is_signed\": true, \"pages\": 2, \"words\": 5}");
}

/* The desk is looked at after every interval, the first time after one. */
static void the_editor_is_asked_after_five_milliseconds(void **state)
{
    editor_sign(true);
    const struct cloacina_result *result =
        cloacina_test_run(*state, "{\"text\": \"a\", \"words\": 1}");
    editor_sign(false);
    cloacina_assert_started_ms(result, "print_pages", 1, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cloacina_unit_test(a_draft_says_how_long_it_is, &draft),
        cloacina_unit_test(spaces_around_a_text_are_no_words, &draft),
        cloacina_unit_test(what_the_editor_has_signed_is_printed_and_delivered, &publish),
        cloacina_unit_test(the_editor_is_asked_after_five_milliseconds, &publish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
