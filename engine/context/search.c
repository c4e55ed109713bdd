/* SPDX-License-Identifier: Apache-2.0 */
/* search.c - which writes has another view seen replaced?
 *
 * Law: a write is replaced in a view exactly when it can be reached, from one write to what that
 * one replaced and so on, from a live write of the view; only from one at its own path or above it,
 * for what is replaced is never above what replaces it.
 *
 *        other view:  (9) ---> 7 ---> 6 ---> 5 ---> 2          is 2 replaced here? yes
 *                       `----> 8 ---> 4                        is 3 replaced here? no
 *
 * Going down, authors and levels only fall, so nothing at or below the lowest candidate's is looked
 * at; the highest author goes first, so a write that is reached on two ways is met twice in a row
 * and followed once. Runs are jumped over. What earlier unions found out is asked first: in a
 * workflow whose tasks all depend on one early task, and all write one key, the answer is always
 * there, one step away. In the worst case (tasks without any order that all write one key) every
 * write between the candidate and the other view is looked at once; a table of who is whose
 * ancestor would be quicker there, and would cost the square of the tasks everywhere. */
#include "context/search.h"

void search_finish(struct search *search)
{
    heap_give(search->heap, search->heads, search->head_capacity * sizeof(struct write *));
}

/* ---- candidates ---- */

/* The first candidate whose author is not below `author`. */
static size_t candidate_from(const struct search *search, uint32_t author)
{
    size_t low = 0;
    size_t high = search->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (search->candidates[middle].write->author < author) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* If the write is a candidate, says that it is replaced. */
static bool candidate_mark(struct search *search, const struct write *write)
{
    size_t index = candidate_from(search, write->author);
    if (index == search->count) {
        return false;
    }
    struct candidate *candidate = &search->candidates[index];
    if (candidate->write->author != write->author || !path_equal(write->path, search->path)) {
        return false;
    }
    search->open -= !candidate->is_replaced;
    candidate->is_replaced = true;
    return true;
}

/* The highest author below `author` of a candidate without an answer; false when there is none. */
static bool candidate_below(const struct search *search, uint32_t author, uint32_t *ret_author)
{
    for (size_t i = candidate_from(search, author); i > 0; i--) {
        if (!search->candidates[i - 1].is_replaced) {
            *ret_author = search->candidates[i - 1].write->author;
            return true;
        }
    }
    return false;
}

/* ---- heads ---- */

/* By author, then by path: two are equal only if they are the same. */
static bool is_higher(const struct write *a, const struct write *b)
{
    return a->author != b->author ? a->author > b->author : path_compare(a->path, b->path) > 0;
}

static void head_push(struct search *search, const struct write *write)
{
    if (!heap_grow(search->heap, &search->heads, &search->head_capacity, search->head_count + 1,
                   sizeof(struct write *))) {
        search->has_failed = true;
        return;
    }
    size_t index = search->head_count++;
    for (; index > 0 && is_higher(write, search->heads[(index - 1) / 2]); index = (index - 1) / 2) {
        search->heads[index] = search->heads[(index - 1) / 2];
    }
    search->heads[index] = write;
}

static const struct write *head_pop(struct search *search)
{
    const struct write *top = search->heads[0];
    const struct write *moved = search->heads[--search->head_count];
    size_t index = 0;
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= search->head_count) {
            break;
        }
        child += child + 1 < search->head_count &&
                 is_higher(search->heads[child + 1], search->heads[child]);
        if (!is_higher(search->heads[child], moved)) {
            break;
        }
        search->heads[index] = search->heads[child];
        index = child;
    }
    search->heads[index] = moved;
    return top;
}

/* ---- going down ---- */

/* A write that may have replaced candidates. */
static void write_ask(struct search *search, const struct write *write)
{
    if (write->author > search->author_min && write->level > search->level_min) {
        head_push(search, write);
    }
}

/* A write that was replaced. Behind a candidate there is none: they live together. */
static void write_reach(struct search *search, const struct write *write)
{
    if (!candidate_mark(search, write) && path_is_at_or_below(search->path, write->path)) {
        write_ask(search, write);
    }
}

static void known_mark(struct search *search, const struct entry *entry)
{
    for (uint32_t i = 0; i < entry->known_count; i++) {
        (void)candidate_mark(search, entry->writes[entry->live_count + i]);
    }
}

/* Reaches all that was replaced at the path of the candidates or above it. */
static void tree_reach(struct search *search, const struct tree *replaced)
{
    size_t offset = 0;
    while (replaced != NULL && offset < search->path.encoded.length) {
        struct path prefix = path_prefix(search->path, offset);
        const struct entry *entry = tree_find(replaced, prefix);
        offset = prefix.encoded.length;
        if (entry != NULL) {
            known_mark(search, entry);
            for (uint32_t i = 0; i < entry->live_count; i++) {
                write_reach(search, entry->writes[i]);
            }
        }
    }
}

/* Asks the live writes of the other view's entry that do not live in the own view too: those have
 * replaced nothing that lives beside them. */
static void entry_ask(struct search *search, const struct entry *own, const struct entry *other)
{
    uint32_t own_count = own == NULL ? 0 : own->live_count;
    uint32_t i = 0;
    known_mark(search, other);
    for (uint32_t k = 0; k < other->live_count; k++) {
        const struct write *write = other->writes[k];
        while (i < own_count && own->writes[i]->author < write->author) {
            i++;
        }
        if (i == own_count || own->writes[i]->author != write->author) {
            write_ask(search, write);
        }
    }
}

static void views_ask(struct search *search, const struct tree *own, const struct tree *other)
{
    size_t offset = 0;
    while (offset < search->path.encoded.length) {
        struct path prefix = path_prefix(search->path, offset);
        const struct entry *entry = tree_find(other, prefix);
        offset = prefix.encoded.length;
        if (entry != NULL) {
            entry_ask(search, tree_find(own, prefix), entry);
        }
    }
}

/* The last write of a run whose author is not below `author`. */
static const struct write *run_down(const struct write *write, uint32_t author)
{
    while (write->next != NULL && write->next->author >= author) {
        write = write->jump->author >= author ? write->jump : write->next;
    }
    return write;
}

static void head_follow(struct search *search, const struct write *head)
{
    uint32_t wanted;
    if (!candidate_below(search, head->author, &wanted)) {
        return;
    }
    const struct write *end = run_down(head, wanted);
    if (end == head) {
        tree_reach(search, head->replaced);
        return;
    }
    known_mark(search, head->replaced->entry); /* of the only entry */
    write_reach(search, end);
}

void search_replaced(struct search *search, struct candidate *candidates, size_t count,
                     const struct tree *own, const struct tree *other)
{
    search->candidates = candidates;
    search->count = count;
    search->open = count;
    search->head_count = 0;
    if (count == 0 || tree_level(other) == 0) {
        return; /* a tree of level 0 has replaced nothing */
    }
    search->path = candidates[0].write->path;
    search->author_min = candidates[0].write->author;
    search->level_min = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        uint32_t level = candidates[i].write->level;
        search->level_min = level < search->level_min ? level : search->level_min;
    }
    views_ask(search, own, other);
    const struct write *before = NULL;
    while (search->open > 0 && search->head_count > 0 && !search->has_failed) {
        const struct write *head = head_pop(search);
        if (before == NULL || is_higher(before, head)) {
            head_follow(search, head);
        }
        before = head;
    }
}
