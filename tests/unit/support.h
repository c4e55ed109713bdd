/* SPDX-License-Identifier: Apache-2.0 */
/* support.h - what every unit test shares: cmocka in the right order, and a heap that fails on
 * purpose.
 *
 *   for (size_t n = 0;; n++) {
 *       struct failing_heap heap;
 *       failing_heap_init(&heap, n);         the n-th allocation (from 0) fails, once
 *       ... the calls under test, with &heap.heap ...
 *       assert_int_equal(heap.outstanding, 0);
 *       if (!heap.has_failed) {
 *           break;                           nothing left that could fail
 *       }
 *   }
 *
 * The heap also moves every block that is resized, fills new bytes with rubbish, and stops the test
 * when a size that is given back differs from the size that was taken. */
#ifndef TESTS_UNIT_SUPPORT_H
#define TESTS_UNIT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

#define FAIL_NEVER SIZE_MAX

struct failing_heap {
    struct cloacina_heap heap;
    size_t fail_at;     /* the allocation that fails, counted from 0 */
    bool keeps_failing; /* set after init: all later ones fail too */
    bool has_failed;
    size_t allocations; /* asked for so far, resizes included */
    size_t outstanding; /* bytes taken and not given back */
};

/* Stands in front of every block. */
struct failing_heap_header {
    _Alignas(max_align_t) size_t size;
};

static inline void *failing_heap_resize(struct cloacina_heap *base, void *old, size_t old_size,
                                        size_t new_size)
{
    struct failing_heap *heap = (struct failing_heap *)base;
    struct failing_heap_header *before = old == NULL ? NULL : (struct failing_heap_header *)old - 1;
    assert_int_equal(old_size, before == NULL ? 0 : before->size);
    struct failing_heap_header *after = NULL;
    if (new_size > 0) {
        size_t number = heap->allocations++;
        bool fails = number == heap->fail_at || (heap->keeps_failing && number > heap->fail_at);
        heap->has_failed = heap->has_failed || fails;
        if (fails || new_size > SIZE_MAX / 4) {
            return NULL;
        }
        after = malloc(sizeof(*after) + new_size);
        assert_non_null(after);
        after->size = new_size;
        memset(after + 1, 0xa5, new_size);
        if (old != NULL) {
            memcpy(after + 1, old, old_size < new_size ? old_size : new_size);
        }
    }
    free(before);
    heap->outstanding += new_size - old_size;
    return after == NULL ? NULL : after + 1;
}

/* `fail_at` FAIL_NEVER: only counts. */
static inline void failing_heap_init(struct failing_heap *heap, size_t fail_at)
{
    static const struct cloacina_heap_impl impl = {.resize = failing_heap_resize};
    *heap = (struct failing_heap){.heap.impl = &impl, .fail_at = fail_at};
}

#endif
