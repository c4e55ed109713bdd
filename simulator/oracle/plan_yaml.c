/* SPDX-License-Identifier: Apache-2.0 */
/* plan_yaml.c - a fault plan from a file; the border to libyaml.
 *
 *   stream - document - mapping of the plan's keys
 *                         `- faults: sequence of mappings of a fault's keys
 *
 * The events of libyaml come one by one, and what does not stand in this grammar is refused where
 * it begins: depth needs no counting, and no alias is ever followed.
 * Law: what is wrong is said with its line and its key. */
#include "oracle/plan.h"

#include <string.h>

#include <yaml.h>

#include "base/compiler.h"
#include "base/instant.h"
#include "workflow/similar.h"

/* The keys of a plan and of a fault. */
enum { PLAN_NAME, PLAN_DESCRIPTION, PLAN_UNTIL, PLAN_SWARM, PLAN_FAULTS };
static const char *const plan_keys[] = {"name", "description", "until", "swarm", "faults"};

enum {
    FAULT_KEY_FAULT,
    FAULT_KEY_AT,
    FAULT_KEY_WHERE,
    FAULT_KEY_AMOUNT,
    FAULT_KEY_PROBABILITY,
    FAULT_KEY_AGAIN,
    FAULT_KEY_NTH,
    FAULT_KEY_FROM_NTH,
    FAULT_KEY_AT_MOST,
    FAULT_KEY_UNTIL,
    FAULT_KEY_NEVER,
    FAULT_KEYS
};
static const char *const fault_keys[FAULT_KEYS] = {
    "fault", "at",       "where",   "amount", "probability", "again",
    "nth",   "from_nth", "at_most", "until",  "never",
};

struct reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the present one; a zeroed one needs no deleting, but may be deleted */
    const char *file;
    struct cloacina_fault_plan *plan;
    struct arena arena; /* texts of the present fault */
    struct cloacina_error *err;
};

/* A mapping that is being read. */
struct mapping {
    const char *const *keys;
    size_t key_count;
    size_t lines[FAULT_KEYS]; /* of each key, from 1; 0: it has not come */
    size_t line;              /* where the mapping begins */
    bool is_fault;
    size_t index; /* of the fault */
};

/* ---- errors ---- */

static size_t event_line(const struct reader *reader)
{
    return reader->event.start_mark.line + 1;
}

/* "plan.yaml:4: faults[1].probability: 1.5 is not between 0 and 1" */
static enum cloacina_code refuse_at(const struct reader *reader, size_t line,
                                    const struct mapping *mapping, enum cloacina_code code,
                                    const char *message)
{
    if (mapping != NULL && mapping->is_fault) {
        return cloacina_error_raise(reader->err, code, "%s:%zu: faults[%zu].%s", reader->file, line,
                                    mapping->index, message);
    }
    return cloacina_error_raise(reader->err, code, "%s:%zu: %s", reader->file, line, message);
}

/* What the builder of plans said begins with the key: the line is the key's. */
static enum cloacina_code pass_on(const struct reader *reader, const struct mapping *mapping,
                                  const struct cloacina_error *said)
{
    size_t line = mapping->line;
    const char *colon = strchr(said->message, ':');
    struct text key = {said->message, colon == NULL ? 0 : (size_t)(colon - said->message)};
    for (size_t i = 0; i < mapping->key_count; i++) {
        if (text_equal(key, text_of(mapping->keys[i])) && mapping->lines[i] != 0) {
            line = mapping->lines[i];
        }
    }
    return refuse_at(reader, line, mapping, said->code, said->message);
}

static enum cloacina_code refuse_value(const struct reader *reader, const struct mapping *mapping,
                                       size_t key, struct text value, const char *why)
{
    struct cloacina_error said;
    (void)cloacina_error_raise(&said, CLOACINA_INVALID, "%s: '%.*s' %s", mapping->keys[key],
                               TEXT_PRINT(value), why);
    return refuse_at(reader, mapping->lines[key], mapping, CLOACINA_INVALID, said.message);
}

static enum cloacina_code no_memory(const struct reader *reader)
{
    return cloacina_error_raise(reader->err, CLOACINA_NO_MEMORY, "no memory for a fault plan");
}

/* ---- events ---- */

static enum cloacina_code parser_failed(const struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    if (parser->error == YAML_MEMORY_ERROR) {
        return no_memory(reader);
    }
    return refuse_at(reader, parser->problem_mark.line + 1, NULL, CLOACINA_INVALID,
                     parser->problem != NULL ? parser->problem : "is no YAML");
}

/* What a plan has no use for: what one part says must not depend on another part. */
static bool has_extras(const yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT) {
        return event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL;
    }
    if (event->type == YAML_SEQUENCE_START_EVENT) {
        return event->data.sequence_start.anchor != NULL || event->data.sequence_start.tag != NULL;
    }
    if (event->type == YAML_MAPPING_START_EVENT) {
        return event->data.mapping_start.anchor != NULL || event->data.mapping_start.tag != NULL;
    }
    return event->type == YAML_ALIAS_EVENT;
}

static enum cloacina_code next(struct reader *reader)
{
    yaml_event_delete(&reader->event);
    if (yaml_parser_parse(&reader->parser, &reader->event) == 0) {
        return parser_failed(reader);
    }
    if (has_extras(&reader->event)) {
        return refuse_at(reader, event_line(reader), NULL, CLOACINA_INVALID,
                         "anchors, aliases and tags are not read");
    }
    return CLOACINA_OK;
}

/* The next event is of this type, or the file is wrong. */
static enum cloacina_code expect(struct reader *reader, yaml_event_type_t type, const char *wanted)
{
    enum cloacina_code code = next(reader);
    if (code == CLOACINA_OK && reader->event.type != type) {
        return refuse_at(reader, event_line(reader), NULL, CLOACINA_INVALID, wanted);
    }
    return code;
}

/* Borrowed from the event. */
static struct text scalar(const struct reader *reader)
{
    return (struct text){(const char *)reader->event.data.scalar.value,
                         reader->event.data.scalar.length};
}

/* ---- keys and values ---- */

static enum cloacina_code unknown_key(const struct reader *reader, const struct mapping *mapping,
                                      struct text key)
{
    struct cloacina_error said;
    struct similar similar;
    similar_init(&similar, key);
    for (size_t i = 0; i < mapping->key_count; i++) {
        similar_offer(&similar, text_of(mapping->keys[i]));
    }
    (void)cloacina_error_raise(&said, CLOACINA_INVALID, "%.*s: is no key here%s", TEXT_PRINT(key),
                               similar_question(&similar));
    return refuse_at(reader, event_line(reader), mapping, CLOACINA_INVALID, said.message);
}

/* The next key of a mapping; `key_count` at its end. */
static enum cloacina_code next_key(struct reader *reader, struct mapping *mapping, size_t *ret_key)
{
    enum cloacina_code code = next(reader);
    if (code != CLOACINA_OK) {
        return code;
    }
    *ret_key = mapping->key_count;
    if (reader->event.type == YAML_MAPPING_END_EVENT) {
        return CLOACINA_OK;
    }
    if (reader->event.type != YAML_SCALAR_EVENT) {
        return refuse_at(reader, event_line(reader), NULL, CLOACINA_INVALID, "a key is a text");
    }
    for (size_t i = 0; i < mapping->key_count; i++) {
        if (text_equal(scalar(reader), text_of(mapping->keys[i]))) {
            *ret_key = i;
        }
    }
    if (*ret_key == mapping->key_count) {
        return unknown_key(reader, mapping, scalar(reader));
    }
    if (mapping->lines[*ret_key] != 0) {
        mapping->lines[*ret_key] = event_line(reader);
        return refuse_value(reader, mapping, *ret_key, scalar(reader), "stands here twice");
    }
    mapping->lines[*ret_key] = event_line(reader);
    return CLOACINA_OK;
}

/* The value of a key, in the arena, with a NUL behind it. */
static enum cloacina_code value_read(struct reader *reader, const struct mapping *mapping,
                                     size_t key, struct text *ret_value)
{
    enum cloacina_code code = next(reader);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (reader->event.type != YAML_SCALAR_EVENT) {
        return refuse_value(reader, mapping, key, TEXT_LITERAL("..."), "is no text or number");
    }
    struct text value = scalar(reader);
    if (memchr(value.bytes, '\0', value.length) != NULL || value.length > PLAN_TEXT_BYTES_MAX) {
        return refuse_value(reader, mapping, key, TEXT_LITERAL("..."), "is too long, or has a NUL");
    }
    *ret_value = text_copy(&reader->arena, value);
    return ret_value->bytes == NULL ? no_memory(reader) : CLOACINA_OK;
}

/* A decimal number, read as seconds are: exact to the part per billion that plans keep. */
static enum cloacina_code probability_read(const struct reader *reader,
                                           const struct mapping *mapping, size_t key,
                                           struct text value, double *ret_probability)
{
    int64_t billionths;
    enum cloacina_code code = nanoseconds_of_seconds_text(value, &billionths, NULL);
    if (code != CLOACINA_OK) {
        return refuse_value(reader, mapping, key, value,
                            code == CLOACINA_INVALID ? "is no number" : "is not between 0 and 1");
    }
    *ret_probability = (double)billionths / (double)PLAN_CERTAIN;
    return CLOACINA_OK;
}

static enum cloacina_code count_read(const struct reader *reader, const struct mapping *mapping,
                                     size_t key, struct text value, uint32_t *ret_count)
{
    int64_t count;
    if (!amount_parse(AMOUNT_COUNT, value, &count) || count < 1 || count > UINT32_MAX) {
        return refuse_value(reader, mapping, key, value, "is no number from 1 to 4294967295");
    }
    *ret_count = (uint32_t)count;
    return CLOACINA_OK;
}

static enum cloacina_code until_read(const struct reader *reader, const struct mapping *mapping,
                                     size_t key, struct text value, int64_t *ret_until_ms)
{
    int64_t until;
    if (!amount_parse(AMOUNT_DURATION, value, &until)) {
        return refuse_value(reader, mapping, key, value, "is no time: '30s'");
    }
    if (until % NANOSECONDS_PER_MILLISECOND != 0 || (until == 0 && mapping->is_fault)) {
        return refuse_value(reader, mapping, key, value, "is not a number of milliseconds");
    }
    *ret_until_ms = until / NANOSECONDS_PER_MILLISECOND;
    return CLOACINA_OK;
}

static enum cloacina_code flag_read(const struct reader *reader, const struct mapping *mapping,
                                    size_t key, struct text value, int *ret_flag)
{
    *ret_flag = text_equal(value, TEXT_LITERAL("true"));
    return *ret_flag != 0 || text_equal(value, TEXT_LITERAL("false"))
               ? CLOACINA_OK
               : refuse_value(reader, mapping, key, value, "is neither true nor false");
}

/* ---- a fault ---- */

static enum cloacina_code fault_value(const struct reader *reader, const struct mapping *mapping,
                                      size_t key, struct text value, struct cloacina_fault *fault)
{
    switch (key) {
    case FAULT_KEY_FAULT:
        fault->fault = value.bytes;
        return CLOACINA_OK;
    case FAULT_KEY_AT:
        fault->at = value.bytes;
        return CLOACINA_OK;
    case FAULT_KEY_WHERE:
        fault->where = value.bytes;
        return CLOACINA_OK;
    case FAULT_KEY_AMOUNT:
        fault->amount = value.bytes;
        return CLOACINA_OK;
    case FAULT_KEY_PROBABILITY:
        return probability_read(reader, mapping, key, value, &fault->probability);
    case FAULT_KEY_AGAIN:
        return probability_read(reader, mapping, key, value, &fault->again);
    case FAULT_KEY_NTH:
        return count_read(reader, mapping, key, value, &fault->nth);
    case FAULT_KEY_FROM_NTH:
        return count_read(reader, mapping, key, value, &fault->from_nth);
    case FAULT_KEY_AT_MOST:
        return count_read(reader, mapping, key, value, &fault->at_most);
    case FAULT_KEY_UNTIL:
        return until_read(reader, mapping, key, value, &fault->until_ms);
    case FAULT_KEY_NEVER:
        break;
    }
    return flag_read(reader, mapping, key, value, &fault->never);
}

static enum cloacina_code fault_read(struct reader *reader, size_t index)
{
    struct mapping mapping = {
        .keys = fault_keys,
        .key_count = FAULT_KEYS,
        .line = event_line(reader),
        .is_fault = true,
        .index = index,
    };
    struct cloacina_fault fault = {.fault = NULL};
    struct cloacina_error said = {.code = CLOACINA_OK};
    size_t key;
    struct text value;
    enum cloacina_code code = next_key(reader, &mapping, &key);
    while (code == CLOACINA_OK && key < FAULT_KEYS) {
        code = value_read(reader, &mapping, key, &value);
        if (code == CLOACINA_OK) {
            code = fault_value(reader, &mapping, key, value, &fault);
        }
        if (code == CLOACINA_OK) {
            code = next_key(reader, &mapping, &key);
        }
    }
    if (code == CLOACINA_OK &&
        cloacina_fault_plan_add(reader->plan, &fault, &said) != CLOACINA_OK) {
        code = pass_on(reader, &mapping, &said);
    }
    arena_reset(&reader->arena);
    return code;
}

static enum cloacina_code faults_read(struct reader *reader)
{
    enum cloacina_code code = expect(reader, YAML_SEQUENCE_START_EVENT, "faults: is no list");
    for (size_t i = 0; code == CLOACINA_OK; i++) {
        code = next(reader);
        if (code != CLOACINA_OK || reader->event.type == YAML_SEQUENCE_END_EVENT) {
            return code;
        }
        if (reader->event.type != YAML_MAPPING_START_EVENT) {
            return refuse_at(reader, event_line(reader), NULL, CLOACINA_INVALID,
                             "faults: an entry is {fault: ..., at: ..., probability: ...}");
        }
        code = fault_read(reader, i);
    }
    return code;
}

/* ---- a plan ---- */

static enum cloacina_code plan_value(struct reader *reader, const struct mapping *mapping,
                                     size_t key)
{
    struct cloacina_error said = {.code = CLOACINA_OK};
    struct text value;
    int64_t until_ms = 0;
    double probability = 0;
    enum cloacina_code code = value_read(reader, mapping, key, &value);
    if (code == CLOACINA_OK && key == PLAN_UNTIL) {
        code = until_read(reader, mapping, key, value, &until_ms);
    } else if (code == CLOACINA_OK && key == PLAN_SWARM) {
        code = probability_read(reader, mapping, key, value, &probability);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    if (key == PLAN_NAME) {
        code = plan_set_name(reader->plan, value, &said);
    } else if (key == PLAN_DESCRIPTION) {
        code = plan_set_description(reader->plan, value, &said);
    } else if (key == PLAN_UNTIL) {
        code = cloacina_fault_plan_until(reader->plan, until_ms, &said);
    } else {
        code = cloacina_fault_plan_swarm(reader->plan, probability, &said);
    }
    arena_reset(&reader->arena);
    return code == CLOACINA_OK ? code : pass_on(reader, mapping, &said);
}

static enum cloacina_code mapping_read(struct reader *reader)
{
    struct mapping mapping = {
        .keys = plan_keys,
        .key_count = ARRAY_COUNT(plan_keys),
        .line = event_line(reader),
    };
    size_t key;
    enum cloacina_code code = next_key(reader, &mapping, &key);
    while (code == CLOACINA_OK && key < mapping.key_count) {
        code = key == PLAN_FAULTS ? faults_read(reader) : plan_value(reader, &mapping, key);
        if (code == CLOACINA_OK) {
            code = next_key(reader, &mapping, &key);
        }
    }
    if (code == CLOACINA_OK && mapping.lines[PLAN_NAME] == 0) {
        return refuse_at(reader, mapping.line, NULL, CLOACINA_INVALID, "name: is missing");
    }
    return code;
}

static enum cloacina_code document_read(struct reader *reader)
{
    enum cloacina_code code = expect(reader, YAML_STREAM_START_EVENT, "is no YAML");
    if (code == CLOACINA_OK) {
        code = expect(reader, YAML_DOCUMENT_START_EVENT, "is empty");
    }
    if (code == CLOACINA_OK) {
        code = expect(reader, YAML_MAPPING_START_EVENT, "a plan is a mapping: name, faults ...");
    }
    if (code == CLOACINA_OK) {
        code = mapping_read(reader);
    }
    if (code == CLOACINA_OK) {
        code = expect(reader, YAML_DOCUMENT_END_EVENT, "is no YAML");
    }
    return code == CLOACINA_OK
               ? expect(reader, YAML_STREAM_END_EVENT, "a file has one plan: here another begins")
               : code;
}

enum cloacina_code plan_read(struct cloacina_heap *heap, struct text yaml, const char *file,
                             struct cloacina_fault_plan **ret_plan, struct cloacina_error *err)
{
    struct reader reader = {.file = file != NULL ? file : "plan", .err = err};
    if (yaml.length > PLAN_FILE_BYTES_MAX) {
        return cloacina_error_raise(err, CLOACINA_LIMIT, "%s: %zu bytes: at most %d are read",
                                    reader.file, yaml.length, PLAN_FILE_BYTES_MAX);
    }
    enum cloacina_code code = plan_create(heap, TEXT_LITERAL("unnamed"), &reader.plan, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (yaml_parser_initialize(&reader.parser) == 0) {
        cloacina_fault_plan_destroy(reader.plan);
        return no_memory(&reader);
    }
    arena_init(&reader.arena, heap);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)yaml.bytes, yaml.length);
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    code = document_read(&reader);
    yaml_event_delete(&reader.event);
    yaml_parser_delete(&reader.parser);
    arena_finish(&reader.arena);
    if (code != CLOACINA_OK) {
        cloacina_fault_plan_destroy(reader.plan);
        return code;
    }
    *ret_plan = reader.plan;
    return CLOACINA_OK;
}

enum cloacina_code cloacina_fault_plan_read(const char *yaml, size_t length, const char *file,
                                            struct cloacina_fault_plan **ret_plan,
                                            struct cloacina_error *err)
{
    return plan_read(NULL, (struct text){yaml, length}, file, ret_plan, err);
}
