/* SPDX-License-Identifier: Apache-2.0 */
/* test_junit.c - a search as JUnit XML. */
#include "tale_scene.h"

#include "report/junit.h"

static void report_of(struct report *report, struct cloacina_heap *heap)
{
    report_init(report, heap);
    report->workflow = TEXT_LITERAL("shop");
    report->search.is_search = true;
    report->search.wall_ns = 41 * SECOND + 300 * MS;
}

static void assert_written(const struct report *report, const char *expected)
{
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    junit_write(report, &builder);
    assert_false(builder.failed);
    assert_string_equal(text_builder_terminated(&builder), expected);
    text_builder_finish(&builder);
}

/* What went well is a case as well: a viewer shows how much was judged. */
static void what_was_judged_is_a_case(void **state)
{
    (void)state;
    struct report report;
    report_of(&report, NULL);
    assert_true(report_add_case(&report, REPORT_INVARIANT, "I-01", NULL));
    assert_true(report_add_case(&report, REPORT_PROPERTY, "paid & <sent>", NULL));
    assert_true(report_add_case(&report, REPORT_CORPUS, "corpus/a.token", NULL));
    assert_true(report_add_case(&report, REPORT_PROPERTY, "a reply is lost", "was never \"seen\""));
    assert_written(
        &report,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites>\n"
        "  <testsuite name=\"shop\" tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"0\" "
        "time=\"41.300\">\n"
        "    <testcase classname=\"shop.invariants\" name=\"I-01\" time=\"0\"/>\n"
        "    <testcase classname=\"shop.properties\" name=\"paid &#38; &#60;sent&#62;\" "
        "time=\"0\"/>\n"
        "    <testcase classname=\"shop.corpus\" name=\"corpus/a.token\" time=\"0\"/>\n"
        "    <testcase classname=\"shop.properties\" name=\"a reply is lost\" time=\"0\">\n"
        "      <failure type=\"properties\" message=\"was never &#34;seen&#34;\">"
        "was never &#34;seen&#34;</failure>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
    report_finish(&report);
}

static bool find(struct report *report, const char *id, const char *name, const char *message,
                 const char *known)
{
    struct report_finding finding = {
        .finding = scene_finding(id, name, message, 0),
        .origin = "corpus/a.token",
        .story = "  0.000 s  it\n",
        .token = "cl1:shop",
        .is_known = known != NULL,
        .known = known,
    };
    return report_add_finding(report, &finding);
}

/* A finding fails the case that it is about; of others a case is made; what is known is skipped. */
static void findings_fail_their_cases(void **state)
{
    (void)state;
    struct report report;
    report_of(&report, NULL);
    assert_true(report_add_case(&report, REPORT_INVARIANT, "I-03", NULL));
    assert_true(report_add_case(&report, REPORT_PROPERTY, "paid once", NULL));
    assert_true(find(&report, "I-03", "", "'load'\ntwice", NULL));
    assert_true(find(&report, "always", "paid once", "'paid once': no", "issue 7"));
    assert_true(find(&report, "crash", "", "signal 11", NULL));
    assert_written(
        &report,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites>\n"
        "  <testsuite name=\"shop\" tests=\"3\" failures=\"2\" errors=\"0\" skipped=\"1\" "
        "time=\"41.300\">\n"
        "    <testcase classname=\"shop.invariants\" name=\"I-03\" time=\"0\">\n"
        "      <failure type=\"I-03\" message=\"'load'&#10;twice\">"
        "FAILED  I-03: corpus/a.token; nothing had to go wrong\n"
        "  0.000 s  it\n"
        "replay:  cloacinactl simulate --replay cl1:shop\n"
        "</failure>\n"
        "    </testcase>\n"
        "    <testcase classname=\"shop.properties\" name=\"paid once\" time=\"0\">\n"
        "      <skipped message=\"issue 7\"/>\n"
        "      <system-out>KNOWN   always &#34;paid once&#34;: corpus/a.token; nothing had to go "
        "wrong\n"
        "known:   issue 7\n"
        "  0.000 s  it\n"
        "replay:  cloacinactl simulate --replay cl1:shop\n"
        "</system-out>\n"
        "    </testcase>\n"
        "    <testcase classname=\"shop.findings\" name=\"crash\" time=\"0\">\n"
        "      <failure type=\"crash\" message=\"signal 11\">"
        "FAILED  crash: corpus/a.token; nothing had to go wrong\n"
        "  0.000 s  it\n"
        "replay:  cloacinactl simulate --replay cl1:shop\n"
        "</failure>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
    report_finish(&report);
}

/* Without a search a seed that failed is a case. */
static void a_seed_that_failed_is_a_case(void **state)
{
    (void)state;
    struct report report;
    struct report_figures figures = {.wall_ns = 2 * MS};
    struct report_failure failure = {
        .seed = 7, .invariant = "completed", .message = "it is Failed"};
    report_of(&report, NULL);
    report.search.is_search = false;
    assert_true(report_add_run(&report, &figures));
    assert_true(report_add_failure(&report, &failure));
    assert_written(
        &report,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites>\n"
        "  <testsuite name=\"shop\" tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\" "
        "time=\"0.002\">\n"
        "    <testcase classname=\"shop.seeds\" name=\"completed, seed 7\" time=\"0\">\n"
        "      <failure type=\"completed\" message=\"it is Failed\">it is Failed</failure>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
    report_finish(&report);
}

static void assert_escaped(const char *message, const char *expected)
{
    struct report report;
    struct text_builder builder;
    report_of(&report, NULL);
    assert_true(report_add_case(&report, REPORT_CORPUS, "a", message));
    text_builder_init(&builder, NULL);
    junit_write(&report, &builder);
    assert_non_null(strstr(text_builder_terminated(&builder), expected));
    text_builder_finish(&builder);
    report_finish(&report);
}

/* XML 1.0 has no way to write most control characters, nor two code points, nor broken UTF-8. */
static void what_xml_cannot_hold_becomes_a_question_mark(void **state)
{
    (void)state;
    assert_escaped("a\x01\x1b\tb", "message=\"a???b\"");
    assert_escaped("\xc3\xa4", "message=\"\xc3\xa4\"");
    assert_escaped("\xc3", "message=\"?\"");
    assert_escaped("\xef\xbf\xbf.\xef\xbf\xbd", "message=\"?.\xef\xbf\xbd\"");
    assert_escaped("a\nb", ">a\nb</failure>");
}

static void without_memory_a_document_says_so(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct report report;
        struct text_builder builder;
        failing_heap_init(&heap, n);
        report_of(&report, &heap.heap);
        text_builder_init(&builder, &heap.heap);
        bool is_added = report_add_invariants(&report) &&
                        find(&report, "I-03", "", "twice", NULL) &&
                        find(&report, "crash", "", "signal 11", "issue 7");
        if (is_added) {
            junit_write(&report, &builder);
        }
        assert_int_equal(heap.has_failed, !is_added || builder.failed);
        text_builder_finish(&builder);
        report_finish(&report);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_judged_is_a_case),
        cmocka_unit_test(findings_fail_their_cases),
        cmocka_unit_test(a_seed_that_failed_is_a_case),
        cmocka_unit_test(what_xml_cannot_hold_becomes_a_question_mark),
        cmocka_unit_test(without_memory_a_document_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
