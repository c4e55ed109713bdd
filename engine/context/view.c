/* SPDX-License-Identifier: Apache-2.0 */
/* view.c - what a task sees.
 *
 * Law: a view holds exactly those writes of the tasks that it comes from which none of them has
 * replaced. So no write of a view was replaced, directly or through others, by another one
 * of it. */
#include "context/view.h"

#include <assert.h>

#include "context/resolve.h"
#include "context/unite.h"
#include "context/write.h"

struct view {
    const struct value *initial; /* Borrowed; the same in all views of one execution */
    const struct tree *tree;
};

static const struct view *view_make(struct arena *arena, const struct value *initial,
                                    const struct tree *tree)
{
    struct view *view = arena_take(arena, sizeof(*view));
    if (view != NULL) {
        *view = (struct view){.initial = initial, .tree = tree};
    }
    return view;
}

const struct view *view_initial(struct arena *arena, const struct value *context)
{
    assert(value_type(context) == VALUE_OBJECT);
    return view_make(arena, context, NULL);
}

/* ---- after a write ---- */

/* Makes the write the head of the run behind `next`. The jumps are Myers' ("An applicative
 * random-access stack", 1983): two jumps of one length make the next one as long as both. */
static void run_extend(struct write *write, const struct write *next)
{
    const struct write *jump = next->jump;
    bool joins =
        jump != NULL && jump->jump != NULL && next->run - jump->run == jump->run - jump->jump->run;
    write->next = next;
    write->run = next->run + 1;
    write->jump = joins ? jump->jump : next;
}

/* Fills in what follows from what the write replaces. */
static void write_complete(struct write *write, const struct tree *replaced)
{
    write->replaced = replaced;
    if (replaced == NULL) {
        return;
    }
    write->level = tree_level(replaced) + 1;
    if (tree_count(replaced) == 1 && replaced->entry->live_count == 1) {
        const struct write *next = replaced->entry->writes[0];
        assert(next->author < write->author);
        run_extend(write, next);
    }
}

static const struct tree *tree_after(struct planting *planting, const struct tree *tree,
                                     uint32_t author, const struct delta_entry *change)
{
    struct write *write = arena_take(planting->arena, sizeof(*write));
    struct entry *entry = entry_make(planting, 1, 0);
    const struct tree *replaced = tree_inside(planting, tree, change->path);
    if (write == NULL || planting->has_failed) {
        planting->has_failed = true;
        return NULL;
    }
    *write = (struct write){.author = author, .path = change->path, .value = change->value};
    write_complete(write, replaced);
    entry->writes[0] = write;
    entry_complete(entry);
    return tree_replace(planting, tree, entry);
}

const struct view *view_after(struct arena *arena, const struct view *input, uint32_t author,
                              const struct delta *delta)
{
    if (delta_is_empty(delta)) {
        return input;
    }
    struct planting planting = {.arena = arena};
    const struct tree *tree = input->tree;
    for (size_t i = 0; i < delta->count && !planting.has_failed; i++) {
        tree = tree_after(&planting, tree, author, &delta->entries[i]);
    }
    return planting.has_failed ? NULL : view_make(arena, input->initial, tree);
}

/* ---- uniting ---- */

/* By halves, so that many views cost no more than each of them a logarithm of times. */
static const struct tree *views_unite(struct uniting *uniting, const struct view *const *views,
                                      size_t count)
{
    if (count == 1) {
        return views[0]->tree;
    }
    const struct tree *front = views_unite(uniting, views, count / 2);
    const struct tree *back = views_unite(uniting, views + count / 2, count - count / 2);
    return trees_unite(uniting, front, back);
}

const struct view *view_unite(struct arena *arena, const struct view *const *views, size_t count)
{
    assert(count > 0);
    bool all_same = true;
    for (size_t i = 1; i < count; i++) {
        assert(views[i]->initial == views[0]->initial);
        all_same = all_same && views[i]->tree == views[0]->tree;
    }
    if (all_same) {
        return views[0];
    }
    struct uniting uniting;
    uniting_init(&uniting, arena);
    const struct tree *tree = views_unite(&uniting, views, count);
    bool has_failed = uniting.planting.has_failed;
    uniting_finish(&uniting);
    if (has_failed) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (views[i]->tree == tree) {
            return views[i];
        }
    }
    return view_make(arena, views[0]->initial, tree);
}

/* ---- looking ---- */

const struct value *view_value(struct arena *arena, const struct view *view)
{
    return tree_value(arena, view->initial, view->tree);
}

static bool write_equal(const struct write *a, const struct write *b)
{
    bool is_set = a->value != NULL && b->value != NULL;
    return a->author == b->author &&
           (is_set ? value_equal(a->value, b->value) : a->value == b->value);
}

static bool entry_equal(const struct entry *a, const struct entry *b)
{
    if (!path_equal(entry_path(a), entry_path(b)) || a->live_count != b->live_count) {
        return false;
    }
    for (uint32_t i = 0; i < a->live_count; i++) {
        if (!write_equal(a->writes[i], b->writes[i])) {
            return false;
        }
    }
    return true;
}

bool view_equal(const struct view *a, const struct view *b)
{
    if (!value_equal(a->initial, b->initial) || tree_count(a->tree) != tree_count(b->tree)) {
        return false;
    }
    struct tree_walk walks[2];
    tree_walk_begin(&walks[0], a->tree);
    tree_walk_begin(&walks[1], b->tree);
    for (size_t left = tree_count(a->tree); left > 0; left--) {
        if (!entry_equal(tree_walk_next(&walks[0]), tree_walk_next(&walks[1]))) {
            return false;
        }
    }
    return true;
}
