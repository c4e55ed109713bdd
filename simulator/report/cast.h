/* SPDX-License-Identifier: Apache-2.0 */
/* cast.h - who plays a part: which tasks a story has to tell about.
 *
 * A task matters when the finding names it, when it was tried twice, failed, was lost or timed out,
 * when a fault has met it, when its effect was applied twice, or when it was under way as the
 * process died. If nobody matters by that, all do.
 * Law: who matters follows from the tales and the finding alone. */
#ifndef REPORT_CAST_H
#define REPORT_CAST_H

#include "base/id_map.h"
#include "report/tales.h"
#include "search/search.h"

/* One task of one execution. */
struct role {
    struct role *next; /* in the order of their first tale */
    uint32_t run;
    uint32_t runner;  /* that started it last; 0: none has */
    struct text task; /* Borrowed from the tales */
    bool matters;
    bool uses_key;   /* an effect of it carried the key that its attempts have */
    uint32_t bodies; /* under way */
    struct text key; /* of its attempts */
};

/* Owned by the caller; borrows the tales. */
struct cast {
    struct arena arena;
    struct id_map roles;
    struct role *first, *last;
    bool has_runs; /* more than one execution: tasks need its number */
};

/* `finding` NULL: nothing was wrong. False: no memory. */
bool cast_init(struct cast *cast, const struct tales *tales, const struct search_finding *finding,
               struct cloacina_heap *heap) MUST_CHECK;
void cast_finish(struct cast *cast);

/* NULL: the tale is about no task. */
const struct role *cast_find(const struct cast *cast, const struct tale *tale);

/* A fault that only chooses among equals: who goes first, a number. */
bool fault_is_soft(const struct tale *tale);

#endif
