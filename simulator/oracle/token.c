/* SPDX-License-Identifier: Apache-2.0 */
/* token.c - one run as a line of text, and back.
 *
 * Law: what is printed is read back as the same token. */
#include "oracle/token.h"

#include <string.h>

/* Of what is wrong, so much is shown. */
enum { SHOWN_BYTES_MAX = 120 };

static const struct text version = {"cl1:", 4};

/* ---- print ---- */

void decision_print(const struct decision *decision, struct text_builder *builder)
{
    label_print(&decision->label, builder);
    text_builder_append_char(builder, '=');
    choice_print(decision->label.site, decision->choice, builder);
}

void token_print(const struct token *token, struct text_builder *builder)
{
    text_builder_append(builder, version);
    name_escape(token->workflow, builder);
    if (token->hash.length > 0) {
        text_builder_append_char(builder, '@');
        text_builder_append(builder, token->hash);
    }
    if (token->plan.length > 0) {
        text_builder_append_char(builder, ',');
        name_escape(token->plan, builder);
    }
    for (size_t i = 0; i < token->setting_count; i++) {
        text_builder_append_char(builder, ',');
        name_escape(token->settings[i].name, builder);
        text_builder_append_char(builder, '=');
        name_escape(token->settings[i].value, builder);
    }
    for (size_t i = 0; i < token->decision_count; i++) {
        text_builder_append_char(builder, ',');
        decision_print(&token->decisions[i], builder);
    }
}

/* ---- parse ---- */

/* What is being read. */
struct reader {
    struct text whole;
    struct text rest;
    struct arena *arena;
    struct token token;
};

/* The byte, counted from 1, at which `part` of the token begins, and what callees said of it. */
static enum cloacina_code at(const struct reader *reader, struct text part, enum cloacina_code code,
                             struct cloacina_error *err)
{
    if (err != NULL) {
        (void)cloacina_error_wrap(err, "token, byte %zu",
                                  (size_t)(part.bytes - reader->whole.bytes) + 1);
    }
    return code;
}

static enum cloacina_code refuse(const struct reader *reader, struct text part, const char *why,
                                 struct cloacina_error *err)
{
    struct text shown = {part.bytes, part.length < SHOWN_BYTES_MAX ? part.length : SHOWN_BYTES_MAX};
    (void)cloacina_error_raise(err, CLOACINA_INVALID, "'%.*s' %s", TEXT_PRINT(shown), why);
    return at(reader, part, CLOACINA_INVALID, err);
}

/* What stands before the next comma, without it. */
static struct text item_next(struct reader *reader)
{
    struct text *rest = &reader->rest;
    const char *comma = rest->length == 0 ? NULL : memchr(rest->bytes, ',', rest->length);
    size_t length = comma == NULL ? rest->length : (size_t)(comma - rest->bytes);
    struct text item = {rest->bytes, length};
    size_t taken = comma == NULL ? length : length + 1;
    rest->bytes += taken;
    rest->length -= taken;
    return item;
}

/* "name=value" to both; false: there is no '='. */
static bool halves(struct text item, struct text *ret_name, struct text *ret_value)
{
    const char *equals = item.length == 0 ? NULL : memchr(item.bytes, '=', item.length);
    if (equals == NULL) {
        return false;
    }
    *ret_name = (struct text){item.bytes, (size_t)(equals - item.bytes)};
    *ret_value = (struct text){equals + 1, item.length - ret_name->length - 1};
    return true;
}

static bool has_slash(struct text text)
{
    return text.length > 0 && memchr(text.bytes, '/', text.length) != NULL;
}

static enum cloacina_code name_read(const struct reader *reader, struct text escaped,
                                    struct text *ret_name, struct cloacina_error *err)
{
    if (name_unescape(escaped, reader->arena, ret_name)) {
        return CLOACINA_OK;
    }
    return name_is_escaped(escaped)
               ? cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for a token")
               : refuse(reader, escaped, "is not escaped: A-Z a-z 0-9 . _ - or +2F", err);
}

static bool is_hash(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        char c = text.bytes[i];
        if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'))) {
            return false;
        }
    }
    return text.length == TOKEN_HASH_DIGITS;
}

/* "shop@9c41" */
static enum cloacina_code workflow_read(struct reader *reader, struct cloacina_error *err)
{
    struct text name = item_next(reader);
    const char *sign = name.length == 0 ? NULL : memchr(name.bytes, '@', name.length);
    if (sign != NULL) {
        struct text hash = {sign + 1, name.length - (size_t)(sign - name.bytes) - 1};
        name.length -= hash.length + 1;
        if (!is_hash(hash)) {
            return refuse(reader, hash, "is no hash: four of 0-9 a-f", err);
        }
        reader->token.hash = text_copy(reader->arena, hash);
        if (reader->token.hash.bytes == NULL) {
            return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for a token");
        }
    }
    if (name.length == 0) {
        return refuse(reader, name, "is no workflow", err);
    }
    return name_read(reader, name, &reader->token.workflow, err);
}

static enum cloacina_code setting_read(struct reader *reader, struct text name, struct text value,
                                       struct cloacina_error *err)
{
    struct token *token = &reader->token;
    struct token_setting setting;
    if (name.length == 0) {
        return refuse(reader, name, "is no name of a setting", err);
    }
    if (token->setting_count == TOKEN_SETTINGS_MAX) {
        (void)cloacina_error_raise(err, CLOACINA_LIMIT, "more than %d settings",
                                   TOKEN_SETTINGS_MAX);
        return at(reader, name, CLOACINA_LIMIT, err);
    }
    enum cloacina_code code = name_read(reader, name, &setting.name, err);
    if (code == CLOACINA_OK) {
        code = name_read(reader, value, &setting.value, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    for (size_t i = 0; i < token->setting_count; i++) {
        if (text_equal(token->settings[i].name, setting.name)) {
            return refuse(reader, name, "is set twice", err);
        }
    }
    token->settings[token->setting_count++] = setting;
    return CLOACINA_OK;
}

enum cloacina_code decision_parse(struct text text, struct arena *arena,
                                  struct decision *ret_decision, struct cloacina_error *err)
{
    struct decision decision = {.at = 0};
    struct text label, choice;
    if (!halves(text, &label, &choice)) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "a decision is a label, = and a choice");
    }
    enum cloacina_code code = label_parse(label, arena, &decision.label, err);
    if (code != CLOACINA_OK) {
        return code;
    }
    if (!choice_parse(decision.label.site, choice, &decision.choice)) {
        choice.length = choice.length < SHOWN_BYTES_MAX ? choice.length : SHOWN_BYTES_MAX;
        return cloacina_error_raise(err, CLOACINA_INVALID, "'%.*s' is nothing that happens at '%s'",
                                    TEXT_PRINT(choice), site_name(decision.label.site));
    }
    *ret_decision = decision;
    return CLOACINA_OK;
}

static size_t lines_in(struct text text)
{
    size_t lines = 0;
    for (size_t i = 0; i < text.length; i++) {
        lines += text.bytes[i] == '\n';
    }
    return lines;
}

enum cloacina_code decisions_parse(struct text tape, struct arena *arena,
                                   struct decision **ret_decisions, size_t *ret_count,
                                   struct cloacina_error *err)
{
    size_t count = lines_in(tape);
    struct decision *decisions = arena_take_zeroed(arena, count, sizeof(decisions[0]));
    if (decisions == NULL) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for %zu decisions", count);
    }
    for (size_t i = 0; i < count; i++) {
        const char *end = memchr(tape.bytes, '\n', tape.length);
        struct text line = {tape.bytes, (size_t)(end - tape.bytes)};
        enum cloacina_code code = decision_parse(line, arena, &decisions[i], err);
        if (code != CLOACINA_OK) {
            return code;
        }
        tape = (struct text){end + 1, tape.length - line.length - 1};
    }
    *ret_decisions = decisions;
    *ret_count = count;
    return CLOACINA_OK;
}

static enum cloacina_code item_read(struct reader *reader, struct text item, bool is_first,
                                    struct cloacina_error *err)
{
    struct token *token = &reader->token;
    struct text name, value;
    if (!halves(item, &name, &value)) {
        return is_first && item.length > 0 && !has_slash(item)
                   ? name_read(reader, item, &token->plan, err)
                   : refuse(reader, item, "is neither name=value nor label=choice", err);
    }
    if (!has_slash(name)) {
        return setting_read(reader, name, value, err);
    }
    enum cloacina_code code =
        decision_parse(item, reader->arena, &token->decisions[token->decision_count], err);
    if (code != CLOACINA_OK) {
        return at(reader, item, code, err);
    }
    token->decision_count++;
    return CLOACINA_OK;
}

/* Room for as many as there are. */
static bool arrays_take(struct reader *reader)
{
    size_t decisions = 0;
    struct reader ahead = *reader;
    struct token *token = &reader->token;
    struct text name, value;
    while (ahead.rest.length > 0) {
        decisions += halves(item_next(&ahead), &name, &value) && has_slash(name);
    }
    token->settings =
        arena_take_zeroed(reader->arena, TOKEN_SETTINGS_MAX, sizeof(token->settings[0]));
    token->decisions = arena_take_zeroed(reader->arena, decisions, sizeof(token->decisions[0]));
    return token->settings != NULL && token->decisions != NULL;
}

static enum cloacina_code read_all(struct reader *reader, struct cloacina_error *err)
{
    if (!text_starts_with(reader->whole, version)) {
        return refuse(reader, reader->whole, "does not begin with cl1:", err);
    }
    reader->rest.bytes += version.length;
    reader->rest.length -= version.length;
    if (!arrays_take(reader)) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for a token");
    }
    enum cloacina_code code = workflow_read(reader, err);
    char last = reader->whole.bytes[reader->whole.length - 1];
    bool is_first = true;
    /* Nothing behind a last comma is an item too, and wrong. */
    while (code == CLOACINA_OK && (reader->rest.length > 0 || last == ',')) {
        code = item_read(reader, item_next(reader), is_first, err);
        is_first = false;
    }
    return code;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

enum cloacina_code token_parse(struct text text, struct arena *arena, struct token *ret_token,
                               struct cloacina_error *err)
{
    while (text.length > 0 && is_space(text.bytes[0])) {
        text.bytes++;
        text.length--;
    }
    while (text.length > 0 && is_space(text.bytes[text.length - 1])) {
        text.length--;
    }
    if (text.length > TOKEN_BYTES_MAX) {
        return cloacina_error_raise(err, CLOACINA_LIMIT, "a token of %zu bytes: at most %d are",
                                    text.length, TOKEN_BYTES_MAX);
    }
    struct reader reader = {.whole = text, .rest = text, .arena = arena};
    enum cloacina_code code = read_all(&reader, err);
    if (code == CLOACINA_OK) {
        *ret_token = reader.token;
    }
    return code;
}

struct text token_setting(const struct token *token, const char *name)
{
    for (size_t i = 0; i < token->setting_count; i++) {
        if (text_equal(token->settings[i].name, text_of(name))) {
            return token->settings[i].value;
        }
    }
    return (struct text){NULL, 0};
}
