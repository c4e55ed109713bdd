/* SPDX-License-Identifier: Apache-2.0 */
/* test_view.c - what a task sees: writes, replacing, uniting, and what that costs.
 *
 * Whether the merge is right in all its corners is the matter of test_view_model.c. */
#include "support.h"

#include <stdio.h>

#include "context/view.h"
#include "tight_arena.h"

/* ---- help ---- */

static struct failing_heap heap;
static struct arena arena;

static int arena_open(void **state)
{
    (void)state;
    failing_heap_init(&heap, FAIL_NEVER);
    arena_init(&arena, &heap.heap);
    return 0;
}

static int arena_close(void **state)
{
    (void)state;
    arena_finish(&arena);
    assert_int_equal(heap.outstanding, 0);
    return 0;
}

static const struct view *begin(const char *context)
{
    const struct value *value = NULL;
    assert_int_equal(value_read(&arena, text_of(context), &value, NULL), CLOACINA_OK);
    return view_initial(&arena, value);
}

static const struct delta *delta_of(const char *json)
{
    const struct delta *delta = NULL;
    assert_int_equal(delta_read(&arena, text_of(json), &delta, NULL), CLOACINA_OK);
    return delta;
}

static const struct view *after(const struct view *input, uint32_t author, const char *delta)
{
    const struct view *view = view_after(&arena, input, author, delta_of(delta));
    assert_non_null(view);
    return view;
}

static const struct view *unite(const struct view *a, const struct view *b)
{
    const struct view *views[] = {a, b};
    const struct view *united = view_unite(&arena, views, 2);
    const struct view *turned[] = {b, a};
    assert_non_null(united);
    assert_true(view_equal(united, view_unite(&arena, turned, 2)));
    return united;
}

static void assert_value(const struct view *view, const char *wanted)
{
    struct text_builder builder;
    text_builder_init(&builder, NULL);
    const struct value *value = view_value(&arena, view);
    assert_non_null(value);
    value_write(&builder, value);
    assert_string_equal(text_builder_terminated(&builder), wanted);
    text_builder_finish(&builder);
}

/* ---- what is seen ---- */

/* The root of a workflow gets what was submitted. */
static void the_initial_view_is_the_initial_context(void **state)
{
    (void)state;
    assert_value(begin("{\"a\":1}"), "{\"a\":1}");
    assert_value(begin("{}"), "{}");
}

/* One task after the other. */
static void a_chain_sees_the_newest_write(void **state)
{
    (void)state;
    const struct view *view = begin("{\"a\":1,\"b\":1}");
    view = after(view, 0, "{\"/a\":2}");
    view = after(view, 1, "{\"/a\":3,\"/c\":[1]}");
    view = after(view, 2, "{\"/c\":[2],\"-/b\":null}");
    assert_value(view, "{\"a\":3,\"c\":[2]}");
}

/* The defect of the reference system: an untouched copy overwrote the update of the other
 * branch. */
static void an_update_in_one_branch_survives_the_other(void **state)
{
    (void)state;
    const struct view *root = after(begin("{}"), 0, "{\"/a\":1,\"/gone\":1}");
    const struct view *left = after(root, 1, "{\"/a\":2,\"-/gone\":null}");
    const struct view *right = after(root, 2, "{\"/b\":1}");
    assert_value(unite(left, right), "{\"a\":2,\"b\":1}");
}

/* Tasks that did not see each other: definition order decides, never time. */
static void of_two_branches_the_later_in_definition_order_wins(void **state)
{
    (void)state;
    const struct view *root = begin("{}");
    assert_value(unite(after(root, 0, "{\"/a\":1}"), after(root, 1, "{\"/a\":2}")), "{\"a\":2}");
    assert_value(unite(after(root, 1, "{\"/a\":1}"), after(root, 0, "{\"/a\":2}")), "{\"a\":1}");
}

/* Lists of findings of many branches are what workflows are for. */
static void arrays_of_branches_are_united(void **state)
{
    (void)state;
    const struct view *root = begin("{}");
    const struct view *a = after(root, 0, "{\"/l\":[1,2,2]}");
    const struct view *b = after(root, 1, "{\"/l\":[2.0,3]}");
    const struct view *c = after(root, 2, "{\"/l\":\"none\"}");
    const struct view *d = after(root, 3, "{\"-/l\":null}");
    const struct view *e = after(root, 4, "{\"/l\":[4,1]}");
    assert_value(a, "{\"l\":[1,2,2]}");
    assert_value(unite(a, b), "{\"l\":[1,2,3]}");
    assert_value(unite(unite(a, b), d), "{\"l\":[1,2,3]}");
    assert_value(unite(unite(a, b), unite(d, e)), "{\"l\":[1,2,3,4]}");
    assert_value(unite(unite(a, b), c), "{\"l\":\"none\"}");
    assert_value(unite(unite(a, c), e), "{\"l\":[4,1]}");
    assert_value(d, "{}");
}

/* What a branch has replaced does not come back from a branch that has not. */
static void a_write_that_one_branch_replaced_is_gone(void **state)
{
    (void)state;
    const struct view *root = after(begin("{}"), 0, "{\"/a/b\":1,\"/a/c\":1,\"/d\":1}");
    const struct view *whole = after(root, 1, "{\"/a\":{\"new\":true}}");
    assert_value(unite(root, whole), "{\"a\":{\"new\":true},\"d\":1}");
    const struct view *again = after(whole, 2, "{\"/a/b\":2}");
    assert_value(unite(unite(root, again), whole), "{\"a\":{\"b\":2,\"new\":true},\"d\":1}");
    const struct view *other = after(root, 3, "{\"/a/b\":9}");
    assert_value(unite(other, again), "{\"a\":{\"b\":9,\"new\":true},\"d\":1}");
}

/* ---- sharing ---- */

/* A million tasks that write nothing must cost nothing. */
static void who_writes_nothing_passes_the_very_same_view_on(void **state)
{
    (void)state;
    const struct view *view = after(begin("{}"), 0, "{\"/a\":1}");
    const struct delta *empty = delta_of("{}");
    size_t allocations = heap.allocations;
    assert_ptr_equal(view_after(&arena, view, 1, NULL), view);
    assert_ptr_equal(view_after(&arena, view, 1, empty), view);
    const struct view *views[] = {view, view, view};
    assert_ptr_equal(view_unite(&arena, views, 3), view);
    assert_ptr_equal(view_unite(&arena, views, 1), view);
    assert_int_equal(heap.allocations, allocations);
}

/* When one view says it all, it is the union. */
static void a_view_united_with_an_earlier_one_stays_itself(void **state)
{
    (void)state;
    const struct view *root = begin("{}");
    const struct view *early = after(root, 0, "{\"/a\":1,\"/b\":1,\"/c/d\":1}");
    const struct view *late = after(early, 1, "{\"/e\":2}");
    assert_ptr_equal(unite(root, late), late);
    assert_ptr_equal(unite(early, late), late);
    const struct view *views[] = {root, late, root, early, late};
    assert_ptr_equal(view_unite(&arena, views, 5), late);
    /* Where something was replaced, the union remembers it once, and is itself from then on. */
    const struct view *replaced = after(late, 2, "{\"/a\":2}");
    const struct view *united = unite(early, replaced);
    assert_true(view_equal(united, replaced));
    assert_ptr_equal(unite(early, united), united);
}

/* Tests compare views; each difference must show. */
static void views_are_equal_if_they_hold_the_same_writes(void **state)
{
    (void)state;
    const struct view *root = begin("{\"i\":1}");
    const struct view *view = after(root, 1, "{\"/a\":1,\"-/b\":null}");
    assert_true(view_equal(view, after(root, 1, "{\"/a\":1.0,\"-/b\":null}")));
    assert_true(view_equal(view, after(begin("{\"i\":1}"), 1, "{\"/a\":1,\"-/b\":null}")));
    assert_false(view_equal(view, after(begin("{\"i\":2}"), 1, "{\"/a\":1,\"-/b\":null}")));
    assert_false(view_equal(view, after(root, 2, "{\"/a\":1,\"-/b\":null}")));
    assert_false(view_equal(view, after(root, 1, "{\"/a\":2,\"-/b\":null}")));
    assert_false(view_equal(view, after(root, 1, "{\"/a\":1,\"/b\":null}")));
    assert_false(view_equal(view, after(root, 1, "{\"/a\":1,\"-/c\":null}")));
    assert_false(view_equal(view, after(root, 1, "{\"/a\":1}")));
    assert_false(view_equal(view, root));
    const struct view *other = after(root, 3, "{\"/a\":1}");
    assert_false(view_equal(unite(view, other), view));
}

/* ---- costs ---- */

static size_t bytes_per_task(size_t before, size_t tasks)
{
    return (heap.outstanding - before) / tasks;
}

/* A long chain that counts in one key: old versions are kept, but each costs the same. */
static void a_chain_step_costs_its_delta(void **state)
{
    (void)state;
    enum { TASKS = 100000 };
    const struct view *view = begin("{}");
    const struct delta *delta = delta_of("{\"/n\":1}");
    size_t before = heap.outstanding;
    for (uint32_t task = 0; task < TASKS; task++) {
        view = view_after(&arena, view, task, delta);
    }
    assert_in_range(bytes_per_task(before, TASKS), 1, 200);
}

/* A step in a large context: a logarithm, not the context. */
static void a_step_in_a_large_context_costs_a_logarithm(void **state)
{
    (void)state;
    enum { KEYS = 20000 };
    const struct view *view = begin("{}");
    for (uint32_t key = 0; key < KEYS; key++) {
        char json[32];
        (void)snprintf(json, sizeof(json), "{\"/%u\":1}", key);
        view = after(view, key, json);
    }
    const struct delta *delta = delta_of("{\"/77\":2}");
    size_t before = heap.outstanding;
    for (uint32_t task = KEYS; task < 2 * KEYS; task++) {
        view = view_after(&arena, view, task, delta);
    }
    assert_in_range(bytes_per_task(before, KEYS), 1, 1500);
}

/* Whoever replaces an object with a thousand writes in it does not pay for each of them. */
static void replacing_much_costs_no_more_than_replacing_little(void **state)
{
    (void)state;
    enum { KEYS = 1000, TASKS = 20000 };
    const struct view *root = begin("{}");
    for (uint32_t key = 0; key < KEYS; key++) {
        char json[32];
        (void)snprintf(json, sizeof(json), "{\"/a/%u\":1}", key);
        root = after(root, key, json);
    }
    const struct delta *delta = delta_of("{\"/a\":0}");
    const struct view *united = root;
    size_t before = heap.outstanding;
    for (uint32_t task = KEYS; task < KEYS + TASKS; task++) {
        united = view_after(&arena, root, task, delta);
    }
    assert_in_range(bytes_per_task(before, TASKS), 1, 500);
    assert_value(unite(root, united), "{\"a\":0}");
}

/* Each task of a chain also needs the first one, whose write was replaced long ago. If that were
 * looked for step by step, this test would take minutes. */
static void a_comb_is_not_quadratic(void **state)
{
    (void)state;
    enum { TASKS = 100000 };
    const struct delta *delta = delta_of("{\"/n\":1}");
    const struct view *first = view_after(&arena, begin("{}"), 0, delta);
    const struct view *views[2] = {first, first};
    size_t before = heap.outstanding;
    for (uint32_t task = 1; task < TASKS; task++) {
        views[1] = view_after(&arena, view_unite(&arena, views, 2), task, delta);
    }
    assert_in_range(bytes_per_task(before, TASKS), 1, 400);
}

/* The same where the chain does not write: the union settles at once. */
static void a_comb_without_writes_costs_nothing(void **state)
{
    (void)state;
    const struct view *first = after(begin("{}"), 0, "{\"/n\":1}");
    const struct view *views[2] = {first, after(first, 1, "{\"/n\":2}")};
    views[1] = view_unite(&arena, views, 2);
    size_t before = heap.outstanding;
    for (int task = 0; task < 100000; task++) {
        assert_ptr_equal(view_unite(&arena, views, 2), views[1]);
    }
    assert_int_equal(heap.outstanding, before);
}

/* Two chains that are compared at every height: runs are jumped over. */
static void long_chains_are_jumped_over(void **state)
{
    (void)state;
    enum { TASKS = 20000 };
    const struct delta *delta = delta_of("{\"/n\":1}");
    const struct view *root = view_after(&arena, begin("{}"), 0, delta);
    static const struct view *chain[TASKS];
    const struct view *other = root;
    for (uint32_t i = 0; i < TASKS; i++) {
        chain[i] = view_after(&arena, i == 0 ? root : chain[i - 1], 1 + i, delta);
        other = view_after(&arena, other, 1 + TASKS + i, delta);
    }
    for (uint32_t i = 0; i < TASKS; i++) {
        const struct view *views[2] = {chain[i], other};
        assert_non_null(view_unite(&arena, views, 2));
        views[1] = chain[TASKS - 1];
        assert_true(view_equal(view_unite(&arena, views, 2), views[1]));
    }
}

/* Two writes on each rung, each of which replaces both of the rung below: there are 2^rungs ways
 * down, and each write must be followed once only. */
static void a_ladder_is_not_exponential(void **state)
{
    (void)state;
    enum { RUNGS = 5000 };
    const struct delta *delta = delta_of("{\"/n\":1}");
    const struct view *root = begin("{}");
    const struct view *early = view_after(&arena, root, 0, delta);
    const struct view *other = view_after(&arena, root, 1, delta);
    const struct view *views[2] = {early, view_after(&arena, root, 2, delta)};
    for (uint32_t task = 3; task < 3 + 2 * RUNGS; task += 2) {
        const struct view *rung = view_unite(&arena, views, 2);
        views[0] = view_after(&arena, rung, task, delta);
        views[1] = view_after(&arena, rung, task + 1, delta);
    }
    const struct view *top = view_unite(&arena, views, 2);
    assert_true(view_equal(unite(early, top), top));
    assert_false(view_equal(unite(other, top), top));
}

/* A union of many small views does not compare each with each. */
static void a_wide_join_is_not_quadratic(void **state)
{
    (void)state;
    enum { TASKS = 100000 };
    static const struct view *views[TASKS];
    const struct view *root = begin("{\"i\":[0]}");
    const struct delta *delta = delta_of("{\"/l\":[1,2]}");
    for (uint32_t task = 0; task < TASKS; task++) {
        views[task] = view_after(&arena, root, task, delta);
    }
    const struct view *united = view_unite(&arena, views, TASKS);
    assert_value(united, "{\"i\":[0],\"l\":[1,2]}");
    const struct view *replaced = view_after(&arena, united, TASKS, delta_of("{\"-/l\":null}"));
    assert_value(unite(united, replaced), "{\"i\":[0]}");
}

/* An entry remembers what was replaced only up to a limit; beyond it the answers stay right. */
static void more_replaced_writes_than_are_remembered_stay_replaced(void **state)
{
    (void)state;
    enum { TASKS = 300 };
    const struct view *views[TASKS];
    const struct view *root = begin("{}");
    for (uint32_t task = 0; task < TASKS; task++) {
        views[task] = after(root, task, "{\"/n\":1}");
    }
    const struct view *last = after(view_unite(&arena, views, TASKS), TASKS, "{\"/n\":2}");
    for (int round = 0; round < 2; round++) {
        const struct view *united = last;
        for (uint32_t task = 0; task < 2 * TASKS; task++) {
            united =
                unite(united, views[round == 0 ? task % TASKS : (2 * TASKS - 1 - task) % TASKS]);
        }
        assert_true(view_equal(united, last));
    }
}

/* ---- no memory ---- */

/* Every single request of a step, a union and a value may fail. */
static void a_view_survives_every_lack_of_memory(void **state)
{
    (void)state;
    const struct view *root = after(begin("{\"x\":{}}"), 0, "{\"/a/b\":1,\"/c\":[1],\"/d\":1}");
    const struct delta *delta = delta_of("{\"/a\":{},\"/c\":[2],\"-/d\":null,\"/x/y\":1}");
    const struct view *views[3] = {after(root, 1, "{\"/a/b\":2,\"/c\":[3],\"/e\":1}"),
                                   after(root, 2, "{\"/a\":{\"z\":1},\"/c\":[4],\"-/e\":null}"),
                                   root};
    const struct view *united = view_unite(&arena, views, 3);
    const struct value *empty = value_object(&arena, NULL, 0);
    size_t succeeded = 0;
    for (size_t fail_at = 0; fail_at < 8; fail_at++) {
        for (size_t room = 0; room <= TIGHT_ROOM_MAX; room += 8) {
            for (int what = 0; what < 4; what++) {
                struct tight_arena tight;
                tight_arena_init(&tight, room, fail_at);
                bool is_done = what == 0   ? view_after(&tight.arena, united, 3, delta) != NULL
                               : what == 1 ? view_unite(&tight.arena, views, 3) != NULL
                               : what == 2 ? view_value(&tight.arena, united) != NULL
                                           : view_initial(&tight.arena, empty) != NULL;
                assert_int_equal(is_done, !tight.heap.has_failed);
                succeeded += is_done;
                tight_arena_finish(&tight);
            }
        }
    }
    assert_true(succeeded > 0);
    assert_value(united, "{\"a\":{\"z\":1},\"c\":[3,4],\"d\":1,\"e\":1,\"x\":{}}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_initial_view_is_the_initial_context),
        cmocka_unit_test(a_chain_sees_the_newest_write),
        cmocka_unit_test(an_update_in_one_branch_survives_the_other),
        cmocka_unit_test(of_two_branches_the_later_in_definition_order_wins),
        cmocka_unit_test(arrays_of_branches_are_united),
        cmocka_unit_test(a_write_that_one_branch_replaced_is_gone),
        cmocka_unit_test(who_writes_nothing_passes_the_very_same_view_on),
        cmocka_unit_test(a_view_united_with_an_earlier_one_stays_itself),
        cmocka_unit_test(views_are_equal_if_they_hold_the_same_writes),
        cmocka_unit_test(a_chain_step_costs_its_delta),
        cmocka_unit_test(a_step_in_a_large_context_costs_a_logarithm),
        cmocka_unit_test(replacing_much_costs_no_more_than_replacing_little),
        cmocka_unit_test(a_comb_is_not_quadratic),
        cmocka_unit_test(a_comb_without_writes_costs_nothing),
        cmocka_unit_test(long_chains_are_jumped_over),
        cmocka_unit_test(a_ladder_is_not_exponential),
        cmocka_unit_test(a_wide_join_is_not_quadratic),
        cmocka_unit_test(more_replaced_writes_than_are_remembered_stay_replaced),
        cmocka_unit_test(a_view_survives_every_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, arena_open, arena_close);
}
