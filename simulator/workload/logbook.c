/* SPDX-License-Identifier: Apache-2.0 */
/* logbook.c - reads what was recorded, and a body that does it again.
 *
 * Law: what a body does follows from its recording and the number of the attempt alone. */
#include "workload/logbook.h"

#include <string.h>

#include "base/heap.h"
#include "context/context.h"
#include "context/json.h"
#include "executor/executor.h"
#include "workload/workload.h"

enum { FORMAT = 1 };

struct logbook_attempt {
    int64_t duration_ns;
    enum cloacina_code code;
    const char *message;
};

struct logbook_task {
    struct logbook_attempt *attempts; /* in the arena */
    uint32_t attempt_count;
    const struct delta *writes; /* NULL: none */
    bool is_read;
};

/* One reading of one file. */
struct reading {
    struct json_reader reader;
    struct logbook *logbook;
    struct logbook_attempt *attempts; /* Owned scratch: of the task that is being read */
    size_t attempt_capacity;
    bool has_definition, has_context, has_tasks;
};

/* ---- the body ---- */

static enum cloacina_code no_memory(struct cloacina_error *err)
{
    return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for a recording");
}

/* Sets a key, or (value NULL) removes it. */
static enum cloacina_code key_write(struct cloacina_context *context, struct arena *arena,
                                    struct text key, const struct value *value,
                                    struct cloacina_error *err)
{
    struct text name = text_copy(arena, key);
    if (name.bytes == NULL) {
        return no_memory(err);
    }
    return value != NULL ? context_set_value(context, name.bytes, value, err)
                         : cloacina_context_remove(context, name.bytes, err);
}

/* Makes `context`, which holds `input`, hold `output`: what did not change is the very same value. */
static enum cloacina_code keys_write(struct cloacina_context *context, struct arena *arena,
                                     const struct value *input, const struct value *output,
                                     struct cloacina_error *err)
{
    enum cloacina_code code = CLOACINA_OK;
    const struct value_member *after = value_members(output);
    for (size_t i = 0; i < value_count(output) && code == CLOACINA_OK; i++) {
        if (value_object_get(input, after[i].key) != after[i].value) {
            code = key_write(context, arena, after[i].key, after[i].value, err);
        }
    }
    const struct value_member *before = value_members(input);
    for (size_t i = 0; i < value_count(input) && code == CLOACINA_OK; i++) {
        if (value_object_get(output, before[i].key) == NULL) {
            code = key_write(context, arena, before[i].key, NULL, err);
        }
    }
    return code;
}

static enum cloacina_code write_again(struct cloacina_task *task, const struct delta *writes,
                                      struct cloacina_error *err)
{
    struct cloacina_context *context = cloacina_task_context(task);
    struct arena arena;
    const struct value *input;
    enum cloacina_code code = context_input_value(context, &input, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    arena_init(&arena, context->arena.heap);
    const struct value *output = delta_apply(&arena, input, writes);
    code = output == NULL ? no_memory(err) : keys_write(context, &arena, input, output, err);
    arena_finish(&arena);
    return code;
}

static enum cloacina_code happen_again(struct cloacina_task *task, struct cloacina_error *err)
{
    const struct logbook_task *log = cloacina_task_user(task);
    static const struct logbook_attempt unknown = {.code = CLOACINA_OK};
    const struct logbook_attempt *attempt = &unknown;
    if (log->attempt_count > 0) {
        uint32_t number = cloacina_task_attempt(task);
        attempt = &log->attempts[(number < log->attempt_count ? number : log->attempt_count) - 1];
    }
    enum cloacina_code code = body_sleep(task, attempt->duration_ns, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (attempt->code != CLOACINA_OK) {
        return cloacina_error_raise(err, attempt->code, "%s", attempt->message);
    }
    return log->writes == NULL ? CLOACINA_OK : write_again(task, log->writes, err);
}

/* ---- an attempt ---- */

static enum cloacina_code code_read(struct json_reader *reader, enum cloacina_code *ret_code,
                                    struct cloacina_error *err)
{
    struct json_token token;
    enum cloacina_code code = json_expect(reader, JSON_STRING, &token, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    for (int number = CLOACINA_FAILED; number <= CLOACINA_IO; number++) {
        if (text_equal(token.text, text_of(cloacina_code_name((enum cloacina_code)number)))) {
            *ret_code = (enum cloacina_code)number;
            return CLOACINA_OK;
        }
    }
    return json_raise(reader, token.offset, err, CLOACINA_INVALID, "'%.*s' is no code of a failure",
                      TEXT_PRINT(token.text));
}

/* Static "" for null. */
static enum cloacina_code message_read(struct reading *reading, const char **ret_message,
                                       struct cloacina_error *err)
{
    struct json_token token;
    enum cloacina_code code = json_next(&reading->reader, &token, err);
    if (code != CLOACINA_OK || token.type == JSON_NULL) {
        return code;
    }
    if (token.type != JSON_STRING) {
        return json_raise(&reading->reader, token.offset, err, CLOACINA_INVALID,
                          "message: wanted a string, found %s", json_type_name(token.type));
    }
    *ret_message = text_copy(&reading->logbook->arena, token.text).bytes;
    return *ret_message != NULL ? CLOACINA_OK : no_memory(err);
}

static enum cloacina_code attempt_field(struct reading *reading, const struct json_token *key,
                                        struct logbook_attempt *attempt, struct cloacina_error *err)
{
    struct json_reader *reader = &reading->reader;
    if (text_equal(key->text, TEXT_LITERAL("duration_ns"))) {
        return json_expect_integer(reader, 0, WORKLOAD_COST_NS_MAX, &attempt->duration_ns, err);
    }
    if (text_equal(key->text, TEXT_LITERAL("code"))) {
        return code_read(reader, &attempt->code, err);
    }
    if (text_equal(key->text, TEXT_LITERAL("message"))) {
        return message_read(reading, &attempt->message, err);
    }
    return json_raise(reader, key->offset, err, CLOACINA_INVALID, "an attempt has no '%.*s'",
                      TEXT_PRINT(key->text));
}

/* The object behind `begin`. */
static enum cloacina_code attempt_read(struct reading *reading, const struct json_token *begin,
                                       struct logbook_attempt *ret_attempt,
                                       struct cloacina_error *err)
{
    struct json_token token;
    struct logbook_attempt attempt = {.duration_ns = -1, .message = ""};
    if (begin->type != JSON_OBJECT_BEGIN) {
        return json_raise(&reading->reader, begin->offset, err, CLOACINA_INVALID,
                          "wanted an attempt, found %s", json_type_name(begin->type));
    }
    enum cloacina_code code = json_next(&reading->reader, &token, err);
    while (code == CLOACINA_OK && token.type != JSON_OBJECT_END) {
        code = attempt_field(reading, &token, &attempt, err);
        code = code == CLOACINA_OK ? json_next(&reading->reader, &token, err) : code;
    }
    int64_t left = WORKLOAD_COST_NS_MAX - reading->logbook->duration_ns;
    if (code == CLOACINA_OK && (attempt.duration_ns < 0 || attempt.duration_ns > left)) {
        code =
            json_raise(&reading->reader, begin->offset, err, CLOACINA_INVALID,
                       attempt.duration_ns < 0 ? "an attempt has no 'duration_ns'"
                                               : "all attempts together are more than 100 years");
    }
    if (code == CLOACINA_OK) {
        reading->logbook->duration_ns += attempt.duration_ns;
        *ret_attempt = attempt;
    }
    return code;
}

static enum cloacina_code attempts_read(struct reading *reading, struct logbook_task *task,
                                        struct cloacina_error *err)
{
    struct json_token token;
    struct cloacina_heap *heap = reading->logbook->arena.heap;
    size_t count = 0;
    enum cloacina_code code = json_expect(&reading->reader, JSON_ARRAY_BEGIN, &token, err);
    code = code == CLOACINA_OK ? json_next(&reading->reader, &token, err) : code;
    while (code == CLOACINA_OK && token.type != JSON_ARRAY_END) {
        if (count == RETRY_ATTEMPTS_MAX ||
            !heap_grow(heap, &reading->attempts, &reading->attempt_capacity, count + 1,
                       sizeof(reading->attempts[0]))) {
            return no_memory(err);
        }
        code = attempt_read(reading, &token, &reading->attempts[count++], err);
        code = code == CLOACINA_OK ? json_next(&reading->reader, &token, err) : code;
    }
    if (code != CLOACINA_OK || count == 0) {
        return code;
    }
    task->attempt_count = (uint32_t)count;
    task->attempts = arena_take(&reading->logbook->arena, count * sizeof(task->attempts[0]));
    if (task->attempts == NULL) {
        return no_memory(err);
    }
    memcpy(task->attempts, reading->attempts, count * sizeof(task->attempts[0]));
    return CLOACINA_OK;
}

/* ---- a task ---- */

static enum cloacina_code writes_read(struct reading *reading, struct logbook_task *task,
                                      struct cloacina_error *err)
{
    struct text json;
    struct json_reader place = reading->reader;
    enum cloacina_code code = json_slice(&reading->reader, &json, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    struct cloacina_error why;
    code = delta_read(&reading->logbook->arena, json, &task->writes, &why);
    size_t offset = (size_t)(json.bytes - place.input.bytes);
    return code == CLOACINA_OK ? code
                               : json_raise(&place, offset, err, code, "writes: %s", why.message);
}

static enum cloacina_code task_named(struct reading *reading, struct logbook_task **ret_task,
                                     struct cloacina_error *err)
{
    struct json_token token;
    uint32_t number = 0;
    const struct workflow *definition = reading->logbook->workflow->definition;
    enum cloacina_code code = json_expect(&reading->reader, JSON_STRING, &token, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (!workflow_index(definition, token.text, &number)) {
        return json_raise(&reading->reader, token.offset, err, CLOACINA_INVALID,
                          "the definition has no task '%.*s'", TEXT_PRINT(token.text));
    }
    struct logbook_task *task = &reading->logbook->tasks[number];
    if (task->is_read) {
        return json_raise(&reading->reader, token.offset, err, CLOACINA_INVALID,
                          "task '%.*s' stands here twice", TEXT_PRINT(token.text));
    }
    task->is_read = true;
    *ret_task = task;
    return CLOACINA_OK;
}

/* Its name comes first. */
static enum cloacina_code task_read(struct reading *reading, const struct json_token *begin,
                                    struct cloacina_error *err)
{
    struct json_reader *reader = &reading->reader;
    struct json_token token;
    struct logbook_task *task = NULL;
    if (begin->type != JSON_OBJECT_BEGIN) {
        return json_raise(reader, begin->offset, err, CLOACINA_INVALID, "wanted a task, found %s",
                          json_type_name(begin->type));
    }
    enum cloacina_code code = json_next(reader, &token, err);
    while (code == CLOACINA_OK && token.type != JSON_OBJECT_END) {
        bool is_name = text_equal(token.text, TEXT_LITERAL("name"));
        if (is_name != (task == NULL)) {
            code = json_raise(reader, token.offset, err, CLOACINA_INVALID,
                              is_name ? "a task has two names" : "the name of a task comes first");
        } else if (is_name) {
            code = task_named(reading, &task, err);
        } else if (text_equal(token.text, TEXT_LITERAL("attempts"))) {
            code = attempts_read(reading, task, err);
        } else if (text_equal(token.text, TEXT_LITERAL("writes"))) {
            code = writes_read(reading, task, err);
        } else {
            code = json_raise(reader, token.offset, err, CLOACINA_INVALID, "a task has no '%.*s'",
                              TEXT_PRINT(token.text));
        }
        code = code == CLOACINA_OK ? json_next(reader, &token, err) : code;
    }
    return code;
}

static enum cloacina_code tasks_read(struct reading *reading, size_t offset,
                                     struct cloacina_error *err)
{
    struct json_reader *reader = &reading->reader;
    struct json_token token;
    if (!reading->has_definition) {
        return json_raise(reader, offset, err, CLOACINA_INVALID,
                          "the definition comes before the tasks");
    }
    reading->has_tasks = true;
    enum cloacina_code code = json_expect(reader, JSON_ARRAY_BEGIN, &token, err);
    code = code == CLOACINA_OK ? json_next(reader, &token, err) : code;
    while (code == CLOACINA_OK && token.type != JSON_ARRAY_END) {
        code = task_read(reading, &token, err);
        code = code == CLOACINA_OK ? json_next(reader, &token, err) : code;
    }
    return code;
}

/* ---- the whole ---- */

/* Takes over the definition: every task gets the body that does it again. */
static enum cloacina_code workflow_make(struct logbook *logbook, struct workflow *definition,
                                        struct cloacina_error *err)
{
    struct cloacina_heap *heap = logbook->arena.heap;
    uint32_t count = definition->task_count;
    size_t size = count * sizeof(struct task_body);
    struct task_body *bodies = heap_take_zeroed(heap, count, sizeof(*bodies));
    logbook->tasks = arena_take_zeroed(&logbook->arena, count, sizeof(*logbook->tasks));
    if (bodies != NULL && logbook->tasks != NULL) {
        for (uint32_t i = 0; i < count; i++) {
            bodies[i] = (struct task_body){.run = happen_again, .user = &logbook->tasks[i]};
        }
        logbook->workflow = workflow_with_bodies(definition, bodies, heap);
    }
    heap_give(heap, bodies, size);
    if (logbook->workflow == NULL) {
        workflow_unref(definition);
        return no_memory(err);
    }
    return CLOACINA_OK;
}

static enum cloacina_code definition_read(struct reading *reading, struct cloacina_error *err)
{
    struct text json;
    struct workflow *definition;
    struct cloacina_error why;
    struct json_reader place = reading->reader;
    enum cloacina_code code = json_slice(&reading->reader, &json, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    code = workflow_read(reading->logbook->arena.heap, json, &definition, &why);
    if (code != CLOACINA_OK) {
        size_t offset = (size_t)(json.bytes - place.input.bytes);
        return json_raise(&place, offset, err, code, "%s", why.message);
    }
    reading->has_definition = true;
    return workflow_make(reading->logbook, definition, err);
}

static enum cloacina_code context_read(struct reading *reading, struct cloacina_error *err)
{
    struct text json;
    enum cloacina_code code = json_slice(&reading->reader, &json, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    reading->has_context = true;
    reading->logbook->context = text_copy(&reading->logbook->arena, json).bytes;
    return reading->logbook->context != NULL ? CLOACINA_OK : no_memory(err);
}

static enum cloacina_code field_read(struct reading *reading, const struct json_token *key,
                                     struct cloacina_error *err)
{
    int64_t format;
    struct json_reader *reader = &reading->reader;
    bool is_definition = text_equal(key->text, TEXT_LITERAL("definition"));
    bool is_context = text_equal(key->text, TEXT_LITERAL("context"));
    bool is_tasks = text_equal(key->text, TEXT_LITERAL("tasks"));
    if ((is_definition && reading->has_definition) || (is_context && reading->has_context) ||
        (is_tasks && reading->has_tasks)) {
        return json_raise(reader, key->offset, err, CLOACINA_INVALID,
                          "the recording has '%.*s' twice", TEXT_PRINT(key->text));
    }
    if (is_definition) {
        return definition_read(reading, err);
    }
    if (is_context) {
        return context_read(reading, err);
    }
    if (is_tasks) {
        return tasks_read(reading, key->offset, err);
    }
    if (text_equal(key->text, TEXT_LITERAL("recording"))) {
        return json_expect_integer(reader, FORMAT, FORMAT, &format, err);
    }
    return json_skip(reader, err);
}

static enum cloacina_code all_read(struct reading *reading, struct cloacina_error *err)
{
    struct json_token token;
    struct json_reader *reader = &reading->reader;
    enum cloacina_code code = json_expect(reader, JSON_OBJECT_BEGIN, &token, err);
    code = code == CLOACINA_OK ? json_next(reader, &token, err) : code;
    while (code == CLOACINA_OK && token.type != JSON_OBJECT_END) {
        code = field_read(reading, &token, err);
        code = code == CLOACINA_OK ? json_next(reader, &token, err) : code;
    }
    bool is_whole = reading->has_definition && reading->has_tasks;
    if (code == CLOACINA_OK && !is_whole) {
        code = json_raise(reader, token.offset, err, CLOACINA_INVALID, "the recording has no '%s'",
                          reading->has_definition ? "tasks" : "definition");
    }
    return code == CLOACINA_OK ? json_expect(reader, JSON_END, &token, err) : code;
}

bool logbook_is_meant(struct text json)
{
    struct json_reader reader;
    struct json_token token;
    struct arena arena;
    arena_init(&arena, NULL);
    json_reader_init(&reader, json, &arena);
    bool is_meant = json_expect(&reader, JSON_OBJECT_BEGIN, &token, NULL) == CLOACINA_OK &&
                    json_next(&reader, &token, NULL) == CLOACINA_OK && token.type == JSON_KEY &&
                    text_equal(token.text, TEXT_LITERAL("recording"));
    arena_finish(&arena);
    return is_meant;
}

enum cloacina_code logbook_read(struct text json, const char *file, struct cloacina_heap *heap,
                                struct logbook *ret_logbook, struct cloacina_error *err)
{
    struct arena texts;
    struct reading reading = {.logbook = ret_logbook};
    *ret_logbook = (struct logbook){.context = "{}"};
    arena_init(&ret_logbook->arena, heap);
    arena_init(&texts, heap);
    json_reader_init(&reading.reader, json, &texts);
    reading.reader.name = file;
    enum cloacina_code code = all_read(&reading, err);
    arena_finish(&texts);
    heap_give(ret_logbook->arena.heap, reading.attempts,
              reading.attempt_capacity * sizeof(reading.attempts[0]));
    if (code != CLOACINA_OK) {
        logbook_finish(ret_logbook);
    }
    return code;
}

void logbook_finish(struct logbook *logbook)
{
    if (logbook->arena.heap != NULL) {
        cloacina_workflow_unref(logbook->workflow);
        arena_finish(&logbook->arena);
    }
    *logbook = (struct logbook){.context = NULL};
}
