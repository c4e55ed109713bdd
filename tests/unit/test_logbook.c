/* SPDX-License-Identifier: Apache-2.0 */
/* test_logbook.c - what an execution did, written down by one program and done again by the other. */
#include "memory_scene.h"

#include <cloacina/world.h>

#include "cloacinactl/execution.h"
#include "workload/logbook.h"

#define MS NANOSECONDS_PER_MILLISECOND

/* ---- an execution with a history ---- */

/* Lets the time pass, then stores what happened. */
static void claim_at(struct shelf *shelf, int64_t now, uint32_t count)
{
    shelf->scene.now = shelf->scene.execution.row.created_at + now;
    assert_int_equal(scene_claim(&shelf->scene, count), count);
    assert_int_equal(shelf_commit(shelf), CLOACINA_OK);
}

static void succeed_at(struct shelf *shelf, int64_t now, const char *task, const char *writes)
{
    shelf->scene.now = shelf->scene.execution.row.created_at + now;
    assert_int_equal(scene_succeed(&shelf->scene, task, writes), CLOACINA_OK);
    assert_int_equal(shelf_commit(shelf), CLOACINA_OK);
}

static void happen_at(struct shelf *shelf, int64_t now, const char *task,
                      enum execution_input_type type)
{
    shelf->scene.now = shelf->scene.execution.row.created_at + now;
    assert_int_equal(scene_attempt(&shelf->scene, task, type), CLOACINA_OK);
    assert_int_equal(shelf_commit(shelf), CLOACINA_OK);
}

/* b fails once and e twice, a second apart: after that e has failed. */
static void lived(struct shelf *shelf)
{
    shelf_submitted(shelf, "a; b: a; c: a; d: b c; e: d; f: e");
    claim_at(shelf, 0, 1);
    succeed_at(shelf, 1500 * MS + 1, "a", "{\"/k\":{\"x\":1},\"-/n\":null}");
    claim_at(shelf, 1500 * MS + 1, 2);
    happen_at(shelf, 2000 * MS, "b", EXECUTION_TASK_FAILED);
    claim_at(shelf, 3000 * MS, 1);
    succeed_at(shelf, 4000 * MS, "c", "{\"/k/y\":[2]}");
    succeed_at(shelf, 6000 * MS, "b", NULL);
    claim_at(shelf, 6000 * MS, 1);
    succeed_at(shelf, 6000 * MS + 7, "d", NULL);
    claim_at(shelf, 6000 * MS + 7, 1);
    happen_at(shelf, 6100 * MS, "e", EXECUTION_TASK_FAILED);
    claim_at(shelf, 7100 * MS, 1);
    happen_at(shelf, 7100 * MS + 1, "e", EXECUTION_TASK_FAILED);
}

static void recorded(struct shelf *shelf, struct document *document, struct loaded *loaded)
{
    if (loaded_read(shelf->store, NULL, shelf->scene.execution.row.id, loaded,
                    &shelf->scene.error) != CLOACINA_OK) {
        fail_msg("%s", shelf->scene.error.message);
    }
    document_begin(document, NULL);
    assert_int_equal(execution_record(loaded, shelf->store, document, &shelf->scene.error),
                     CLOACINA_OK);
}

/* ---- done again ---- */

struct again {
    struct logbook logbook;
    struct cloacina_world *world;
    struct cloacina_world_execution execution;
};

static void again_open(struct again *again, struct text json)
{
    struct cloacina_error err = {0};
    enum cloacina_world_end end;
    struct cloacina_world_options options = {.slots_unlimited = 1};
    if (logbook_read(json, "run.json", NULL, &again->logbook, &err) != CLOACINA_OK) {
        fail_msg("%s", err.message);
    }
    assert_int_equal(cloacina_world_create(&options, &again->world, &err), CLOACINA_OK);
    assert_int_equal(cloacina_world_register_workflow(again->world, again->logbook.workflow, &err),
                     CLOACINA_OK);
    assert_int_equal(cloacina_world_submit(again->world,
                                           cloacina_workflow_name(again->logbook.workflow),
                                           again->logbook.context, &again->execution, &err),
                     CLOACINA_OK);
    assert_int_equal(cloacina_world_run(again->world, INT64_MAX, &end, &err), CLOACINA_OK);
    assert_int_equal(end, CLOACINA_WORLD_SETTLED);
}

static void again_close(struct again *again)
{
    cloacina_world_destroy(again->world);
    logbook_finish(&again->logbook);
}

/* Rows of the store against what the world says, times since the submission. */
static void assert_same_task(const struct execution *execution, uint32_t task,
                             const struct again *again)
{
    struct cloacina_world_task other;
    const struct task_row *row = &execution->rows[task];
    const char *name = execution->workflow->tasks[task].name;
    assert_int_equal(cloacina_world_task(again->world, again->execution, name, &other, NULL),
                     CLOACINA_OK);
    assert_string_equal(other.status, task_status_name((enum task_status)row->status));
    assert_int_equal(other.ended_ns, row->completed_at - execution->row.created_at);
    if (row->started_at != 0) {
        assert_int_equal(other.attempts, row->attempt);
        assert_int_equal(other.started_ns[other.attempts - 1],
                         row->started_at - execution->row.created_at);
    }
    if (row->status == TASK_FAILED) {
        assert_string_equal(other.reason, row->error);
        assert_int_equal(other.code, row->code);
    }
}

/* Why: what went wrong at night is looked at in the morning, again and again. */
static void an_execution_is_done_again_to_the_nanosecond(void **state)
{
    (void)state;
    struct shelf shelf;
    struct document document;
    struct loaded loaded;
    struct again again;
    struct cloacina_world_counts counts;
    struct text_builder context;
    lived(&shelf);
    recorded(&shelf, &document, &loaded);
    again_open(&again, text_builder_text(&document.builder));
    cloacina_world_count(again.world, &counts);
    const struct execution_row *row = &loaded.execution.row;
    assert_int_equal(row->status, EXECUTION_FAILED);
    assert_string_equal(cloacina_world_status(again.world, again.execution, NULL), "Failed");
    assert_int_equal(counts.makespan_ns, row->completed_at - row->created_at);
    assert_int_equal(counts.attempts, 1 + 2 + 1 + 1 + 2);
    for (uint32_t task = 0; task < loaded.execution.workflow->task_count; task++) {
        assert_same_task(&loaded.execution, task, &again);
    }
    text_builder_init(&context, NULL);
    assert_int_equal(loaded_context(&loaded, &context, NULL), CLOACINA_OK);
    assert_string_equal(cloacina_world_context(again.world, again.execution),
                        text_builder_terminated(&context));
    assert_string_equal(text_builder_terminated(&context), "{\"k\":{\"x\":1,\"y\":[2]}}");
    text_builder_finish(&context);
    again_close(&again);
    document_finish(&document);
    loaded_finish(&loaded);
    shelf_close(&shelf);
}

/* Why: a runner that died says nothing about the body, and what was reset is another life. */
static void only_bodies_that_ended_in_this_life_are_recorded(void **state)
{
    (void)state;
    struct shelf shelf;
    struct document document;
    struct loaded loaded;
    shelf_submitted(&shelf, "a");
    claim_at(&shelf, 0, 1);
    happen_at(&shelf, 1, "a", EXECUTION_ABANDONED);
    assert_int_equal(scene_command(&shelf.scene, EXECUTION_RESET), CLOACINA_OK);
    assert_int_equal(shelf_commit(&shelf), CLOACINA_OK);
    claim_at(&shelf, 5, 1);
    happen_at(&shelf, 6, "a", EXECUTION_LOST);
    claim_at(&shelf, 10, 1);
    happen_at(&shelf, 11, "a", EXECUTION_HANDED_BACK);
    claim_at(&shelf, 20, 1);
    succeed_at(&shelf, 24, "a", NULL);
    recorded(&shelf, &document, &loaded);
    assert_non_null(strstr(text_builder_terminated(&document.builder),
                           "{\"name\":\"a\",\"attempts\":[{\"duration_ns\":4}]}"));
    document_finish(&document);
    loaded_finish(&loaded);
    shelf_close(&shelf);
}

/* ---- what is no recording ---- */

#define DEFINITION                                                                                 \
    "\"definition\":{\"format\":1,\"name\":\"w\",\"package\":\"embedded\","                        \
    "\"tasks\":[{\"name\":\"a\"}],\"tenant\":\"public\"}"
#define WITH_TASKS(tasks) "{\"recording\":1,\n" DEFINITION ",\n\"tasks\":[" tasks "]}"
#define WITH_ATTEMPT(attempt) WITH_TASKS("{\"name\":\"a\",\n\"attempts\":[" attempt "]}")

static void assert_refused(const char *json, const char *message)
{
    struct logbook logbook;
    struct cloacina_error err = {0};
    assert_int_not_equal(logbook_read(text_of(json), "run.json", NULL, &logbook, &err),
                         CLOACINA_OK);
    if (strncmp(err.message, message, strlen(message)) != 0) {
        fail_msg("%s", err.message);
    }
    logbook_finish(&logbook);
}

/* Why: files are edited by hand, and every slip has a place. */
static void every_mistake_is_named_with_its_place(void **state)
{
    (void)state;
    assert_refused("[]", "run.json:1:1: wanted an object");
    assert_refused("{\"recording\":2}", "run.json:1:14: ");
    assert_refused("{\"recording\":1}", "run.json:1:15: the recording has no 'definition'");
    assert_refused("{\"recording\":1,\n" DEFINITION "}", "run.json:2:");
    assert_refused("{\"recording\":1,\n\"tasks\":[]}",
                   "run.json:2:1: the definition comes before the tasks");
    assert_refused("{\"definition\":{}}", "run.json:1:15: workflow definition: has no 'tasks'");
    assert_refused("{" DEFINITION ",\n" DEFINITION "}",
                   "run.json:2:1: the recording has 'definition' twice");
    assert_refused(WITH_TASKS("7"), "run.json:3:10: wanted a task, found a number");
    assert_refused(WITH_TASKS("{\"attempts\":[]}"),
                   "run.json:3:11: the name of a task comes first");
    assert_refused(WITH_TASKS("{\"name\":\"b\"}"), "run.json:3:18: the definition has no task 'b'");
    assert_refused(WITH_TASKS("{\"name\":\"a\"},\n{\"name\":\"a\"}"),
                   "run.json:4:9: task 'a' stands here twice");
    assert_refused(WITH_TASKS("{\"name\":\"a\",\n\"name\":\"a\"}"), "run.json:4:1: a task has two");
    assert_refused(WITH_TASKS("{\"name\":\"a\",\n\"cost\":1}"),
                   "run.json:4:1: a task has no 'cost'");
    assert_refused(WITH_TASKS("{\"name\":\"a\",\n\"writes\":{\"k\":1}}"),
                   "run.json:4:10: writes: ");
    assert_refused(WITH_ATTEMPT("1"), "run.json:4:13: wanted an attempt, found a number");
    assert_refused(WITH_ATTEMPT("{}"), "run.json:4:13: an attempt has no 'duration_ns'");
    assert_refused(WITH_ATTEMPT("{\"duration_ns\":-1}"), "run.json:4:28: ");
    assert_refused(WITH_ATTEMPT("{\"duration_ns\":3155760000000000000},{\"duration_ns\":1}"),
                   "run.json:4:49: all attempts together are more than 100 years");
    assert_refused(WITH_ATTEMPT("{\"cost\":1}"), "run.json:4:14: an attempt has no 'cost'");
    assert_refused(WITH_ATTEMPT("{\"duration_ns\":1,\"code\":\"ok\"}"),
                   "run.json:4:37: 'ok' is no code of a failure");
    assert_refused(WITH_ATTEMPT("{\"duration_ns\":1,\"message\":7}"),
                   "run.json:4:40: message: wanted a string, found a number");
    assert_refused(WITH_TASKS("") "x", "run.json:3:12: ");
}

/* Why: the same command reads other files, too. */
static void a_recording_is_told_by_its_first_member(void **state)
{
    (void)state;
    assert_true(logbook_is_meant(TEXT_LITERAL(" {\"recording\":9}")));
    assert_false(logbook_is_meant(TEXT_LITERAL("{\"name\":\"w\",\"recording\":1}")));
    assert_false(logbook_is_meant(TEXT_LITERAL("{}")));
    assert_false(logbook_is_meant(TEXT_LITERAL("recording")));
    assert_false(logbook_is_meant(TEXT_LITERAL("")));
}

/* Why: a task whose attempts nobody knows is not worth an error. */
static void an_unknown_task_takes_no_time_and_completes(void **state)
{
    (void)state;
    struct again again;
    struct cloacina_world_counts counts;
    again_open(&again, TEXT_LITERAL(WITH_TASKS("")));
    cloacina_world_count(again.world, &counts);
    assert_int_equal(counts.completed, 1);
    assert_int_equal(counts.makespan_ns, 0);
    again_close(&again);
}

/* Why: every allocation may fail, and nothing may stay behind. */
static void reading_and_writing_without_memory_fail_whole(void **state)
{
    (void)state;
    struct shelf shelf;
    struct document document;
    struct loaded loaded;
    lived(&shelf);
    recorded(&shelf, &document, &loaded);
    loaded_finish(&loaded);
    for (size_t n = 0;; n++) {
        struct failing_heap heap;
        struct logbook logbook;
        struct cloacina_error err;
        failing_heap_init(&heap, n);
        enum cloacina_code code = logbook_read(text_builder_text(&document.builder), "run.json",
                                               &heap.heap, &logbook, &err);
        assert_int_equal(code, heap.has_failed ? CLOACINA_NO_MEMORY : CLOACINA_OK);
        logbook_finish(&logbook);
        assert_int_equal(heap.outstanding, 0);
        if (!heap.has_failed) {
            break;
        }
    }
    document_finish(&document);
    shelf_close(&shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_execution_is_done_again_to_the_nanosecond),
        cmocka_unit_test(only_bodies_that_ended_in_this_life_are_recorded),
        cmocka_unit_test(every_mistake_is_named_with_its_place),
        cmocka_unit_test(a_recording_is_told_by_its_first_member),
        cmocka_unit_test(an_unknown_task_takes_no_time_and_completes),
        cmocka_unit_test(reading_and_writing_without_memory_fail_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
