/* SPDX-License-Identifier: Apache-2.0 */
/* promises_content.c - what is read is what was written: texts, deltas, numbers at their ends.
 *
 * Law: a store changes no byte of what it was given. */
#include "court.h"

static struct dal_snapshot load(struct court *court, uint64_t number)
{
    struct dal_snapshot snapshot;
    if (court->other->impl->load(court->other, court_id(number), &court->arena, &snapshot,
                                 &court->error) != CLOACINA_OK) {
        fail_msg("%s", court->error.message);
    }
    return snapshot;
}

/* A text of that many bytes, with characters of one to four bytes. */
static char *long_text(struct court *court, size_t size)
{
    static const char letters[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\"\\' %_;--\n\t";
    char *text = arena_take(&court->arena, size + 1);
    assert_non_null(text);
    size_t length = 0;
    while (length + sizeof(letters) - 1 <= size) {
        memcpy(text + length, letters, sizeof(letters) - 1);
        length += sizeof(letters) - 1;
    }
    memset(text + length, 'x', size - length);
    text[size] = '\0';
    return text;
}

/* Why: the context is the user's: whatever JSON can say comes back byte by byte. */
static void a_context_comes_back_byte_by_byte(void **state)
{
    struct court *court = *state;
    static const char *const contexts[] = {
        "{}",
        "{\"n\":18446744073709551615,\"m\":-9223372036854775808,\"x\":0.1,\"y\":1e-300}",
        "{\"\":\"\",\"\\u0000\":\"\\u0000\",\"quote \\\" and \\\\\":\"'; DROP TABLE x; --\"}",
        "{\"gr\xc3\xb6\xc3\x9ft\":\"\xf0\x9f\x98\x80 \xe2\x82\xac\"}",
        "{\"\xef\xbf\xbf\":[null,true,{}]}",
    };
    for (uint64_t i = 0; i < ARRAY_COUNT(contexts); i++) {
        struct copy *copy = court_begin(court, "shop", "a", i, contexts[i]);
        assert_int_equal(copy_submit(copy, court->store, court_stamp(court)), CLOACINA_OK);
        struct dal_snapshot snapshot = load(court, i);
        assert_true(text_equal(snapshot.context, text_of(contexts[i])));
    }
}

/* Why: names are the user's, too; the definition is stored as its own JSON. */
static void a_definition_comes_back_with_any_name(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "Gro\xc3\x9fversand's \"shop\"",
                                     "\xe2\x82\xac; %s: \xe2\x82\xac; it's: %s", 1);
    court_assert_agrees(court, court->other, copy);
    struct dal_question question = {.limit = 9, .workflow = copy->execution.workflow->name};
    struct dal_listed *listed;
    size_t count;
    assert_int_equal(court->other->impl->executions(court->other, &question, &court->arena, &listed,
                                                    &count, NULL),
                     CLOACINA_OK);
    assert_int_equal(count, 1);
    assert_true(text_equal(listed[0].workflow, copy->execution.workflow->name));
    assert_true(text_equal(listed[0].package, copy->execution.workflow->package));
    assert_true(text_equal(listed[0].tenant, copy->execution.workflow->tenant));
    assert_int_equal(listed[0].task_count, 3);
    struct dal_poll_reply reply = court_poll(court, 1, copy, 9);
    assert_int_equal(reply.claimed_count, 1);
}

/* Why: a lost delta is a wrong result; "nothing" is written down, too. */
static void deltas_come_back_as_they_were_written(void **state)
{
    struct court *court = *state;
    static const char *const deltas[] = {
        NULL,
        "{\"/a\":1}",
        "{\"/deep/er\":{\"x\":[1,2.5,\"\xf0\x9f\x98\x80\",null]},\"-/n\":null}",
        "{\"/a~1b/c~0d\":18446744073709551615,\"/z\":-0.5}",
    };
    struct copy *copy = court_submit(court, "shop", "a; b: a; c: b; d: c; e: d", 1);
    for (uint32_t task = 0; task < ARRAY_COUNT(deltas); task++) {
        court_claim(court, copy);
        court_succeed(court, copy, task, deltas[task]);
    }
    struct dal_snapshot snapshot = load(court, 1);
    for (uint32_t task = 0; task < ARRAY_COUNT(deltas); task++) {
        struct text_builder builder;
        text_builder_init(&builder, NULL);
        assert_true(snapshot.feed.tasks[task].has_delta);
        delta_write(&builder, snapshot.feed.tasks[task].delta);
        assert_string_equal(text_builder_terminated(&builder),
                            deltas[task] == NULL ? "{}" : deltas[task]);
        text_builder_finish(&builder);
    }
    assert_false(snapshot.feed.tasks[4].has_delta);
    struct copy *loaded = court_load(court, court->other, 1);
    assert_true(value_equal(execution_final_context(&loaded->execution),
                            execution_final_context(&copy->execution)));
}

/* Why: what ran before a reset is forgotten: an old output under a new attempt is a lie. */
static void a_reset_forgets_what_was_written(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b: a", 1);
    court_claim(court, copy);
    court_succeed(court, copy, 0, "{\"/a\":1}");
    for (int attempt = 1; attempt <= 2; attempt++) {
        court->subject.now += 2 * NANOSECONDS_PER_SECOND;
        court_claim(court, copy);
        assert_int_equal(copy_attempt(copy, 1, EXECUTION_TASK_FAILED, court->subject.now),
                         CLOACINA_OK);
        assert_int_equal(court_commit(court, copy), CLOACINA_OK);
    }
    assert_int_equal(copy->execution.row.status, EXECUTION_FAILED);
    struct execution_input reset = {.type = EXECUTION_RESET, .task = 0};
    assert_int_equal(copy_apply(copy, &reset, court->subject.now), CLOACINA_OK);
    assert_int_equal(court_commit(court, copy), CLOACINA_OK);
    court_assert_agrees(court, court->other, copy);
    assert_false(load(court, 1).feed.tasks[0].has_delta);
    court_claim(court, copy);
    court_succeed(court, copy, 0, "{\"/b\":2}");
    court_assert_agrees(court, court->other, copy);
    assert_int_equal(load(court, 1).feed.tasks[0].delta->count, 1);
}

/* Why: an error may be a whole log, and people write in every language. */
static void texts_of_a_mebibyte_come_back(void **state)
{
    struct court *court = *state;
    const size_t size = (size_t)1 << 20;
    char *text = long_text(court, size);
    struct copy *copy = court_submit(court, "shop", "a; b", 1);
    struct execution_input failed = {.type = EXECUTION_ABANDONED,
                                     .message = {.bytes = text, .length = size},
                                     .code = CLOACINA_INVALID};
    court_claim(court, copy);
    failed.claim = copy->execution.rows[0].claim;
    assert_int_equal(copy_apply(copy, &failed, court->subject.now), CLOACINA_OK);
    assert_int_equal(court_commit(court, copy), CLOACINA_OK);
    struct execution_input pause = {
        .type = EXECUTION_PAUSE, .task = TASK_NONE, .message = {.bytes = text, .length = size}};
    assert_int_equal(copy_apply(copy, &pause, court->subject.now), CLOACINA_OK);
    assert_int_equal(court_commit(court, copy), CLOACINA_OK);
    struct dal_snapshot snapshot = load(court, 1);
    assert_string_equal(snapshot.feed.tasks[0].row.error, text);
    assert_string_equal(snapshot.feed.row.reason, text);
    assert_null(snapshot.feed.tasks[1].row.error);
    court_assert_agrees(court, court->other, copy);
}

/* Why: an error may be cut off in the middle of a character, or come from a program that knows
 * nothing of UTF-8: what ended the attempt must not be lost for it. A store that cannot keep such
 * bytes may put others in their place. */
static void an_error_that_is_no_utf8_is_no_error_of_the_store(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b", 1);
    struct execution_input failed = {.type = EXECUTION_ABANDONED,
                                     .message = TEXT_LITERAL("caf\xe9 is \xff closed \xe2\x82"),
                                     .code = CLOACINA_INVALID};
    court_claim(court, copy);
    failed.claim = copy->execution.rows[0].claim;
    assert_int_equal(copy_apply(copy, &failed, court->subject.now), CLOACINA_OK);
    assert_int_equal(court_commit(court, copy), CLOACINA_OK);
    struct dal_snapshot snapshot = load(court, 1);
    const char *error = snapshot.feed.tasks[0].row.error;
    assert_non_null(error);
    assert_int_equal(strncmp(error, "caf", 3), 0);
    assert_non_null(strstr(error, " closed "));
}

/* Why: empty is not absent. */
static void an_empty_text_is_not_an_absent_one(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_submit(court, "shop", "a; b", 1);
    court_claim(court, copy);
    struct execution_input failed = {.type = EXECUTION_TASK_FAILED,
                                     .claim = copy->execution.rows[0].claim,
                                     .code = CLOACINA_FAILED};
    assert_int_equal(copy_apply(copy, &failed, court->subject.now), CLOACINA_OK);
    const char *error = copy->execution.rows[0].error;
    assert_int_equal(court_commit(court, copy), CLOACINA_OK);
    struct dal_snapshot snapshot = load(court, 1);
    assert_int_equal(snapshot.feed.tasks[0].row.error == NULL, error == NULL);
    assert_null(snapshot.feed.tasks[1].row.error);
    assert_null(snapshot.feed.row.reason);
    court_assert_agrees(court, court->other, copy);
}

/* Why: a counter that has run far is still a name; a store that keeps signed numbers must give the
 * unsigned ones back. */
static void numbers_at_their_ends_come_back(void **state)
{
    struct court *court = *state;
    struct copy *copy = court_begin(court, "shop", "a; b", 1, "{}");
    const int64_t latest = INT64_MAX - 1;
    struct stamp last = {court->leases[0], UINT64_MAX};
    copy->execution.row.recoveries_max = UINT32_MAX;
    copy->changeset.before.recoveries_max = UINT32_MAX;
    copy->execution.row.created_at = latest;
    copy->changeset.before.created_at = latest;
    assert_int_equal(copy_submit(copy, court->store, last), CLOACINA_OK);
    court_assert_agrees(court, court->other, copy);
    last.serial--;
    assert_int_equal(copy_claim(copy, 1, last, latest), 1);
    copy->execution.rows[0].attempt = UINT32_MAX - 1;
    copy->execution.rows[0].recoveries = UINT32_MAX;
    copy->changeset.events[copy->changeset.event_count - 1].attempt = UINT32_MAX - 1;
    assert_int_equal(copy_commit(copy, court->store, last), CLOACINA_OK);
    court_assert_agrees(court, court->other, copy);
    struct event_row *events;
    size_t count;
    assert_int_equal(court->other->impl->events(court->other, court_id(1), 1, 9, &court->arena,
                                                &events, &count, NULL),
                     CLOACINA_OK);
    assert_int_equal(count, 2);
    assert_true(events[1].claim.serial == UINT64_MAX - 1);
    assert_true(events[1].at == latest);
    assert_true(events[1].attempt == UINT32_MAX - 1);
    uint64_t revision;
    assert_int_equal(
        court->other->impl->find_commit(court->other, court_id(1), last, &revision, NULL),
        CLOACINA_OK);
    assert_int_equal(revision, 2);
}

/* Why: an id is 128 bits, whatever they are, and sorts as its text does. */
static void ids_are_all_of_their_bits(void **state)
{
    struct court *court = *state;
    const struct id ids[] = {{0, 1}, {1, 0}, {INT64_MAX, UINT64_MAX}, {UINT64_MAX, UINT64_MAX}};
    for (size_t i = ARRAY_COUNT(ids); i-- > 0;) {
        struct copy *copy = court_begin(court, "shop", "a", 0, "{}");
        copy->execution.row.id = ids[i];
        copy->changeset.before.id = ids[i];
        assert_int_equal(copy_submit(copy, court->store, court_stamp(court)), CLOACINA_OK);
        court_assert_agrees(court, court->other, copy);
    }
    struct dal_question question = {.limit = 9};
    struct dal_listed *listed;
    size_t count;
    assert_int_equal(court->other->impl->executions(court->other, &question, &court->arena, &listed,
                                                    &count, NULL),
                     CLOACINA_OK);
    assert_int_equal(count, ARRAY_COUNT(ids));
    for (size_t i = 0; i < count; i++) {
        assert_true(id_equal(listed[i].row.id, ids[i]));
    }
}

int promises_of_content(void)
{
    const struct CMUnitTest tests[] = {
        COURT_TEST(a_context_comes_back_byte_by_byte),
        COURT_TEST(a_definition_comes_back_with_any_name),
        COURT_TEST(deltas_come_back_as_they_were_written),
        COURT_TEST(a_reset_forgets_what_was_written),
        COURT_TEST(texts_of_a_mebibyte_come_back),
        COURT_TEST(an_error_that_is_no_utf8_is_no_error_of_the_store),
        COURT_TEST(an_empty_text_is_not_an_absent_one),
        COURT_TEST(numbers_at_their_ends_come_back),
        COURT_TEST(ids_are_all_of_their_bits),
    };
    return cmocka_run_group_tests_name("content", tests, NULL, NULL);
}
