/* SPDX-License-Identifier: Apache-2.0 */
/* wfformat.c - reads the parts of a WfFormat file that matter, in whatever order they come.
 *
 * Law: what is missing, doubled or of the wrong type is named with line and column; nothing else in
 * the file is looked at beyond being JSON. */
#include "workload/wfformat.h"

#include "base/heap.h"
#include "base/instant.h"
#include "workload/wfformat_recording.h"

/* Reads the value that begins with `first`, the newest token. */
struct member {
    const char *key;
    enum cloacina_code (*read)(struct recording *recording, const struct json_token *first,
                               struct cloacina_error *err);
};

enum { MEMBERS_MAX = 3 };

/* What is read of an object. */
struct shape {
    const char *name; /* for messages */
    struct member members[MEMBERS_MAX];
    size_t count;
    size_t required_count; /* the first so many must be there */
};

static enum cloacina_code no_memory(const struct recording *recording, struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for '%s'",
                                recording->reader.name);
}

static enum cloacina_code type_check(const struct recording *recording,
                                     const struct json_token *token, enum json_type wanted,
                                     const char *name, struct cloacina_error *err)
{
    if (token->type != wanted) {
        return json_raise(&recording->reader, token->offset, err, CLOACINA_INVALID,
                          "%s: wanted %s, found %s", name, json_type_name(wanted),
                          json_type_name(token->type));
    }
    return CLOACINA_OK;
}

/* Reads the value of a key that was just read, or over it. */
static enum cloacina_code member_read(struct recording *recording, const struct shape *shape,
                                      const struct json_token *key, unsigned *seen,
                                      struct cloacina_error *err)
{
    size_t index = 0;
    while (index < shape->count && !text_equal(key->text, text_of(shape->members[index].key))) {
        index++;
    }
    if (index == shape->count) {
        return json_skip(&recording->reader, err);
    }
    if (*seen & 1U << index) {
        return json_raise(&recording->reader, key->offset, err, CLOACINA_INVALID,
                          "%s has '%s' twice", shape->name, shape->members[index].key);
    }
    *seen |= 1U << index;
    struct json_token first;
    enum cloacina_code code = json_next(&recording->reader, &first, err);
    return code == CLOACINA_OK ? shape->members[index].read(recording, &first, err) : code;
}

static enum cloacina_code object_read(struct recording *recording, const struct json_token *first,
                                      const struct shape *shape, struct cloacina_error *err)
{
    struct json_reader *reader = &recording->reader;
    struct json_token token = *first;
    unsigned seen = 0;
    enum cloacina_code code = type_check(recording, first, JSON_OBJECT_BEGIN, shape->name, err);
    while (code == CLOACINA_OK) {
        code = json_next(reader, &token, err);
        if (code != CLOACINA_OK || token.type == JSON_OBJECT_END) {
            break;
        }
        code = member_read(recording, shape, &token, &seen, err);
    }
    for (size_t i = 0; i < shape->required_count && code == CLOACINA_OK; i++) {
        if (!(seen & 1U << i)) {
            code = json_raise(reader, first->offset, err, CLOACINA_INVALID, "%s has no '%s'",
                              shape->name, shape->members[i].key);
        }
    }
    return code;
}

static enum cloacina_code array_read(struct recording *recording, const struct json_token *first,
                                     const struct member *element, struct cloacina_error *err)
{
    struct json_token token;
    enum cloacina_code code = type_check(recording, first, JSON_ARRAY_BEGIN, element->key, err);
    while (code == CLOACINA_OK) {
        code = json_next(&recording->reader, &token, err);
        if (code != CLOACINA_OK || token.type == JSON_ARRAY_END) {
            break;
        }
        code = element->read(recording, &token, err);
    }
    return code;
}

/* ---- a task of the specification ---- */

static enum cloacina_code task_id_read(struct recording *recording, const struct json_token *first,
                                       struct cloacina_error *err)
{
    recording->tasks[recording->task_count - 1].id = first->text;
    return type_check(recording, first, JSON_STRING, "id", err);
}

static enum cloacina_code edge_read(struct recording *recording, const struct json_token *first,
                                    bool is_parent, struct cloacina_error *err)
{
    const char *name = is_parent ? "parents" : "children";
    enum cloacina_code code = type_check(recording, first, JSON_STRING, name, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (!heap_grow(recording->arena.heap, &recording->edges, &recording->edge_capacity,
                   recording->edge_count + 1, sizeof(*recording->edges))) {
        return no_memory(recording, err);
    }
    recording->edges[recording->edge_count++] =
        (struct recorded_edge){.other = first->text,
                               .task = (uint32_t)recording->task_count - 1,
                               .offset = (uint32_t)first->offset,
                               .is_parent = is_parent};
    return CLOACINA_OK;
}

static enum cloacina_code parent_read(struct recording *recording, const struct json_token *first,
                                      struct cloacina_error *err)
{
    return edge_read(recording, first, true, err);
}

static enum cloacina_code child_read(struct recording *recording, const struct json_token *first,
                                     struct cloacina_error *err)
{
    return edge_read(recording, first, false, err);
}

static enum cloacina_code parents_read(struct recording *recording, const struct json_token *first,
                                       struct cloacina_error *err)
{
    static const struct member element = {"parents", parent_read};
    return array_read(recording, first, &element, err);
}

static enum cloacina_code children_read(struct recording *recording, const struct json_token *first,
                                        struct cloacina_error *err)
{
    static const struct member element = {"children", child_read};
    return array_read(recording, first, &element, err);
}

static enum cloacina_code task_read(struct recording *recording, const struct json_token *first,
                                    struct cloacina_error *err)
{
    static const struct shape task = {
        "a task of workflow.specification",
        {{"id", task_id_read}, {"parents", parents_read}, {"children", children_read}},
        3,
        1,
    };
    if (recording->task_count == CLOACINA_WORKFLOW_TASKS_MAX) {
        return json_raise(&recording->reader, first->offset, err, CLOACINA_LIMIT,
                          "more than %d tasks", CLOACINA_WORKFLOW_TASKS_MAX);
    }
    if (!heap_grow(recording->arena.heap, &recording->tasks, &recording->task_capacity,
                   recording->task_count + 1, sizeof(*recording->tasks))) {
        return no_memory(recording, err);
    }
    recording->tasks[recording->task_count++] =
        (struct recorded_task){.offset = (uint32_t)first->offset};
    return object_read(recording, first, &task, err);
}

static enum cloacina_code tasks_read(struct recording *recording, const struct json_token *first,
                                     struct cloacina_error *err)
{
    static const struct member element = {"workflow.specification.tasks", task_read};
    return array_read(recording, first, &element, err);
}

/* ---- a task of the execution ---- */

static enum cloacina_code run_id_read(struct recording *recording, const struct json_token *first,
                                      struct cloacina_error *err)
{
    recording->runs[recording->run_count - 1].id = first->text;
    return type_check(recording, first, JSON_STRING, "id", err);
}

static enum cloacina_code runtime_read(struct recording *recording, const struct json_token *first,
                                       struct cloacina_error *err)
{
    int64_t runtime_ns = 0;
    enum cloacina_code code = type_check(recording, first, JSON_NUMBER, "runtimeInSeconds", err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct text digits = first->text;
    code = nanoseconds_of_seconds_text(digits, &runtime_ns, NULL);
    bool is_negative = digits.bytes[0] == '-' && (code != CLOACINA_OK || runtime_ns != 0);
    if (is_negative || code != CLOACINA_OK || runtime_ns > WFFORMAT_RUNTIME_NS_MAX) {
        return json_raise(&recording->reader, first->offset, err, CLOACINA_INVALID,
                          "runtimeInSeconds %.*s is %s", TEXT_PRINT(digits),
                          is_negative ? "negative" : "more than 365 days");
    }
    recording->runs[recording->run_count - 1].runtime_ns = runtime_ns;
    return CLOACINA_OK;
}

static enum cloacina_code run_read(struct recording *recording, const struct json_token *first,
                                   struct cloacina_error *err)
{
    static const struct shape run = {
        "a task of workflow.execution",
        {{"id", run_id_read}, {"runtimeInSeconds", runtime_read}},
        2,
        2,
    };
    if (!heap_grow(recording->arena.heap, &recording->runs, &recording->run_capacity,
                   recording->run_count + 1, sizeof(*recording->runs))) {
        return no_memory(recording, err);
    }
    recording->runs[recording->run_count++] =
        (struct recorded_run){.offset = (uint32_t)first->offset};
    return object_read(recording, first, &run, err);
}

static enum cloacina_code runs_read(struct recording *recording, const struct json_token *first,
                                    struct cloacina_error *err)
{
    static const struct member element = {"workflow.execution.tasks", run_read};
    return array_read(recording, first, &element, err);
}

/* ---- the file ---- */

static enum cloacina_code specification_read(struct recording *recording,
                                             const struct json_token *first,
                                             struct cloacina_error *err)
{
    static const struct shape specification = {
        "workflow.specification", {{"tasks", tasks_read}}, 1, 1};
    return object_read(recording, first, &specification, err);
}

static enum cloacina_code execution_read(struct recording *recording,
                                         const struct json_token *first, struct cloacina_error *err)
{
    static const struct shape execution = {"workflow.execution", {{"tasks", runs_read}}, 1, 1};
    return object_read(recording, first, &execution, err);
}

static enum cloacina_code workflow_read_parts(struct recording *recording,
                                              const struct json_token *first,
                                              struct cloacina_error *err)
{
    static const struct shape workflow = {
        "workflow",
        {{"specification", specification_read}, {"execution", execution_read}},
        2,
        2,
    };
    return object_read(recording, first, &workflow, err);
}

static enum cloacina_code version_read(struct recording *recording, const struct json_token *first,
                                       struct cloacina_error *err)
{
    enum cloacina_code code = type_check(recording, first, JSON_STRING, "schemaVersion", err);
    if (code == CLOACINA_OK && !text_equal(first->text, TEXT_LITERAL("1.5")) &&
        !text_equal(first->text, TEXT_LITERAL("1.4"))) {
        code = json_raise(&recording->reader, first->offset, err, CLOACINA_INVALID,
                          "schemaVersion '%.*s' is not known, only 1.5 and 1.4",
                          TEXT_PRINT(first->text));
    }
    return code;
}

static enum cloacina_code name_read(struct recording *recording, const struct json_token *first,
                                    struct cloacina_error *err)
{
    recording->name = first->text;
    recording->name_offset = (uint32_t)first->offset;
    return type_check(recording, first, JSON_STRING, "name", err);
}

static enum cloacina_code recording_read(struct recording *recording, struct cloacina_error *err)
{
    static const struct shape file = {
        "the file",
        {{"schemaVersion", version_read}, {"workflow", workflow_read_parts}, {"name", name_read}},
        3,
        3,
    };
    struct json_token token;
    enum cloacina_code code = json_next(&recording->reader, &token, err);
    if (code == CLOACINA_OK) {
        code = object_read(recording, &token, &file, err);
    }
    if (code == CLOACINA_OK) {
        code = json_expect(&recording->reader, JSON_END, &token, err);
    }
    return code;
}

enum cloacina_code wfformat_read(struct text json, const char *file, struct workload *workload,
                                 struct cloacina_error *err)
{
    if (json.length > WFFORMAT_BYTES_MAX) {
        return cloacina_error_raise(err, CLOACINA_LIMIT, "'%s' is over the limit of %d bytes", file,
                                    WFFORMAT_BYTES_MAX);
    }
    struct recording recording;
    recording_init(&recording, workload->arena.heap, json, file);
    enum cloacina_code code = recording_read(&recording, err);
    if (code == CLOACINA_OK) {
        code = recording_resolve(&recording, workload, err);
    }
    recording_finish(&recording);
    if (code != CLOACINA_OK) {
        workload_finish(workload);
    }
    return code;
}
