/* SPDX-License-Identifier: Apache-2.0 */
/* value_write.c - values as JSON.
 *
 * Law: one value, one text: no white space, keys in the order of their bytes. */
#include "context/value.h"

static void array_write(struct text_builder *builder, const struct value *array)
{
    text_builder_append_char(builder, '[');
    for (size_t i = 0; i < value_count(array); i++) {
        if (i > 0) {
            text_builder_append_char(builder, ',');
        }
        value_write(builder, value_item(array, i));
    }
    text_builder_append_char(builder, ']');
}

static void object_write(struct text_builder *builder, const struct value *object)
{
    text_builder_append_char(builder, '{');
    for (size_t i = 0; i < value_count(object); i++) {
        const struct value_member *member = &value_members(object)[i];
        if (i > 0) {
            text_builder_append_char(builder, ',');
        }
        json_write_text(builder, member->key);
        text_builder_append_char(builder, ':');
        value_write(builder, member->value);
    }
    text_builder_append_char(builder, '}');
}

void value_write(struct text_builder *builder, const struct value *value)
{
    switch (value_type(value)) {
    case VALUE_NULL:
        text_builder_append(builder, TEXT_LITERAL("null"));
        return;
    case VALUE_BOOL:
        text_builder_append_terminated(builder, value_as_bool(value) ? "true" : "false");
        return;
    case VALUE_INT64:
    case VALUE_UINT64:
    case VALUE_DOUBLE:
        number_write(builder, value_as_number(value));
        return;
    case VALUE_TEXT:
        json_write_text(builder, value_as_text(value));
        return;
    case VALUE_ARRAY:
        array_write(builder, value);
        return;
    case VALUE_OBJECT:
        object_write(builder, value);
        return;
    }
}
