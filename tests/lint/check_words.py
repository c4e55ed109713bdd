# SPDX-License-Identifier: Apache-2.0
"""check_words.py - what stays out of C: work left undone, dead code, typedefs of structs."""

import re

from tree import line_of

FORBIDDEN = (
    (r"\b(TODO|FIXME|XXX)\b", "'%s': do it or say in a sentence what was not done"),
    (r"^[ \t]*#[ \t]*if[ \t]+0\b", "dead code behind '%s'"),
    (r"\btypedef\s+(?:struct|enum|union)\b", "'%s': struct and enum keep their keyword"),
)


def check(tree):
    for path in tree.files(".c", ".h", ".S"):
        text = tree.text(path)
        for pattern, complaint in FORBIDDEN:
            for match in re.finditer(pattern, text, re.MULTILINE):
                yield path, line_of(text, match.start()), complaint % match.group(0).strip()
