/* SPDX-License-Identifier: Apache-2.0 */
/* library.h - shared objects, behind few calls; the only place of the engine that loads code. */
#ifndef REGISTRY_LIBRARY_H
#define REGISTRY_LIBRARY_H

#include <cloacina/authoring.h>

#include "base/heap.h"

/* Loads the file `path`; a name without '/' is a file of the current directory, not of the search
 * path. Its symbols stay its own. IO: "there is no such file", or what the loader said. */
enum cloacina_code library_open(struct cloacina_heap *heap, const char *path, void **ret_library,
                                struct cloacina_error *err) MUST_CHECK;
void library_close(void *library);

/* The address of what it calls so; NULL: there is none. */
void *library_symbol(void *library, const char *name);

/* Its cloacina_workflows_declared(); NULL: it has none. */
int (*library_declared(void *library))(const struct cloacina_workflow_definition *const **,
                                       size_t *);

#endif
