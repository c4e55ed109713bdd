# SPDX-License-Identifier: Apache-2.0
"""check_length.py - no file above 800 lines, no function above 70, no line above 100 columns.

For C the columns are clang-format's business (check_format.py).
A function is what stands between a '{' and a '}' in the first column: the format guarantees it."""

import re

FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100
FUNCTION = re.compile(r"^\{$.*?^\}", re.MULTILINE | re.DOTALL)


def check(tree):
    for path in tree.files(".c", ".h", ".S", ".py"):
        text = tree.text(path)
        lines = text.count("\n")
        if lines > FILE_LINES_MAX:
            yield path, lines, "file of %d lines" % lines
        for function in FUNCTION.finditer(text):
            lines = function.group(0).count("\n") + 1
            if lines > FUNCTION_LINES_MAX:
                start = text.count("\n", 0, function.start())
                yield path, start, "function of %d lines" % lines
    for path in tree.files(".py", ".sh", "meson.build", "meson.options", "dev"):
        for number, line in enumerate(tree.text(path).splitlines(), 1):
            if len(line) > COLUMNS_MAX:
                yield path, number, "%d columns" % len(line)
