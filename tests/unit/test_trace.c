/* SPDX-License-Identifier: Apache-2.0 */
/* test_trace.c - the hash of a run knows every row event, and passes every commit on. */
#include "support.h"

#include "context/delta.h"
#include "execution/state.h"
#include "world/trace.h"

/* Somebody behind the trace: counts what it is told. */
struct listener {
    struct memory_observer observer;
    int submitted, committed, opened, closed;
};

static void count_submitted(struct memory_observer *observer, const struct dal_write *what)
{
    (void)what;
    ((struct listener *)observer)->submitted++;
}

static void count_committed(struct memory_observer *observer, const struct changeset *what)
{
    (void)what;
    ((struct listener *)observer)->committed++;
}

static void count_opened(struct memory_observer *observer, uint64_t lease)
{
    (void)lease;
    ((struct listener *)observer)->opened++;
}

static void count_closed(struct memory_observer *observer, uint64_t lease)
{
    (void)lease;
    ((struct listener *)observer)->closed++;
}

static struct listener listener_make(void)
{
    return (struct listener){.observer = {.submitted = count_submitted,
                                          .committed = count_committed,
                                          .lease_opened = count_opened,
                                          .lease_closed = count_closed}};
}

/* One history of two events; `change` may alter it. */
struct history {
    struct workflow workflow;
    struct execution_row row;
    struct event_row events[2];
    struct changeset changeset;
    struct dal_submission submission;
    struct dal_write write;
    uint64_t lease;
};

static void history_init(struct history *history)
{
    *history = (struct history){
        .workflow = {.hash = {1, 2}},
        .row = {.id = {3, 4}, .revision = 1, .created_at = 1000},
        .events =
            {{.type = EVENT_TASK_CLAIMED, .task = 5, .attempt = 1, .at = 1000, .claim = {6, 7}},
             {.type = EVENT_TASK_COMPLETED, .task = 5, .attempt = 1, .at = 2000}},
        .lease = 6,
    };
    history->changeset =
        (struct changeset){.after = &history->row, .events = history->events, .event_count = 2};
    history->submission =
        (struct dal_submission){.workflow = &history->workflow, .context = TEXT_LITERAL("{}")};
    history->write = (struct dal_write){&history->changeset, &history->submission};
}

static struct trace tell(struct history *history, struct memory_observer *next)
{
    struct trace trace;
    trace_init(&trace, next);
    trace.observer.lease_opened(&trace.observer, history->lease);
    trace.observer.submitted(&trace.observer, &history->write);
    trace.observer.committed(&trace.observer, &history->changeset);
    trace.observer.lease_closed(&trace.observer, history->lease);
    return trace;
}

static struct hash128 hash_after(void (*change)(struct history *history))
{
    struct history history;
    history_init(&history);
    if (change != NULL) {
        change(&history);
    }
    struct trace trace = tell(&history, NULL);
    return hash_stream_value(&trace.hash);
}

static void change_task(struct history *history)
{
    history->events[0].task = 6;
}
static void change_type(struct history *history)
{
    history->events[1].type = EVENT_TASK_FAILED;
}
static void change_code(struct history *history)
{
    history->events[1].code = CLOACINA_TIMEOUT;
}
static void change_skip(struct history *history)
{
    history->events[1].skip = SKIP_RULE;
}
static void change_attempt(struct history *history)
{
    history->events[0].attempt = 2;
}
static void change_at(struct history *history)
{
    history->events[1].at = 2001;
}
static void change_retry(struct history *history)
{
    history->events[1].retry_at = 9;
}
static void change_lease(struct history *history)
{
    history->events[0].claim.lease = 8;
}
static void change_serial(struct history *history)
{
    history->events[0].claim.serial = 8;
}
static void change_count(struct history *history)
{
    history->changeset.event_count = 1;
}
static void change_revision(struct history *history)
{
    history->row.revision = 2;
}
static void change_id(struct history *history)
{
    history->row.id.low = 5;
}
static void change_definition(struct history *history)
{
    history->workflow.hash.low = 3;
}
static void change_context(struct history *history)
{
    history->submission.context = TEXT_LITERAL("{ }");
}
static void change_open(struct history *history)
{
    history->lease = 7;
}

/* A difference that does not reach the hash is one that nobody can find. */
static void every_difference_is_in_the_hash(void **state)
{
    void (*const changes[])(struct history *) = {
        NULL,      change_task,       change_type,    change_code,   change_skip,  change_attempt,
        change_at, change_retry,      change_lease,   change_serial, change_count, change_revision,
        change_id, change_definition, change_context, change_open,
    };
    enum { CHANGES = sizeof(changes) / sizeof(changes[0]) };
    struct hash128 hashes[CHANGES];
    (void)state;
    for (int i = 0; i < CHANGES; i++) {
        hashes[i] = hash_after(changes[i]);
        assert_true(hash128_equal(hashes[i], hash_after(changes[i])));
        for (int j = 0; j < i; j++) {
            assert_false(hash128_equal(hashes[i], hashes[j]));
        }
    }
}

/* The stored forms of what a task may have written, none equal to another. */
static const char *const deltas[] = {
    "{}",
    "{\"/a\":1}",
    "{\"/a\":2}",
    "{\"/a\":1.5}",
    "{\"/a\":18446744073709551615}",
    "{\"/a\":\"1\"}",
    "{\"/a\":\"12\"}",
    "{\"/a\":true}",
    "{\"/a\":false}",
    "{\"/a\":null}",
    "{\"-/a\":null}",
    "{\"/b\":1}",
    "{\"/a/b\":1}",
    "{\"/a\":1,\"/b\":1}",
    "{\"/a\":[]}",
    "{\"/a\":{}}",
    "{\"/a\":[1,2]}",
    "{\"/a\":[2,1]}",
    "{\"/a\":[[1],2]}",
    "{\"/a\":[1,[2]]}",
    "{\"/a\":{\"b\":1}}",
    "{\"/a\":{\"c\":1}}",
    "{\"/a\":{\"b\":1,\"c\":1}}",
};

static struct hash128 hash_with(const struct delta *delta, uint32_t attempt)
{
    struct history history;
    struct delta_change change = {.task = 5, .attempt = attempt, .delta = delta};
    history_init(&history);
    history.changeset.deltas = &change;
    history.changeset.delta_count = 1;
    struct trace trace = tell(&history, NULL);
    return hash_stream_value(&trace.hash);
}

/* A body that writes an address, or the time of a real clock, is found by nothing else. */
static void what_tasks_write_is_in_the_hash(void **state)
{
    enum { DELTAS = sizeof(deltas) / sizeof(deltas[0]) };
    struct hash128 hashes[DELTAS];
    struct arena arena;
    (void)state;
    arena_init(&arena, cloacina_heap_system());
    for (int i = 0; i < DELTAS; i++) {
        const struct delta *delta = NULL;
        assert_int_equal(delta_read(&arena, text_of(deltas[i]), &delta, NULL), CLOACINA_OK);
        hashes[i] = hash_with(delta, 1);
        assert_true(hash128_equal(hashes[i], hash_with(delta, 1)));
        assert_false(hash128_equal(hashes[i], hash_with(delta, 2)));
        for (int j = 0; j < i; j++) {
            assert_false(hash128_equal(hashes[i], hashes[j]));
        }
    }
    assert_true(hash128_equal(hashes[0], hash_with(NULL, 1))); /* it wrote nothing */
    assert_false(hash128_equal(hashes[0], hash_after(NULL)));  /* nothing was written down */
    arena_finish(&arena);
}

/* Whoever looks after every event asks this number whether there is anything new to see. */
static void every_commit_is_a_change(void **state)
{
    struct history history;
    (void)state;
    history_init(&history);
    struct trace trace = tell(&history, NULL);
    assert_int_equal(trace.changes, 1);
    trace.observer.committed(&trace.observer, &history.changeset);
    assert_int_equal(trace.changes, 2);
}

/* Checkers are behind the trace: they must see all of it. */
static void whoever_is_behind_is_told_everything(void **state)
{
    struct history history;
    struct listener listener = listener_make();
    (void)state;
    history_init(&history);
    struct trace trace = tell(&history, &listener.observer);
    assert_int_equal(listener.submitted, 1);
    assert_int_equal(listener.committed, 1);
    assert_int_equal(listener.opened, 1);
    assert_int_equal(listener.closed, 1);
    assert_int_equal(trace.leases, 0);
}

/* The makespan comes from here, for nothing. */
static void the_first_submission_and_the_last_end_are_noted(void **state)
{
    struct history history;
    (void)state;
    history_init(&history);
    struct trace trace = tell(&history, NULL);
    assert_true(trace.submitted_at == 1000 && trace.ended_at == 2000);
    history.row.created_at = 5000;
    history.events[1].at = 7000;
    history.events[1].type = EVENT_TASK_SKIPPED;
    trace.observer.submitted(&trace.observer, &history.write);
    trace.observer.committed(&trace.observer, &history.changeset);
    assert_true(trace.submitted_at == 1000 && trace.ended_at == 7000);
    history.events[1].at = 9000;
    history.events[1].type = EVENT_TASK_RETRY_SCHEDULED;
    trace.observer.committed(&trace.observer, &history.changeset);
    assert_true(trace.ended_at == 7000);
}

/* Each thing that happens is one word, or two. */
static void what_fires_is_in_the_hash(void **state)
{
    struct trace turn, other, word;
    (void)state;
    trace_init(&turn, NULL);
    trace_init(&other, NULL);
    trace_init(&word, NULL);
    trace_add(&turn, TRACE_TURN, 1, 7);
    trace_add(&other, TRACE_TURN, 2, 7);
    trace_add_word(&word, TRACE_TURN, 1, 7);
    assert_int_equal(turn.hash.count, 1);
    assert_int_equal(word.hash.count, 2);
    assert_false(hash128_equal(hash_stream_value(&turn.hash), hash_stream_value(&other.hash)));
    assert_false(hash128_equal(hash_stream_value(&turn.hash), hash_stream_value(&word.hash)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_difference_is_in_the_hash),
        cmocka_unit_test(what_tasks_write_is_in_the_hash),
        cmocka_unit_test(every_commit_is_a_change),
        cmocka_unit_test(whoever_is_behind_is_told_everything),
        cmocka_unit_test(the_first_submission_and_the_last_end_are_noted),
        cmocka_unit_test(what_fires_is_in_the_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
