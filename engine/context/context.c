/* SPDX-License-Identifier: Apache-2.0 */
/* context.c - what a body sees of its context, and what it leaves.
 *
 * Law: the input is computed at the first touch, from the view; what the body does is kept beside
 * it, key by key, and meets the input again only in the delta. A call that fails changes
 * nothing. */
#include "context/context.h"

#include "base/hash.h"

/* A member of the output with its comma. */
enum { MEMBER_PUNCTUATION = 2 };

void context_init(struct cloacina_context *context, struct cloacina_heap *heap,
                  const char *task_name, const struct view *input)
{
    *context = (struct cloacina_context){.task_name = task_name, .view = input};
    arena_init(&context->arena, heap);
}

void context_finish(struct cloacina_context *context)
{
    struct cloacina_heap *heap = context->arena.heap;
    heap_give(heap, context->changes, context->change_capacity * sizeof(struct value_member));
    heap_give(heap, context->places, context->place_count * sizeof(uint32_t));
    arena_finish(&context->arena);
    context_init(context, heap, context->task_name, context->view);
}

enum cloacina_code context_raise_no_memory(const struct cloacina_context *context,
                                           struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "task '%s': no memory for its context",
                                context->task_name);
}

/* ---- touching ---- */

static uint64_t member_size(struct text key, const struct value *value)
{
    return json_text_size(key) + value_size(value) + MEMBER_PUNCTUATION;
}

/* Braces around members that each have a comma: one comma is too many, if there is any. */
static uint64_t object_size(uint64_t members_size)
{
    return members_size == 0 ? 2 : members_size + 1;
}

static enum cloacina_code touch(struct cloacina_context *context, struct cloacina_error *err)
{
    if (context->input != NULL) {
        return CLOACINA_OK;
    }
    const struct value *input = view_value(&context->arena, context->view);
    if (input == NULL) {
        return context_raise_no_memory(context, err);
    }
    if (value_size(input) > CLOACINA_CONTEXT_BYTES_MAX) {
        return cloacina_error_raise(err, CLOACINA_LIMIT,
                                    "task '%s': its context is larger than %d bytes",
                                    context->task_name, CLOACINA_CONTEXT_BYTES_MAX);
    }
    context->input = input;
    context->size = value_count(input) == 0 ? 0 : value_size(input) - 1;
    return CLOACINA_OK;
}

static enum cloacina_code key_check(const struct cloacina_context *context, const char *key,
                                    struct text *ret_key, struct cloacina_error *err)
{
    struct text text = text_of(key);
    if (text.length == 0) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "task '%s': context key is empty",
                                    context->task_name);
    }
    if (text.length > CLOACINA_CONTEXT_KEY_LENGTH_MAX) {
        return cloacina_error_raise(
            err, CLOACINA_LIMIT, "task '%s': context key of %zu bytes, at most %d",
            context->task_name, text.length, CLOACINA_CONTEXT_KEY_LENGTH_MAX);
    }
    if (!text_is_utf8(text)) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "task '%s': context key is not UTF-8",
                                    context->task_name);
    }
    *ret_key = text;
    return CLOACINA_OK;
}

/* What every call begins with. */
static enum cloacina_code context_enter(struct cloacina_context *context, const char *key,
                                        struct text *ret_key, struct cloacina_error *err)
{
    enum cloacina_code code = key_check(context, key, ret_key, err);
    return code == CLOACINA_OK ? touch(context, err) : code;
}

/* ---- changes ---- */

/* The place of a key in the hash table, or the free place where it belongs. */
static uint32_t *place_of(const struct cloacina_context *context, struct text key)
{
    size_t index = (size_t)hash_of(key.bytes, key.length, 0);
    for (;; index++) {
        uint32_t *place = &context->places[index & (context->place_count - 1)];
        if (*place == 0 || text_equal(context->changes[*place - 1].key, key)) {
            return place;
        }
    }
}

/* What was done to a key, NULL for nothing. */
static struct value_member *change_find(const struct cloacina_context *context, struct text key)
{
    uint32_t place = context->place_count == 0 ? 0 : *place_of(context, key);
    return place == 0 ? NULL : &context->changes[place - 1];
}

/* Makes the table twice as large before it is more than half full. */
static bool places_grow(struct cloacina_context *context)
{
    struct cloacina_heap *heap = context->arena.heap;
    if (2 * (context->change_count + 1) <= context->place_count) {
        return true;
    }
    size_t count = context->place_count == 0 ? 16 : 2 * context->place_count;
    uint32_t *places = heap_take_zeroed(heap, count, sizeof(*places));
    if (places == NULL) {
        return false;
    }
    heap_give(heap, context->places, context->place_count * sizeof(*places));
    context->places = places;
    context->place_count = count;
    for (size_t i = 0; i < context->change_count; i++) {
        *place_of(context, context->changes[i].key) = (uint32_t)(i + 1);
    }
    return true;
}

/* A change of a key that has none yet, without a value; NULL: no memory. */
static struct value_member *change_add(struct cloacina_context *context, struct text key)
{
    struct text kept = text_copy(&context->arena, key);
    if (kept.bytes == NULL || !places_grow(context) ||
        !heap_grow(context->arena.heap, &context->changes, &context->change_capacity,
                   context->change_count + 1, sizeof(struct value_member))) {
        return NULL;
    }
    uint32_t *place = place_of(context, kept);
    context->changes[context->change_count] = (struct value_member){.key = kept};
    *place = (uint32_t)++context->change_count;
    return &context->changes[context->change_count - 1];
}

static const struct value *value_now(const struct cloacina_context *context, struct text key)
{
    const struct value_member *change = change_find(context, key);
    return change != NULL ? change->value : value_object_get(context->input, key);
}

/* `value` lives in the arena; NULL removes. */
static enum cloacina_code change_put(struct cloacina_context *context, struct text key,
                                     const struct value *value, struct cloacina_error *err)
{
    const struct value *old = value_now(context, key);
    uint64_t size = context->size - (old == NULL ? 0 : member_size(key, old)) +
                    (value == NULL ? 0 : member_size(key, value));
    if (object_size(size) > CLOACINA_CONTEXT_BYTES_MAX) {
        return cloacina_error_raise(
            err, CLOACINA_LIMIT,
            "task '%s': context key '%s': its context would have more than %d bytes",
            context->task_name, key.bytes, CLOACINA_CONTEXT_BYTES_MAX);
    }
    struct value_member *change = change_find(context, key);
    change = change != NULL ? change : change_add(context, key);
    if (change == NULL) {
        return context_raise_no_memory(context, err);
    }
    change->value = value;
    context->size = size;
    return CLOACINA_OK;
}

/* ---- values ---- */

enum cloacina_code context_get_value(struct cloacina_context *context, const char *key,
                                     const struct value **ret_value, struct cloacina_error *err)
{
    struct text text = {NULL, 0};
    enum cloacina_code code = context_enter(context, key, &text, err);
    if (code == CLOACINA_OK) {
        *ret_value = value_now(context, text);
    }
    return code;
}

enum cloacina_code context_put(struct cloacina_context *context, const char *key,
                               const struct value *value, struct cloacina_error *err)
{
    struct text text = {NULL, 0};
    if (value == NULL) {
        return context_raise_no_memory(context, err);
    }
    enum cloacina_code code = context_enter(context, key, &text, err);
    if (code == CLOACINA_OK && value_depth(value) >= CLOACINA_CONTEXT_DEPTH_MAX) {
        return cloacina_error_raise(
            err, CLOACINA_LIMIT,
            "task '%s': context key '%s': its context would have more than %d levels",
            context->task_name, key, CLOACINA_CONTEXT_DEPTH_MAX);
    }
    return code == CLOACINA_OK ? change_put(context, text, value, err) : code;
}

enum cloacina_code context_set_value(struct cloacina_context *context, const char *key,
                                     const struct value *value, struct cloacina_error *err)
{
    return context_put(context, key, value_copy(&context->arena, value), err);
}

enum cloacina_code cloacina_context_remove(struct cloacina_context *context, const char *key,
                                           struct cloacina_error *err)
{
    struct text text = {NULL, 0};
    enum cloacina_code code = context_enter(context, key, &text, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (value_now(context, text) == NULL) {
        return cloacina_error_raise(
            err, CLOACINA_NOT_FOUND,
            "task '%s': context key '%s' is absent, so it cannot be removed", context->task_name,
            key);
    }
    return change_put(context, text, NULL, err);
}

/* ---- the whole ---- */

enum cloacina_code context_input_value(struct cloacina_context *context,
                                       const struct value **ret_value, struct cloacina_error *err)
{
    enum cloacina_code code = touch(context, err);
    if (code == CLOACINA_OK) {
        *ret_value = context->input;
    }
    return code;
}

/* Merges the members of the input and the changes, both ascending, into `ret_members`; returns how
 * many there are. */
static size_t members_merge(const struct value *input, const struct value_member *changes,
                            size_t change_count, struct value_member *ret_members)
{
    const struct value_member *old = value_members(input);
    const struct value_member *old_end = old + value_count(input);
    const struct value_member *change_end = changes + change_count;
    size_t count = 0;
    while (old < old_end || changes < change_end) {
        int order = old == old_end          ? 1
                    : changes == change_end ? -1
                                            : text_compare(old->key, changes->key);
        const struct value_member *member = order < 0 ? old : changes;
        if (member->value != NULL) {
            ret_members[count++] = *member;
        }
        old += order <= 0;
        changes += order >= 0;
    }
    return count;
}

enum cloacina_code context_output_value(struct cloacina_context *context,
                                        const struct value **ret_value, struct cloacina_error *err)
{
    enum cloacina_code code = touch(context, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct arena *arena = &context->arena;
    size_t change_count = context->change_count;
    struct value_member *changes = arena_take_zeroed(arena, change_count, sizeof(*changes));
    struct value_member *members =
        arena_take_zeroed(arena, value_count(context->input) + change_count, sizeof(*members));
    if (changes == NULL || members == NULL) {
        return context_raise_no_memory(context, err);
    }
    for (size_t i = 0; i < change_count; i++) {
        changes[i] = context->changes[i];
    }
    (void)value_members_sort(changes, change_count);
    size_t count = members_merge(context->input, changes, change_count, members);
    const struct value *output = value_object_borrow(arena, members, count);
    if (output == NULL) {
        return context_raise_no_memory(context, err);
    }
    *ret_value = output;
    return CLOACINA_OK;
}

/* Computes the delta in the context's own arena. */
static enum cloacina_code changes_compare(struct cloacina_context *context,
                                          const struct delta **ret_delta,
                                          struct cloacina_error *err)
{
    const struct value *output = NULL;
    enum cloacina_code code = context_output_value(context, &output, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = delta_compute(&context->arena, context->input, output, ret_delta, err);
    if (code != CLOACINA_OK && err != NULL) {
        (void)cloacina_error_wrap(err, "task '%s'", context->task_name);
    }
    return code;
}

enum cloacina_code context_delta(struct cloacina_context *context, struct arena *into,
                                 const struct delta **ret_delta, struct cloacina_error *err)
{
    if (context->has_failed) {
        return context_raise_no_memory(context, err);
    }
    const struct delta *delta = NULL;
    enum cloacina_code code =
        context->change_count == 0 ? CLOACINA_OK : changes_compare(context, &delta, err);
    if (code == CLOACINA_OK && !delta_is_empty(delta)) {
        const struct delta *copy = delta_copy(into, delta);
        if (copy == NULL) {
            return context_raise_no_memory(context, err);
        }
        *ret_delta = copy;
    } else if (code == CLOACINA_OK) {
        *ret_delta = NULL;
    }
    return code;
}
