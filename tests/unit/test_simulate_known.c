/* SPDX-License-Identifier: Apache-2.0 */
/* test_simulate_known.c - the file of failures that are accepted. */
#include "support.h"

#include <stdio.h>
#include <unistd.h>

#include "simulate/simulate_known.h"

/* A file with this content, until the test ends. */
static char path[] = "/tmp/test-known-XXXXXX";

static int file_make(void **state)
{
    (void)state;
    int descriptor = mkstemp(path);
    return descriptor < 0 ? -1 : close(descriptor);
}

static int file_remove(void **state)
{
    (void)state;
    return unlink(path);
}

static void file_fill(const char *content)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    assert_int_equal(fclose(file), 0);
}

static struct known known_of(const char *content)
{
    struct known known;
    struct cloacina_error err = {.message = ""};
    file_fill(content);
    assert_int_equal(known_read(cloacina_heap_system(), path, &known, &err), CLOACINA_OK);
    return known;
}

/* The file is written by people, with comments and empty lines. */
static void lines_are_read_with_their_reasons(void **state)
{
    (void)state;
    struct known known = known_of("# about\n\n  I-07 *task 'a'*  # slow \n"
                                  "always \"it # holds\" twice # why\ncrash\n");
    assert_int_equal(known.count, 3);
    assert_int_equal(known.lines[0].number, 3);
    assert_true(text_equal(known.lines[0].id, text_of("I-07")));
    assert_true(text_equal(known.lines[0].pattern, text_of("**task 'a'**")));
    assert_string_equal(known.lines[0].reason, "slow");
    assert_true(text_equal(known.lines[1].name, text_of("it # holds")));
    assert_true(text_equal(known.lines[1].pattern, text_of("*twice*")));
    assert_string_equal(known.lines[1].reason, "why");
    assert_int_equal(known.lines[2].pattern.length, 0);
    assert_string_equal(known.lines[2].reason, "");
    known_finish(&known);
}

/* Only what is meant is accepted, and that it happened is noted. */
static void a_finding_is_found_by_id_name_and_message(void **state)
{
    (void)state;
    struct known known = known_of("I-07 task 'a'\nalways \"it holds\"\n");
    assert_null(known_find(&known, "I-08", "", "task 'a' waits"));
    assert_null(known_find(&known, "I-07", "", "task 'b' waits"));
    assert_null(known_find(&known, "always", "it does not", ""));
    assert_null(known_find(&known, "eventually", "it holds", ""));
    assert_false(known.lines[0].has_happened || known.lines[1].has_happened);
    assert_ptr_equal(known_find(&known, "I-07", "", "see:\ntask 'a' waits"), &known.lines[0]);
    assert_ptr_equal(known_find(&known, "always", "it holds", "anything"), &known.lines[1]);
    assert_true(known.lines[0].has_happened && known.lines[1].has_happened);
    known_finish(&known);
}

/* A line that accepts nothing, or everything, by mistake is worse than none. */
static void a_line_that_cannot_be_meant_is_named(void **state)
{
    (void)state;
    static const char *const wrong[] = {"I-99",      "I-7",         "always",      "always it",
                                        "always \"", "always \"\"", "sometimes x", "i-07"};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        struct known known;
        struct cloacina_error err;
        char begin[64];
        char content[64];
        (void)snprintf(content, sizeof(content), "# fine\n%s\n", wrong[i]);
        (void)snprintf(begin, sizeof(begin), "%s:2: ", path);
        file_fill(content);
        assert_int_equal(known_read(cloacina_heap_system(), path, &known, &err), CLOACINA_INVALID);
        assert_memory_equal(err.message, begin, strlen(begin));
    }
}

/* No file, no list. */
static void a_file_that_is_not_there_is_named(void **state)
{
    (void)state;
    struct known known;
    struct cloacina_error err;
    assert_int_equal(known_read(cloacina_heap_system(), "/no/such/file", &known, &err),
                     CLOACINA_NOT_FOUND);
    assert_non_null(strstr(err.message, "option '--known': cannot open '/no/such/file'"));
}

/* Half a list would let failures through, or make them of what is accepted. */
static void without_memory_there_is_no_list(void **state)
{
    (void)state;
    file_fill("I-07 a # b\nalways \"it holds\" c # d\nhang\n");
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct known known;
        struct cloacina_error err;
        failing_heap_init(&heap, n);
        enum cloacina_code code = known_read(&heap.heap, path, &known, &err);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        if (code == CLOACINA_OK) {
            known_finish(&known);
        }
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_read_with_their_reasons),
        cmocka_unit_test(a_finding_is_found_by_id_name_and_message),
        cmocka_unit_test(a_line_that_cannot_be_meant_is_named),
        cmocka_unit_test(a_file_that_is_not_there_is_named),
        cmocka_unit_test(without_memory_there_is_no_list),
    };
    return cmocka_run_group_tests(tests, file_make, file_remove);
}
