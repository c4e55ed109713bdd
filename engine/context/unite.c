/* SPDX-License-Identifier: Apache-2.0 */
/* unite.c - two trees of writes made one.
 *
 * Law: a write stays exactly if each tree either holds it or has never seen it.
 *
 * Both trees are walked side by side and what they share is skipped. In the rest there are, at each
 * path, writes that both hold, which stay, and writes that one holds, which stay unless search.c
 * finds that the other one has replaced them. */
#include "context/unite.h"

#include "context/sort.h"

/* How many writes an entry remembers to have been replaced. What is forgotten is searched again. */
enum { KNOWN_MAX = 256 };

/* What meets at one path. */
struct meeting {
    const struct entry *entries[2]; /* NULL: that side has none */
    size_t own[2];                  /* candidates: writes that only this side holds */
    size_t dropped[2];              /* those of them that the other side has replaced */
};

void uniting_init(struct uniting *uniting, struct arena *arena)
{
    *uniting = (struct uniting){.planting.arena = arena, .search.heap = arena->heap};
}

void uniting_finish(struct uniting *uniting)
{
    struct cloacina_heap *heap = uniting->search.heap;
    for (int side = 0; side < 2; side++) {
        heap_give(heap, uniting->candidates[side],
                  uniting->candidate_capacity[side] * sizeof(struct candidate));
    }
    heap_give(heap, uniting->known, uniting->known_capacity * sizeof(struct write *));
    search_finish(&uniting->search);
}

/* ---- one path ---- */

static uint32_t live_count(const struct entry *entry)
{
    return entry == NULL ? 0 : entry->live_count;
}

static uint32_t known_count(const struct entry *entry)
{
    return entry == NULL ? 0 : entry->known_count;
}

/* Finds those live writes that only this side holds. */
static bool candidates_find(struct uniting *uniting, struct meeting *meeting, int side)
{
    const struct entry *own = meeting->entries[side];
    const struct entry *other = meeting->entries[1 - side];
    if (!heap_grow(uniting->search.heap, &uniting->candidates[side],
                   &uniting->candidate_capacity[side], live_count(own), sizeof(struct candidate))) {
        return false;
    }
    uint32_t k = 0;
    for (uint32_t i = 0; i < live_count(own); i++) {
        while (k < live_count(other) && other->writes[k]->author < own->writes[i]->author) {
            k++;
        }
        if (k == live_count(other) || other->writes[k]->author != own->writes[i]->author) {
            uniting->candidates[side][meeting->own[side]++] =
                (struct candidate){.write = own->writes[i]};
        }
    }
    return true;
}

/* Finds out which of them the other side has replaced. */
static bool candidates_judge(struct uniting *uniting, struct meeting *meeting, int side)
{
    struct candidate *candidates = uniting->candidates[side];
    search_replaced(&uniting->search, candidates, meeting->own[side], uniting->trees[side],
                    uniting->trees[1 - side]);
    for (size_t i = 0; i < meeting->own[side]; i++) {
        meeting->dropped[side] += candidates[i].is_replaced;
    }
    return !uniting->search.has_failed;
}

static int author_compare(const void *a, const void *b)
{
    uint32_t one = (*(const struct write *const *)a)->author;
    uint32_t other = (*(const struct write *const *)b)->author;
    return one < other ? -1 : one > other;
}

/* Gathers what is known to be replaced: before, or now. */
static bool known_gather(struct uniting *uniting, const struct meeting *meeting)
{
    size_t wanted = meeting->dropped[0] + meeting->dropped[1] + known_count(meeting->entries[0]) +
                    known_count(meeting->entries[1]);
    uniting->known_count = 0;
    if (!heap_grow(uniting->search.heap, &uniting->known, &uniting->known_capacity, wanted,
                   sizeof(struct write *))) {
        return false;
    }
    const struct write **known = uniting->known;
    size_t count = 0;
    for (int side = 0; side < 2; side++) {
        const struct entry *entry = meeting->entries[side];
        for (size_t i = 0; i < meeting->own[side]; i++) {
            if (uniting->candidates[side][i].is_replaced) {
                known[count++] = uniting->candidates[side][i].write;
            }
        }
        for (uint32_t i = 0; i < known_count(entry); i++) {
            known[count++] = entry->writes[entry->live_count + i];
        }
    }
    sort_in_place(known, count, sizeof(struct write *), author_compare);
    for (size_t i = 0; i < count && uniting->known_count < KNOWN_MAX; i++) {
        if (i == 0 || known[i - 1]->author != known[i]->author) {
            known[uniting->known_count++] = known[i];
        }
    }
    return true;
}

/* Whether what stays is just what one side holds. */
static bool is_unchanged(const struct uniting *uniting, const struct meeting *meeting, int side)
{
    const struct entry *entry = meeting->entries[side];
    if (entry == NULL || meeting->dropped[side] > 0 ||
        meeting->own[1 - side] > meeting->dropped[1 - side] ||
        entry->known_count != uniting->known_count) {
        return false;
    }
    for (uint32_t i = 0; i < entry->known_count; i++) {
        if (entry->writes[entry->live_count + i]->author != uniting->known[i]->author) {
            return false;
        }
    }
    return true;
}

/* Fills in what stays: all of side 0, and of side 1 what side 0 has not, but for the dropped. */
static const struct entry *entry_fill(struct uniting *uniting, const struct meeting *meeting,
                                      size_t stays)
{
    struct entry *entry = entry_make(&uniting->planting, stays, uniting->known_count);
    if (entry == NULL) {
        return NULL;
    }
    size_t count = 0;
    size_t next = 0; /* candidate of side 0 */
    for (uint32_t i = 0; i < live_count(meeting->entries[0]); i++) {
        const struct write *write = meeting->entries[0]->writes[i];
        const struct candidate *candidate = &uniting->candidates[0][next];
        bool is_own = next < meeting->own[0] && candidate->write == write;
        if (!is_own || !candidate->is_replaced) {
            entry->writes[count++] = write;
        }
        next += is_own;
    }
    for (size_t i = 0; i < meeting->own[1]; i++) {
        if (!uniting->candidates[1][i].is_replaced) {
            entry->writes[count++] = uniting->candidates[1][i].write;
        }
    }
    sort_in_place(entry->writes, count, sizeof(struct write *), author_compare);
    for (size_t i = 0; i < uniting->known_count; i++) {
        entry->writes[count + i] = uniting->known[i];
    }
    entry_complete(entry);
    return entry;
}

/* One entry of two at one path, `entry` of the tree of `side` and `other` of the other one (NULL:
 * it has none); NULL: nothing stays. */
static const struct entry *entries_unite(struct uniting *uniting, const struct entry *entry,
                                         const struct entry *other, int side)
{
    if (entry == other) {
        return entry;
    }
    struct meeting meeting = {.own = {0}};
    meeting.entries[side] = entry;
    meeting.entries[1 - side] = other;
    bool is_judged = true;
    for (int i = 0; i < 2 && is_judged; i++) {
        is_judged = candidates_find(uniting, &meeting, i) && candidates_judge(uniting, &meeting, i);
    }
    if (!is_judged || !known_gather(uniting, &meeting)) {
        uniting->planting.has_failed = true;
        return NULL;
    }
    for (int i = 0; i < 2; i++) {
        if (is_unchanged(uniting, &meeting, i)) {
            return meeting.entries[i];
        }
    }
    size_t stays =
        live_count(meeting.entries[0]) - meeting.dropped[0] + meeting.own[1] - meeting.dropped[1];
    return stays == 0 ? NULL : entry_fill(uniting, &meeting, stays);
}

/* ---- trees ---- */

static bool is_node(const struct tree *tree, const struct tree *left, const struct entry *entry,
                    const struct tree *right)
{
    return tree->left == left && tree->entry == entry && tree->right == right;
}

/* A node for `entry`, NULL for none: `old` if it is that node already. */
static const struct tree *node_renew(struct uniting *uniting, const struct tree *old,
                                     const struct tree *left, const struct entry *entry,
                                     const struct tree *right)
{
    if (uniting->planting.has_failed) {
        return NULL;
    }
    if (is_node(old, left, entry, right)) {
        return old;
    }
    return entry == NULL ? tree_concatenate(&uniting->planting, left, right)
                         : tree_join(&uniting->planting, left, entry, right);
}

/* A part of the tree of `side` for which the other tree has no entries. Only something above it in
 * the other tree, which moreover has replaced something, can have replaced a part of it. */
static const struct tree *tree_keep(struct uniting *uniting, const struct tree *tree, int side)
{
    if (tree == NULL || !tree->has_nested || tree_level(uniting->trees[1 - side]) == 0 ||
        uniting->planting.has_failed) {
        return tree;
    }
    const struct tree *left = tree_keep(uniting, tree->left, side);
    const struct tree *right = tree_keep(uniting, tree->right, side);
    const struct entry *entry =
        tree->entry->is_nested ? entries_unite(uniting, tree->entry, NULL, side) : tree->entry;
    return node_renew(uniting, tree, left, entry, right);
}

/* Parts of both trees between the same paths: `tree` of `side`, `other` of the other one. */
static const struct tree *parts_unite(struct uniting *uniting, const struct tree *tree,
                                      const struct tree *other, int side)
{
    if (tree == other || uniting->planting.has_failed) {
        return tree;
    }
    if (tree == NULL || other == NULL) {
        return tree == NULL ? tree_keep(uniting, other, 1 - side) : tree_keep(uniting, tree, side);
    }
    if (tree->count < other->count) { /* the larger one is more likely to stay as it is */
        const struct tree *swapped = tree;
        tree = other;
        other = swapped;
        side = 1 - side;
    }
    const struct tree *other_left = NULL;
    const struct entry *other_entry = NULL;
    const struct tree *other_right = NULL;
    tree_split(&uniting->planting, other, entry_path(tree->entry), &other_left, &other_entry,
               &other_right);
    const struct tree *left = parts_unite(uniting, tree->left, other_left, side);
    const struct tree *right = parts_unite(uniting, tree->right, other_right, side);
    const struct entry *entry = entries_unite(uniting, tree->entry, other_entry, side);
    const struct tree *old = is_node(tree, left, entry, right) ? tree : other;
    return node_renew(uniting, old, left, entry, right);
}

const struct tree *trees_unite(struct uniting *uniting, const struct tree *one,
                               const struct tree *other)
{
    uniting->trees[0] = one;
    uniting->trees[1] = other;
    return parts_unite(uniting, one, other, 0);
}
