/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_source.c - finds the workflow.
 *
 * Law: exactly one source is named, and a name means the same whatever lies in the current folder:
 * a built-in workflow goes before a file. */
#include "simulate/simulate_source.h"

#include <string.h>

#include "cloacinactl/file.h"
#include "workload/generate.h"
#include "simulate/symbols.h"
#include "workload/wfformat.h"

enum { LIBRARY_BYTES_MAX = 1073741824 };

void source_close(const struct command_call *call, struct source *source)
{
    cloacina_workflow_unref(source->workflow);
    heap_give(call->heap, source->costs_ns, source->costs_count * sizeof(*source->costs_ns));
    if (source->has_registry) {
        registry_finish(&source->registry);
    }
    *source = (struct source){.workflow = NULL};
}

/* ---- workloads ---- */

/* Takes over what the workload says; the workload itself is not needed any more. */
static enum cloacina_code workload_take(const struct command_call *call,
                                        const struct workload *workload, struct source *source,
                                        struct cloacina_error *err)
{
    source->costs_count = workload->task_count;
    source->costs_ns =
        heap_take_zeroed(call->heap, workload->task_count, sizeof(*source->costs_ns));
    if (source->costs_ns == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for the costs");
    }
    source->cost_total_ns = workload_cost_ns(workload);
    return workload_build(workload, call->heap, &source->workflow, source->costs_ns, err);
}

static enum cloacina_code formula_open(const struct command_call *call, const char *formula,
                                       struct source *source, struct cloacina_error *err)
{
    struct workload workload;
    workload_init(&workload, call->heap);
    enum cloacina_code code = generate(text_of(formula), &workload, err);
    if (code == CLOACINA_OK) {
        code = workload_take(call, &workload, source, err);
    } else {
        code = cloacina_error_wrap(err, "option '--generate'");
    }
    workload_finish(&workload);
    return code;
}

static enum cloacina_code recording_open(const struct command_call *call, const char *path,
                                         struct source *source, struct cloacina_error *err)
{
    struct file file;
    struct workload workload;
    enum cloacina_code code = file_read(call->heap, path, WFFORMAT_BYTES_MAX, &file, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    workload_init(&workload, call->heap);
    code = wfformat_read(file_text(&file), path, &workload, err);
    file_finish(&file);
    if (code == CLOACINA_OK) {
        code = workload_take(call, &workload, source, err);
    }
    workload_finish(&workload);
    return code;
}

/* ---- workflows with bodies ---- */

/* Says what the library calls behind the world's back. INVALID with --strict. */
static enum cloacina_code symbols_judge(const struct command_call *call,
                                        const struct simulate_options *options,
                                        const struct symbols *symbols, struct cloacina_error *err)
{
    size_t found = 0;
    for (size_t i = 0; i < symbols->count; i++) {
        const char *advice = symbol_advice(symbols->names[i]);
        if (advice != NULL) {
            struct cloacina_error warning;
            (void)cloacina_error_set(&warning,
                                     "'%s' uses %.*s, which goes around the virtual world: %s",
                                     options->library, TEXT_PRINT(symbols->names[i]), advice);
            console_complain(call->console, call->command->name, "warning: ", warning.message);
            found++;
        }
    }
    if (found > 0 && options->is_strict) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "'%s' goes around the virtual world (%zu of its symbols), "
                                    "and --strict was given",
                                    options->library, found);
    }
    return CLOACINA_OK;
}

static enum cloacina_code library_judge(const struct command_call *call,
                                        const struct simulate_options *options,
                                        struct cloacina_error *err)
{
    struct file file;
    struct symbols symbols;
    enum cloacina_code code =
        file_read(call->heap, options->library, LIBRARY_BYTES_MAX, &file, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = symbols_read(call->heap, file_text(&file), &symbols, err);
    if (code == CLOACINA_OK) {
        code = symbols_judge(call, options, &symbols, err);
        symbols_finish(&symbols);
    } else {
        code = cloacina_error_wrap(err, "'%s'", options->library);
    }
    file_finish(&file);
    return code;
}

/* Whatever keeps a library from being used is wrong input, not a failure of the machine. */
static enum cloacina_code library_open_error(struct cloacina_error *err)
{
    if (err->code == CLOACINA_IO) {
        err->code = CLOACINA_INVALID;
    }
    return err->code;
}

enum cloacina_code source_open_registry(const struct command_call *call,
                                        const struct simulate_options *options,
                                        struct source *ret_source, struct cloacina_error *err)
{
    struct source source = {.has_registry = true};
    enum cloacina_code code;
    registry_init(&source.registry, call->heap);
    if (options->library == NULL) {
        code = registry_add_declared(&source.registry, cloacina_workflows_declared, NULL, err);
    } else {
        code = library_judge(call, options, err);
        if (code == CLOACINA_OK &&
            registry_open_library(&source.registry, options->library, err) != CLOACINA_OK) {
            code = library_open_error(err);
        }
    }
    if (code != CLOACINA_OK) {
        source_close(call, &source);
        return code;
    }
    *ret_source = source;
    return CLOACINA_OK;
}

static enum cloacina_code name_open(const struct simulate_options *options, struct source *source,
                                    struct cloacina_error *err)
{
    struct cloacina_workflow *workflow;
    enum cloacina_code code =
        registry_find_workflow(&source->registry, text_of(options->workflow), &workflow, err);
    if (code == CLOACINA_OK) {
        source->workflow = cloacina_workflow_ref(workflow);
    }
    return code;
}

static bool looks_like_path(const char *word)
{
    return strchr(word, '/') != NULL || strchr(word, '.') != NULL;
}

/* A name of a built-in workflow, or else a file. */
static enum cloacina_code word_open(const struct command_call *call,
                                    const struct simulate_options *options, struct source *source,
                                    struct cloacina_error *err)
{
    enum cloacina_code code = name_open(options, source, err);
    if (code != CLOACINA_NOT_FOUND || options->library != NULL) {
        return code;
    }
    struct cloacina_error other;
    code = recording_open(call, options->workflow, source, &other);
    if (code != CLOACINA_OK && (code != CLOACINA_NOT_FOUND || looks_like_path(options->workflow))) {
        *err = other;
    } else if (code != CLOACINA_OK) {
        other = *err;
        (void)cloacina_error_raise(err, code, "'%s' is no file, and %s", options->workflow,
                                   other.message);
    }
    return code;
}

static enum cloacina_code sources_count_check(const struct simulate_options *options,
                                              struct cloacina_error *err)
{
    if (options->workflow == NULL && options->generate == NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "a WORKFLOW is missing: a WfFormat file, a name (--list shows "
                                    "them), or --generate FORMULA");
    }
    if (options->generate != NULL && (options->workflow != NULL || options->library != NULL)) {
        return cloacina_error_raise(
            err, CLOACINA_INVALID, "'%s' and --generate are two sources; one is wanted",
            options->workflow != NULL ? options->workflow : options->library);
    }
    return CLOACINA_OK;
}

enum cloacina_code source_open(const struct command_call *call,
                               const struct simulate_options *options, struct source *ret_source,
                               struct cloacina_error *err)
{
    struct source source = {.workflow = NULL};
    enum cloacina_code code = sources_count_check(options, err);
    if (code == CLOACINA_OK && options->generate != NULL) {
        code = formula_open(call, options->generate, &source, err);
    } else if (code == CLOACINA_OK) {
        code = source_open_registry(call, options, &source, err);
        if (code == CLOACINA_OK) {
            code = word_open(call, options, &source, err);
        }
    }
    if (code != CLOACINA_OK) {
        source_close(call, &source);
        return code;
    }
    *ret_source = source;
    return CLOACINA_OK;
}
