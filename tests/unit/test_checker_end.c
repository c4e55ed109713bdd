/* SPDX-License-Identifier: Apache-2.0 */
/* test_checker_end.c - the model's word at the end of an execution, and what a store gives back at
 * rest.
 *
 * What is judged here was judged before, event by event. To see that the model judges by itself,
 * the tests falsify what the checkers remember, as a broken merge or a broken rule would. */
#include "checker_scene.h"

#include "checker/checker_shadow.h"
#include "context/view.h"
#include "dal/memory/memory.h"
#include "../../fixtures/passing_store.h"

#define TASKS(...) ((const char *const[]){__VA_ARGS__, NULL})

static const struct cloacina_task_options shop[] = {
    {.name = "price", .retry = {.attempts_max = 1}},
    {.name = "stock", .retry = {.attempts_max = 1}},
    {.name = "charge", .dependencies = TASKS("price", "stock"), .retry = {.attempts_max = 1}},
    {.name = "ship", .dependencies = TASKS("charge")},
    {.name = "log"},
};
enum { TASK_COUNT = sizeof(shop) / sizeof(shop[0]) };

static struct checked_execution *shadow_of(struct scene *scene)
{
    return checked_execution_find(scene->checkers, scene->execution.row.id);
}

/* 'price' and 'stock' have written, 'charge' runs. */
static void run_to_charge(struct scene *scene)
{
    scene_submit(scene, "{\"order\":7}");
    scene_claim(scene);
    scene_commit(scene);
    scene_apply(scene, EXECUTION_SUCCEEDED, "log");
    scene_writes(scene, "price", "{}", "{\"cents\":4200}");
    scene_writes(scene, "stock", "{}", "{\"left\":[1,2]}");
    assert_int_equal(scene_claim(scene), 1);
    scene_commit(scene);
    assert_holds(scene);
}

static int charging(void **state)
{
    static struct scene scene;
    assert_true(scene_open(&scene, shop, TASK_COUNT, "{\"order\":7}", FAIL_NEVER));
    run_to_charge(&scene);
    *state = &scene;
    return 0;
}

static int closed(void **state)
{
    scene_close(*state);
    return 0;
}

static void charge_fails(struct scene *scene)
{
    scene_fails(scene, "charge", "no money");
    scene_commit(scene);
}

/* ---- the model ---- */

/* What is right is right for both. */
static void an_execution_that_ends_well_pleases_the_model(void **state)
{
    struct scene *scene = *state;
    scene_writes(scene, "charge", "{\"cents\":4200}", "{\"paid\":true}");
    scene_claim(scene);
    scene_commit(scene);
    scene_apply(scene, EXECUTION_SUCCEEDED, "ship");
    scene_commit(scene);
    assert_holds(scene);
}

/* A merge that loses a branch, the same way in the runner and in the checkers. */
static void an_input_that_misses_a_branch_is_seen(void **state)
{
    struct scene *scene = *state;
    struct checked_execution *shadow = shadow_of(scene);
    shadow->writes[scene_task(scene, "stock")].view = shadow->initial;
    charge_fails(scene);
    assert_breaks(scene, "I-11",
                  "task 'charge': its input is {\"cents\":4200,\"order\":7}, but the model says "
                  "{\"cents\":4200,\"left\":[1,2],\"order\":7}");
}

/* A rule that was read the wrong way, the same way in both. */
static void a_decision_that_the_model_does_not_share_is_seen(void **state)
{
    struct scene *scene = *state;
    struct checked_task *price = &shadow_of(scene)->tasks[scene_task(scene, "price")];
    price->status = TASK_SKIPPED;
    price->skip = SKIP_RULE;
    charge_fails(scene);
    assert_breaks(scene, "I-04",
                  "task 'price': ended Skipped (rule), but the model says that it runs (no "
                  "reason)");
}

/* Nothing is decided behind what was cancelled. */
static void a_decision_behind_a_cancelled_task_is_seen(void **state)
{
    struct scene *scene = *state;
    struct checked_task *price = &shadow_of(scene)->tasks[scene_task(scene, "price")];
    price->status = TASK_SKIPPED;
    price->skip = SKIP_CANCELLED;
    charge_fails(scene);
    assert_breaks(scene, "I-04",
                  "task 'charge': was decided, but task 'price' before it was cancelled");
}

/* A failed task that is not counted. */
static void a_status_that_the_model_does_not_share_is_seen(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_SUCCEEDED, "charge");
    scene_claim(scene);
    scene_commit(scene);
    shadow_of(scene)->tasks[scene_task(scene, "log")].status = TASK_FAILED;
    scene_apply(scene, EXECUTION_SUCCEEDED, "ship");
    scene_commit(scene);
    assert_breaks(scene, "I-08", "ended Completed, but the model says Failed");
}

/* A cancelled execution was not decided to its end, and that is right. */
static void a_cancelled_execution_pleases_the_model(void **state)
{
    struct scene *scene = *state;
    scene_apply(scene, EXECUTION_CANCEL, NULL);
    scene_commit(scene);
    assert_holds(scene);
}

/* A comparison that was not made must not pass for one that was. */
static void without_memory_for_the_model_the_checkers_are_blind(void **state)
{
    bool is_judged = false;
    (void)state;
    for (size_t more = 0; !is_judged; more++) {
        struct scene scene;
        assert_true(scene_open(&scene, shop, TASK_COUNT, "{\"order\":7}", FAIL_NEVER));
        run_to_charge(&scene);
        arena_finish(&scene.checkers->scratch);
        scene.heap.fail_at = scene.heap.allocations + more;
        charge_fails(&scene);
        assert_null(checkers_violation(scene.checkers));
        is_judged = !checkers_are_blind(scene.checkers);
        scene_close(&scene);
    }
}

/* ---- the store ---- */

/* A store beside the scene that is told the same, and then lies about it. */
struct beside {
    struct passing_store passing; /* first */
    struct dal_impl impl;
    struct dal *memory;
};

static struct dal *inner_of(struct dal *dal)
{
    return ((struct passing_store *)dal)->inner;
}

static void store_open(struct beside *beside, struct scene *scene)
{
    beside->memory = dal_memory_create(NULL, &scene->clock.clock);
    assert_non_null(beside->memory);
    passing_store_init(&beside->passing, beside->memory);
    beside->impl = *beside->passing.dal.impl;
    beside->passing.dal.impl = &beside->impl;
}

static void store_write(struct beside *beside, struct scene *scene,
                        const struct dal_submission *submission)
{
    enum cloacina_code answer = CLOACINA_FAILED;
    struct dal_write write = {.changeset = &scene->changeset, .submission = submission};
    scene_seal(scene);
    beside->memory->impl->commit(beside->memory, &write, 1, &answer);
    assert_int_equal(answer, CLOACINA_OK);
}

static void store_commit(struct beside *beside, struct scene *scene)
{
    store_write(beside, scene, NULL);
    scene_feed(scene);
}

/* A whole life, in both. */
static void live(struct beside *beside, struct scene *scene)
{
    scene_apply(scene, EXECUTION_SUBMITTED, NULL);
    struct dal_submission submission = {
        .workflow = scene->workflow->definition,
        .context = TEXT_LITERAL("{\"order\":7}"),
        .rows = scene->execution.rows,
    };
    store_write(beside, scene, &submission);
    scene_feed_submission(scene, "{\"order\":7}");
    scene_claim(scene);
    store_commit(beside, scene);
    scene_apply(scene, EXECUTION_SUCCEEDED, "log");
    scene_writes(scene, "price", "{}", "{\"cents\":4200}");
    scene_writes(scene, "stock", "{}", "{\"left\":[1,2]}");
    scene_claim(scene);
    store_commit(beside, scene);
    scene_fails(scene, "charge", "no money");
    store_commit(beside, scene);
    assert_holds(scene);
}

static void settle(struct beside *beside, struct scene *scene)
{
    struct checkers_rest rest = {
        .baseline = {.leases = 2}, .found = {.leases = 2}, .store = &beside->passing.dal};
    checkers_settled(scene->checkers, &rest);
}

static enum cloacina_code load_another_row(struct dal *dal, struct id id, struct arena *arena,
                                           struct dal_snapshot *ret_snapshot,
                                           struct cloacina_error *err)
{
    struct dal *inner = inner_of(dal);
    enum cloacina_code code = inner->impl->load(inner, id, arena, ret_snapshot, err);
    ret_snapshot->feed.tasks[0].row.attempt++;
    return code;
}

static enum cloacina_code load_without_delta(struct dal *dal, struct id id, struct arena *arena,
                                             struct dal_snapshot *ret_snapshot,
                                             struct cloacina_error *err)
{
    struct dal *inner = inner_of(dal);
    enum cloacina_code code = inner->impl->load(inner, id, arena, ret_snapshot, err);
    ret_snapshot->feed.tasks[1].delta = NULL;
    return code;
}

static enum cloacina_code load_another_context(struct dal *dal, struct id id, struct arena *arena,
                                               struct dal_snapshot *ret_snapshot,
                                               struct cloacina_error *err)
{
    struct dal *inner = inner_of(dal);
    enum cloacina_code code = inner->impl->load(inner, id, arena, ret_snapshot, err);
    ret_snapshot->context = TEXT_LITERAL("{}");
    return code;
}

static enum cloacina_code load_nothing(struct dal *dal, struct id id, struct arena *arena,
                                       struct dal_snapshot *ret_snapshot,
                                       struct cloacina_error *err)
{
    (void)dal, (void)id, (void)arena, (void)ret_snapshot;
    return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "there is no such execution");
}

static enum cloacina_code refresh_an_old_revision(struct dal *dal, struct id id, uint64_t revision,
                                                  struct arena *arena, struct feed *ret_feed,
                                                  struct cloacina_error *err)
{
    struct dal *inner = inner_of(dal);
    enum cloacina_code code = inner->impl->refresh(inner, id, revision, arena, ret_feed, err);
    ret_feed->row.revision--;
    return code;
}

static enum cloacina_code events_without_the_last(struct dal *dal, struct id id, uint64_t after,
                                                  size_t limit, struct arena *arena,
                                                  struct event_row **ret_events, size_t *ret_count,
                                                  struct cloacina_error *err)
{
    struct dal *inner = inner_of(dal);
    enum cloacina_code code =
        inner->impl->events(inner, id, after, limit, arena, ret_events, ret_count, err);
    --*ret_count;
    return code;
}

static enum cloacina_code find_every_commit(struct dal *dal, struct id id, struct stamp commit,
                                            uint64_t *ret_revision, struct cloacina_error *err)
{
    (void)dal, (void)id, (void)commit, (void)err;
    *ret_revision = 1;
    return CLOACINA_OK;
}

/* One lie at a time; NULL: the truth. */
static void each_lie_of_a_store_is_seen(void **state)
{
    static const struct {
        struct dal_impl lies;
        const char *id;
        const char *words;
    } cases[] = {
        {{0}, NULL, NULL},
        {{.load = load_another_row},
         "I-05",
         "task 'log': the store gives back another row (Completed) than was committed "
         "(Completed)"},
        {{.load = load_without_delta},
         "I-12",
         "task 'price': the store gives back another context than was committed"},
        {{.load = load_another_context},
         "I-13",
         "the store gives back another definition, initial context or number of tasks than was "
         "submitted"},
        {{.load = load_nothing}, "I-13", "asked for all rows, the store says not-found"},
        {{.refresh = refresh_an_old_revision},
         "I-05",
         "the store gives back revision 3 (Failed), committed was 4 (Failed)"},
        {{.events = events_without_the_last}, "I-05", "or not in their order; committed were 16"},
        {{.find_commit = find_every_commit},
         "I-22",
         "the store finds its newest commit at revision 1 of 4, and one that nobody made at 1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct scene scene;
        struct beside beside;
        const struct dal_impl *lies = &cases[i].lies;
        assert_true(scene_open(&scene, shop, TASK_COUNT, "{\"order\":7}", FAIL_NEVER));
        store_open(&beside, &scene);
        live(&beside, &scene);
        beside.impl.load = lies->load != NULL ? lies->load : beside.impl.load;
        beside.impl.refresh = lies->refresh != NULL ? lies->refresh : beside.impl.refresh;
        beside.impl.events = lies->events != NULL ? lies->events : beside.impl.events;
        beside.impl.find_commit =
            lies->find_commit != NULL ? lies->find_commit : beside.impl.find_commit;
        settle(&beside, &scene);
        if (cases[i].id == NULL) {
            assert_holds(&scene);
        } else {
            assert_breaks(&scene, cases[i].id, cases[i].words);
        }
        dal_destroy(beside.memory);
        scene_close(&scene);
    }
}

/* ---- I-25 ---- */

/* The summary of a run counts attempts: it counts all of them. */
static void a_world_that_counts_otherwise_is_seen(void **state)
{
    struct scene *scene = *state;
    struct checkers_rest rest = {.baseline = {.leases = 2}, .found = {.leases = 2}, .started = 3};
    charge_fails(scene);
    checkers_settled(scene->checkers, &rest);
    assert_breaks(scene, "I-25", "0 bodies were started, but the world has counted 3");
}

#define CHARGING(test) cmocka_unit_test_setup_teardown(test, charging, closed)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CHARGING(an_execution_that_ends_well_pleases_the_model),
        CHARGING(an_input_that_misses_a_branch_is_seen),
        CHARGING(a_decision_that_the_model_does_not_share_is_seen),
        CHARGING(a_decision_behind_a_cancelled_task_is_seen),
        CHARGING(a_status_that_the_model_does_not_share_is_seen),
        CHARGING(a_cancelled_execution_pleases_the_model),
        cmocka_unit_test(without_memory_for_the_model_the_checkers_are_blind),
        cmocka_unit_test(each_lie_of_a_store_is_seen),
        CHARGING(a_world_that_counts_otherwise_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
