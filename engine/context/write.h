/* SPDX-License-Identifier: Apache-2.0 */
/* write.h - the parts of a view: writes, the entries that hold them, and the tree of the entries.
 *
 *     tree of entries, by path             entry                    write
 *
 *              [ /b ]------------------> live:  3, 7 ---------> author 7, value or removal
 *             /      \                  known: 1               replaced: the tree of what
 *        [ /a ]      [ /c ]                                     author 7 saw at its path and below
 *
 * All of it is immutable once it is made, and shared between views. A tree keeps its balance by
 * weight: neither side of a node weighs more than three times the other (weight: entries + 1), so
 * its height stays below 2.5 * log2(entries + 1) whatever the paths are.
 *
 * Internal to the view. */
#ifndef CONTEXT_WRITE_H
#define CONTEXT_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "context/delta.h"
#include "context/path.h"

struct tree;

/* What one task did at one path. */
struct write {
    uint32_t author;
    uint32_t level;            /* longest way down through what was replaced; 0: replaced nothing */
    struct path path;          /* Borrowed from the delta, like the value */
    const struct value *value; /* NULL: a removal */
    const struct tree *replaced; /* NULL: nothing */

    /* Runs: writes that replaced exactly one write each. `next` is that one (NULL: not in a run, or
     * at its end); `jump` is one farther down the run, so that its n-th write is reached in
     * O(log n) steps. `run` is how many follow. */
    const struct write *next;
    const struct write *jump;
    uint32_t run;
};

/* The writes of one path. */
struct entry {
    uint32_t live_count;  /* at least 1 */
    uint32_t known_count; /* see below */
    uint32_t level;       /* the highest of the live ones */
    bool is_nested;       /* the path has more than one key */

    /* First the live ones. Then some that were found replaced when views were united here: only a
     * short cut for the next time. Both ascend by author. */
    const struct write *writes[];
};

struct tree {
    const struct tree *left;
    const struct tree *right;
    const struct entry *entry;
    uint32_t count;
    uint32_t level : 31;     /* the highest in the whole tree */
    uint32_t has_nested : 1; /* one of its entries is nested */
};

/* Where new parts of a tree come from. After a failure, which sticks, the functions below give
 * trees of no use and nothing crashes: look once, at the end. */
struct planting {
    struct arena *arena; /* Borrowed */
    bool has_failed;
};

struct path entry_path(const struct entry *entry);

/* An entry without writes, to be filled in before it is shared; NULL: no memory. */
struct entry *entry_make(struct planting *planting, size_t live_count, size_t known_count);

/* Works out what follows from the writes that have been filled in. */
void entry_complete(struct entry *entry);

/* The empty tree is NULL. */
size_t tree_count(const struct tree *tree);
uint32_t tree_level(const struct tree *tree);

const struct entry *tree_find(const struct tree *tree, struct path path); /* NULL: not there */

/* One tree of all that is in `left`, then `entry`, then all that is in `right`. Costs the
 * difference of the heights. */
const struct tree *tree_join(struct planting *planting, const struct tree *left,
                             const struct entry *entry, const struct tree *right);

/* The same without an entry in the middle. */
const struct tree *tree_concatenate(struct planting *planting, const struct tree *left,
                                    const struct tree *right);

/* What is before a path, at it (NULL: nothing), and behind it. */
void tree_split(struct planting *planting, const struct tree *tree, struct path path,
                const struct tree **ret_left, const struct entry **ret_entry,
                const struct tree **ret_right);

/* All that is at a path or below it. */
const struct tree *tree_inside(struct planting *planting, const struct tree *tree,
                               struct path path);

/* The tree with `entry` in place of all that is at its path or below it. */
const struct tree *tree_replace(struct planting *planting, const struct tree *tree,
                                const struct entry *entry);

/* The entries of a tree in the order of their paths. */
enum { TREE_HEIGHT_MAX = 80 };
struct tree_walk {
    const struct tree *open[TREE_HEIGHT_MAX]; /* still to be visited, with what is on their right */
    size_t count;
};

void tree_walk_begin(struct tree_walk *walk, const struct tree *tree);
const struct entry *tree_walk_next(struct tree_walk *walk); /* NULL: that was all */

#endif
