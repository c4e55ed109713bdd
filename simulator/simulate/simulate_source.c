/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_source.c - finds the workflow.
 *
 * Law: exactly one source is named, and a name means the same whatever lies in the current folder:
 * a built-in workflow goes before a file. */
#include "simulate/simulate_source.h"

#include <stdio.h>
#include <string.h>

#include "cloacinactl/file.h"
#include "workload/generate.h"
#include "workload/wfformat.h"

void source_close(const struct command_call *call, struct simulate_source *source)
{
    cloacina_workflow_unref(source->workflow);
    heap_give(call->heap, source->costs_ns, source->costs_count * sizeof(*source->costs_ns));
    if (source->is_mixed) {
        mixed_finish(&source->mixed);
    }
    logbook_finish(&source->logbook);
    if (source->has_old) {
        registry_finish(&source->old);
    }
    if (source->has_registry) {
        registry_finish(&source->registry);
    }
    *source = (struct simulate_source){.workflow = NULL};
}

/* ---- workloads ---- */

/* Takes over what the workload says; the workload itself is not needed any more. */
static enum cloacina_code workload_take(const struct command_call *call,
                                        const struct workload *workload,
                                        struct simulate_source *source, struct cloacina_error *err)
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

/* What a workflow of that seed looks like is known before the first world: 0 will do. */
static enum cloacina_code mixed_open(const struct command_call *call, const char *formula,
                                     struct simulate_source *source, struct cloacina_error *err)
{
    enum cloacina_code code = mixed_read(text_of(formula), call->heap, &source->mixed, err);
    if (code != CLOACINA_OK) {
        return cloacina_error_wrap(err, "option '--generate'");
    }
    source->is_mixed = true;
    code = mixed_make(&source->mixed, 0, err);
    if (code == CLOACINA_OK) {
        source->workflow = cloacina_workflow_ref(source->mixed.workflow);
    }
    return code;
}

static enum cloacina_code formula_open(const struct command_call *call, const char *formula,
                                       struct simulate_source *source, struct cloacina_error *err)
{
    (void)snprintf(source->origin, sizeof(source->origin), "formula '%s'", formula);
    if (mixed_is_meant(text_of(formula))) {
        return mixed_open(call, formula, source, err);
    }
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

/* What cloacinactl has exported. */
static enum cloacina_code logbook_open(const struct command_call *call, struct text json,
                                       const char *path, struct simulate_source *source,
                                       struct cloacina_error *err)
{
    enum cloacina_code code = logbook_read(json, path, call->heap, &source->logbook, err);
    if (code == CLOACINA_OK) {
        source->workflow = cloacina_workflow_ref(source->logbook.workflow);
        source->cost_total_ns = source->logbook.duration_ns;
    }
    return code;
}

static enum cloacina_code wfformat_open(const struct command_call *call, struct text json,
                                        const char *path, struct simulate_source *source,
                                        struct cloacina_error *err)
{
    struct workload workload;
    workload_init(&workload, call->heap);
    enum cloacina_code code = wfformat_read(json, path, &workload, err);
    if (code == CLOACINA_OK) {
        code = workload_take(call, &workload, source, err);
    }
    workload_finish(&workload);
    return code;
}

static enum cloacina_code recording_open(const struct command_call *call, const char *path,
                                         struct simulate_source *source, struct cloacina_error *err)
{
    struct file file;
    enum cloacina_code code = file_read(call->heap, path, WFFORMAT_BYTES_MAX, &file, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct text json = file_text(&file);
    code = logbook_is_meant(json) ? logbook_open(call, json, path, source, err)
                                  : wfformat_open(call, json, path, source, err);
    file_finish(&file);
    source->is_recording = true;
    (void)snprintf(source->origin, sizeof(source->origin), "recording '%s'", path);
    return code;
}

/* ---- workflows with bodies ---- */

static enum cloacina_code registry_fill(const struct command_call *call,
                                        const struct simulate_options *options,
                                        struct simulate_source *source, struct cloacina_error *err)
{
    registry_init(&source->registry, call->heap);
    source->has_registry = true;
    return options->library == NULL
               ? registry_add_declared(&source->registry, cloacina_workflows_declared, NULL, err)
               : library_read(call, options, options->library, &source->registry, err);
}

enum cloacina_code source_open_registry(const struct command_call *call,
                                        const struct simulate_options *options,
                                        struct simulate_source *ret_source,
                                        struct cloacina_error *err)
{
    *ret_source = (struct simulate_source){.workflow = NULL};
    enum cloacina_code code = registry_fill(call, options, ret_source, err);
    if (code != CLOACINA_OK) {
        source_close(call, ret_source);
    }
    return code;
}

static enum cloacina_code name_open(const struct simulate_options *options,
                                    struct simulate_source *source, struct cloacina_error *err)
{
    struct cloacina_workflow *workflow;
    enum cloacina_code code =
        registry_find_workflow(&source->registry, text_of(options->workflow), &workflow, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    source->workflow = cloacina_workflow_ref(workflow);
    source->is_declared = true;
    return properties_take(source, options->library != NULL, err);
}

static bool looks_like_path(const char *word)
{
    return strchr(word, '/') != NULL || strchr(word, '.') != NULL;
}

/* A name of a built-in workflow, or else a file. */
static enum cloacina_code word_open(const struct command_call *call,
                                    const struct simulate_options *options,
                                    struct simulate_source *source, struct cloacina_error *err)
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

/* ---- an upgrade ---- */

static enum cloacina_code old_open(const struct command_call *call,
                                   const struct simulate_options *options,
                                   struct simulate_source *source, struct cloacina_error *err)
{
    const char *name = cloacina_workflow_name(source->workflow);
    struct cloacina_workflow *workflow;
    if (!source->is_declared) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "option '--upgrade-from': '%s' has no code to upgrade", name);
    }
    registry_init(&source->old, call->heap);
    source->has_old = true;
    enum cloacina_code code = library_read(call, options, options->upgrade_from, &source->old, err);
    if (code == CLOACINA_OK) {
        code = registry_find_workflow(&source->old, text_of(name), &workflow, err);
    }
    return code == CLOACINA_OK ? code : cloacina_error_wrap(err, "option '--upgrade-from'");
}

static enum cloacina_code old_register(const struct simulate_source *source,
                                       struct cloacina_world *world, struct cloacina_error *err)
{
    struct text name = text_of(cloacina_workflow_name(source->workflow));
    struct cloacina_workflow *workflow;
    enum cloacina_code code = registry_find_workflow(&source->old, name, &workflow, err);
    return code == CLOACINA_OK ? cloacina_world_register_old(world, workflow, err) : code;
}

/* ---- all together ---- */

enum cloacina_code source_register(const struct simulate_source *source,
                                   struct cloacina_world *world, struct cloacina_error *err)
{
    enum cloacina_code code =
        source->costs_ns != NULL
            ? cloacina_world_register_costs(world, source->workflow, source->costs_ns, err)
            : cloacina_world_register_workflow(world, source->workflow, err);
    if (code == CLOACINA_OK && source->has_old) {
        code = old_register(source, world, err);
    }
    for (size_t i = 0; code == CLOACINA_OK && i < source->property_count; i++) {
        code = cloacina_world_property(world, source->properties[i], err);
    }
    return code;
}

static enum cloacina_code open_any(const struct command_call *call,
                                   const struct simulate_options *options,
                                   struct simulate_source *source, struct cloacina_error *err)
{
    if (options->generate != NULL) {
        return formula_open(call, options->generate, source, err);
    }
    enum cloacina_code code = registry_fill(call, options, source, err);
    return code == CLOACINA_OK ? word_open(call, options, source, err) : code;
}

enum cloacina_code source_open(const struct command_call *call,
                               const struct simulate_options *options,
                               struct simulate_source *ret_source, struct cloacina_error *err)
{
    *ret_source = (struct simulate_source){.workflow = NULL};
    enum cloacina_code code = sources_count_check(options, err);
    if (code == CLOACINA_OK) {
        code = open_any(call, options, ret_source, err);
    }
    if (code == CLOACINA_OK && options->upgrade_from != NULL) {
        code = old_open(call, options, ret_source, err);
    }
    if (code != CLOACINA_OK) {
        source_close(call, ret_source);
    }
    return code;
}
