/* SPDX-License-Identifier: Apache-2.0 */
/* registry.h - the workflows whose bodies this process has.
 *
 *   CLOACINA_WORKFLOW in this program --registry_add_declared--+
 *   a definition by pointer ------------registry_add-----------+
 *   a builder --------------------------registry_add_workflow--+--> registry
 *   a shared object --------------------registry_open_library--+        |
 *                      bodies for a stored definition <--registry_bind--+
 *
 * Laws: there is no global registry, whoever runs workflows owns one. The key is (tenant, package,
 * workflow). Everything is listed by name, never in link order. Filled first, then only read:
 * reading is free for all threads, adding is not. */
#ifndef REGISTRY_REGISTRY_H
#define REGISTRY_REGISTRY_H

#include <stddef.h>

#include <cloacina/workflow.h>

#include "base/heap.h"
#include "base/text.h"
#include "executor/bodies.h"
#include "workflow/bodies.h"
#include "workflow/workflow.h"

/* Owned by the caller. */
struct registry {
    struct body_source bodies;  /* first: what a runner is given */
    struct cloacina_heap *heap; /* Borrowed */
    /* Owned references, sorted by tenant, package, name; read freely. */
    struct cloacina_workflow **workflows;
    size_t count;
    size_t capacity;
    void **libraries; /* private: handles of what registry_open_library opened */
    size_t library_count;
    size_t library_capacity;
};

void registry_init(struct registry *registry, struct cloacina_heap *heap); /* NULL: system heap */

/* Also closes the libraries: no body of them may run any more, and no workflow of them may be
 * held. */
void registry_finish(struct registry *registry);

/* Builds and adds what a macro declared. Errors of building, or EXISTS: "workflow 'shop' is already
 * registered (shop.c:20)". Adding the very same definition again is allowed and does nothing. */
enum cloacina_code registry_add(struct registry *registry,
                                const struct cloacina_workflow_definition *definition,
                                struct cloacina_error *err) MUST_CHECK;

/* Adds a built workflow; takes a reference of its own. EXISTS as above. */
enum cloacina_code registry_add_workflow(struct registry *registry,
                                         struct cloacina_workflow *workflow,
                                         struct cloacina_error *err) MUST_CHECK;

/* Adds all that a program or library declares; pass `cloacina_workflows_declared` for your own. On
 * an error nothing was added. INVALID: built for another version of authoring.h. `*ret_count` (may
 * be NULL) is how many. */
enum cloacina_code registry_add_declared(
    struct registry *registry,
    int (*declared)(const struct cloacina_workflow_definition *const **, size_t *),
    size_t *ret_count, struct cloacina_error *err) MUST_CHECK;

/* Opens a shared object and adds what it declares; it stays open until registry_finish. IO: it
 * cannot be opened; INVALID: there are no workflows in it, or it was built for another version of
 * authoring.h. */
enum cloacina_code registry_open_library(struct registry *registry, const char *path,
                                         struct cloacina_error *err) MUST_CHECK;

/* The address of a symbol of the library that was opened last; NULL: none, or no such symbol. */
void *registry_library_symbol(const struct registry *registry, const char *name);

/* NULL: there is none. */
struct cloacina_workflow *registry_get(const struct registry *registry, struct text tenant,
                                       struct text package, struct text name);

/* By what a person types: "shop", or "tenant::package::shop". NOT_FOUND with a suggestion; INVALID:
 * several have this short name (the message lists them). Borrowed from the registry. */
enum cloacina_code registry_find_workflow(const struct registry *registry, struct text name,
                                          struct cloacina_workflow **ret_workflow,
                                          struct cloacina_error *err) MUST_CHECK;

/* The bodies that this process has for a definition, wherever that came from: the `bind` of its
 * body_source. Costs nothing when the registered definition is the same. False: no memory. */
bool registry_bind(const struct registry *registry, const struct workflow *workflow,
                   struct body_set *ret_bodies) MUST_CHECK;

#endif
