/* SPDX-License-Identifier: Apache-2.0 */
/* tree.c - persistent trees of entries, balanced by weight.
 *
 * Law: a node is never changed; what differs is made anew, what does not is shared. The weights are
 * those of Hirai and Yamamoto, "Balancing weight-balanced trees" (2011): 3 and 2. */
#include <assert.h>

#include "context/write.h"

enum { WEIGHT_RATIO = 3, ROTATION_RATIO = 2 };

/* ---- entries ---- */

struct path entry_path(const struct entry *entry)
{
    return entry->writes[0]->path;
}

struct entry *entry_make(struct planting *planting, size_t live_count, size_t known_count)
{
    size_t size = (live_count + known_count) * sizeof(struct write *);
    struct entry *entry = arena_take(planting->arena, sizeof(*entry) + size);
    if (entry == NULL) {
        planting->has_failed = true;
        return NULL;
    }
    entry->live_count = (uint32_t)live_count;
    entry->known_count = (uint32_t)known_count;
    return entry;
}

void entry_complete(struct entry *entry)
{
    struct path path = entry_path(entry);
    entry->is_nested = path_prefix(path, 0).encoded.length < path.encoded.length;
    entry->level = 0;
    for (uint32_t i = 0; i < entry->live_count; i++) {
        uint32_t level = entry->writes[i]->level;
        entry->level = level > entry->level ? level : entry->level;
    }
}

/* ---- nodes ---- */

size_t tree_count(const struct tree *tree)
{
    return tree == NULL ? 0 : tree->count;
}

uint32_t tree_level(const struct tree *tree)
{
    return tree == NULL ? 0 : tree->level;
}

static bool has_nested(const struct tree *tree)
{
    return tree != NULL && tree->has_nested;
}

static size_t weight(const struct tree *tree)
{
    return tree_count(tree) + 1;
}

static const struct tree *node_make(struct planting *planting, const struct tree *left,
                                    const struct entry *entry, const struct tree *right)
{
    struct tree *node = planting->has_failed ? NULL : arena_take(planting->arena, sizeof(*node));
    if (node == NULL) {
        planting->has_failed = true;
        return NULL;
    }
    uint32_t level = tree_level(left) > tree_level(right) ? tree_level(left) : tree_level(right);
    level = entry->level > level ? entry->level : level;
    *node = (struct tree){
        .left = left,
        .right = right,
        .entry = entry,
        .count = (uint32_t)(tree_count(left) + 1 + tree_count(right)),
        .level = level & INT32_MAX,
        .has_nested = entry->is_nested || has_nested(left) || has_nested(right),
    };
    return node;
}

/* A node whose right side may have become too heavy, by one step of a join. */
static const struct tree *balance_right(struct planting *planting, const struct tree *left,
                                        const struct entry *entry, const struct tree *right)
{
    if (planting->has_failed || weight(right) <= WEIGHT_RATIO * weight(left)) {
        return node_make(planting, left, entry, right);
    }
    const struct tree *inner = right->left;
    if (weight(inner) < ROTATION_RATIO * weight(right->right)) {
        return node_make(planting, node_make(planting, left, entry, inner), right->entry,
                         right->right);
    }
    return node_make(planting, node_make(planting, left, entry, inner->left), inner->entry,
                     node_make(planting, inner->right, right->entry, right->right));
}

static const struct tree *balance_left(struct planting *planting, const struct tree *left,
                                       const struct entry *entry, const struct tree *right)
{
    if (planting->has_failed || weight(left) <= WEIGHT_RATIO * weight(right)) {
        return node_make(planting, left, entry, right);
    }
    const struct tree *inner = left->right;
    if (weight(inner) < ROTATION_RATIO * weight(left->left)) {
        return node_make(planting, left->left, left->entry,
                         node_make(planting, inner, entry, right));
    }
    return node_make(planting, node_make(planting, left->left, left->entry, inner->left),
                     inner->entry, node_make(planting, inner->right, entry, right));
}

/* ---- joining and splitting ---- */

const struct tree *tree_join(struct planting *planting, const struct tree *left,
                             const struct entry *entry, const struct tree *right)
{
    if (planting->has_failed) {
        return NULL;
    }
    if (weight(right) > WEIGHT_RATIO * weight(left)) {
        const struct tree *joined = tree_join(planting, left, entry, right->left);
        return balance_left(planting, joined, right->entry, right->right);
    }
    if (weight(left) > WEIGHT_RATIO * weight(right)) {
        const struct tree *joined = tree_join(planting, left->right, entry, right);
        return balance_right(planting, left->left, left->entry, joined);
    }
    return node_make(planting, left, entry, right);
}

/* Takes the last entry out of a tree that is not empty. */
static const struct tree *last_take(struct planting *planting, const struct tree *tree,
                                    const struct entry **ret_last)
{
    if (tree->right == NULL) {
        *ret_last = tree->entry;
        return tree->left;
    }
    const struct tree *right = last_take(planting, tree->right, ret_last);
    return tree_join(planting, tree->left, tree->entry, right);
}

const struct tree *tree_concatenate(struct planting *planting, const struct tree *left,
                                    const struct tree *right)
{
    if (left == NULL || right == NULL) {
        return left == NULL ? right : left;
    }
    const struct entry *last = NULL;
    left = last_take(planting, left, &last);
    return tree_join(planting, left, last, right);
}

void tree_split(struct planting *planting, const struct tree *tree, struct path path,
                const struct tree **ret_left, const struct entry **ret_entry,
                const struct tree **ret_right)
{
    *ret_left = NULL;
    *ret_entry = NULL;
    *ret_right = NULL;
    if (tree == NULL) {
        return;
    }
    int order = path_compare(path, entry_path(tree->entry));
    if (order == 0) {
        *ret_left = tree->left;
        *ret_entry = tree->entry;
        *ret_right = tree->right;
    } else if (order < 0) {
        const struct tree *rest = NULL;
        tree_split(planting, tree->left, path, ret_left, ret_entry, &rest);
        *ret_right =
            rest == tree->left ? tree : tree_join(planting, rest, tree->entry, tree->right);
    } else {
        const struct tree *rest = NULL;
        tree_split(planting, tree->right, path, &rest, ret_entry, ret_right);
        *ret_left = rest == tree->right ? tree : tree_join(planting, tree->left, tree->entry, rest);
    }
}

/* ---- what is at a path or below it ----
 *
 * It stands together, so left of the uppermost entry of it there are only entries before the path
 * and of it, in this order, and right of it only entries of it and behind. */

static bool is_inside(const struct tree *tree, struct path path)
{
    return path_is_at_or_below(entry_path(tree->entry), path);
}

/* Of a tree without entries behind: those inside. */
static const struct tree *inside_of_left(struct planting *planting, const struct tree *tree,
                                         struct path path)
{
    if (tree == NULL || !is_inside(tree, path)) {
        return tree == NULL ? NULL : inside_of_left(planting, tree->right, path);
    }
    const struct tree *left = inside_of_left(planting, tree->left, path);
    return left == tree->left ? tree : tree_join(planting, left, tree->entry, tree->right);
}

/* Of a tree without entries before: those inside. */
static const struct tree *inside_of_right(struct planting *planting, const struct tree *tree,
                                          struct path path)
{
    if (tree == NULL || !is_inside(tree, path)) {
        return tree == NULL ? NULL : inside_of_right(planting, tree->left, path);
    }
    const struct tree *right = inside_of_right(planting, tree->right, path);
    return right == tree->right ? tree : tree_join(planting, tree->left, tree->entry, right);
}

/* Of a tree without entries behind: those before. */
static const struct tree *before_of_left(struct planting *planting, const struct tree *tree,
                                         struct path path)
{
    if (tree == NULL || is_inside(tree, path)) {
        return tree == NULL ? NULL : before_of_left(planting, tree->left, path);
    }
    const struct tree *right = before_of_left(planting, tree->right, path);
    return right == tree->right ? tree : tree_join(planting, tree->left, tree->entry, right);
}

/* Of a tree without entries before: those behind. */
static const struct tree *behind_of_right(struct planting *planting, const struct tree *tree,
                                          struct path path)
{
    if (tree == NULL || is_inside(tree, path)) {
        return tree == NULL ? NULL : behind_of_right(planting, tree->right, path);
    }
    const struct tree *left = behind_of_right(planting, tree->left, path);
    return left == tree->left ? tree : tree_join(planting, left, tree->entry, tree->right);
}

const struct tree *tree_inside(struct planting *planting, const struct tree *tree, struct path path)
{
    enum path_place place = PATH_BEFORE;
    while (tree != NULL && place != PATH_INSIDE) {
        place = path_place(entry_path(tree->entry), path);
        tree = place == PATH_BEFORE ? tree->right : place == PATH_AFTER ? tree->left : tree;
    }
    if (tree == NULL) {
        return NULL;
    }
    const struct tree *left = inside_of_left(planting, tree->left, path);
    const struct tree *right = inside_of_right(planting, tree->right, path);
    return left == tree->left && right == tree->right
               ? tree
               : tree_join(planting, left, tree->entry, right);
}

const struct tree *tree_replace(struct planting *planting, const struct tree *tree,
                                const struct entry *entry)
{
    struct path path = entry_path(entry);
    if (tree == NULL) {
        return node_make(planting, NULL, entry, NULL);
    }
    const struct tree *left = tree->left;
    const struct tree *right = tree->right;
    switch (path_place(entry_path(tree->entry), path)) {
    case PATH_AFTER:
        left = tree_replace(planting, left, entry);
        return tree_join(planting, left, tree->entry, right);
    case PATH_BEFORE:
        right = tree_replace(planting, right, entry);
        return tree_join(planting, left, tree->entry, right);
    case PATH_INSIDE:
        break;
    }
    left = before_of_left(planting, left, path);
    right = behind_of_right(planting, right, path);
    return tree_join(planting, left, entry, right);
}

/* ---- looking ---- */

const struct entry *tree_find(const struct tree *tree, struct path path)
{
    while (tree != NULL) {
        int order = path_compare(path, entry_path(tree->entry));
        if (order == 0) {
            return tree->entry;
        }
        tree = order < 0 ? tree->left : tree->right;
    }
    return NULL;
}

/* Opens a tree and all on its left edge. */
static void walk_down(struct tree_walk *walk, const struct tree *tree)
{
    for (; tree != NULL; tree = tree->left) {
        assert(walk->count < TREE_HEIGHT_MAX);
        walk->open[walk->count++] = tree;
    }
}

void tree_walk_begin(struct tree_walk *walk, const struct tree *tree)
{
    walk->count = 0;
    walk_down(walk, tree);
}

const struct entry *tree_walk_next(struct tree_walk *walk)
{
    if (walk->count == 0) {
        return NULL;
    }
    const struct tree *tree = walk->open[--walk->count];
    walk_down(walk, tree->right);
    return tree->entry;
}
