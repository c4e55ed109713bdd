/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_token.c - writes and reads the settings of a token.
 *
 * Law: what is written is read back as the same world. */
#include "simulate/simulate_token.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"

/* ---- write ---- */

struct writer {
    struct arena *arena;
    struct token token;
    bool failed;
};

static void add(struct writer *writer, const char *name, const char *value)
{
    struct text copy = text_copy(writer->arena, text_of(value));
    writer->failed = writer->failed || copy.bytes == NULL;
    writer->token.settings[writer->token.setting_count++] =
        (struct token_setting){.name = text_of(name), .value = copy};
}

static void add_text(struct writer *writer, const char *name, const char *value)
{
    if (value != NULL) {
        add(writer, name, value);
    }
}

static void add_number(struct writer *writer, const char *name, uint64_t number)
{
    char digits[24];
    (void)snprintf(digits, sizeof(digits), "%" PRIu64, number);
    add(writer, name, digits);
}

static void add_count(struct writer *writer, const char *name, uint64_t count, uint64_t usual)
{
    if (count != usual) {
        add_number(writer, name, count);
    }
}

static void add_source(struct writer *writer, const struct simulate_source *source,
                       const struct simulate_options *options)
{
    add_text(writer, "generate", options->generate);
    add_text(writer, "file", source->is_recording ? options->workflow : NULL);
    add_text(writer, "library", options->library);
    add_text(writer, "upgrade-from", options->upgrade_from);
}

bool simulate_token_make(struct arena *arena, const struct simulate_source *source,
                         const struct simulate_token *said, const char *context, const char *plan,
                         struct token *ret_token)
{
    const struct simulate_options *options = &said->options;
    struct writer writer = {.arena = arena};
    writer.token.settings =
        arena_take_zeroed(arena, TOKEN_SETTINGS_MAX, sizeof(writer.token.settings[0]));
    if (writer.token.settings == NULL) {
        return false;
    }
    writer.token.workflow = text_of(cloacina_workflow_name(source->workflow));
    writer.token.plan = text_of(plan);
    if (!source->is_mixed) {
        struct text hash = {cloacina_workflow_hash(source->workflow), TOKEN_HASH_DIGITS};
        writer.token.hash = hash;
    }
    add_source(&writer, source, options);
    add_count(&writer, "runners", options->runners, SIMULATE_RUNNERS_DEFAULT);
    add_count(&writer, "slots", options->slots, SIMULATE_SLOTS_DEFAULT);
    add_text(&writer, "store", options->store == CLOACINA_WORLD_SQLITE ? "sqlite" : NULL);
    add_text(&writer, "context", strcmp(context, "{}") == 0 ? NULL : context);
    add_text(&writer, "checkers", options->checkers == CHECKERS_OFF ? "off" : NULL);
    add_text(&writer, "twice", said->is_twice ? "yes" : NULL);
    if (said->has_seed) {
        add_number(&writer, "seed", said->seed);
    }
    *ret_token = writer.token;
    return !writer.failed;
}

/* ---- read ---- */

/* "off" for checkers and so on: the only word that a setting knows. */
static enum cloacina_code word_read(struct text value, const char *word, struct cloacina_error *err)
{
    return text_equal(value, text_of(word))
               ? CLOACINA_OK
               : cloacina_error_raise(err, CLOACINA_INVALID, "'%.*s' is not %s", TEXT_PRINT(value),
                                      word);
}

static enum cloacina_code text_read(struct text value, const char **ret_text,
                                    struct cloacina_error *err)
{
    if (value.length == 0 || memchr(value.bytes, '\0', value.length) != NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "it is empty, or holds a zero byte");
    }
    *ret_text = value.bytes;
    return CLOACINA_OK;
}

static enum cloacina_code word_setting_read(const struct token_setting *setting,
                                            struct simulate_token *said, bool *ret_is_known,
                                            struct cloacina_error *err)
{
    *ret_is_known = true;
    if (text_equal(setting->name, TEXT_LITERAL("checkers"))) {
        said->options.checkers = CHECKERS_OFF;
        return word_read(setting->value, "off", err);
    }
    if (text_equal(setting->name, TEXT_LITERAL("twice"))) {
        said->is_twice = true;
        return word_read(setting->value, "yes", err);
    }
    if (text_equal(setting->name, TEXT_LITERAL("store"))) {
        bool is_sqlite = text_equal(setting->value, TEXT_LITERAL("sqlite"));
        said->options.store = is_sqlite ? CLOACINA_WORLD_SQLITE : CLOACINA_WORLD_MEMORY;
        return is_sqlite || text_equal(setting->value, TEXT_LITERAL("memory"))
                   ? CLOACINA_OK
                   : cloacina_error_raise(err, CLOACINA_INVALID,
                                          "'%.*s' is neither memory nor sqlite",
                                          TEXT_PRINT(setting->value));
    }
    *ret_is_known = false;
    return CLOACINA_OK;
}

static enum cloacina_code count_setting_read(const struct token_setting *setting,
                                             struct simulate_token *said, bool *ret_is_known,
                                             struct cloacina_error *err)
{
    struct text value = setting->value;
    *ret_is_known = true;
    if (text_equal(setting->name, TEXT_LITERAL("runners"))) {
        return count_parse(value, 1, CLOACINA_WORLD_RUNNERS_MAX, &said->options.runners, err);
    }
    if (text_equal(setting->name, TEXT_LITERAL("slots"))) {
        return count_parse(value, 0, SIMULATE_SLOTS_MAX, &said->options.slots, err);
    }
    if (text_equal(setting->name, TEXT_LITERAL("seed"))) {
        said->has_seed = true;
        return count_parse(value, 0, UINT64_MAX, &said->seed, err);
    }
    *ret_is_known = false;
    return CLOACINA_OK;
}

static enum cloacina_code text_setting_read(const struct token_setting *setting,
                                            struct simulate_token *said, bool *ret_is_known,
                                            struct cloacina_error *err)
{
    struct simulate_options *options = &said->options;
    const struct {
        struct text name;
        const char **field;
    } fields[] = {
        {TEXT_LITERAL("generate"), &options->generate},
        {TEXT_LITERAL("file"), &options->workflow},
        {TEXT_LITERAL("library"), &options->library},
        {TEXT_LITERAL("upgrade-from"), &options->upgrade_from},
        {TEXT_LITERAL("context"), &options->context},
    };
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++) {
        if (text_equal(setting->name, fields[i].name)) {
            *ret_is_known = true;
            return text_read(setting->value, fields[i].field, err);
        }
    }
    *ret_is_known = false;
    return CLOACINA_OK;
}

static enum cloacina_code setting_read(const struct token_setting *setting,
                                       struct simulate_token *said, struct cloacina_error *err)
{
    static enum cloacina_code (*const readers[])(
        const struct token_setting *setting, struct simulate_token *said, bool *ret_is_known,
        struct cloacina_error *err) = {text_setting_read, count_setting_read, word_setting_read};
    bool is_known = false;
    enum cloacina_code code = CLOACINA_OK;
    for (size_t i = 0; i < ARRAY_COUNT(readers) && !is_known; i++) {
        code = readers[i](setting, said, &is_known, err);
    }
    if (!is_known) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "the token has a setting '%.*s', which nobody here knows",
                                    TEXT_PRINT(setting->name));
    }
    return code == CLOACINA_OK
               ? code
               : cloacina_error_wrap(err, "the token's setting '%.*s'", TEXT_PRINT(setting->name));
}

enum cloacina_code simulate_token_read(const struct token *token,
                                       const struct simulate_options *defaults,
                                       struct simulate_token *ret_said, struct cloacina_error *err)
{
    *ret_said = (struct simulate_token){.options = *defaults};
    for (size_t i = 0; i < token->setting_count; i++) {
        enum cloacina_code code = setting_read(&token->settings[i], ret_said, err);
        if (code != CLOACINA_OK) {
            return code;
        }
    }
    return CLOACINA_OK;
}

struct text simulate_token_line(struct text content)
{
    while (content.length > 0) {
        const char *end = memchr(content.bytes, '\n', content.length);
        size_t length = end == NULL ? content.length : (size_t)(end - content.bytes);
        struct text line = {content.bytes, length};
        size_t begin = 0;
        while (begin < length && strchr(" \t\r", line.bytes[begin]) != NULL &&
               line.bytes[begin] != '\0') {
            begin++;
        }
        if (begin < length && line.bytes[begin] != '#') {
            return line;
        }
        length += end != NULL;
        content = (struct text){content.bytes + length, content.length - length};
    }
    return content;
}

bool simulate_token_is_of_other_version(const struct token *token,
                                        const struct simulate_source *source)
{
    const char *hash = cloacina_workflow_hash(source->workflow);
    return token->hash.length > 0 && !source->is_mixed &&
           strncmp(hash, token->hash.bytes, TOKEN_HASH_DIGITS) != 0;
}
