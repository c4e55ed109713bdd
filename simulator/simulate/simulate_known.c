/* SPDX-License-Identifier: Apache-2.0 */
/* simulate_known.c - reads the file of accepted failures, and looks them up.
 *
 * Law: a line that cannot be meant is an error, so that nothing is accepted by mistake. */
#include "simulate/simulate_known.h"

#include <string.h>

#include "oracle/plan.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct text trimmed(struct text text)
{
    while (text.length > 0 && is_blank(text.bytes[0])) {
        text = (struct text){text.bytes + 1, text.length - 1};
    }
    while (text.length > 0 && is_blank(text.bytes[text.length - 1])) {
        text.length--;
    }
    return text;
}

/* What stands before the byte, trimmed; the rest comes after it. */
static struct text cut(struct text *rest, char at)
{
    const char *place = rest->length == 0 ? NULL : memchr(rest->bytes, at, rest->length);
    size_t length = place == NULL ? rest->length : (size_t)(place - rest->bytes);
    struct text part = {rest->bytes, length};
    length += place != NULL;
    *rest = (struct text){rest->bytes + length, rest->length - length};
    return trimmed(part);
}

/* ---- a line ---- */

static bool is_of_property(struct text id)
{
    return text_equal(id, TEXT_LITERAL("always")) || text_equal(id, TEXT_LITERAL("eventually")) ||
           text_equal(id, TEXT_LITERAL("sometimes"));
}

static enum cloacina_code id_check(struct known *known, struct text id, struct cloacina_error *err)
{
    struct text copy = text_copy(&known->arena, id);
    if (copy.bytes == NULL) {
        return session_no_memory(err);
    }
    if (!is_of_property(id) && search_finding_id(copy.bytes) == NULL) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "'%.*s' is no finding: I-01 and so on, always, eventually, "
                                    "sometimes, crash, hang",
                                    TEXT_PRINT(id));
    }
    return CLOACINA_OK;
}

/* "always", then the name in quotes; it may hold a #, so it is taken before the reason is. */
static enum cloacina_code name_read(struct text *rest, struct text *ret_name,
                                    struct cloacina_error *err)
{
    struct text text = trimmed(*rest);
    const char *end = NULL;
    if (text.length > 1 && text.bytes[0] == '"') {
        end = memchr(text.bytes + 1, '"', text.length - 1);
    }
    if (end == NULL || end == text.bytes + 1) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "the property's name is missing: always \"NAME\"");
    }
    *ret_name = (struct text){text.bytes + 1, (size_t)(end - text.bytes) - 1};
    size_t used = ret_name->length + 2;
    *rest = (struct text){text.bytes + used, text.length - used};
    return CLOACINA_OK;
}

static enum cloacina_code rest_read(struct known *known, struct text rest, struct known_line *line,
                                    struct cloacina_error *err)
{
    struct text pattern = cut(&rest, '#');
    struct text reason = trimmed(rest);
    struct text_builder contained;
    text_builder_init(&contained, known->heap);
    if (pattern.length > 0) {
        text_builder_print(&contained, "*%.*s*", TEXT_PRINT(pattern));
    }
    bool is_whole = !contained.failed;
    line->pattern = text_copy(&known->arena, text_builder_text(&contained));
    line->reason = text_copy(&known->arena, reason).bytes;
    text_builder_finish(&contained);
    return is_whole && line->pattern.bytes != NULL && line->reason != NULL ? CLOACINA_OK
                                                                           : session_no_memory(err);
}

static struct text word_of(struct text text)
{
    size_t length = 0;
    while (length < text.length && !is_blank(text.bytes[length]) && text.bytes[length] != '#') {
        length++;
    }
    return (struct text){text.bytes, length};
}

static enum cloacina_code line_read(struct known *known, struct text text, unsigned number,
                                    struct cloacina_error *err)
{
    struct known_line line = {.number = number, .name = {"", 0}};
    struct text id = word_of(text);
    struct text rest = {text.bytes + id.length, text.length - id.length};
    enum cloacina_code code = id_check(known, id, err);
    if (code == CLOACINA_OK && is_of_property(id)) {
        code = name_read(&rest, &line.name, err);
    }
    if (code == CLOACINA_OK) {
        code = rest_read(known, rest, &line, err);
    }
    if (code != CLOACINA_OK) {
        return code;
    }
    line.id = text_copy(&known->arena, id);
    line.name = text_copy(&known->arena, line.name);
    if (line.id.bytes == NULL || line.name.bytes == NULL ||
        !heap_grow(known->heap, &known->lines, &known->capacity, known->count + 1, sizeof(line))) {
        return session_no_memory(err);
    }
    known->lines[known->count++] = line;
    return CLOACINA_OK;
}

/* ---- the file ---- */

static enum cloacina_code lines_read(struct known *known, struct text content,
                                     struct cloacina_error *err)
{
    for (unsigned number = 1; content.length > 0; number++) {
        struct text text = cut(&content, '\n');
        if (text.length == 0 || text.bytes[0] == '#') {
            continue;
        }
        enum cloacina_code code = line_read(known, text, number, err);
        if (code != CLOACINA_OK) {
            return cloacina_error_wrap(err, "%s:%u", known->path, number);
        }
    }
    return CLOACINA_OK;
}

enum cloacina_code known_read(struct cloacina_heap *heap, const char *path, struct known *ret_known,
                              struct cloacina_error *err)
{
    struct file file;
    struct known known = {.heap = heap, .path = path};
    enum cloacina_code code = file_read(heap, path, KNOWN_FILE_BYTES_MAX, &file, err);
    if (code != CLOACINA_OK) {
        return cloacina_error_wrap(err, "option '--known'");
    }
    arena_init(&known.arena, heap);
    code = lines_read(&known, file_text(&file), err);
    file_finish(&file);
    if (code != CLOACINA_OK) {
        known_finish(&known);
        return code;
    }
    *ret_known = known;
    return CLOACINA_OK;
}

void known_finish(struct known *known)
{
    if (known->heap != NULL) {
        heap_give(known->heap, known->lines, known->capacity * sizeof(known->lines[0]));
        arena_finish(&known->arena);
    }
    *known = (struct known){.heap = NULL};
}

struct known_line *known_find(struct known *known, const char *id, const char *name,
                              const char *message)
{
    for (size_t i = 0; i < known->count; i++) {
        struct known_line *line = &known->lines[i];
        if (text_equal(line->id, text_of(id)) && text_equal(line->name, text_of(name)) &&
            (line->pattern.length == 0 || glob_matches(line->pattern, text_of(message)))) {
            line->has_happened = true;
            return line;
        }
    }
    return NULL;
}
