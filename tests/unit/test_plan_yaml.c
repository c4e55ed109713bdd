/* SPDX-License-Identifier: Apache-2.0 */
/* test_plan_yaml.c - fault plans as files. */
#include "support.h"

#include <stdio.h>

#include "oracle/plan.h"

/* Without libyaml there is one thing to say. */
static bool has_reader(void)
{
    struct cloacina_fault_plan *plan = NULL;
    struct cloacina_error err;
    enum cloacina_code code = cloacina_fault_plan_read("name: x", 7, "x.yaml", &plan, &err);
    if (code == CLOACINA_UNAVAILABLE) {
        assert_string_equal(err.message,
                            "x.yaml: this build reads no fault plans (Meson feature 'plans')");
    }
    cloacina_fault_plan_destroy(plan);
    return code != CLOACINA_UNAVAILABLE;
}

static struct cloacina_fault_plan *read(const char *yaml)
{
    struct cloacina_fault_plan *plan = NULL;
    struct cloacina_error err = {.message = ""};
    if (cloacina_fault_plan_read(yaml, strlen(yaml), "plan.yaml", &plan, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    return plan;
}

static void assert_prints(const struct cloacina_fault_plan *plan, const char *yaml)
{
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    plan_print(plan, &builder);
    assert_string_equal(text_builder_terminated(&builder), yaml);
    text_builder_finish(&builder);
}

/* A file of the source tree, with a NUL behind it. */
static const char *file_read(const char *name, char *ret_bytes, size_t size)
{
    char path[512];
    (void)snprintf(path, sizeof(path), SOURCE_ROOT "/%s", name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(ret_bytes, 1, size - 1, file);
    assert_true(length < size - 1);
    ret_bytes[length] = '\0';
    (void)fclose(file);
    return ret_bytes;
}

/* The files of fixtures/plans are what the compiled plans print, and are read as the same plans. */
static void the_named_plans_are_files_too(void **state)
{
    (void)state;
    static const char license[] = "# SPDX-License-Identifier: Apache-2.0\n";
    for (size_t i = 0; plan_named_name(i) != NULL; i++) {
        char name[64], bytes[65536];
        (void)snprintf(name, sizeof(name), "fixtures/plans/%s.yaml", plan_named_name(i));
        const char *yaml = file_read(name, bytes, sizeof(bytes));
        assert_memory_equal(yaml, license, strlen(license));
        struct cloacina_fault_plan *named = NULL;
        assert_int_equal(cloacina_fault_plan_named(plan_named_name(i), &named, NULL), CLOACINA_OK);
        assert_prints(named, yaml + strlen(license));
        cloacina_fault_plan_destroy(named);
        if (has_reader()) {
            struct cloacina_fault_plan *plan = read(yaml);
            assert_prints(plan, yaml + strlen(license));
            cloacina_fault_plan_destroy(plan);
        }
    }
}

static void assert_row(const char *manual, const char *name, const char *text)
{
    char row[256];
    (void)snprintf(row, sizeof(row), "| `%s` | %s", name, text);
    if (strstr(manual, row) == NULL) {
        fail_msg("the manual has no row '%s'", row);
    }
}

/* The tables and the plan of the manual are those of the code. */
static void the_manual_is_right(void **state)
{
    (void)state;
    static char bytes[262144];
    const char *manual = file_read("docs/failure-injection.md", bytes, sizeof(bytes));
    const char *yaml = strstr(manual, "```yaml\nname:");
    assert_non_null(yaml);
    yaml += strlen("```yaml\n");
    struct text plan = {yaml, (size_t)(strstr(yaml, "```") - yaml)};
    struct cloacina_fault_plan *read = NULL;
    struct cloacina_error err = {.message = ""};
    if (has_reader() && plan_read(NULL, plan, "manual", &read, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    cloacina_fault_plan_destroy(read);
    for (size_t i = 0; plan_named_name(i) != NULL; i++) {
        assert_row(manual, plan_named_name(i), plan_named_description(i));
    }
    for (int fault = FAULT_NONE + 1; fault < FAULT_NUMBER; fault++) {
        assert_row(manual, fault_name((enum fault)fault), fault_text((enum fault)fault));
    }
    for (int site = SITE_NONE + 1; site < SITES; site++) {
        assert_row(manual, site_name((enum site)site), site_text((enum site)site));
    }
}

/* All keys, in the order in which they are printed. */
static void every_key_is_read_and_printed(void **state)
{
    (void)state;
    static const char yaml[] =
        "name: mine\n"
        "description: \"a \\\"quoted\\\" \\\\ word\"\n"
        "until: 1500ms\n"
        "swarm: 0.000000001\n"
        "faults:\n"
        "  - {fault: slow, at: \"commit,load\", where: \"run-1/*\", amount: 1s..2s, "
        "probability: 0.125, from_nth: 4, at_most: 2, until: 30s}\n"
        "  - {fault: stop, amount: 5s, nth: 3, never: true}\n"
        "  - {fault: crash, at: \"store,body\", probability: 1}\n"
        "  - {fault: crash, at: store, probability: 1}\n"
        "  - {fault: crash, probability: 1}\n"
        "  - {fault: hang, probability: 0.01, again: 0.95}\n"
        "  - {fault: drift, amount: -5ppb..1ppm, nth: 1}\n";
    if (has_reader()) {
        struct cloacina_fault_plan *plan = read(yaml);
        assert_prints(plan, yaml);
        cloacina_fault_plan_destroy(plan);
    }
}

/* YAML has many ways to say the same. */
static void other_ways_to_write_it_are_read(void **state)
{
    (void)state;
    if (!has_reader()) {
        return;
    }
    struct cloacina_fault_plan *plan = read("# mine\n"
                                            "faults:\n"
                                            "- fault: 'busy'\n"
                                            "  at: commit, poll\n"
                                            "  probability: 5e-1\n"
                                            "  never: false\n"
                                            "- fault: error\n"
                                            "  probability: 1.0\n"
                                            "name: -x\n");
    assert_prints(plan, "name: \"-x\"\nuntil: 1m\nswarm: 0.5\nfaults:\n"
                        "  - {fault: busy, at: \"commit,poll\", probability: 0.5}\n"
                        "  - {fault: error, probability: 1}\n");
    cloacina_fault_plan_destroy(plan);
    plan = read("{name: a, until: 0s}");
    assert_prints(plan, "name: a\nuntil: 0s\nswarm: 0.5\nfaults: []\n");
    cloacina_fault_plan_destroy(plan);
}

static void assert_refused(const char *yaml, const char *message)
{
    struct cloacina_fault_plan *plan = NULL;
    struct cloacina_error err = {.message = ""};
    assert_int_equal(cloacina_fault_plan_read(yaml, strlen(yaml), "plan.yaml", &plan, &err),
                     CLOACINA_INVALID);
    assert_string_equal(err.message, message);
    assert_null(plan);
}

/* What is wrong with a fault is said with its line and its key. */
static void a_wrong_fault_is_named_by_line_and_key(void **state)
{
    (void)state;
    if (!has_reader()) {
        return;
    }
#define FAULT(text) "name: x\nfaults:\n  - {fault: busy, nth: 1}\n  - {" text "}\n"
    assert_refused(FAULT("fault: busy, probability: 1.5"),
                   "plan.yaml:4: faults[1].probability: 1.5 is not between 0 and 1");
    assert_refused(FAULT("fault: busy,\n     probability: 1.5"),
                   "plan.yaml:5: faults[1].probability: 1.5 is not between 0 and 1");
    assert_refused(FAULT("nth: 1"), "plan.yaml:4: faults[1].fault: is missing");
    assert_refused(FAULT("fault: busi, nth: 1"),
                   "plan.yaml:4: faults[1].fault: there is no 'busi'; did you mean 'busy'?");
    assert_refused(
        FAULT("fault: busy, probabilty: 1"),
        "plan.yaml:4: faults[1].probabilty: is no key here; did you mean 'probability'?");
    assert_refused(FAULT("fault: busy, fault: busy"),
                   "plan.yaml:4: faults[1].fault: 'fault' stands here twice");
    assert_refused(FAULT("fault: busy"),
                   "plan.yaml:4: faults[1].probability: is missing, and so are nth and from_nth: "
                   "'busy' would never happen");
    assert_refused(FAULT("fault: [busy]"),
                   "plan.yaml:4: faults[1].fault: '...' is no text or number");
    assert_refused(FAULT("fault: \"a\\0b\""),
                   "plan.yaml:4: faults[1].fault: '...' is too long, or has a NUL");
    assert_refused(FAULT("fault: busy, probability: often"),
                   "plan.yaml:4: faults[1].probability: 'often' is no number");
    assert_refused(FAULT("fault: busy, probability: 18446744073709551615"),
                   "plan.yaml:4: faults[1].probability: '18446744073709551615' is not between 0 "
                   "and 1");
    assert_refused(FAULT("fault: busy, nth: 0"),
                   "plan.yaml:4: faults[1].nth: '0' is no number from 1 to 4294967295");
    assert_refused(FAULT("fault: busy, at_most: 4294967296, nth: 1"),
                   "plan.yaml:4: faults[1].at_most: '4294967296' is no number from 1 to "
                   "4294967295");
    assert_refused(FAULT("fault: busy, from_nth: -1"),
                   "plan.yaml:4: faults[1].from_nth: '-1' is no number from 1 to 4294967295");
    assert_refused(FAULT("fault: busy, until: soon, nth: 1"),
                   "plan.yaml:4: faults[1].until: 'soon' is no time: '30s'");
    assert_refused(FAULT("fault: busy, until: 1us, nth: 1"),
                   "plan.yaml:4: faults[1].until: '1us' is not a number of milliseconds");
    assert_refused(FAULT("fault: busy, until: 0s, nth: 1"),
                   "plan.yaml:4: faults[1].until: '0s' is not a number of milliseconds");
    assert_refused(FAULT("fault: busy, never: yes"),
                   "plan.yaml:4: faults[1].never: 'yes' is neither true nor false");
    assert_refused(FAULT("fault: slow, nth: 1, amount: fast"),
                   "plan.yaml:4: faults[1].amount: 'fast' is no time: '2s', or '1s..90s'");
    assert_refused(FAULT("fault: slow, nth: 1, where: a b"),
                   "plan.yaml:4: faults[1].where: 'a b' matches no place: those consist of A-Z "
                   "a-z 0-9 . _ - + /");
    assert_refused(FAULT("? [a] : b"), "plan.yaml:4: a key is a text");
#undef FAULT
}

/* So is what is wrong with a plan. */
static void a_wrong_plan_is_named_by_line_and_key(void **state)
{
    (void)state;
    if (!has_reader()) {
        return;
    }
    assert_refused("", "plan.yaml:1: is empty");
    assert_refused("# nothing\n", "plan.yaml:2: is empty");
    assert_refused("- a\n", "plan.yaml:1: a plan is a mapping: name, faults ...");
    assert_refused("chaos\n", "plan.yaml:1: a plan is a mapping: name, faults ...");
    assert_refused("faults: []\n", "plan.yaml:1: name: is missing");
    assert_refused("name:\n", "plan.yaml:1: name: '' is no name of a plan: A-Z a-z 0-9 . _ -");
    assert_refused("\nname: a b\n",
                   "plan.yaml:2: name: 'a b' is no name of a plan: A-Z a-z 0-9 . _ -");
    assert_refused("name: x\nfalts: []\n",
                   "plan.yaml:2: falts: is no key here; did you mean 'faults'?");
    assert_refused("name: x\nname: y\n", "plan.yaml:2: name: 'name' stands here twice");
    assert_refused("name: x\nfaults: none\n", "plan.yaml:2: faults: is no list");
    assert_refused("name: x\nfaults:\n- busy\n",
                   "plan.yaml:3: faults: an entry is {fault: ..., at: ..., probability: ...}");
    assert_refused("name: x\nuntil: -1s\n", "plan.yaml:2: until: '-1s' is no time: '30s'");
    assert_refused("name: x\nswarm: 0\n",
                   "plan.yaml:2: swarm: is not above 0: no fault would ever happen");
    assert_refused("name: x\nswarm: 2\n", "plan.yaml:2: swarm: 2.0 is not between 0 and 1");
    assert_refused("name: x\ndescription: \"a\\nb\"\n",
                   "plan.yaml:2: description: is not one line");
    assert_refused("name: x\n---\nname: y\n",
                   "plan.yaml:2: a file has one plan: here another begins");
}

/* What one part says must not depend on another: no anchors, aliases, tags; and it must be YAML. */
static void what_yaml_offers_beyond_is_refused(void **state)
{
    (void)state;
    if (!has_reader()) {
        return;
    }
    static const char extras[] = "anchors, aliases and tags are not read";
    static const char *const with_extras[] = {
        "name: &a x\n",   "&a {name: x}\n",  "name: *a\n",     "name: !!str x\n",
        "!x {name: x}\n", "faults: &a []\n", "faults: !x []\n"};
    for (size_t i = 0; i < ARRAY_COUNT(with_extras); i++) {
        char message[128];
        (void)snprintf(message, sizeof(message), "plan.yaml:1: %s", extras);
        assert_refused(with_extras[i], message);
    }
    assert_refused("name: [\n", "plan.yaml:1: name: '...' is no text or number");
    assert_refused("name: \"x\n", "plan.yaml:2: found unexpected end of stream");
}

/* A bomb of nesting stops at its second level; a file has a size. */
static void limits_are_kept(void **state)
{
    (void)state;
    if (!has_reader()) {
        return;
    }
    char *yaml = malloc(PLAN_FILE_BYTES_MAX + 1);
    struct cloacina_fault_plan *plan = NULL;
    struct cloacina_error err;
    assert_non_null(yaml);
    memset(yaml, '[', PLAN_FILE_BYTES_MAX + 1);
    assert_int_equal(cloacina_fault_plan_read(yaml, PLAN_FILE_BYTES_MAX, NULL, &plan, &err),
                     CLOACINA_INVALID);
    assert_string_equal(err.message, "plan:1: a plan is a mapping: name, faults ...");
    assert_int_equal(cloacina_fault_plan_read(yaml, PLAN_FILE_BYTES_MAX + 1, NULL, &plan, &err),
                     CLOACINA_LIMIT);
    assert_string_equal(err.message, "plan: 1048577 bytes: at most 1048576 are read");
    memset(yaml, 'x', PLAN_TEXT_BYTES_MAX + 7);
    memcpy(yaml, "name: ", 6);
    assert_int_equal(cloacina_fault_plan_read(yaml, 6 + PLAN_TEXT_BYTES_MAX, NULL, &plan, &err),
                     CLOACINA_OK);
    assert_int_equal(plan->name.length, PLAN_TEXT_BYTES_MAX);
    cloacina_fault_plan_destroy(plan);
    assert_int_equal(cloacina_fault_plan_read(yaml, 7 + PLAN_TEXT_BYTES_MAX, NULL, &plan, &err),
                     CLOACINA_INVALID);
    free(yaml);
}

/* No memory is an answer, and nothing leaks. */
static void without_memory_there_is_no_plan(void **state)
{
    (void)state;
    for (size_t n = 0; has_reader(); n++) {
        struct failing_heap heap;
        struct cloacina_fault_plan *plan = NULL;
        struct cloacina_error err;
        failing_heap_init(&heap, n);
        enum cloacina_code code = plan_read(
            &heap.heap, TEXT_LITERAL("{name: x, description: y, faults: [{fault: busy, nth: 1}]}"),
            NULL, &plan, &err);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        cloacina_fault_plan_destroy(plan);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_named_plans_are_files_too),
        cmocka_unit_test(the_manual_is_right),
        cmocka_unit_test(every_key_is_read_and_printed),
        cmocka_unit_test(other_ways_to_write_it_are_read),
        cmocka_unit_test(a_wrong_fault_is_named_by_line_and_key),
        cmocka_unit_test(a_wrong_plan_is_named_by_line_and_key),
        cmocka_unit_test(what_yaml_offers_beyond_is_refused),
        cmocka_unit_test(limits_are_kept),
        cmocka_unit_test(without_memory_there_is_no_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
