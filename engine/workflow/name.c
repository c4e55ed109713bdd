/* SPDX-License-Identifier: Apache-2.0 */
/* name.c - what may be a name.
 *
 * Law: a name that is refused for its bytes is not printed. */
#include "workflow/name.h"

#include <cloacina/workflow.h>

static bool has_control_character(struct text name)
{
    for (size_t i = 0; i < name.length; i++) {
        unsigned char c = (unsigned char)name.bytes[i];
        if (c < 0x20 || c == 0x7f) {
            return true;
        }
    }
    return false;
}

static bool has_separator(struct text name)
{
    for (size_t i = 0; i + 1 < name.length; i++) {
        if (name.bytes[i] == ':' && name.bytes[i + 1] == ':') {
            return true;
        }
    }
    return name.bytes[0] == ':' || name.bytes[name.length - 1] == ':';
}

enum cloacina_code name_check(const char *what, struct text name, struct cloacina_error *err)
{
    if (name.length == 0) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "%s name is empty", what);
    }
    if (name.length > CLOACINA_NAME_LENGTH_MAX) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "%s name is %zu bytes long, wanted 1 to %d", what, name.length,
                                    CLOACINA_NAME_LENGTH_MAX);
    }
    if (!text_is_utf8(name)) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "%s name is no UTF-8", what);
    }
    if (has_control_character(name)) {
        return cloacina_error_raise(err, CLOACINA_INVALID, "%s name holds a control character",
                                    what);
    }
    if (has_separator(name)) {
        return cloacina_error_raise(err, CLOACINA_INVALID,
                                    "%s '%.*s': a name may not hold '::' or begin or end with ':'",
                                    what, TEXT_PRINT(name));
    }
    return CLOACINA_OK;
}
