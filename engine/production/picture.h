/* SPDX-License-Identifier: Apache-2.0 */
/* picture.h - an execution as it was at one moment: what a handle shows.
 *
 * Taken on the stepping thread, looked at by the thread that asked for it. */
#ifndef PRODUCTION_PICTURE_H
#define PRODUCTION_PICTURE_H

#include <cloacina/runner.h>

#include "execution/execution.h"

/* Read freely. */
struct picture {
    struct cloacina_heap *heap;
    struct arena arena;              /* of its texts */
    const struct workflow *workflow; /* Owned reference: names come from it */
    struct cloacina_execution_info info;
    struct cloacina_task_info *tasks; /* in definition order */
    struct text_builder context;      /* the final one; only if `is_over` */
    struct text_builder explanation;  /* empty if nobody asked for it */
    struct id id;
    char id_text[ID_TEXT_SIZE];
    bool is_over;
};

/* Of an execution as it is now. NULL: no memory. */
struct picture *picture_take(struct cloacina_heap *heap, struct execution *execution);

/* Of one that was just submitted, and of which nothing else is known. NULL: no memory. */
struct picture *picture_of_new(struct cloacina_heap *heap, const struct workflow *workflow,
                               struct id id);

void picture_destroy(struct picture *picture); /* NULL is legal */

#endif
