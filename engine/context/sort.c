/* SPDX-License-Identifier: Apache-2.0 */
/* sort.c - heapsort.
 *
 * Law: the greatest element of a heap is at its root; it changes places with the last one, which is
 * then none of the heap any more. */
#include "context/sort.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

struct sorting {
    char *elements;
    size_t size;
    int (*compare)(const void *a, const void *b);
};

static char *element(const struct sorting *sorting, size_t index)
{
    return sorting->elements + index * sorting->size;
}

static bool is_less(const struct sorting *sorting, size_t a, size_t b)
{
    return sorting->compare(element(sorting, a), element(sorting, b)) < 0;
}

static void swap(const struct sorting *sorting, size_t a, size_t b)
{
    char kept[SORT_ELEMENT_MAX];
    memcpy(kept, element(sorting, a), sorting->size);
    memcpy(element(sorting, a), element(sorting, b), sorting->size);
    memcpy(element(sorting, b), kept, sorting->size);
}

/* Lets the element at `index` sink to its place among the first `count`. */
static void sift_down(const struct sorting *sorting, size_t index, size_t count)
{
    for (;;) {
        size_t child = 2 * index + 1;
        if (child >= count) {
            return;
        }
        child += child + 1 < count && is_less(sorting, child, child + 1);
        if (!is_less(sorting, index, child)) {
            return;
        }
        swap(sorting, index, child);
        index = child;
    }
}

static bool ascends(const struct sorting *sorting, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (is_less(sorting, i, i - 1)) {
            return false;
        }
    }
    return true;
}

void sort_in_place(void *elements, size_t count, size_t size,
                   int (*compare)(const void *a, const void *b))
{
    assert(size <= SORT_ELEMENT_MAX);
    struct sorting sorting = {.elements = elements, .size = size, .compare = compare};
    if (ascends(&sorting, count)) {
        return;
    }
    for (size_t i = count / 2; i > 0; i--) {
        sift_down(&sorting, i - 1, count);
    }
    for (size_t left = count - 1; left > 0; left--) {
        swap(&sorting, 0, left);
        sift_down(&sorting, 0, left);
    }
}
