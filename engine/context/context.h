/* SPDX-License-Identifier: Apache-2.0 */
/* context.h - the inside of <cloacina/context.h>: from a view to what a body sees, and to its
 * delta.
 *
 *     view --first touch--> input object --+--> get
 *                              changes ----+--> output object --> delta
 *                               ^ set, remove
 *
 * Until the body touches its context nothing is computed and nothing is allocated. */
#ifndef CONTEXT_CONTEXT_H
#define CONTEXT_CONTEXT_H

#include <cloacina/context.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "context/delta.h"
#include "context/value.h"
#include "context/view.h"

/* Owned by the caller; `input` may be read, the other fields are private. Used by one thread at a
 * time. */
struct cloacina_context {
    const char *task_name;        /* Borrowed; outlives the context */
    const struct view *view;      /* Borrowed; outlives the context */
    const struct value *input;    /* in the arena; NULL until the first touch */
    struct value_member *changes; /* Owned, keys in the arena; value NULL: removed */
    size_t change_count, change_capacity;
    uint32_t *places;   /* Owned: hash table of 1 + index into changes; 0 is free */
    size_t place_count; /* 0 or a power of two */
    uint64_t size;      /* of the members of the output, each with a comma */
    bool has_failed;    /* memory ran out where it could not be told */
    struct arena arena;
};

/* `heap` NULL means the system heap. */
void context_init(struct cloacina_context *context, struct cloacina_heap *heap,
                  const char *task_name, const struct view *input);
void context_finish(struct cloacina_context *context);

/* What the body has changed so far, copied into `into`; NULL when that is nothing. The context may
 * be finished afterwards. LIMIT: more than DELTA_BYTES_MAX; NO_MEMORY. */
enum cloacina_code context_delta(struct cloacina_context *context, struct arena *into,
                                 const struct delta **ret_delta,
                                 struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* The whole object as the task got it, and as it is now. They live as long as the context. LIMIT,
 * NO_MEMORY. */
enum cloacina_code context_input_value(struct cloacina_context *context,
                                       const struct value **ret_value,
                                       struct cloacina_error *err) CLOACINA_MUST_CHECK;
enum cloacina_code context_output_value(struct cloacina_context *context,
                                        const struct value **ret_value,
                                        struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* The value under a key as it is now; `*ret_value` is NULL when it is absent. Errors are those of
 * every call in <cloacina/context.h>. */
enum cloacina_code context_get_value(struct cloacina_context *context, const char *key,
                                     const struct value **ret_value,
                                     struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Sets a key to a copy of `value`. Errors as cloacina_context_set_int64. */
enum cloacina_code context_set_value(struct cloacina_context *context, const char *key,
                                     const struct value *value,
                                     struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* ---- between context.c and context_access.c ---- */

/* As context_set_value, but `value` was made in the context's arena; NULL: there was no memory. */
enum cloacina_code context_put(struct cloacina_context *context, const char *key,
                               const struct value *value,
                               struct cloacina_error *err) CLOACINA_MUST_CHECK;

/* Returns CLOACINA_NO_MEMORY. */
enum cloacina_code context_raise_no_memory(const struct cloacina_context *context,
                                           struct cloacina_error *err) CLOACINA_MUST_CHECK;

#endif
