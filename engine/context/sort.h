/* SPDX-License-Identifier: Apache-2.0 */
/* sort.h - sorting in place, without memory of its own and without a bad case. */
#ifndef CONTEXT_SORT_H
#define CONTEXT_SORT_H

#include <stddef.h>

/* The largest element. */
enum { SORT_ELEMENT_MAX = 64 };

/* Makes `count` elements of `size` bytes ascend by `compare` (<0, 0, >0). Equal ones end up in any
 * order, so let `compare` tell them apart where that matters. What ascends already costs one look
 * at each, all else count * log(count). (The C library's qsort may call malloc.) */
void sort_in_place(void *elements, size_t count, size_t size,
                   int (*compare)(const void *a, const void *b));

#endif
