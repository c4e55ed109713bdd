/* SPDX-License-Identifier: Apache-2.0 */
/* library.c - dlopen and its traps.
 *
 * Law: RTLD_LOCAL, so that two libraries may have functions of the same name; RTLD_NOW, so that a
 * missing function is told here and not in the middle of a run. */
#include "registry/library.h"

#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

/* The loader's text names the file once more: "./shop.so: invalid ELF header". */
static const char *loader_reason(const char *path)
{
    const char *reason = dlerror();
    if (reason == NULL) {
        return "the loader does not say why";
    }
    size_t length = strlen(path);
    bool names_path = strncmp(reason, path, length) == 0 && strncmp(reason + length, ": ", 2) == 0;
    return names_path ? reason + length + 2 : reason;
}

static enum cloacina_code path_open(const char *path, void **ret_library,
                                    struct cloacina_error *err)
{
    if (access(path, F_OK) != 0) {
        return cloacina_error_raise(err, CLOACINA_IO, "there is no such file");
    }
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        return cloacina_error_raise(err, CLOACINA_IO, "%s", loader_reason(path));
    }
    *ret_library = library;
    return CLOACINA_OK;
}

enum cloacina_code library_open(struct cloacina_heap *heap, const char *path, void **ret_library,
                                struct cloacina_error *err)
{
    if (strchr(path, '/') != NULL) {
        return path_open(path, ret_library, err);
    }
    struct text_builder local;
    text_builder_init(&local, heap);
    text_builder_print(&local, "./%s", path);
    enum cloacina_code code = local.failed
                                  ? cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory")
                                  : path_open(text_builder_terminated(&local), ret_library, err);
    text_builder_finish(&local);
    return code;
}

void library_close(void *library)
{
    (void)dlclose(library);
}

void *library_symbol(void *library, const char *name)
{
    return dlsym(library, name);
}

int (*library_declared(void *library))(const struct cloacina_workflow_definition *const **,
                                       size_t *)
{
    int (*declared)(const struct cloacina_workflow_definition *const **, size_t *) = NULL;
    void *symbol = library_symbol(library, "cloacina_workflows_declared");
    /* POSIX promises what ISO C does not: a pointer is a pointer. */
    memcpy(&declared, &symbol, sizeof(declared));
    return declared;
}
