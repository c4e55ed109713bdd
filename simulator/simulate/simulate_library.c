/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_library.c - a shared object: judged by what it calls, opened, asked what it declares.
 *
 * Law: a library is judged before any code of it runs. */
#include "simulate/simulate_source.h"

#include <string.h>

#include "cloacinactl/file.h"
#include "simulate/symbols.h"
#include "world/property.h"

enum { LIBRARY_BYTES_MAX = 1073741824 };

/* Says what the library calls behind the world's back. INVALID with --strict. */
static enum cloacina_code symbols_judge(const struct command_call *call,
                                        const struct simulate_options *options, const char *path,
                                        const struct symbols *symbols, struct cloacina_error *err)
{
    size_t found = 0;
    for (size_t i = 0; i < symbols->count; i++) {
        const char *advice = symbol_advice(symbols->names[i]);
        if (advice != NULL) {
            struct cloacina_error warning;
            (void)cloacina_error_set(&warning,
                                     "'%s' uses %.*s, which goes around the virtual world: %s",
                                     path, TEXT_PRINT(symbols->names[i]), advice);
            console_complain(call->console, call->command->name, "warning: ", warning.message);
            found++;
        }
    }
    if (found > 0 && options->is_strict) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "'%s' goes around the virtual world (%zu of its symbols), "
                                    "and --strict was given",
                                    path, found);
    }
    return CLOACINA_OK;
}

static enum cloacina_code judge(const struct command_call *call,
                                const struct simulate_options *options, const char *path,
                                struct cloacina_error *err)
{
    struct file file;
    struct symbols symbols;
    enum cloacina_code code = file_read(call->heap, path, LIBRARY_BYTES_MAX, &file, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = symbols_read(call->heap, file_text(&file), &symbols, err);
    if (code == CLOACINA_OK) {
        code = symbols_judge(call, options, path, &symbols, err);
        symbols_finish(&symbols);
    } else {
        code = cloacina_error_wrap(err, "'%s'", path);
    }
    file_finish(&file);
    return code;
}

/* Whatever keeps a library from being used is wrong input, not a failure of the machine. */
static enum cloacina_code wrong_input(struct cloacina_error *err)
{
    if (err->code == CLOACINA_IO) {
        err->code = CLOACINA_INVALID;
    }
    return err->code;
}

enum cloacina_code library_read(const struct command_call *call,
                                const struct simulate_options *options, const char *path,
                                struct registry *registry, struct cloacina_error *err)
{
    enum cloacina_code code = judge(call, options, path, err);
    if (code == CLOACINA_OK && registry_open_library(registry, path, err) != CLOACINA_OK) {
        code = wrong_input(err);
    }
    return code;
}

typedef int properties_declared(const struct cloacina_property *const **ret_properties,
                                size_t *ret_count);

enum cloacina_code properties_take(struct simulate_source *source, bool is_library,
                                   struct cloacina_error *err)
{
    properties_declared *declared = cloacina_properties_declared;
    if (is_library) {
        void *symbol = registry_library_symbol(&source->registry, "cloacina_properties_declared");
        /* POSIX promises what ISO C does not: a pointer is a pointer. */
        memcpy(&declared, &symbol, sizeof(declared));
    }
    const char *workflow = cloacina_workflow_name(source->workflow);
    source->property_count =
        declared == NULL ? 0 : properties_of(workflow, declared, source->properties);
    if (source->property_count > CLOACINA_WORLD_PROPERTIES_MAX) {
        source->property_count = 0;
        return cloacina_error_raise(err, CLOACINA_LIMIT, "'%s' has more than %d properties",
                                    workflow, CLOACINA_WORLD_PROPERTIES_MAX);
    }
    return CLOACINA_OK;
}
