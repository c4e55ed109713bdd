/* SPDX-License-Identifier: Apache-2.0 */
/* label.c - labels as keys and as text.
 *
 * Law: what is printed is read back as the same label. */
#include "oracle/label.h"

#include <string.h>

#include "base/hash.h"

/* ---- keys ---- */

uint64_t label_key(const struct label *label)
{
    uint64_t attempt = label->task.length > 0 ? label->attempt : 0;
    uint64_t key =
        hash_mix((uint64_t)label->site << 32 | label->runner, (uint64_t)label->run << 32 | attempt);
    if (label->task.length > 0) {
        key = hash_mix(key, hash_of(label->task.bytes, label->task.length, 1));
    }
    if (label->name.length > 0) {
        key = hash_mix(key, hash_of(label->name.bytes, label->name.length, 2));
    }
    return key;
}

/* ---- names ---- */

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
}

bool name_is_plain(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (!is_plain(text.bytes[i])) {
            return false;
        }
    }
    return true;
}

void name_escape(struct text name, struct text_builder *builder)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < name.length; i++) {
        unsigned char c = (unsigned char)name.bytes[i];
        if (is_plain((char)c)) {
            text_builder_append_char(builder, (char)c);
            continue;
        }
        text_builder_append_char(builder, '+');
        text_builder_append_char(builder, digits[c >> 4]);
        text_builder_append_char(builder, digits[c & 15]);
    }
}

static int digit_of(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Upper-case digits, and no escape that is not needed. */
bool name_is_escaped(struct text text)
{
    for (size_t i = 0; i < text.length; i++) {
        if (is_plain(text.bytes[i])) {
            continue;
        }
        int high = text.bytes[i] == '+' && text.length - i > 2 ? digit_of(text.bytes[i + 1]) : -1;
        int low = high < 0 ? -1 : digit_of(text.bytes[i + 2]);
        if (low < 0 || is_plain((char)(high << 4 | low))) {
            return false;
        }
        i += 2;
    }
    return true;
}

bool name_unescape(struct text escaped, struct arena *arena, struct text *ret_name)
{
    char *bytes = name_is_escaped(escaped) ? arena_take(arena, escaped.length + 1) : NULL;
    size_t length = 0;
    if (bytes == NULL) {
        return false;
    }
    for (size_t i = 0; i < escaped.length; i++) {
        char c = escaped.bytes[i];
        if (c == '+') {
            c = (char)(digit_of(escaped.bytes[i + 1]) << 4 | digit_of(escaped.bytes[i + 2]));
            i += 2;
        }
        bytes[length++] = c;
    }
    bytes[length] = '\0';
    *ret_name = (struct text){bytes, length};
    return true;
}

/* ---- print ---- */

void label_print(const struct label *label, struct text_builder *builder)
{
    if (label->runner != 0) {
        text_builder_print(builder, "runner-%u/", (unsigned)label->runner);
    }
    if (label->run != 0) {
        text_builder_print(builder, "run-%u/", (unsigned)label->run);
    }
    if (label->runner == 0 && label->run == 0) {
        text_builder_append_terminated(builder, "world/");
    }
    if (label->task.length > 0) {
        name_escape(label->task, builder);
        text_builder_print(builder, "/%u/", (unsigned)label->attempt);
    }
    text_builder_append_terminated(builder, site_name(label->site));
    if (label->name.length > 0) {
        text_builder_append_char(builder, '.');
        name_escape(label->name, builder);
    }
    if (label->number != 0) {
        text_builder_print(builder, "@%u", (unsigned)label->number);
    }
}

/* ---- parse ---- */

/* Of a wrong label, so much is shown. */
enum { SHOWN_BYTES_MAX = 120 };

static enum cloacina_code refuse(struct text text, const char *why, struct cloacina_error *err)
{
    bool is_long = text.length > SHOWN_BYTES_MAX;
    struct text shown = {text.bytes, is_long ? SHOWN_BYTES_MAX : text.length};
    return cloacina_error_raise(err, CLOACINA_INVALID, "'%.*s%s' %s", TEXT_PRINT(shown),
                                is_long ? "..." : "", why);
}

/* Takes what stands before the first `end`; false: there is none. */
static bool cut(struct text *rest, char end, struct text *ret_part)
{
    const char *at = rest->length == 0 ? NULL : memchr(rest->bytes, end, rest->length);
    if (at == NULL) {
        return false;
    }
    *ret_part = (struct text){rest->bytes, (size_t)(at - rest->bytes)};
    rest->length -= ret_part->length + 1;
    rest->bytes = at + 1;
    return true;
}

/* 0 to UINT32_MAX, without leading zeroes. */
static bool number_read(struct text text, uint32_t *ret_number)
{
    uint64_t number = 0;
    if (text.length == 0 || text.length > 10 || (text.bytes[0] == '0' && text.length > 1)) {
        return false;
    }
    for (size_t i = 0; i < text.length; i++) {
        if (text.bytes[i] < '0' || text.bytes[i] > '9') {
            return false;
        }
        number = number * 10 + (uint64_t)(text.bytes[i] - '0');
    }
    if (number > UINT32_MAX) {
        return false;
    }
    *ret_number = (uint32_t)number;
    return true;
}

/* "runner-2/", when it stands there. */
static bool numbered(struct text *rest, struct text word, uint32_t *ret_number)
{
    struct text part;
    struct text left = *rest;
    if (!text_starts_with(left, word) || !cut(&left, '/', &part)) {
        return false;
    }
    part.bytes += word.length;
    part.length -= word.length;
    uint32_t number;
    if (!number_read(part, &number) || number == 0) {
        return false;
    }
    *ret_number = number;
    *rest = left;
    return true;
}

/* A task and its attempt, or nothing, and the site: 2 or 0 slashes. With a run before it: 3 or 1.
 * So a task may be called run-1. */
static bool has_run_before(struct text rest)
{
    size_t slashes = 0;
    for (size_t i = 0; i < rest.length; i++) {
        slashes += rest.bytes[i] == '/';
    }
    return slashes % 2 == 1;
}

static enum cloacina_code actor_read(struct text whole, struct text *rest, struct label *label,
                                     struct cloacina_error *err)
{
    struct text world;
    if (numbered(rest, TEXT_LITERAL("runner-"), &label->runner)) {
        if (has_run_before(*rest) && !numbered(rest, TEXT_LITERAL("run-"), &label->run)) {
            return refuse(whole, "has neither a run nor an attempt behind the runner", err);
        }
        return CLOACINA_OK;
    }
    if (numbered(rest, TEXT_LITERAL("run-"), &label->run)) {
        return CLOACINA_OK;
    }
    if (text_starts_with(*rest, TEXT_LITERAL("world/")) && cut(rest, '/', &world)) {
        return CLOACINA_OK;
    }
    return refuse(whole, "does not begin with run-1/, runner-1/ or world/", err);
}

static enum cloacina_code name_read(struct text whole, struct text name, const char *why,
                                    struct arena *arena, struct text *ret_name,
                                    struct cloacina_error *err)
{
    if (name.length == 0 || !name_is_escaped(name)) {
        return refuse(whole, why, err);
    }
    if (!name_unescape(name, arena, ret_name)) {
        return cloacina_error_raise(err, CLOACINA_NO_MEMORY, "no memory for a label");
    }
    return CLOACINA_OK;
}

/* "load/2/", when it stands there. */
static enum cloacina_code task_read(struct text whole, struct text *rest, struct arena *arena,
                                    struct label *label, struct cloacina_error *err)
{
    struct text name, attempt;
    if (!cut(rest, '/', &name)) {
        return CLOACINA_OK;
    }
    if (!cut(rest, '/', &attempt) || !number_read(attempt, &label->attempt)) {
        return refuse(whole, "has no attempt behind the task", err);
    }
    return name_read(whole, name, "has a task that is no escaped name", arena, &label->task, err);
}

static enum cloacina_code site_read(struct text whole, struct text rest, struct arena *arena,
                                    struct label *label, struct cloacina_error *err)
{
    struct text name;
    if (!cut(&rest, '@', &name) || !number_read(rest, &label->number) || label->number == 0) {
        return refuse(whole, "does not end with @ and a number", err);
    }
    struct text site = name;
    bool has_name = cut(&name, '.', &site);
    label->site = site_find(site);
    if (label->site == SITE_NONE) {
        return refuse(whole, "names no site", err);
    }
    return has_name
               ? name_read(whole, name, "has a name that is not escaped", arena, &label->name, err)
               : CLOACINA_OK;
}

enum cloacina_code label_parse(struct text text, struct arena *arena, struct label *ret_label,
                               struct cloacina_error *err)
{
    struct label label = {.site = SITE_NONE};
    struct text rest = text;
    enum cloacina_code code = actor_read(text, &rest, &label, err);
    if (code == CLOACINA_OK) {
        code = task_read(text, &rest, arena, &label, err);
    }
    if (code == CLOACINA_OK) {
        code = site_read(text, rest, arena, &label, err);
    }
    if (code == CLOACINA_OK) {
        *ret_label = label;
    }
    return code;
}
