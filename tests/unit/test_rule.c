/* SPDX-License-Identifier: Apache-2.0 */
/* test_rule.c - trigger rules: what is accepted, what it says, and that JSON keeps it. */
#include "support.h"

#include "context/json.h"
#include "task/rule.h"

/* ---- help ---- */

/* Tasks are called "a" to "z" and numbered so. */
static enum cloacina_code letter_resolve(const struct rule_resolver *resolver, struct text name,
                                         uint32_t *ret_task, struct cloacina_error *err)
{
    (void)resolver;
    if (name.length != 1) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "task '%.*s' does not exist",
                                    TEXT_PRINT(name));
    }
    *ret_task = (uint32_t)(name.bytes[0] - 'a');
    return CLOACINA_OK;
}

static struct text letter_name(const struct rule_names *names, uint32_t task)
{
    (void)names;
    return (struct text){.bytes = &"abcdefghijklmnopqrstuvwxyz"[task], .length = 1};
}

static const struct rule_resolver letters = {.resolve = letter_resolve};
static const struct rule_names letter_names = {.task_name = letter_name};

/* A world of facts: how the tasks "a", "b", "c" ended, and how often that was asked. */
struct world {
    enum rule_task_status statuses[3];
    int asked;
};

static enum rule_task_status world_status(void *user, uint32_t task)
{
    struct world *world = user;
    world->asked++;
    return world->statuses[task];
}

static struct rule *bound(const struct cloacina_rule *source, struct arena *arena)
{
    struct rule *rule = NULL;
    struct cloacina_error err = {0};
    if (rule_of(source, arena, &rule, &err) != CLOACINA_OK ||
        rule_bind(rule, &letters, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    return rule;
}

/* a completed, b failed, c was skipped. */
static bool holds(const struct cloacina_rule *source)
{
    struct world world = {.statuses = {RULE_TASK_COMPLETED, RULE_TASK_FAILED, RULE_TASK_SKIPPED}};
    struct arena arena;
    arena_init(&arena, NULL);
    bool answer = rule_evaluate(bound(source, &arena),
                                &(struct rule_facts){.status = world_status, .user = &world});
    arena_finish(&arena);
    return answer;
}

static bool holds_for(const char *input, enum cloacina_rule_operator comparison, const char *value)
{
    struct arena arena;
    struct cloacina_error err = {0};
    const struct value *object = NULL;
    arena_init(&arena, NULL);
    assert_int_equal(value_read(&arena, text_of(input), &object, &err), CLOACINA_OK);
    const struct cloacina_rule *source = CLOACINA_CONTEXT_VALUE("k", comparison, value);
    bool answer = rule_evaluate(bound(source, &arena), &(struct rule_facts){.input = object});
    arena_finish(&arena);
    return answer;
}

static void refused(const struct cloacina_rule *source, enum cloacina_code code,
                    const char *message)
{
    struct arena arena;
    struct rule *rule = NULL;
    struct cloacina_error err = {0};
    arena_init(&arena, NULL);
    assert_int_equal(rule_of(source, &arena, &rule, &err), code);
    assert_string_equal(err.message, message);
    assert_int_equal(rule_of(source, &arena, &rule, NULL), code);
    arena_finish(&arena);
}

/* ---- what rules say ---- */

static void conditions_on_tasks_ask_how_they_ended(void **state)
{
    (void)state;
    assert_true(holds(CLOACINA_ALWAYS()));
    assert_true(holds(CLOACINA_TASK_SUCCEEDED("a")));
    assert_false(holds(CLOACINA_TASK_SUCCEEDED("b")));
    assert_true(holds(CLOACINA_TASK_FAILED("b")));
    assert_false(holds(CLOACINA_TASK_FAILED("c")));
    assert_true(holds(CLOACINA_TASK_SKIPPED("c")));
    assert_false(holds(CLOACINA_TASK_SKIPPED("a")));
}

static void groups_combine_their_parts(void **state)
{
    (void)state;
    const struct cloacina_rule *yes = CLOACINA_TASK_SUCCEEDED("a");
    const struct cloacina_rule *no = CLOACINA_TASK_SUCCEEDED("b");
    assert_true(holds(CLOACINA_ALL_OF(yes, yes)));
    assert_false(holds(CLOACINA_ALL_OF(yes, no)));
    assert_true(holds(CLOACINA_ANY_OF(no, yes)));
    assert_false(holds(CLOACINA_ANY_OF(no, no)));
    assert_true(holds(CLOACINA_NONE_OF(no, no)));
    assert_false(holds(CLOACINA_NONE_OF(no, yes)));
    assert_true(holds(
        CLOACINA_ALL_OF(CLOACINA_ANY_OF(no, yes), CLOACINA_NONE_OF(CLOACINA_ALL_OF(yes, no)))));
}

/* The reference's answers for groups without parts. */
static void an_empty_group_holds_unless_it_is_any(void **state)
{
    (void)state;
    assert_true(holds(&(struct cloacina_rule){.type = CLOACINA_RULE_ALL_OF}));
    assert_false(holds(&(struct cloacina_rule){.type = CLOACINA_RULE_ANY_OF}));
    assert_true(holds(&(struct cloacina_rule){.type = CLOACINA_RULE_NONE_OF}));
}

/* A task that has not ended, which no checked rule can name, satisfies nothing. */
static void an_unfinished_task_satisfies_no_condition(void **state)
{
    (void)state;
    struct world world = {.statuses = {RULE_TASK_UNFINISHED}};
    struct rule_facts facts = {.status = world_status, .user = &world};
    struct arena arena;
    arena_init(&arena, NULL);
    assert_false(rule_evaluate(bound(CLOACINA_TASK_SUCCEEDED("a"), &arena), &facts));
    assert_false(rule_evaluate(bound(CLOACINA_TASK_FAILED("a"), &arena), &facts));
    assert_false(rule_evaluate(bound(CLOACINA_TASK_SKIPPED("a"), &arena), &facts));
    arena_finish(&arena);
}

static void parts_are_asked_no_further_than_needed(void **state)
{
    (void)state;
    struct world world = {.statuses = {RULE_TASK_COMPLETED, RULE_TASK_FAILED, RULE_TASK_SKIPPED}};
    struct rule_facts facts = {.status = world_status, .user = &world};
    struct arena arena;
    arena_init(&arena, NULL);
    const struct rule *rule =
        bound(CLOACINA_ANY_OF(CLOACINA_TASK_FAILED("a"), CLOACINA_TASK_FAILED("b"),
                              CLOACINA_TASK_FAILED("c")),
              &arena);
    assert_true(rule_evaluate(rule, &facts));
    assert_int_equal(world.asked, 2);
    arena_finish(&arena);
}

static void values_are_equal_as_json(void **state)
{
    (void)state;
    assert_true(holds_for("{\"k\": 5}", CLOACINA_EQUALS, "5.0"));
    assert_true(holds_for("{\"k\": {\"x\": [1]}}", CLOACINA_EQUALS, "{\"x\": [1]}"));
    assert_false(holds_for("{\"k\": \"5\"}", CLOACINA_EQUALS, "5"));
    assert_false(holds_for("{}", CLOACINA_EQUALS, "null"));
    assert_true(holds_for("{}", CLOACINA_NOT_EQUALS, "null"));
    assert_true(holds_for("{\"k\": 4}", CLOACINA_NOT_EQUALS, "5"));
    assert_false(holds_for("{\"k\": 5}", CLOACINA_NOT_EQUALS, "5"));
}

/* As doubles 2^53 + 1 and 2^53 would be the same. */
static void numbers_compare_exactly(void **state)
{
    (void)state;
    assert_true(
        holds_for("{\"k\": 9007199254740993}", CLOACINA_GREATER_THAN, "9007199254740992.0"));
    assert_false(holds_for("{\"k\": 9007199254740993}", CLOACINA_EQUALS, "9007199254740992.0"));
    assert_true(holds_for("{\"k\": -1}", CLOACINA_LESS_THAN, "18446744073709551615"));
    assert_false(holds_for("{\"k\": 5}", CLOACINA_GREATER_THAN, "5"));
    assert_false(holds_for("{\"k\": 5}", CLOACINA_LESS_THAN, "5"));
    assert_false(holds_for("{\"k\": \"6\"}", CLOACINA_GREATER_THAN, "5"));
    assert_false(holds_for("{\"k\": \"4\"}", CLOACINA_LESS_THAN, "5"));
    assert_false(holds_for("{}", CLOACINA_GREATER_THAN, "5"));
    assert_false(holds_for("{}", CLOACINA_LESS_THAN, "5"));
}

static void texts_and_arrays_can_contain(void **state)
{
    (void)state;
    assert_true(holds_for("{\"k\": \"abc\"}", CLOACINA_CONTAINS, "\"bc\""));
    assert_true(holds_for("{\"k\": \"\"}", CLOACINA_CONTAINS, "\"\""));
    assert_false(holds_for("{\"k\": \"abc\"}", CLOACINA_CONTAINS, "\"cb\""));
    assert_false(holds_for("{\"k\": \"b\"}", CLOACINA_CONTAINS, "\"bc\""));
    assert_false(holds_for("{\"k\": \"5\"}", CLOACINA_CONTAINS, "5"));
    assert_true(holds_for("{\"k\": [1, {\"a\": 2}]}", CLOACINA_CONTAINS, "{\"a\": 2.0}"));
    assert_false(holds_for("{\"k\": [1]}", CLOACINA_CONTAINS, "2"));
    assert_false(holds_for("{\"k\": {\"a\": 1}}", CLOACINA_CONTAINS, "\"a\""));
    assert_false(holds_for("{}", CLOACINA_CONTAINS, "1"));
    assert_true(holds_for("{}", CLOACINA_NOT_CONTAINS, "1"));
    assert_true(holds_for("{\"k\": [2]}", CLOACINA_NOT_CONTAINS, "1"));
    assert_false(holds_for("{\"k\": [1]}", CLOACINA_NOT_CONTAINS, "1"));
}

static void null_is_a_value_that_exists(void **state)
{
    (void)state;
    assert_true(holds_for("{\"k\": null}", CLOACINA_KEY_EXISTS, NULL));
    assert_false(holds_for("{}", CLOACINA_KEY_EXISTS, NULL));
    assert_true(holds_for("{}", CLOACINA_KEY_NOT_EXISTS, NULL));
    assert_false(holds_for("{\"k\": null}", CLOACINA_KEY_NOT_EXISTS, NULL));
}

/* Only then is the input computed at all. */
static void a_rule_knows_whether_it_reads_the_context(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena, NULL);
    const struct cloacina_rule *reads = CLOACINA_CONTEXT_VALUE("k", CLOACINA_KEY_EXISTS, NULL);
    assert_true(rule_uses_context(
        bound(CLOACINA_ANY_OF(CLOACINA_ALWAYS(), CLOACINA_ALL_OF(reads)), &arena)));
    assert_false(rule_uses_context(
        bound(CLOACINA_ANY_OF(CLOACINA_ALWAYS(), CLOACINA_TASK_FAILED("a")), &arena)));
    arena_finish(&arena);
}

/* ---- what is refused ---- */

static void wrong_rules_are_refused_by_name(void **state)
{
    (void)state;
    refused(&(struct cloacina_rule){0}, CLOACINA_INVALID, "rule: there is no type number 0");
    refused(CLOACINA_TASK_FAILED(NULL), CLOACINA_INVALID,
            "rule: a task name is not 1 to 1026 bytes of UTF-8");
    refused(CLOACINA_TASK_FAILED(""), CLOACINA_INVALID,
            "rule: a task name is not 1 to 1026 bytes of UTF-8");
    refused(CLOACINA_TASK_FAILED("\xc0\xaf"), CLOACINA_INVALID,
            "rule: a task name is not 1 to 1026 bytes of UTF-8");
    refused(CLOACINA_CONTEXT_VALUE("", CLOACINA_EQUALS, "1"), CLOACINA_INVALID,
            "rule: a context key is not 1 to 1024 bytes of UTF-8");
    refused(CLOACINA_CONTEXT_VALUE("k", (enum cloacina_rule_operator)0, "1"), CLOACINA_INVALID,
            "rule: key 'k': there is no operator number 0");
    refused(CLOACINA_CONTEXT_VALUE("k", (enum cloacina_rule_operator)9, "1"), CLOACINA_INVALID,
            "rule: key 'k': there is no operator number 9");
    refused(CLOACINA_CONTEXT_VALUE("k", CLOACINA_EQUALS, NULL), CLOACINA_INVALID,
            "rule: key 'k': 'equals' needs a value");
    refused(CLOACINA_CONTEXT_VALUE("k", CLOACINA_KEY_EXISTS, "1"), CLOACINA_INVALID,
            "rule: key 'k': 'exists' takes no value");
    refused(CLOACINA_CONTEXT_VALUE("k", CLOACINA_GREATER_THAN, "\"5\""), CLOACINA_INVALID,
            "rule: key 'k': 'greater_than' needs a number, not a string");
}

static void a_value_that_is_no_json_is_refused_with_its_place(void **state)
{
    (void)state;
    struct arena arena;
    struct rule *rule;
    struct cloacina_error err = {0};
    arena_init(&arena, NULL);
    assert_int_equal(
        rule_of(CLOACINA_CONTEXT_VALUE("k", CLOACINA_EQUALS, "[1,"), &arena, &rule, &err),
        CLOACINA_INVALID);
    assert_memory_equal(err.message, "rule: key 'k': value: line 1, column 4: ", 40);
    assert_int_equal(
        rule_of(CLOACINA_CONTEXT_VALUE("k", CLOACINA_EQUALS, "[1,"), &arena, &rule, NULL),
        CLOACINA_INVALID);
    arena_finish(&arena);
}

/* The limit is also what ends a rule that by mistake contains itself. */
static void depth_has_a_limit(void **state)
{
    (void)state;
    struct cloacina_rule rules[RULE_DEPTH_MAX + 1];
    const struct cloacina_rule *parts[RULE_DEPTH_MAX + 1][2] = {{NULL}};
    for (size_t i = 0; i <= RULE_DEPTH_MAX; i++) {
        parts[i][0] = i < RULE_DEPTH_MAX ? &rules[i + 1] : NULL;
        rules[i] = (struct cloacina_rule){.type = CLOACINA_RULE_ALL_OF, .parts = parts[i]};
    }
    assert_true(holds(&rules[1]));
    refused(&rules[0], CLOACINA_LIMIT, "rule: more than 16 levels or 4096 parts");
    parts[0][0] = &rules[0];
    refused(&rules[0], CLOACINA_LIMIT, "rule: more than 16 levels or 4096 parts");
}

static void the_number_of_parts_has_a_limit(void **state)
{
    (void)state;
    const struct cloacina_rule *always = CLOACINA_ALWAYS();
    const struct cloacina_rule *parts[RULE_NODES_MAX + 1];
    for (size_t i = 0; i < RULE_NODES_MAX; i++) {
        parts[i] = always;
    }
    parts[RULE_NODES_MAX] = NULL;
    refused(&(struct cloacina_rule){.type = CLOACINA_RULE_ALL_OF, .parts = parts}, CLOACINA_LIMIT,
            "rule: more than 16 levels or 4096 parts");
    parts[RULE_NODES_MAX - 1] = NULL;
    assert_true(holds(&(struct cloacina_rule){.type = CLOACINA_RULE_ALL_OF, .parts = parts}));
    const struct cloacina_rule half = {.type = CLOACINA_RULE_ALL_OF, .parts = parts};
    refused(CLOACINA_ALL_OF(&half, always), CLOACINA_LIMIT,
            "rule: more than 16 levels or 4096 parts");
}

static void values_have_limits(void **state)
{
    (void)state;
    char deep[2 * (RULE_VALUE_DEPTH_MAX + 1) + 1];
    memset(deep, '[', RULE_VALUE_DEPTH_MAX + 1);
    memset(deep + RULE_VALUE_DEPTH_MAX + 1, ']', RULE_VALUE_DEPTH_MAX + 1);
    deep[sizeof(deep) - 1] = '\0';
    refused(CLOACINA_CONTEXT_VALUE("k", CLOACINA_EQUALS, deep), CLOACINA_LIMIT,
            "rule: key 'k': the value is deeper than 64 or longer than 65536 bytes");
    deep[sizeof(deep) - 2] = '\0';
    assert_false(holds_for("{}", CLOACINA_EQUALS, deep + 1));
    char longest[RULE_VALUE_BYTES_MAX + 2];
    memset(longest, 'x', sizeof(longest));
    longest[0] = '"';
    longest[RULE_VALUE_BYTES_MAX] = '"';
    longest[RULE_VALUE_BYTES_MAX + 1] = '\0';
    refused(CLOACINA_CONTEXT_VALUE("k", CLOACINA_EQUALS, longest), CLOACINA_LIMIT,
            "rule: key 'k': the value is deeper than 64 or longer than 65536 bytes");
    longest[RULE_VALUE_BYTES_MAX - 1] = '"';
    longest[RULE_VALUE_BYTES_MAX] = '\0';
    assert_false(holds_for("{}", CLOACINA_EQUALS, longest));
}

static void names_are_resolved_and_an_unknown_one_ends_it(void **state)
{
    (void)state;
    struct arena arena;
    struct rule *rule;
    struct cloacina_error err = {0};
    arena_init(&arena, NULL);
    const struct cloacina_rule *source =
        CLOACINA_ALL_OF(CLOACINA_TASK_FAILED("c"), CLOACINA_TASK_FAILED("no"));
    assert_int_equal(rule_of(source, &arena, &rule, &err), CLOACINA_OK);
    assert_int_equal(rule_bind(rule, &letters, &err), CLOACINA_INVALID);
    assert_string_equal(err.message, "rule: task 'no' does not exist");
    assert_int_equal(rule_bind(rule, &letters, NULL), CLOACINA_INVALID);
    assert_int_equal(rule->parts[0].task, 2);
    arena_finish(&arena);
}

/* ---- JSON ---- */

#define EVERYTHING                                                                                 \
    CLOACINA_ALL_OF(                                                                               \
        CLOACINA_ALWAYS(), CLOACINA_TASK_SUCCEEDED("a"), CLOACINA_TASK_FAILED("b"),                \
        CLOACINA_ANY_OF(CLOACINA_TASK_SKIPPED("c"),                                                \
                        CLOACINA_CONTEXT_VALUE("k\"", CLOACINA_CONTAINS, " [1.0, \"\\u00e9\"] ")), \
        CLOACINA_NONE_OF(CLOACINA_CONTEXT_VALUE("k", CLOACINA_KEY_NOT_EXISTS, NULL)))

static const char everything_json[] =
    "{\"parts\":[{\"rule\":\"always\"},{\"rule\":\"task_succeeded\",\"task\":\"a\"},"
    "{\"rule\":\"task_failed\",\"task\":\"b\"},"
    "{\"parts\":[{\"rule\":\"task_skipped\",\"task\":\"c\"},"
    "{\"key\":\"k\\\"\",\"operator\":\"contains\",\"rule\":\"context_value\",\"value\":[1.0,"
    "\"\xc3\xa9\"]}],"
    "\"rule\":\"any_of\"},"
    "{\"parts\":[{\"key\":\"k\",\"operator\":\"not_exists\",\"rule\":\"context_value\"}],\"rule\":"
    "\"none_of\"}],"
    "\"rule\":\"all_of\"}";

static void written(const struct rule *rule, struct cloacina_heap *heap, const char *json)
{
    struct text_builder builder;
    text_builder_init(&builder, heap);
    rule_write(&builder, rule, &letter_names);
    if (!builder.failed) {
        assert_string_equal(text_builder_terminated(&builder), json);
    }
    text_builder_finish(&builder);
}

static enum cloacina_code reread(const char *json, struct arena *arena, struct rule **ret_rule,
                                 struct cloacina_error *err)
{
    struct json_reader reader;
    const struct cloacina_rule *source;
    json_reader_init(&reader, text_of(json), arena);
    enum cloacina_code code = rule_read(&reader, arena, &source, err);
    return code == CLOACINA_OK ? rule_of(source, arena, ret_rule, err) : code;
}

static void json_keeps_every_rule(void **state)
{
    (void)state;
    struct arena arena;
    struct rule *rule = NULL;
    struct cloacina_error err = {0};
    arena_init(&arena, NULL);
    written(bound(EVERYTHING, &arena), NULL, everything_json);
    if (reread(everything_json, &arena, &rule, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(rule_bind(rule, &letters, &err), CLOACINA_OK);
    written(rule, NULL, everything_json);
    written(rule_copy(rule, &arena, &letter_names), NULL, everything_json);
    arena_finish(&arena);
}

/* A stored rule is checked like an author's. */
static void damaged_json_is_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"[]", "line 1, column 1: wanted an object, found an array"},
        {"{\"rule\":5}", "line 1, column 9: wanted a string, found a number"},
        {"{\"rule\":\"sometimes\"}", "line 1, column 9: there is no rule 'sometimes'"},
        {"{\"operator\":\"is\"}", "line 1, column 13: there is no operator 'is'"},
        {"{\"operator\":1}", "line 1, column 13: wanted a string, found a number"},
        {"{\"color\":1}", "line 1, column 2: a rule has no 'color'"},
        {"{\"task\":null,", "line 1, column 9: wanted a string, found null"},
        {"{\"parts\":{}}", "line 1, column 10: wanted an array, found an object"},
        {"{\"parts\":[1]}", "line 1, column 11: wanted an object, found a number"},
        {"{}", "rule: there is no type number 0"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        struct arena arena;
        struct rule *rule;
        struct cloacina_error err = {0};
        arena_init(&arena, NULL);
        assert_int_equal(reread(cases[i][0], &arena, &rule, &err), CLOACINA_INVALID);
        assert_string_equal(err.message, cases[i][1]);
        arena_finish(&arena);
    }
}

/* Cut anywhere, it is an error and never a crash. */
static void truncated_json_is_refused_at_every_byte(void **state)
{
    (void)state;
    for (size_t length = 0; length + 1 < sizeof(everything_json); length++) {
        char cut[sizeof(everything_json)];
        memcpy(cut, everything_json, length);
        cut[length] = '\0';
        struct arena arena;
        struct rule *rule;
        struct cloacina_error err = {0};
        arena_init(&arena, NULL);
        assert_int_not_equal(reread(cut, &arena, &rule, &err), CLOACINA_OK);
        arena_finish(&arena);
    }
}

static void no_memory_anywhere_is_an_error(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct arena arena;
        struct rule *rule;
        struct cloacina_error err = {0};
        failing_heap_init(&heap, n);
        arena_init(&arena, &heap.heap);
        arena.block_size = 0; /* a block for every take, so that each of them fails once */
        enum cloacina_code code = reread(everything_json, &arena, &rule, &err);
        if (code == CLOACINA_OK) {
            assert_int_equal(rule_bind(rule, &letters, &err), CLOACINA_OK);
            written(rule, &heap.heap, everything_json);
            assert_true(rule_copy(rule, &arena, &letter_names) != NULL || heap.has_failed);
        } else {
            assert_int_equal(code, CLOACINA_NO_MEMORY);
        }
        arena_finish(&arena);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_on_tasks_ask_how_they_ended),
        cmocka_unit_test(groups_combine_their_parts),
        cmocka_unit_test(an_empty_group_holds_unless_it_is_any),
        cmocka_unit_test(an_unfinished_task_satisfies_no_condition),
        cmocka_unit_test(parts_are_asked_no_further_than_needed),
        cmocka_unit_test(values_are_equal_as_json),
        cmocka_unit_test(numbers_compare_exactly),
        cmocka_unit_test(texts_and_arrays_can_contain),
        cmocka_unit_test(null_is_a_value_that_exists),
        cmocka_unit_test(a_rule_knows_whether_it_reads_the_context),
        cmocka_unit_test(wrong_rules_are_refused_by_name),
        cmocka_unit_test(a_value_that_is_no_json_is_refused_with_its_place),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(the_number_of_parts_has_a_limit),
        cmocka_unit_test(values_have_limits),
        cmocka_unit_test(names_are_resolved_and_an_unknown_one_ends_it),
        cmocka_unit_test(json_keeps_every_rule),
        cmocka_unit_test(damaged_json_is_refused),
        cmocka_unit_test(truncated_json_is_refused_at_every_byte),
        cmocka_unit_test(no_memory_anywhere_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
