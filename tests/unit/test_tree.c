/* SPDX-License-Identifier: Apache-2.0 */
/* test_tree.c - the balanced trees that views are made of, against a plain set. */
#include "support.h"

#include "context/write.h"
#include "tight_arena.h"

/* ---- help: 100 paths, "/00" to "/99"; the second digit is a key of its own: "/0/0" ---- */

enum { PATHS = 100 };

static struct arena arena;
static const struct entry *entries[PATHS];

/* The path of the digits of `number`, or of its first digit alone. */
static struct path path_of(int number, bool is_whole)
{
    struct text_builder builder;
    char digits[2] = {(char)('0' + number / 10), (char)('0' + number % 10)};
    text_builder_init(&builder, NULL);
    path_append(&builder, (struct text){digits, 1});
    if (is_whole) {
        path_append(&builder, (struct text){digits + 1, 1});
    }
    struct text copy = text_copy(&arena, text_builder_text(&builder));
    text_builder_finish(&builder);
    return (struct path){copy};
}

static const struct entry *entry_of(struct planting *planting, struct path path)
{
    struct write *write = arena_take_zeroed(&arena, 1, sizeof(*write));
    struct entry *entry = entry_make(planting, 1, 0);
    assert_non_null(write);
    assert_non_null(entry);
    write->path = path;
    entry->writes[0] = write;
    entry_complete(entry);
    return entry;
}

static int entries_make(void **state)
{
    (void)state;
    arena_init(&arena, NULL);
    for (int i = 0; i < PATHS; i++) {
        entries[i] = entry_of(&(struct planting){.arena = &arena}, path_of(i, true));
    }
    return 0;
}

static int entries_forget(void **state)
{
    (void)state;
    arena_finish(&arena);
    return 0;
}

/* A tree of those numbers whose bit is set. */
static const struct tree *tree_of(const bool *set)
{
    struct planting planting = {.arena = &arena};
    const struct tree *tree = NULL;
    for (int i = 0; i < PATHS; i++) {
        tree = set[i] ? tree_join(&planting, tree, entries[i], NULL) : tree;
    }
    assert_false(planting.has_failed);
    return tree;
}

static size_t weight(const struct tree *tree)
{
    return tree_count(tree) + 1;
}

static void assert_balanced(const struct tree *tree)
{
    if (tree == NULL) {
        return;
    }
    assert_int_equal(tree->count, tree_count(tree->left) + 1 + tree_count(tree->right));
    assert_true(weight(tree->left) <= 3 * weight(tree->right));
    assert_true(weight(tree->right) <= 3 * weight(tree->left));
    assert_balanced(tree->left);
    assert_balanced(tree->right);
}

/* Balanced, in order, and with just those entries. */
static void assert_tree(const struct tree *tree, const bool *set, int from, int to)
{
    struct tree_walk walk;
    assert_balanced(tree);
    tree_walk_begin(&walk, tree);
    for (int i = from; i < to; i++) {
        if (set[i]) {
            assert_ptr_equal(tree_walk_next(&walk), entries[i]);
        }
    }
    assert_null(tree_walk_next(&walk));
}

static uint32_t random_state = 1;

static void set_draw(bool *set, uint32_t one_in)
{
    for (int i = 0; i < PATHS; i++) {
        random_state = random_state * 1664525 + 1013904223;
        set[i] = (random_state >> 16) % one_in == 0;
    }
}

/* ---- tests ---- */

/* Splitting anywhere and joining again, with and without the entry in the middle. */
static void trees_are_split_and_joined(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 60; round++) {
        bool set[PATHS];
        set_draw(set, 1 + round % 8);
        const struct tree *tree = tree_of(set);
        assert_tree(tree, set, 0, PATHS);
        for (int at = 0; at < PATHS; at++) {
            struct planting planting = {.arena = &arena};
            const struct tree *left = NULL;
            const struct tree *right = NULL;
            const struct entry *entry = NULL;
            struct path path = entry_path(entries[at]);
            tree_split(&planting, tree, path, &left, &entry, &right);
            assert_tree(left, set, 0, at);
            assert_ptr_equal(entry, set[at] ? entries[at] : NULL);
            assert_ptr_equal(tree_find(tree, path), entry);
            assert_tree(right, set, at + 1, PATHS);
            bool with[PATHS];
            memcpy(with, set, sizeof(with));
            with[at] = true;
            assert_tree(tree_join(&planting, left, entries[at], right), with, 0, PATHS);
            with[at] = false;
            assert_tree(tree_concatenate(&planting, left, right), with, 0, PATHS);
            assert_false(planting.has_failed);
        }
    }
}

/* Joining trees of very different size is what keeps the balance busy. */
static void trees_of_any_size_are_joined(void **state)
{
    (void)state;
    for (int left = 0; left < PATHS; left++) {
        for (int right = left + 1; right <= PATHS; right += 1 + right % 7) {
            bool set[PATHS] = {false};
            struct planting planting = {.arena = &arena};
            for (int i = 0; i < left; i++) {
                set[i] = true;
            }
            const struct tree *front = tree_of(set);
            for (int i = 0; i < PATHS; i++) {
                set[i] = i > left && i < right;
            }
            const struct tree *back = tree_of(set);
            for (int i = 0; i < right; i++) {
                set[i] = true;
            }
            assert_tree(tree_join(&planting, front, entries[left], back), set, 0, PATHS);
        }
    }
}

/* Writes come in any order. */
static void entries_are_put_in_one_by_one(void **state)
{
    (void)state;
    for (int step = 1; step < PATHS; step += 2) {
        struct planting planting = {.arena = &arena};
        const struct tree *tree = NULL;
        bool set[PATHS] = {false};
        for (int i = 0; i < PATHS; i++) {
            int number = (i * step + i / 50 * (step % 5 == 0)) % PATHS;
            tree = tree_replace(&planting, tree, entries[number]);
            set[number] = true;
            assert_tree(tree, set, 0, PATHS);
        }
    }
}

/* A write at a path takes the place of all that is at it and below. */
static void what_is_below_a_path_is_found_and_replaced(void **state)
{
    (void)state;
    for (uint32_t round = 0; round < 200; round++) {
        bool set[PATHS];
        bool rest[PATHS];
        set_draw(set, 1 + round % 12);
        const struct tree *tree = tree_of(set);
        int first = 10 * (int)(round % 10);
        struct planting planting = {.arena = &arena};
        const struct entry *above = entry_of(&planting, path_of(first, false));
        assert_tree(tree_inside(&planting, tree, entry_path(above)), set, first, first + 10);
        const struct tree *replaced = tree_replace(&planting, tree, above);
        const struct tree *left = NULL;
        const struct tree *right = NULL;
        const struct entry *entry = NULL;
        assert_balanced(replaced);
        tree_split(&planting, replaced, entry_path(above), &left, &entry, &right);
        assert_ptr_equal(entry, above);
        memcpy(rest, set, sizeof(rest));
        memset(rest + first, 0, 10 * sizeof(rest[0]));
        assert_tree(left, rest, 0, first);
        assert_tree(right, rest, first, PATHS);
        assert_false(planting.has_failed);
    }
}

/* A new version costs a few nodes, not a copy. */
static void a_replacement_shares_the_rest(void **state)
{
    (void)state;
    struct failing_heap heap;
    struct arena small;
    bool set[PATHS];
    failing_heap_init(&heap, FAIL_NEVER);
    arena_init(&small, &heap.heap);
    memset(set, true, sizeof(set));
    const struct tree *tree = tree_of(set);
    struct planting planting = {.arena = &small};
    assert_non_null(tree_replace(&planting, tree, entries[50]));
    assert_ptr_equal(tree_inside(&planting, NULL, entry_path(entries[50])), NULL);
    size_t used = (size_t)(small.free - (char *)small.head);
    assert_in_range(used, sizeof(struct tree), 12 * sizeof(struct tree));
    arena_finish(&small);
}

/* A whole level that is inside is handed out as it is. */
static void what_is_wholly_inside_is_not_copied(void **state)
{
    (void)state;
    bool set[PATHS] = {false};
    struct planting planting = {.arena = &arena};
    set[41] = set[42] = set[43] = true;
    const struct tree *tree = tree_of(set);
    assert_ptr_equal(tree_inside(&planting, tree, path_of(40, false)), tree);
    assert_null(tree_inside(&planting, tree, path_of(50, false)));
    assert_null(tree_inside(&planting, tree, path_of(30, false)));
}

/* Failures stick, and nothing crashes on the way to the one look at the end. */
static void a_tree_survives_every_lack_of_memory(void **state)
{
    (void)state;
    bool set[PATHS];
    memset(set, true, sizeof(set));
    const struct tree *tree = tree_of(set);
    struct planting outside = {.arena = &arena};
    const struct entry *above = entry_of(&outside, path_of(40, false));
    for (size_t room = 0; room <= TIGHT_ROOM_MAX; room += 8) {
        struct tight_arena tight;
        const struct tree *left = NULL;
        const struct tree *right = NULL;
        const struct entry *entry = NULL;
        tight_arena_init(&tight, room, 0);
        struct planting planting = {.arena = &tight.arena};
        tree_split(&planting, tree, entry_path(entries[30]), &left, &entry, &right);
        const struct tree *joined = tree_concatenate(&planting, left, right);
        joined = planting.has_failed ? NULL : tree_replace(&planting, joined, above);
        joined =
            planting.has_failed ? NULL : tree_join(&planting, joined, entries[PATHS - 1], NULL);
        assert_int_equal(planting.has_failed, tight.heap.has_failed);
        assert_int_equal(joined == NULL, planting.has_failed);
        if (planting.has_failed) {
            assert_null(tree_join(&planting, left, entries[30], right));
        }
        (void)entry_make(&planting, 100, 100);
        tight_arena_finish(&tight);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_are_split_and_joined),
        cmocka_unit_test(trees_of_any_size_are_joined),
        cmocka_unit_test(entries_are_put_in_one_by_one),
        cmocka_unit_test(what_is_below_a_path_is_found_and_replaced),
        cmocka_unit_test(a_replacement_shares_the_rest),
        cmocka_unit_test(what_is_wholly_inside_is_not_copied),
        cmocka_unit_test(a_tree_survives_every_lack_of_memory),
    };
    return cmocka_run_group_tests(tests, entries_make, entries_forget);
}
