/* SPDX-License-Identifier: Apache-2.0 */
/* read.c - a workflow from its stored JSON.
 *
 *   JSON --> draft --> draft_build --> workflow, which writes JSON of its own:
 *                                      the same bytes, or refused
 *
 * Law: everything is checked as if an author had written it, and what passes is exactly what was
 * stored: no field is dropped, repeated, reordered or respelt without being noticed. */
#include "workflow/workflow.h"

#include "context/json.h"
#include "workflow/draft.h"
#include "workflow/json.h"

struct reading {
    struct cloacina_heap *heap;
    struct arena scratch; /* of one task at a time */
    struct workflow_draft draft;
    bool has_draft;
};

/* ---- one task ---- */

/* Its fields; `dependencies` is a copy of the reader before that value: names come later in the
 * same object. */
struct task_fields {
    struct draft_task_options options;
    struct json_reader dependencies;
    bool has_dependencies;
};

static enum cloacina_code field_read(struct json_reader *reader, const struct json_token *key,
                                     struct arena *scratch, struct task_fields *fields,
                                     struct cloacina_error *err)
{
    if (text_equal(key->text, TEXT_LITERAL("name"))) {
        struct json_token token;
        enum cloacina_code code = json_expect(reader, JSON_STRING, &token, err);
        fields->options.name = token.text;
        return code;
    }
    if (text_equal(key->text, TEXT_LITERAL("dependencies"))) {
        fields->dependencies = *reader;
        fields->has_dependencies = true;
        return json_skip(reader, err);
    }
    if (text_equal(key->text, TEXT_LITERAL("retry"))) {
        return retry_read(reader, scratch, &fields->options.retry, err);
    }
    if (text_equal(key->text, TEXT_LITERAL("rule"))) {
        return rule_read(reader, scratch, &fields->options.rule, err);
    }
    if (text_equal(key->text, TEXT_LITERAL("timeout_ms"))) {
        return json_expect_integer(reader, 1, INT64_MAX, &fields->options.timeout_ms, err);
    }
    return json_raise(reader, key->offset, err, CLOACINA_INVALID, "a task has no '%.*s'",
                      TEXT_PRINT(key->text));
}

static enum cloacina_code dependencies_read(struct reading *reading, struct json_reader *reader,
                                            struct cloacina_error *err)
{
    struct json_token token;
    enum cloacina_code code = json_expect(reader, JSON_ARRAY_BEGIN, &token, err);
    while (code == CLOACINA_OK) {
        code = json_next(reader, &token, err);
        if (code != CLOACINA_OK || token.type == JSON_ARRAY_END) {
            break;
        }
        code = token.type == JSON_STRING
                   ? draft_add_dependency(&reading->draft, token.text, err)
                   : json_raise(reader, token.offset, err, CLOACINA_INVALID,
                                "wanted the name of a task, found %s", json_type_name(token.type));
    }
    return code;
}

/* The object behind `begin`. */
static enum cloacina_code task_read(struct reading *reading, struct json_reader *reader,
                                    const struct json_token *begin, struct cloacina_error *err)
{
    struct json_token token;
    struct task_fields fields = {.has_dependencies = false};
    if (begin->type != JSON_OBJECT_BEGIN) {
        return json_raise(reader, begin->offset, err, CLOACINA_INVALID, "wanted a task, found %s",
                          json_type_name(begin->type));
    }
    arena_reset(&reading->scratch);
    enum cloacina_code code = CLOACINA_OK;
    while (code == CLOACINA_OK) {
        code = json_next(reader, &token, err);
        if (code != CLOACINA_OK || token.type == JSON_OBJECT_END) {
            break;
        }
        code = field_read(reader, &token, &reading->scratch, &fields, err);
    }
    if (code == CLOACINA_OK) {
        code = draft_add_task(&reading->draft, &fields.options, NULL, err);
    }
    if (code == CLOACINA_OK && fields.has_dependencies) {
        code = dependencies_read(reading, &fields.dependencies, err);
    }
    return code;
}

/* ---- the whole ---- */

static enum cloacina_code tasks_read(struct reading *reading, struct json_reader *reader,
                                     struct cloacina_error *err)
{
    struct json_token token;
    enum cloacina_code code = json_expect(reader, JSON_ARRAY_BEGIN, &token, err);
    while (code == CLOACINA_OK) {
        code = json_next(reader, &token, err);
        if (code != CLOACINA_OK || token.type == JSON_ARRAY_END) {
            break;
        }
        code = task_read(reading, reader, &token, err);
    }
    return code;
}

/* The outermost fields; `tasks` is a copy of the reader before that value: the tenant comes behind
 * it. */
struct outline {
    struct draft_options options;
    struct json_reader tasks;
    bool has_tasks;
};

static enum cloacina_code outline_field_read(struct json_reader *reader,
                                             const struct json_token *key, struct outline *outline,
                                             struct cloacina_error *err)
{
    int64_t format;
    struct text *text = NULL;
    if (text_equal(key->text, TEXT_LITERAL("format"))) {
        return json_expect_integer(reader, WORKFLOW_JSON_FORMAT, WORKFLOW_JSON_FORMAT, &format,
                                   err);
    }
    if (text_equal(key->text, TEXT_LITERAL("tasks"))) {
        outline->tasks = *reader;
        outline->has_tasks = true;
        return json_skip(reader, err);
    }
    if (text_equal(key->text, TEXT_LITERAL("name"))) {
        text = &outline->options.name;
    } else if (text_equal(key->text, TEXT_LITERAL("package"))) {
        text = &outline->options.package;
    } else if (text_equal(key->text, TEXT_LITERAL("tenant"))) {
        text = &outline->options.tenant;
    } else {
        return json_raise(reader, key->offset, err, CLOACINA_INVALID, "a workflow has no '%.*s'",
                          TEXT_PRINT(key->text));
    }
    struct json_token token;
    enum cloacina_code code = json_expect(reader, JSON_STRING, &token, err);
    *text = token.text;
    return code;
}

static enum cloacina_code outline_read(struct json_reader *reader, struct outline *outline,
                                       struct cloacina_error *err)
{
    struct json_token token;
    enum cloacina_code code = json_expect(reader, JSON_OBJECT_BEGIN, &token, err);
    while (code == CLOACINA_OK) {
        code = json_next(reader, &token, err);
        if (code != CLOACINA_OK || token.type == JSON_OBJECT_END) {
            break;
        }
        code = outline_field_read(reader, &token, outline, err);
    }
    if (code == CLOACINA_OK) {
        code = json_expect(reader, JSON_END, &token, err);
    }
    if (code == CLOACINA_OK && !outline->has_tasks) {
        code = cloacina_error_raise(err, CLOACINA_INVALID, "has no 'tasks'");
    }
    return code;
}

static enum cloacina_code draft_read(struct reading *reading, struct text json,
                                     struct cloacina_error *err)
{
    struct json_reader reader;
    struct arena texts;
    arena_init(&texts, reading->heap);
    json_reader_init(&reader, json, &texts);
    struct outline outline = {.options.heap = reading->heap};
    enum cloacina_code code = outline_read(&reader, &outline, err);
    if (code == CLOACINA_OK) {
        code = draft_init(&reading->draft, &outline.options, err);
        reading->has_draft = code == CLOACINA_OK;
    }
    if (code == CLOACINA_OK) {
        outline.tasks.arena = &reading->scratch;
        code = tasks_read(reading, &outline.tasks, err);
    }
    arena_finish(&texts);
    return code;
}

/* What was read writes itself as it was written. */
static enum cloacina_code same_check(struct text stored, struct text written,
                                     struct cloacina_error *err)
{
    size_t common = stored.length < written.length ? stored.length : written.length;
    size_t at = 0;
    while (at < common && stored.bytes[at] == written.bytes[at]) {
        at++;
    }
    if (at == stored.length && at == written.length) {
        return CLOACINA_OK;
    }
    return cloacina_error_raise(err, CLOACINA_INVALID,
                                "byte %zu is not what a workflow writes there", at + 1);
}

static enum cloacina_code rebuild(struct reading *reading, struct text json,
                                  struct workflow **ret_workflow, struct cloacina_error *err)
{
    struct workflow *workflow;
    enum cloacina_code code = draft_read(reading, json, err);
    if (code == CLOACINA_OK) {
        code = draft_build(&reading->draft, &workflow, NULL, err);
    }
    if (code == CLOACINA_OK) {
        code = same_check(json, workflow->json, err);
        if (code != CLOACINA_OK) {
            workflow_unref(workflow);
        }
    }
    if (code == CLOACINA_OK) {
        *ret_workflow = workflow;
    }
    return code;
}

enum cloacina_code workflow_read(struct cloacina_heap *heap, struct text json,
                                 struct workflow **ret_workflow, struct cloacina_error *err)
{
    struct reading reading = {.heap = heap != NULL ? heap : cloacina_heap_system()};
    arena_init(&reading.scratch, reading.heap);
    enum cloacina_code code = rebuild(&reading, json, ret_workflow, err);
    if (code != CLOACINA_OK && err != NULL) {
        (void)cloacina_error_wrap(err, "workflow definition");
    }
    if (reading.has_draft) {
        draft_finish(&reading.draft);
    }
    arena_finish(&reading.scratch);
    return code;
}
