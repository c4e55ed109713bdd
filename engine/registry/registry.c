/* SPDX-License-Identifier: Apache-2.0 */
/* registry.c - workflows sorted by their full name, and the bodies behind a definition.
 *
 * Law: the result of filling a registry does not depend on the order in which it was filled. */
#include "registry/registry.h"

#include <string.h>

#include "registry/library.h"
#include "workflow/similar.h"

struct key {
    struct text tenant;
    struct text package;
    struct text name;
};

static struct key key_of(const struct workflow *workflow)
{
    return (struct key){
        .tenant = workflow->tenant, .package = workflow->package, .name = workflow->name};
}

static int key_compare(struct key a, struct key b)
{
    int order = text_compare(a.tenant, b.tenant);
    if (order == 0) {
        order = text_compare(a.package, b.package);
    }
    return order != 0 ? order : text_compare(a.name, b.name);
}

/* ---- life ---- */

/* ---- what a runner asks ---- */

static struct cloacina_workflow *const *source_list(const struct body_source *source,
                                                    size_t *ret_count)
{
    const struct registry *registry = (const struct registry *)source;
    *ret_count = registry->count;
    return registry->workflows;
}

static bool source_bind(const struct body_source *source, const struct workflow *workflow,
                        struct body_set *ret_bodies)
{
    return registry_bind((const struct registry *)source, workflow, ret_bodies);
}

static const struct body_source_impl source_impl = {.list = source_list, .bind = source_bind};

void registry_init(struct registry *registry, struct cloacina_heap *heap)
{
    *registry = (struct registry){
        .bodies = {&source_impl},
        .heap = heap != NULL ? heap : cloacina_heap_system(),
    };
}

void registry_finish(struct registry *registry)
{
    for (size_t i = 0; i < registry->count; i++) {
        cloacina_workflow_unref(registry->workflows[i]);
    }
    heap_give(registry->heap, registry->workflows,
              registry->capacity * sizeof(registry->workflows[0]));
    while (registry->library_count > 0) {
        library_close(registry->libraries[--registry->library_count]);
    }
    heap_give(registry->heap, registry->libraries,
              registry->library_capacity * sizeof(registry->libraries[0]));
    registry_init(registry, registry->heap);
}

/* ---- adding ---- */

/* Where the key is, or belongs: the number of smaller keys. */
static size_t place_of(const struct registry *registry, struct key key)
{
    size_t low = 0;
    size_t high = registry->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (key_compare(key_of(registry->workflows[middle]->definition), key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static struct cloacina_workflow *get(const struct registry *registry, struct key key)
{
    size_t place = place_of(registry, key);
    bool found = place < registry->count &&
                 key_compare(key_of(registry->workflows[place]->definition), key) == 0;
    return found ? registry->workflows[place] : NULL;
}

/* The same structure and the same code: one declaration, built twice. */
static bool is_same(const struct cloacina_workflow *a, const struct cloacina_workflow *b)
{
    if (!hash128_equal(a->definition->hash, b->definition->hash)) {
        return false;
    }
    for (uint32_t i = 0; i < a->definition->task_count; i++) {
        if (a->bodies[i].run != b->bodies[i].run || a->bodies[i].user != b->bodies[i].user) {
            return false;
        }
    }
    return true;
}

/* OK: it may be added, or it is there and the same. */
static enum cloacina_code conflict_check(const struct registry *registry,
                                         const struct cloacina_workflow *workflow,
                                         struct cloacina_error *err)
{
    const struct cloacina_workflow *there = get(registry, key_of(workflow->definition));
    if (there == NULL || is_same(there, workflow)) {
        return CLOACINA_OK;
    }
    struct text name = workflow->definition->name;
    if (there->file == NULL) {
        return cloacina_error_raise(err, CLOACINA_EXISTS, "workflow '%.*s' is already registered",
                                    TEXT_PRINT(name));
    }
    return cloacina_error_raise(err, CLOACINA_EXISTS,
                                "workflow '%.*s' is already registered (%s:%d)", TEXT_PRINT(name),
                                there->file, there->line);
}

/* There is room, and no conflict. */
static void insert(struct registry *registry, struct cloacina_workflow *workflow)
{
    struct key key = key_of(workflow->definition);
    if (get(registry, key) != NULL) {
        return;
    }
    size_t place = place_of(registry, key);
    memmove(&registry->workflows[place + 1], &registry->workflows[place],
            (registry->count - place) * sizeof(registry->workflows[0]));
    registry->workflows[place] = cloacina_workflow_ref(workflow);
    registry->count++;
}

static enum cloacina_code reserve(struct registry *registry, size_t more,
                                  struct cloacina_error *err)
{
    if (!heap_grow(registry->heap, &registry->workflows, &registry->capacity,
                   registry->count + more, sizeof(registry->workflows[0]))) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "registry: no memory");
    }
    return CLOACINA_OK;
}

enum cloacina_code registry_add_workflow(struct registry *registry,
                                         struct cloacina_workflow *workflow,
                                         struct cloacina_error *err)
{
    enum cloacina_code code = conflict_check(registry, workflow, err);
    if (code == CLOACINA_OK) {
        code = reserve(registry, 1, err);
    }
    if (code == CLOACINA_OK) {
        insert(registry, workflow);
    }
    return code;
}

enum cloacina_code registry_add(struct registry *registry,
                                const struct cloacina_workflow_definition *definition,
                                struct cloacina_error *err)
{
    struct cloacina_workflow *workflow;
    enum cloacina_code code =
        cloacina_workflow_build_definition(definition, registry->heap, &workflow, err);
    if (code == CLOACINA_OK) {
        code = registry_add_workflow(registry, workflow, err);
        cloacina_workflow_unref(workflow);
    }
    return code;
}

/* ---- adding a whole list ---- */

/* Of several wrong definitions the same one is reported whatever the link order. */
static int definition_compare(const struct cloacina_workflow_definition *a,
                              const struct cloacina_workflow_definition *b)
{
    int order = text_compare(text_of(a->name), text_of(b->name));
    if (order == 0) {
        order = text_compare(text_of(a->file), text_of(b->file));
    }
    return order != 0 ? order : (a->line > b->line) - (a->line < b->line);
}

/* Insertion sort: a program declares tens of workflows, not thousands. */
static void definitions_sort(const struct cloacina_workflow_definition **sorted,
                             const struct cloacina_workflow_definition *const *declared,
                             size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t place = i;
        while (place > 0 && definition_compare(declared[i], sorted[place - 1]) < 0) {
            sorted[place] = sorted[place - 1];
            place--;
        }
        sorted[place] = declared[i];
    }
}

/* Builds the whole list beside the registry. */
static enum cloacina_code stage(struct registry *staged,
                                const struct cloacina_workflow_definition *const *declared,
                                size_t count, struct cloacina_error *err)
{
    const struct cloacina_workflow_definition **sorted =
        heap_take(staged->heap, count * sizeof(*sorted));
    if (sorted == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "registry: no memory");
    }
    definitions_sort(sorted, declared, count);
    enum cloacina_code code = CLOACINA_OK;
    for (size_t i = 0; i < count && code == CLOACINA_OK; i++) {
        code = registry_add(staged, sorted[i], err);
    }
    heap_give(staged->heap, sorted, count * sizeof(*sorted));
    return code;
}

/* Adds all of `staged` or nothing. */
static enum cloacina_code move_in(struct registry *registry, const struct registry *staged,
                                  struct cloacina_error *err)
{
    enum cloacina_code code = reserve(registry, staged->count, err);
    for (size_t i = 0; i < staged->count && code == CLOACINA_OK; i++) {
        code = conflict_check(registry, staged->workflows[i], err);
    }
    for (size_t i = 0; i < staged->count && code == CLOACINA_OK; i++) {
        insert(registry, staged->workflows[i]);
    }
    return code;
}

enum cloacina_code registry_add_declared(
    struct registry *registry,
    int (*declared)(const struct cloacina_workflow_definition *const **, size_t *),
    size_t *ret_count, struct cloacina_error *err)
{
    const struct cloacina_workflow_definition *const *definitions;
    size_t count;
    int abi = declared(&definitions, &count);
    if (abi != CLOACINA_AUTHORING_ABI) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "built for version %d of cloacina/authoring.h, wanted %d", abi,
                                    CLOACINA_AUTHORING_ABI);
    }
    struct registry staged;
    registry_init(&staged, registry->heap);
    enum cloacina_code code = stage(&staged, definitions, count, err);
    if (code == CLOACINA_OK) {
        code = move_in(registry, &staged, err);
    }
    registry_finish(&staged);
    if (code == CLOACINA_OK && ret_count != NULL) {
        *ret_count = count;
    }
    return code;
}

/* ---- libraries ---- */

static enum cloacina_code library_add(struct registry *registry, void *library,
                                      struct cloacina_error *err)
{
    int (*declared)(const struct cloacina_workflow_definition *const **, size_t *) =
        library_declared(library);
    if (declared == NULL) {
        return cloacina_error_raise(
            err, CLOACINA_INVALID,
            "does not include cloacina/authoring.h: there are no workflows in it");
    }
    size_t count = 0;
    enum cloacina_code code = registry_add_declared(registry, declared, &count, err);
    if (code == CLOACINA_OK && count == 0) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "declares no workflows with CLOACINA_WORKFLOW");
    }
    return code;
}

enum cloacina_code registry_open_library(struct registry *registry, const char *path,
                                         struct cloacina_error *err)
{
    if (!heap_grow(registry->heap, &registry->libraries, &registry->library_capacity,
                   registry->library_count + 1, sizeof(registry->libraries[0]))) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "library '%s': no memory", path);
    }
    void *library;
    enum cloacina_code code = library_open(registry->heap, path, &library, err);
    if (code == CLOACINA_OK) {
        code = library_add(registry, library, err);
        if (code == CLOACINA_OK) {
            registry->libraries[registry->library_count++] = library;
            return CLOACINA_OK;
        }
        library_close(library);
    }
    if (err != NULL) {
        (void)cloacina_error_wrap(err, "library '%s'", path);
    }
    return code;
}

/* ---- looking up ---- */

void *registry_library_symbol(const struct registry *registry, const char *name)
{
    size_t count = registry->library_count;
    return count == 0 ? NULL : library_symbol(registry->libraries[count - 1], name);
}

struct cloacina_workflow *registry_get(const struct registry *registry, struct text tenant,
                                       struct text package, struct text name)
{
    return get(registry, (struct key){.tenant = tenant, .package = package, .name = name});
}

/* Cuts `name` at its first "::". False: there is none. */
static bool separator_split(struct text name, struct text *ret_first, struct text *ret_rest)
{
    for (size_t i = 0; i + 1 < name.length; i++) {
        if (name.bytes[i] == ':' && name.bytes[i + 1] == ':') {
            *ret_first = (struct text){.bytes = name.bytes, .length = i};
            *ret_rest = (struct text){.bytes = name.bytes + i + 2, .length = name.length - i - 2};
            return true;
        }
    }
    return false;
}

/* The one with this short name; `*ret_matches` says how many there are. */
static struct cloacina_workflow *short_find(const struct registry *registry, struct text name,
                                            size_t *ret_matches)
{
    struct cloacina_workflow *found = NULL;
    *ret_matches = 0;
    for (size_t i = 0; i < registry->count; i++) {
        if (text_equal(registry->workflows[i]->definition->name, name)) {
            found = registry->workflows[i];
            (*ret_matches)++;
        }
    }
    return found;
}

static enum cloacina_code ambiguous_raise(const struct registry *registry, struct text name,
                                          struct cloacina_error *err)
{
    struct text_builder list;
    text_builder_init(&list, registry->heap);
    for (size_t i = 0; i < registry->count; i++) {
        const struct workflow *workflow = registry->workflows[i]->definition;
        if (text_equal(workflow->name, name)) {
            text_builder_print(&list, "%s'%.*s::%.*s::%.*s'", list.length == 0 ? "" : ", ",
                               TEXT_PRINT(workflow->tenant), TEXT_PRINT(workflow->package),
                               TEXT_PRINT(workflow->name));
        }
    }
    enum cloacina_code code =
        cloacina_error_raise(err, CLOACINA_INVALID, "several workflows are called '%.*s': %s",
                             TEXT_PRINT(name), text_builder_terminated(&list));
    text_builder_finish(&list);
    return code;
}

static enum cloacina_code unknown_raise(const struct registry *registry, struct text name,
                                        struct cloacina_error *err)
{
    struct similar similar;
    similar_init(&similar, name);
    for (size_t i = 0; i < registry->count; i++) {
        similar_offer(&similar, registry->workflows[i]->definition->name);
    }
    return cloacina_error_raise(err, CLOACINA_NOT_FOUND, "there is no workflow '%.*s'%s",
                                TEXT_PRINT(name), similar_question(&similar));
}

enum cloacina_code registry_find_workflow(const struct registry *registry, struct text name,
                                          struct cloacina_workflow **ret_workflow,
                                          struct cloacina_error *err)
{
    struct key key;
    struct text rest;
    struct cloacina_workflow *found;
    size_t matches = 1;
    if (separator_split(name, &key.tenant, &rest) &&
        separator_split(rest, &key.package, &key.name)) {
        found = get(registry, key);
    } else {
        found = short_find(registry, name, &matches);
    }
    if (found == NULL) {
        return unknown_raise(registry, name, err);
    }
    if (matches > 1) {
        return ambiguous_raise(registry, name, err);
    }
    *ret_workflow = found;
    return CLOACINA_OK;
}

/* ---- bodies for a definition ---- */

/* By name: the definition may be older or newer than what this process has. */
static void bodies_match(struct task_body *bodies, const struct workflow *wanted,
                         const struct cloacina_workflow *there)
{
    for (uint32_t i = 0; i < wanted->task_count; i++) {
        uint32_t task;
        if (workflow_index(there->definition, workflow_task_name(wanted, i), &task)) {
            bodies[i] = there->bodies[task];
        }
    }
}

bool registry_bind(const struct registry *registry, const struct workflow *workflow,
                   struct body_set *ret_bodies)
{
    struct body_set bodies = {.count = workflow->task_count, .heap = registry->heap};
    const struct cloacina_workflow *there = get(registry, key_of(workflow));
    if (there != NULL && hash128_equal(there->definition->hash, workflow->hash)) {
        bodies.tasks = there->bodies;
    } else {
        bodies.owned =
            heap_take_zeroed(registry->heap, workflow->task_count, sizeof(bodies.owned[0]));
        if (bodies.owned == NULL) {
            return false;
        }
        if (there != NULL) {
            bodies_match(bodies.owned, workflow, there);
        }
        bodies.tasks = bodies.owned;
    }
    for (uint32_t i = 0; i < bodies.count; i++) {
        bodies.missing += bodies.tasks[i].run == NULL;
    }
    *ret_bodies = bodies;
    return true;
}
