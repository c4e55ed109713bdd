/* SPDX-License-Identifier: Apache-2.0 */
/* loaded.h - one execution out of a store, with its definition, to be looked at.
 *
 * A picture of one moment; nothing is changed through it. */
#ifndef CLOACINACTL_LOADED_H
#define CLOACINACTL_LOADED_H

#include "dal/dal.h"

/* Owned by the caller; read freely. */
struct loaded {
    struct execution execution; /* its rows, and .workflow */
    struct dal_snapshot snapshot;
    struct arena arena; /* of the snapshot, and for whoever asks the store for more */
};

/* NOT_FOUND, UNAVAILABLE, ...: as dal.h says; INVALID: its rows contradict its definition. On an
 * error there is nothing to finish. */
enum cloacina_code loaded_read(struct dal *dal, struct cloacina_heap *heap, struct id id,
                               struct loaded *ret_loaded, struct cloacina_error *err) MUST_CHECK;
void loaded_finish(struct loaded *loaded);

/* All its events, oldest first, in the arena. */
enum cloacina_code loaded_events(struct loaded *loaded, struct dal *dal, uint64_t after_revision,
                                 struct event_row **ret_events, size_t *ret_count,
                                 struct cloacina_error *err) MUST_CHECK;

/* The final context of what is over, as canonical JSON appended to `ret_text`; "null" before. */
enum cloacina_code loaded_context(struct loaded *loaded, struct text_builder *ret_text,
                                  struct cloacina_error *err) MUST_CHECK;

#endif
