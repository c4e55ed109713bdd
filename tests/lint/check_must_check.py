# SPDX-License-Identifier: Apache-2.0
"""check_must_check.py - a declared call that may fail says that its answer must be looked at.

The compiler then refuses the caller who does not. What only makes an error and passes its code on
(cloacina_error_*, *_raise) is left out."""

import re

from tree import line_of

DECLARATION = re.compile(
    r"^(?:CLOACINA_API\s+)?enum cloacina_code\s+(\w+)\s*\([^;{]*?\)([^;{()]*);", re.MULTILINE
)
PASSING_ON = re.compile(r"cloacina_error_|\w+_raise$")


def check(tree):
    for path in tree.files(".h"):
        code = tree.code(path)
        for declaration in DECLARATION.finditer(code):
            name, attributes = declaration.groups()
            if "MUST_CHECK" not in attributes and not PASSING_ON.match(name):
                yield path, line_of(code, declaration.start()), "'%s' is not MUST_CHECK" % name
