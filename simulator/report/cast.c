/* SPDX-License-Identifier: Apache-2.0 */
/* cast.c - one look at every tale.
 *
 * Law: the table of roles is for finding them; their order is that of the tales. */
#include "report/cast.h"

#include <string.h>

#include "base/hash.h"

static struct id id_of(const struct tale *tale)
{
    return (struct id){
        .high = hash_of(tale->task.bytes, tale->task.length, 0),
        .low = hash_of(tale->task.bytes, tale->task.length, (uint64_t)tale->run + 1),
    };
}

static struct role *role_of(struct cast *cast, const struct tale *tale)
{
    struct id id = id_of(tale);
    struct role *role = id_map_get(&cast->roles, id);
    if (role != NULL) {
        return role;
    }
    role = arena_take_zeroed(&cast->arena, 1, sizeof(*role));
    if (role == NULL || !id_map_put(&cast->roles, id, role)) {
        return NULL;
    }
    role->run = tale->run;
    role->task = tale->task;
    *(cast->last == NULL ? &cast->first : &cast->last->next) = role;
    cast->last = role;
    return role;
}

bool fault_is_soft(const struct tale *tale)
{
    return tale->kind == TALE_FAULT &&
           (tale->decision == NULL || tale->decision->choice.fault == FAULT_POSTPONE ||
            tale->decision->choice.fault == FAULT_NUMBER);
}

static bool text_has_word(struct text text, struct text word, bool is_quoted)
{
    for (size_t at = 0; at + word.length <= text.length; at++) {
        size_t end = at + word.length;
        if (memcmp(text.bytes + at, word.bytes, word.length) == 0 &&
            (!is_quoted || (at > 0 && text.bytes[at - 1] == '\'' && end < text.length &&
                            text.bytes[end] == '\''))) {
            return true;
        }
    }
    return false;
}

/* Does the finding speak of it? */
static bool finding_has(const struct search_finding *finding, struct text word, bool is_quoted)
{
    return word.length > 0 && (text_has_word(text_of(finding->message), word, is_quoted) ||
                               text_has_word(text_of(finding->name), word, is_quoted));
}

/* Does the tale alone make its task matter? */
static bool is_telling(const struct tale *tale, const struct search_finding *finding)
{
    switch (tale->kind) {
    case TALE_STARTED:
        return tale->attempt > 1;
    case TALE_RETURNED:
        return tale->code != CLOACINA_OK && tale->code != CLOACINA_CRASHED;
    case TALE_EFFECT:
        return tale->count > 1 || (finding != NULL && finding_has(finding, tale->text, false));
    case TALE_FAULT:
        return !fault_is_soft(tale);
    case TALE_FAILED:
    case TALE_RETRY:
    case TALE_LOST:
    case TALE_HANDED_BACK:
    case TALE_ABANDONED:
    case TALE_TIMED_OUT:
        return true;
    case TALE_SUBMITTED:
    case TALE_EXECUTION:
    case TALE_COMPLETED:
    case TALE_SKIPPED:
    case TALE_DEFERRED:
    case TALE_RESUMED:
    case TALE_DIED:
    case TALE_BEGAN:
    case TALE_STOPPED:
    case TALE_FROZEN:
    case TALE_THAWED:
    case TALE_DEPLOYED:
    case TALE_FENCED:
    case TALE_BURIED:
    case TALE_COMMAND:
        break;
    }
    return false;
}

static void role_learn(struct role *role, const struct tale *tale,
                       const struct search_finding *finding)
{
    role->matters = role->matters || is_telling(tale, finding);
    if (tale->kind == TALE_STARTED) {
        role->key = tale->text;
        role->runner = tale->runner;
        role->bodies++;
    } else if (tale->kind == TALE_RETURNED && role->bodies > 0) {
        role->bodies--;
    } else if (tale->kind == TALE_EFFECT && tale->other.length > 0) {
        role->uses_key = role->uses_key || text_equal(tale->other, role->key);
    }
}

/* The process came to an end, or to a stop, while bodies were under way. */
static bool ends_in_body(const struct search_finding *finding)
{
    static const char *const ids[] = {"crash", "hang", "assertion", "I-07"};
    for (size_t i = 0; i < ARRAY_COUNT(ids); i++) {
        if (strcmp(finding->id, ids[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void roles_judge(struct cast *cast, const struct search_finding *finding)
{
    bool anybody = false;
    for (struct role *role = cast->first; role != NULL; role = role->next) {
        if (finding != NULL && !role->matters) {
            role->matters = (role->bodies > 0 && ends_in_body(finding)) ||
                            finding_has(finding, role->task, true);
        }
        anybody = anybody || role->matters;
    }
    for (struct role *role = cast->first; role != NULL && !anybody; role = role->next) {
        role->matters = true;
    }
}

bool cast_init(struct cast *cast, const struct tales *tales, const struct search_finding *finding,
               struct cloacina_heap *heap)
{
    *cast = (struct cast){.first = NULL};
    arena_init(&cast->arena, heap);
    id_map_init(&cast->roles, cast->arena.heap);
    for (size_t i = 0; i < tales->count; i++) {
        const struct tale *tale = &tales->list[i];
        cast->has_runs = cast->has_runs || tale->run > 1;
        if (tale->task.length == 0) {
            continue;
        }
        struct role *role = role_of(cast, tale);
        if (role == NULL) {
            return false;
        }
        role_learn(role, tale, finding);
    }
    roles_judge(cast, finding);
    return true;
}

void cast_finish(struct cast *cast)
{
    id_map_finish(&cast->roles);
    arena_finish(&cast->arena);
}

const struct role *cast_find(const struct cast *cast, const struct tale *tale)
{
    return tale->task.length == 0 ? NULL : id_map_get(&cast->roles, id_of(tale));
}
