/* SPDX-License-Identifier: Apache-2.0 */
/* test_report_search.c - what came out of a search: findings, cases, what was reached. */
#include "tale_scene.h"

#include "base/instant.h"
#include "context/json.h"
#include "oracle/plan.h"
#include "report/report.h"

static void report_of(struct report *report, struct cloacina_heap *heap)
{
    report_init(report, heap);
    report->workflow = TEXT_LITERAL("shop");
    report->seed = 0;
    report->seeds = 1000;
    report->runners = 3;
    report->slots = 4;
    report->search = (struct report_search){
        .is_search = true,
        .plan = "chaos",
        .method = "seeds 0..999",
        .figures = {.runs = 1000,
                    .events = 250000,
                    .attempts = 12000,
                    .decisions = 23000,
                    .virtual_ns = 1168 * NANOSECONDS_PER_DAY},
        .wall_ns = 41 * SECOND + 390 * MS,
    };
}

static struct report_finding charged_twice(void)
{
    return (struct report_finding){
        .finding = scene_charged_twice_finding(),
        .count = 12,
        .origin = "seed 17 of 0..999",
        .seed = 17,
        .decisions = 23,
        .shrunk = 1,
        .shrink_runs = 41,
        .is_minimal = true,
        .token = "cl1:shop,run-1/charge/1/effect.payments.charge@1=reply-lost",
        .story = "  0.000 s  one\n  1.000 s  two\n",
        .picture = "  runner-1  [\n",
        .needs = "needs: the lost reply.  does not matter: clocks",
        .test = "simulate-failure.c",
    };
}

static void assert_finding(const struct report_finding *finding, const char *expected)
{
    struct report report;
    struct text_builder builder;
    report_init(&report, NULL);
    text_builder_init(&builder, NULL);
    assert_true(report_add_finding(&report, finding));
    report_write_finding(&report.findings[0], &builder);
    assert_string_equal(text_builder_terminated(&builder), expected);
    text_builder_finish(&builder);
    report_finish(&report);
}

/* All that a person needs, in the order in which it is read. */
static void a_finding_is_told_from_its_title_to_its_test(void **state)
{
    (void)state;
    struct report_finding finding = charged_twice();
    assert_finding(&finding, "FAILED  always \"one order is charged once\": seed 17 of 0..999; "
                             "23 decisions shrunk to 1 in 41 runs; found 12 times\n"
                             "  0.000 s  one\n"
                             "  1.000 s  two\n"
                             "  runner-1  [\n"
                             "needs: the lost reply.  does not matter: clocks\n"
                             "replay:  cloacinactl simulate --replay "
                             "cl1:shop,run-1/charge/1/effect.payments.charge@1=reply-lost\n"
                             "test:    simulate-failure.c\n");
}

/* What is missing is not mentioned; the message stands for the story. */
static void a_finding_without_a_story_shows_its_message(void **state)
{
    (void)state;
    struct report_finding finding = {
        .finding = scene_finding("I-07", "", "nothing moves\n'load' Ready", 0),
        .decisions = 1,
        .no_test = "the recording 'a.json' is not declared in C",
    };
    assert_finding(&finding, "FAILED  I-07; 1 decision\n"
                             "  nothing moves\n"
                             "  'load' Ready\n"
                             "test:    none, the recording 'a.json' is not declared in C\n");
    finding.is_known = true;
    finding.known = "issue 7";
    finding.shrunk = 1;
    finding.shrink_runs = 2000;
    assert_finding(&finding, "KNOWN   I-07; 1 decision shrunk to 1 in 2,000 runs, which may be too "
                             "many\n"
                             "known:   issue 7\n"
                             "  nothing moves\n"
                             "  'load' Ready\n"
                             "test:    none, the recording 'a.json' is not declared in C\n");
}

/* The command's exit status: what is known does not count, what has no finding does. */
static void failures_are_what_is_not_known(void **state)
{
    (void)state;
    struct report report;
    struct report_finding finding = charged_twice();
    report_of(&report, NULL);
    assert_int_equal(report_count_failed(&report), 0);
    assert_true(report_add_finding(&report, &finding));
    finding.is_known = true;
    assert_true(report_add_finding(&report, &finding));
    assert_int_equal(report_count_failed(&report), 1);
    assert_true(report_add_case(&report, REPORT_PROPERTY, "one order is charged once", "no"));
    assert_int_equal(report_count_failed(&report), 1);
    assert_true(report_add_case(&report, REPORT_PROPERTY, "a reply is lost", "never"));
    assert_true(report_add_case(&report, REPORT_CORPUS, "a.token", NULL));
    assert_int_equal(report_count_failed(&report), 2);
    assert_int_equal(report.findings[0].count, 12);
    report_finish(&report);
}

/* Which runs a case is about: its invariant, its property, its file. */
static void a_case_finds_its_finding(void **state)
{
    (void)state;
    struct report report;
    struct report_finding finding = charged_twice();
    report_of(&report, NULL);
    assert_true(report_add_finding(&report, &finding));
    assert_int_equal(report.findings[0].count, 12);
    assert_true(report_add_case(&report, REPORT_INVARIANT, "always", NULL));
    assert_true(report_add_case(&report, REPORT_PROPERTY, "one order is charged once", NULL));
    assert_true(report_add_case(&report, REPORT_CORPUS, "seed 17 of 0..999", NULL));
    assert_true(report_add_case(&report, REPORT_CORPUS, "b.token", NULL));
    for (size_t i = 0; i < 3; i++) {
        assert_ptr_equal(report_case_finding(&report, &report.cases[i]), &report.findings[0]);
    }
    assert_null(report_case_finding(&report, &report.cases[3]));
    report_finish(&report);
}

static bool is_listed(const char *row)
{
    const char *text;
    const char *id;
    for (size_t i = 0; (id = report_invariant(i, &text)) != NULL; i++) {
        if (strncmp(row, id, strlen(id)) == 0) {
            return text[0] != '\0';
        }
    }
    return false;
}

/* Every row of the manual's table is a case: what is judged is also shown. */
static void the_invariants_of_the_manual_are_cases(void **state)
{
    (void)state;
    static char manual[131072];
    size_t count = 0;
    FILE *file = fopen(SOURCE_ROOT "/docs/reference/invariants.md", "r");
    assert_non_null(file);
    manual[fread(manual, 1, sizeof(manual) - 1, file)] = '\0';
    fclose(file);
    for (const char *row = manual; (row = strstr(row, "\n| I-")) != NULL; row += 5) {
        if (!is_listed(row + 3)) {
            fail_msg("no case for '%.10s'", row + 3);
        }
        count++;
    }
    const char *text;
    const char *id;
    for (size_t i = 0; (id = report_invariant(i, &text)) != NULL; i++) {
        char row[16];
        snprintf(row, sizeof(row), "\n| %s |", id);
        assert_non_null(strstr(manual, row));
    }
    assert_true(count > 10);
}

/* ---- what was reached ---- */

/* A plan can only fire what its rules say; without one everything is expected but chance. */
static void expected_is_what_the_plan_can_do(void **state)
{
    (void)state;
    struct report_search search = {.is_search = true};
    struct plan_rule rules[] = {
        {.fault = FAULT_BUSY, .sites = UINT64_C(1) << SITE_COMMIT | UINT64_C(1) << SITE_POLL},
        {.fault = FAULT_ERROR, .sites = ~UINT64_C(0), .never = true},
        {.fault = FAULT_POSTPONE, .sites = ~UINT64_C(0)},
        {.fault = FAULT_HANG, .sites = ~UINT64_C(0)},
    };
    struct cloacina_fault_plan plan = {.rules = rules, .rule_count = ARRAY_COUNT(rules)};
    report_expect(&search, &plan);
    assert_int_equal(search.possible[SITE_COMMIT], UINT64_C(1) << FAULT_BUSY);
    assert_int_equal(search.possible[SITE_BODY], UINT64_C(1) << FAULT_HANG);
    assert_int_equal(search.possible[SITE_EVENT], 0);
    search.coverage.fired[SITE_POLL][FAULT_BUSY] = 3;
    search.coverage.fired[SITE_LOAD][FAULT_BUSY] = 3;
    search.edges.taken[0] = 1;
    struct report_reach reach = report_reach(&search);
    assert_int_equal(reach.sites, 3);
    assert_int_equal(reach.sites_reached, 1);
    assert_int_equal(reach.edges, edges_count());
    assert_int_equal(reach.edges_taken, 1);
    assert_int_equal(search.possible[SITE_DISK_READ], 0);
    report_expect(&search, NULL);
    assert_int_equal(search.possible[SITE_DISK_READ], 0); /* there is no disk */
    assert_true((search.possible[SITE_CLOCK] >> FAULT_OFFSET & 1) != 0);
    assert_int_equal(search.possible[SITE_RANDOM], 0);
    search.has_disk = true;
    report_expect(&search, NULL);
    assert_true((search.possible[SITE_DISK_READ] >> FAULT_POWER_LOSS & 1) != 0);
}

static void reached_a_little(struct report_search *search)
{
    search->possible[SITE_COMMIT] = UINT64_C(1) << FAULT_BUSY | UINT64_C(1) << FAULT_FULL;
    search->possible[SITE_CLAIMS] = UINT64_C(1) << FAULT_BUSY | UINT64_C(1) << FAULT_ERROR;
    search->possible[SITE_EFFECT] = UINT64_C(1) << FAULT_REPLY_LOST;
    search->coverage.asked[SITE_COMMIT] = 20000;
    search->coverage.asked[SITE_EFFECT] = 3000;
    search->coverage.fired[SITE_COMMIT][FAULT_BUSY] = 1200;
    search->coverage.fired[SITE_EFFECT][FAULT_REPLY_LOST] = 310;
    search->coverage.fired[SITE_POLL][FAULT_POSTPONE] = 999;
    for (size_t edge = 2; edge < edges_count(); edge++) {
        search->edges.taken[edge] = edge;
    }
}

/* How much was tried, and what never happened, by name. */
static void the_summary_of_a_search_says_what_it_never_reached(void **state)
{
    (void)state;
    struct report report;
    struct text_builder builder;
    struct text_builder expected;
    struct report_finding finding = charged_twice();
    report_of(&report, NULL);
    reached_a_little(&report.search);
    text_builder_init(&builder, NULL);
    text_builder_init(&expected, NULL);
    finding.is_known = true;
    assert_true(report_add_finding(&report, &finding));
    finding.is_known = false;
    assert_true(report_add_finding(&report, &finding));
    assert_true(report_add_case(&report, REPORT_PROPERTY, "a reply is lost", "never seen"));
    assert_true(report_add_case(&report, REPORT_CORPUS, "a.token", NULL));
    report_write_finding(&report.findings[1], &expected);
    report_write_finding(&report.findings[0], &expected);
    text_builder_append_terminated(
        &expected, "FAILED  a reply is lost\n"
                   "  never seen\n"
                   "'shop' on 3 runners with 4 slots, chaos, seeds 0..999\n"
                   "runs      1,000 with 12,000 attempts, 250,000 events, 23,000 decisions; "
                   "2 findings\n"
                   "time      3.2 years in 41.3 s: 24 runs/s, 6,040 events/s\n"
                   "faults    1,510: 1,200 busy, 310 reply-lost\n"
                   "reached   2 of 5 fault sites; never: commit=full, claims=* (no such "
                   "moment)\n");
    text_builder_print(&expected,
                       "edges     %zu of %zu edges of the state tables; never: ", edges_count() - 2,
                       edges_count());
    edge_print(0, &expected);
    text_builder_append_terminated(&expected, ",\n          ");
    edge_print(1, &expected);
    text_builder_append_char(&expected, '\n');
    report_write_text(&report, &builder);
    assert_string_equal(text_builder_terminated(&builder), text_builder_terminated(&expected));
    text_builder_finish(&builder);
    text_builder_finish(&expected);
    report_finish(&report);
}

static void assert_summary_has(const struct report *report, const char *line)
{
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    report_write_text(report, &builder);
    assert_non_null(strstr(text_builder_terminated(&builder), line));
    text_builder_finish(&builder);
}

/* A list of two hundred names helps nobody; times are told as people say them. */
static void a_long_list_is_cut_and_times_are_round(void **state)
{
    (void)state;
    struct report report;
    report_of(&report, NULL);
    report.search.plan = NULL;
    report.search.method = "a sweep";
    report_expect(&report.search, NULL);
    for (size_t site = 0; site < SITES; site++) {
        report.search.coverage.asked[site] = 1;
    }
    struct report_reach reach = report_reach(&report.search);
    char line[160];
    assert_summary_has(&report, "never: submit=busy, ");
    snprintf(line, sizeof(line), " and %llu more: --json has them all\nedges ",
             (unsigned long long)reach.sites - 8);
    assert_summary_has(&report, line);
    assert_summary_has(&report, "'shop' on 3 runners with 4 slots, no faults, a sweep\n");
    assert_summary_has(&report, "faults    0\n");
    static const struct {
        int64_t virtual_ns, wall_ns;
        const char *line;
    } all[] = {
        {12 * NANOSECONDS_PER_DAY + 12 * NANOSECONDS_PER_HOUR, 1500 * MS, "12.5 days in 1.5 s: "},
        {3 * NANOSECONDS_PER_HOUR, 5 * MS, "3.0 hours in 5.0 ms: "},
        {NANOSECONDS_PER_HOUR, 0, "60.0 minutes in 0.0 ms: 0 runs/s, 0 events/s\n"},
        {0, -1, "0.0 ms in 0.0 ms: "},
    };
    for (size_t i = 0; i < ARRAY_COUNT(all); i++) {
        report.search.figures.virtual_ns = all[i].virtual_ns;
        report.search.wall_ns = all[i].wall_ns;
        assert_summary_has(&report, all[i].line);
    }
    report_finish(&report);
}

/* Faults of equal number stand in the order of the table, whatever the order of the sites. */
static void faults_are_told_by_their_number(void **state)
{
    (void)state;
    struct report report;
    report_of(&report, NULL);
    report.search.coverage.fired[SITE_POLL][FAULT_CRASH] = 5;
    report.search.coverage.fired[SITE_COMMIT][FAULT_CRASH] = 5;
    report.search.coverage.fired[SITE_COMMIT][FAULT_BUSY] = 10;
    report.search.coverage.fired[SITE_COMMIT][FAULT_STEP] = 1;
    report.search.coverage.fired[SITE_RANDOM][FAULT_NUMBER] = 100;
    assert_summary_has(&report, "faults    21: 10 busy, 10 crash, 1 step\n");
    report_finish(&report);
}

/* ---- the matrix ---- */

static void the_matrix_has_a_line_for_each_fault(void **state)
{
    (void)state;
    struct report_search search = {.is_search = true};
    struct text_builder builder;
    search.coverage.asked[SITE_COMMIT] = 20000;
    search.coverage.fired[SITE_COMMIT][FAULT_FULL] = 17;
    search.possible[SITE_POLL] = UINT64_C(1) << FAULT_STOP;
    search.possible[SITE_BODY] = UINT64_C(1) << FAULT_HANG;
    text_builder_init(&builder, NULL);
    report_write_matrix(&search, &builder);
    assert_string_equal(
        text_builder_terminated(&builder),
        "             submit commit commit-locked   poll   load refresh find-commit open-lease "
        "close-lease claims\n"
        "asked             0  20000             0      0      0       0           0          0 "
        "          0      0\n"
        "full              0     17             0      0      .       .           .          0 "
        "          0      .\n"
        "stop              .      .             .      0      .       .           .          . "
        "          .      .\n");
    text_builder_finish(&builder);
}

/* A count of more digits than usual does not push its column out of line. */
static void the_matrix_grows_with_its_counts(void **state)
{
    (void)state;
    struct report_search search = {.is_search = true};
    struct text_builder builder;
    search.coverage.asked[SITE_POLL] = 12345678;
    search.coverage.fired[SITE_POLL][FAULT_STOP] = 9;
    text_builder_init(&builder, NULL);
    report_write_matrix(&search, &builder);
    assert_string_equal(
        text_builder_terminated(&builder),
        "             submit commit commit-locked     poll   load refresh find-commit open-lease "
        "close-lease claims\n"
        "asked             0      0             0 12345678      0       0           0          0 "
        "          0      0\n"
        "stop              .      .             .        9      .       .           .          . "
        "          .      .\n");
    text_builder_finish(&builder);
}

/* Both tables, an empty line between them; an edge that was never taken has its line, too. */
static void the_coverage_is_the_matrix_and_the_edges(void **state)
{
    (void)state;
    struct report report;
    struct text_builder builder, matrix;
    report_of(&report, NULL);
    reached_a_little(&report.search);
    report.search.edges.taken[1] = 1234567;
    text_builder_init(&builder, NULL);
    text_builder_init(&matrix, NULL);
    report_write_matrix(&report.search, &matrix);
    text_builder_append_char(&matrix, '\n');
    report_write_coverage(&report, &builder);
    const char *text = text_builder_terminated(&builder);
    assert_int_equal(strncmp(text, text_builder_terminated(&matrix), matrix.length), 0);
    const char *edges = "           0  task NotStarted -> Ready by task_marked_ready\n"
                        "     1234567  task NotStarted -> Skipped by task_skipped\n";
    assert_int_equal(strncmp(text + matrix.length, edges, strlen(edges)), 0);
    size_t lines = 0;
    for (const char *at = text + matrix.length; *at != '\0'; at++) {
        lines += *at == '\n';
    }
    assert_int_equal(lines, edges_count());
    text_builder_finish(&matrix);
    text_builder_finish(&builder);
    report_finish(&report);
}

/* ---- JSON ---- */

static void assert_json_has(const char *json, const char *part)
{
    if (strstr(json, part) == NULL) {
        fail_msg("'%s' is not in %s", part, json);
    }
}

/* What programs read: one object, and the keys of a run that mean the same in a search. */
static void the_json_of_a_search_has_everything(void **state)
{
    (void)state;
    struct report report;
    struct text_builder builder;
    struct json_reader reader;
    struct json_token token;
    struct arena arena;
    struct report_finding finding = charged_twice();
    report_of(&report, NULL);
    reached_a_little(&report.search);
    assert_true(report_add_finding(&report, &finding));
    finding.is_known = true;
    finding.known = "issue 7";
    assert_true(report_add_finding(&report, &finding));
    assert_true(report_add_case(&report, REPORT_INVARIANT, "I-01", NULL));
    assert_true(report_add_case(&report, REPORT_PROPERTY, "seen", "never"));
    text_builder_init(&builder, NULL);
    report_write_json(&report, &builder);
    const char *json = text_builder_terminated(&builder);
    assert_json_has(json,
                    "{\"workflow\":\"shop\",\"seed\":0,\"seeds\":1000,\"runners\":3,\"slots\":"
                    "4,\"attempts\":12000,\"events\":250000,\"virtual_ns\":"
                    "100915200000000000,\"wall_ns\":41390000000,\"failures\":[{\"seed\":17,"
                    "\"invariant\":\"always\",\"message\":\"'one order is charged once': one "
                    "order was charged twice\"}],\"runs_done\":1000,\"decisions\":23000,"
                    "\"plan\":\"chaos\",\"method\":\"seeds 0..999\",\"findings\":[\n"
                    "{\"id\":\"always\",\"name\":\"one order is charged once\",");
    assert_json_has(json, "\"at_ns\":1000000000,\"origin\":\"seed 17 of 0..999\",\"seed\":17,"
                          "\"count\":12,\"decisions\":23,\"shrunk\":1,\"shrink_runs\":41,"
                          "\"minimal\":true,\"token\":\"cl1:shop,");
    assert_json_has(json, "\"story\":[\"  0.000 s  one\",\"  1.000 s  two\"],\"picture\":[\"  "
                          "runner-1  [\"],\"needs\":\"needs: the lost reply.");
    assert_json_has(json, "\"test\":\"simulate-failure.c\",\"no_test\":\"\",\"known\":false,"
                          "\"known_because\":\"\"}");
    assert_json_has(json, "\"known\":true,\"known_because\":\"issue 7\"}]");
    assert_json_has(json, "\"cases\":[\n{\"kind\":\"invariant\",\"name\":\"I-01\",\"holds\":true,"
                          "\"failure\":\"\"},\n{\"kind\":\"property\",\"name\":\"seen\",\"holds\":"
                          "false,\"failure\":\"never\"}]");
    assert_json_has(json, "\"sites\":5,\"sites_reached\":2,\"coverage\":[\n{\"site\":\"commit\","
                          "\"asked\":20000,\"fired\":{\"busy\":1200,\"full\":0}},\n");
    assert_json_has(json, "\"edges\":[\n{\"edge\":\"");
    arena_init(&arena, NULL);
    json_reader_init(&reader, text_builder_text(&builder), &arena);
    assert_int_equal(json_skip(&reader, NULL), CLOACINA_OK);
    assert_int_equal(json_expect(&reader, JSON_END, &token, NULL), CLOACINA_OK);
    arena_finish(&arena);
    text_builder_finish(&builder);
    report_finish(&report);
}

static void without_memory_a_search_says_so(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct report report;
        struct text_builder builder;
        struct report_finding finding = charged_twice();
        failing_heap_init(&heap, n);
        text_builder_init(&builder, &heap.heap);
        report_of(&report, &heap.heap);
        reached_a_little(&report.search);
        bool is_added = report_add_finding(&report, &finding) && report_add_invariants(&report);
        if (is_added) {
            report_write_json(&report, &builder);
            report_write_text(&report, &builder);
            report_write_coverage(&report, &builder);
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
        cmocka_unit_test(a_finding_is_told_from_its_title_to_its_test),
        cmocka_unit_test(a_finding_without_a_story_shows_its_message),
        cmocka_unit_test(failures_are_what_is_not_known),
        cmocka_unit_test(a_case_finds_its_finding),
        cmocka_unit_test(the_invariants_of_the_manual_are_cases),
        cmocka_unit_test(expected_is_what_the_plan_can_do),
        cmocka_unit_test(the_summary_of_a_search_says_what_it_never_reached),
        cmocka_unit_test(a_long_list_is_cut_and_times_are_round),
        cmocka_unit_test(faults_are_told_by_their_number),
        cmocka_unit_test(the_matrix_has_a_line_for_each_fault),
        cmocka_unit_test(the_matrix_grows_with_its_counts),
        cmocka_unit_test(the_coverage_is_the_matrix_and_the_edges),
        cmocka_unit_test(the_json_of_a_search_has_everything),
        cmocka_unit_test(without_memory_a_search_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
